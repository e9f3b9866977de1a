import { html, type TemplateResult } from 'lit'
import '../../../charts/interval-chart'
import type { Interval } from '../../../charts/interval-chart'
import { tell } from '../../../i18n/report'
import { count } from '../../../i18n/tongue'
import { differenceAxis, isDecided, meaningOf, metricName, signed, tick, valueAxis, written } from '../figures'
import type { Compared } from '../types'
import { faceIn, metricOf, type Context } from './context'

const between = (low: string, high: string): string => tell('between', { low, high })

/** The scores of all arms on one metric, and how far each is from the baseline; both with their intervals. */
export function intervals(context: Context, metric: string, choose: (metric: string) => void): TemplateResult {
  const { report } = context
  const compared = report.comparisons.filter((one) => one.metric === metric && one.b === report.baseline)
  const known = report.metrics.filter((name) => report.arms.some((arm) => arm.metrics[name]))
  return html`<section>
    <header class="spread">
      <h2>${tell('scores')}</h2>
      <label class="pick"><span>${tell('metric')}</span>
        <select class="field" @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
          ${known.map((name) => html`<option value=${name} ?selected=${name === metric}>${metricName(metricOf(context, name))}</option>`)}
        </select></label>
      <p>${meaningOf(metricOf(context, metric))} ${tell('scoresHint')}</p>
    </header>
    <div class="pair">
      <div>${scores(context, metric)}</div>
      <div>
        <h3>${tell('differences', { name: faceIn(context, report.baseline).name })}</h3>
        ${compared.length > 0 ? differences(context, metric, compared) : html`<p class="quiet">${tell(report.arms.filter((arm) => arm.kind === 'variant').length > 1 ? 'none' : 'onlyOne')}</p>`}
      </div>
    </div>
  </section>`
}

function scores(context: Context, name: string): TemplateResult {
  const metric = metricOf(context, name)
  const arms = context.report.arms.flatMap((arm) => {
    const mean = arm.metrics[name]
    return mean && mean.mean !== null ? [{ arm, mean }] : []
  })
  if (arms.length === 0) return html`<p class="quiet">${tell('none')}</p>`
  const rows = arms.map(({ arm, mean }): Interval => ({
    face: faceIn(context, arm.variant),
    value: mean.mean,
    low: mean.low,
    high: mean.high,
    open: false,
    said: written(mean.mean, metric),
    between: between(written(mean.low, metric), written(mean.high, metric)),
    n: `n = ${count(mean.n)}`,
  }))
  return html`<h3>${metricName(metric)}</h3>
    <px-intervals .caption=${metricName(metric)} .rows=${rows} .axis=${valueAxis(arms.flatMap(({ mean }) => [mean.mean, mean.low, mean.high]), metric)} .written=${(value: number) => written(value, metric)}></px-intervals>`
}

/** Differences as a chart; of runs against runs too. */
export function differences(context: Context, name: string, compared: readonly Compared[]): TemplateResult {
  const metric = metricOf(context, name)
  const rows = compared.map((one): Interval => ({
    face: faceIn(context, one.a),
    value: one.difference,
    low: one.low,
    high: one.high,
    open: !isDecided(one.verdict),
    said: signed(one.difference, metric),
    between: one.low === null ? '–' : between(tick(one.low, metric), signed(one.high, metric)),
    n: `n = ${count(one.n)}`,
    note: tell(`verdict_${one.verdict}`),
  }))
  const sides: readonly [string, string] = metric.higher_is_better ? [tell('worseSide'), tell('betterSide')] : [tell('betterSide'), tell('worseSide')]
  return html`<px-intervals
      .caption=${metricName(metric)}
      .rows=${rows}
      .axis=${differenceAxis(compared)}
      .written=${(value: number) => tick(value, metric)}
      .margin=${metric.unit === '' ? 0.02 : null}
      .sides=${sides}
    ></px-intervals>
    <p class="quiet">${tell('differencesHint', { n: FEWEST_QUESTIONS, documents: FEWEST_DOCUMENTS })}</p>`
}

/** Questions, and documents that they are about, below which nothing is decided: as the verdicts count. */
export const FEWEST_QUESTIONS = 20
export const FEWEST_DOCUMENTS = 6

/** Why nothing is decided, or how many questions more it would take, upwards to two digits: more would claim to know it better. */
export function more({ more_needed, clusters, n }: Compared): string {
  if (n < FEWEST_QUESTIONS) return tell('needQuestions', { n: FEWEST_QUESTIONS })
  if (clusters < FEWEST_DOCUMENTS) return tell('needDocuments', { n: FEWEST_DOCUMENTS })
  if (!more_needed) return tell('needUnknown')
  const step = 10 ** Math.max(0, String(more_needed).length - 2)
  return tell('needMore', { n: count(Math.ceil(more_needed / step) * step) })
}
