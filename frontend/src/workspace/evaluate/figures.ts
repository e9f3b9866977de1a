import { axisOf, type Axis } from '../../charts/scale'
import type { Face } from '../../charts/face'
import { count, seconds, tongue } from '../../i18n/tongue'
import { tell } from '../../i18n/report'
import { approachOf, variantName, variantTitle } from '../../ui/approach'
import type { Compared, Metric, Verdict } from './types'

/** An arm as the API tells of it: of a run, or of its report. */
export interface ArmLike {
  readonly name?: string
  readonly variant?: string
  readonly label: string
  readonly kind: string
  readonly approach: string
  readonly model: string
}

/** How an arm is shown everywhere: a variant in the colour of its approach, a reference in none. */
export function faceOf(arm: ArmLike): Face {
  const name = arm.name ?? arm.variant ?? ''
  if (arm.kind === 'closed_book' || arm.kind === 'oracle' || arm.kind === 'refuse') {
    return { name: tell(arm.kind), approach: null, title: tell(`${arm.kind}Hint`) }
  }
  const as = { name, label: arm.label, approach: arm.approach, model: arm.model }
  return { name: variantName(as), approach: approachOf(as), title: variantTitle(as) }
}

export const metricName = (metric: Metric): string => (tongue.language === 'zh-TW' ? metric.label_zh : metric.label)

/** What a metric means, as a sentence; the service says it in English only. */
export const meaningOf = ({ meaning }: Metric): string => (tongue.language === 'en' && meaning ? `${meaning}.` : '')

/** To the nearest, halves to the even one: as the service writes the same numbers. */
export function evenly(value: number): number {
  const below = Math.floor(value)
  return value - below === 0.5 ? below + Math.abs(below % 2) : Math.round(value) + 0
}

const number = (value: number, digits: number): string =>
  new Intl.NumberFormat(tongue.language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)

/** US dollars with as many digits as an answer's price needs. */
export function money(value: number | null): string {
  if (value === null) return '–'
  if (value === 0) return '$0'
  return `$${number(value, value >= 10 ? 0 : value >= 0.1 ? 2 : Math.min(8, 1 - Math.floor(Math.log10(Math.abs(value)))))}`
}

/** A value of a metric as it is written: a share in percent, everything else in its own unit. */
export function written(value: number | null, metric: Pick<Metric, 'unit'>): string {
  if (value === null) return '–'
  switch (metric.unit) {
    case '':
      return `${number(evenly(value * 100), 0)} %`
    case 's':
      return value === 0 ? '0 s' : seconds(value)
    case 'USD':
      return money(value)
    default:
      return count(Math.round(value * 10) / 10)
  }
}

/** A difference with its sign; shares are told in points, which are not percent of anything. */
export function signed(value: number | null, metric: Pick<Metric, 'unit'>): string {
  if (value === null) return '–'
  const size = Math.abs(value)
  return sign(value) + (metric.unit === '' ? tell('points', { n: number(evenly(size * 100), 0) }) : written(size, metric))
}

/** The same on an axis, where there is less room. */
export function tick(value: number, metric: Pick<Metric, 'unit'>): string {
  return sign(value) + (metric.unit === '' ? number(Math.abs(value) * 100, 0) : written(Math.abs(value), metric))
}

const sign = (value: number): string => (value > 0 ? '+' : value < 0 ? '−' : '')

/** The axis of a metric's values: a share has all of 0 to 1, whatever was measured. */
export function valueAxis(values: readonly (number | null)[], metric: Pick<Metric, 'unit'>): Axis {
  const known = values.filter((one) => one !== null)
  if (metric.unit !== '') return axisOf([0, ...known], 5)
  return known.some((one) => one < 0) ? { from: -1, to: 1, ticks: [-1, 0, 1] } : { from: 0, to: 1, ticks: [0, 0.5, 1] }
}

/** The axis of differences: zero is always on it, and not at its edge. */
export function differenceAxis(compared: readonly Pick<Compared, 'difference' | 'low' | 'high'>[]): Axis {
  const ends = compared.flatMap((one) => [one.low, one.high, one.difference]).filter((one) => one !== null)
  const reach = (Math.max(0, ...ends.map(Math.abs)) || 0.4) * 0.25
  return axisOf([...ends, -reach, reach, 0], 5)
}

/** Verdicts as they may be shown: whatever is not decided has no side. */
export const isDecided = (verdict: Verdict): boolean => verdict === 'better' || verdict === 'worse'

export function pValue(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`
}
