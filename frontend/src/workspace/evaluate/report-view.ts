import { html, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import { chartStyle } from '../../charts/chart-style'
import { tell } from '../../i18n/report'
import { count } from '../../i18n/tongue'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { base, define, Part } from '../../ui/part'
import { titleStyle } from '../shared-style'
import type { Bench } from './api'
import './report/against'
import './report/break-even'
import type { Context } from './report/context'
import { diagnosis } from './report/diagnosis'
import './report/flips'
import { intervals } from './report/intervals'
import { judge } from './report/judge'
import { lead } from './report/lead'
import './report/pareto'
import { comparisons, measures, slices } from './report/tables'
import { reportStyle } from './report-style'

/** A whole report, the sentence first. Fires `metric` and `against` when something else is to be shown. */
export class ReportView extends Part {
  static override styles = [base, controls, hueStyle, chartStyle, titleStyle, reportStyle]

  @property({ attribute: false }) bench!: Bench
  @property({ attribute: false }) context!: Context
  @property() metric: string | null = null
  @property() against: string | null = null

  override render(): TemplateResult {
    const { context } = this
    const metric = this.metric && context.report.metrics.includes(this.metric) ? this.metric : context.report.headline
    return html`${lead(context)} ${intervals(context, metric, (name) => this.emit('metric', name))} ${measures(context)} ${comparisons(context, metric)} ${diagnosis(context)}
      <section><header><h2>${tell('flips')}</h2></header><px-flips .context=${context}></px-flips></section>
      ${slices(context, metric)}
      <section><header><h2>${tell('pareto')}</h2><p>${tell('paretoHint', { n: count(context.report.questions) })}</p></header><px-pareto .context=${context}></px-pareto></section>
      <section><header><h2>${tell('breakEven')}</h2><p>${tell('breakEvenHint')}</p></header><px-break-even .context=${context}></px-break-even></section>
      ${judge(context)}
      <section><header><h2>${tell('against')}</h2><p>${tell('againstHint')}</p></header><px-against .bench=${this.bench} .context=${context} .metric=${metric} .other=${this.against}></px-against></section>`
  }
}

define('px-report', ReportView)
