import { html, type TemplateResult } from 'lit'
import { named, type Face } from '../../../charts/face'
import { tell } from '../../../i18n/report'
import { icon } from '../../../ui/icons'
import { faceOf, metricName } from '../figures'
import type { Metric, Report, Run, Verdict } from '../types'

/** A report with what is needed to read it: the run it is of, what its metrics are, and how its arms look. */
export interface Context {
  readonly report: Report
  readonly run: Run
  readonly metrics: ReadonlyMap<string, Metric>
  readonly faces: ReadonlyMap<string, Face>
}

export function contextOf(report: Report, run: Run, metrics: readonly Metric[]): Context {
  return { report, run, metrics: new Map(metrics.map((one) => [one.name, one])), faces: new Map(report.arms.map((arm) => [arm.variant, faceOf(arm)])) }
}

const plain = (name: string): Metric => ({ name, label: name, label_zh: name, family: 'answer', meaning: '', version: 0, higher_is_better: true, unit: '', kind: 'score' })

/** A metric by name; one of a later service goes by its own name. */
export const metricOf = ({ metrics }: Context, name: string): Metric => metrics.get(name) ?? plain(name)

export const faceIn = ({ faces }: Context, name: string): Face => faces.get(name) ?? { name, approach: null, title: name }

export const armIn = (context: Context, name: string): TemplateResult => named(faceIn(context, name))

export const labelOf = (context: Context, name: string): string => metricName(metricOf(context, name))

const signs = { better: icon.check(12), worse: icon.close(12), equivalent: html`<span aria-hidden="true">=</span>`, undecided: html`<span aria-hidden="true">?</span>` }

/** A verdict as a small sign with its word. What is undecided looks like nothing won. */
export const verdictChip = (verdict: Verdict): TemplateResult => html`<span class="chip ${verdict}">${signs[verdict]}${tell(`verdict_${verdict}`)}</span>`
