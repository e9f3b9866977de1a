import { tell } from '../../i18n/experiments'
import { tell as report } from '../../i18n/report'
import { signed, written } from '../evaluate/figures'
import type { GuardedMetric, Measured, MetricName } from './types'

const units: Readonly<Record<Measured['unit'], string>> = { share: '', seconds: 's', money: 'USD' }

/** The unit of a measure, as figures are written with. */
export const unitOf = ({ unit }: Pick<Measured, 'unit'>): { readonly unit: string } => ({ unit: units[unit] ?? '' })

const unitNames: Readonly<Record<MetricName, 'unit_points' | 'unit_seconds' | 'unit_money'>> = {
  feedback: 'unit_points',
  feedback_per_exposure: 'unit_points',
  votes: 'unit_points',
  declined_rate: 'unit_points',
  error_rate: 'unit_points',
  first_token: 'unit_seconds',
  total: 'unit_seconds',
  cost: 'unit_money',
}

/** The unit in which people give a guardrail's limit. */
export const railUnit = (metric: GuardedMetric): 'unit_points' | 'unit_seconds' | 'unit_money' => unitNames[metric]

/** A limit as it was typed, in the service's unit: points are hundredths. */
export const fromWritten = (value: number, metric: GuardedMetric): number => (unitNames[metric] === 'unit_points' ? value / 100 : value)

/** A guardrail's limit in words. */
export function limitOf(metric: GuardedMetric, by: number): string {
  const unit = unitNames[metric] === 'unit_points' ? '' : unitNames[metric] === 'unit_seconds' ? 's' : 'USD'
  return unit === '' ? signed(by, { unit }).replace('+', '') : written(by, { unit })
}

export const between = (low: string, high: string): string => report('between', { low, high })

export const metricName = (name: string): string => tell(`metric_${name as MetricName}`)
