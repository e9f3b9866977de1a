import { html, nothing, type TemplateResult } from 'lit'
import { tell, reporting } from '../../../i18n/report'
import { count, percent, seconds } from '../../../i18n/tongue'
import { isDecided, metricName, money, pValue, signed, tick, written } from '../figures'
import type { Compared, Mean, ReportArm } from '../types'
import { armIn, faceIn, labelOf, metricOf, verdictChip, type Context } from './context'
import { more } from './intervals'

/** What is shown of all measures until somebody asks for the rest. */
const BRIEF = ['correct', 'truthfulness', 'contains', 'f1', 'attempted', 'declined_rightly', 'declined_wrongly', 'hit_1', 'hit_5', 'mrr_10', 'citation_recall', 'citation_precision', 'invented_number']

type Row = readonly [string, string, (arm: ReportArm) => TemplateResult | string]

const cell = (main: string, low: string | null, high: string | null): TemplateResult =>
  html`${main}${low === null || high === null ? nothing : html`<small>${tell('between', { low, high })}</small>`}`

const meanCell = (mean: Mean | undefined, unit: { readonly unit: string }, n: number): TemplateResult | string =>
  !mean || mean.mean === null
    ? '–'
    : html`${cell(written(mean.mean, unit), mean.low === null ? null : written(mean.low, unit), mean.high === null ? null : written(mean.high, unit))}${mean.n === n ? nothing : html`<small>n = ${count(mean.n)}</small>`}`

/** Every arm and every measure: the telling ones first, the rest on demand. */
export function measures(context: Context): TemplateResult {
  const { report } = context
  const shown = report.metrics.filter((name) => report.arms.some((arm) => (arm.metrics[name]?.n ?? 0) > 0))
  const brief = shown.filter((name) => BRIEF.includes(name) || name === report.headline)
  return html`<section>
    <header><h2>${tell('table')}</h2><p>${tell('tableHint')}</p></header>
    ${measureTable(context, brief, true)}
    ${shown.length > brief.length ? html`<details><summary>${tell('allMeasures', { n: shown.length })}</summary>${measureTable(context, shown, false)}</details>` : nothing}
  </section>`
}

function measureTable(context: Context, names: readonly string[], withRun: boolean): TemplateResult {
  const { arms } = context.report
  const families = [...new Set(names.map((name) => metricOf(context, name).family))]
  const familyName = (name: string): string => (`family_${name}` in reporting.en ? tell(`family_${name}` as 'family_answer') : name)
  const group = (name: string, rows: readonly Row[]): TemplateResult => html`<tbody>
    <tr class="family"><th scope="rowgroup" colspan=${arms.length + 1}>${familyName(name)}</th></tr>
    ${rows.map(([label, meaning, of]) => html`<tr><th scope="row" title=${meaning}>${label}</th>${arms.map((arm) => html`<td class="number">${of(arm)}</td>`)}</tr>`)}
  </tbody>`
  const row = (name: string): Row => [labelOf(context, name), metricOf(context, name).meaning, (arm) => meanCell(arm.metrics[name], metricOf(context, name), arm.n)]
  return html`<div class="wide"><table class="figures">
    <thead><tr><th scope="col">${tell('measure')}</th>${arms.map((arm) => html`<th scope="col" class="number">${armIn(context, arm.variant)}<small>n = ${count(arm.n)}</small></th>`)}</tr></thead>
    ${families.map((family) => group(family, names.filter((name) => metricOf(context, name).family === family).map(row)))} ${withRun ? group('run', inAll()) : nothing}
  </table></div>`
}

function inAll(): readonly Row[] {
  const time = (label: string, kind: 'first_token' | 'total', at: 'p50' | 'p95'): Row => [
    tell(at, { name: label }),
    '',
    ({ latency }) => {
      const found = latency[kind][at]
      if (!found || found.value === null) return '–'
      return cell(seconds(found.value), found.low === null ? null : seconds(found.low), found.high === null ? null : seconds(found.high))
    },
  ]
  return [
    time(tell('firstWord'), 'first_token', 'p50'),
    time(tell('firstWord'), 'first_token', 'p95'),
    time(tell('whole'), 'total', 'p50'),
    time(tell('whole'), 'total', 'p95'),
    [tell('answers'), '', (arm) => count(arm.answers)],
    [tell('declined'), '', (arm) => count(arm.declined)],
    [tell('failed'), '', (arm) => count(arm.failed)],
    [tell('stability'), '', (arm) => (arm.stability === null ? '–' : percent(arm.stability))],
    [
      tell('perCorrect'),
      '',
      ({ spent, kind }) =>
        spent.per_correct === null || kind === 'refuse'
          ? kind !== 'refuse' && spent.known === 0 ? tell('unpriced') : '–'
          : html`${money(spent.per_correct)}${spent.known < spent.answers ? html`<small>${tell('someUnpriced', { n: count(spent.known), all: count(spent.answers) })}</small>` : nothing}`,
    ],
  ]
}

/** Every comparison with all that it stands on: those on the chosen metric, the rest on demand. */
export function comparisons(context: Context, metric: string): TemplateResult | typeof nothing {
  const all = context.report.comparisons
  if (all.length === 0) return nothing
  const first = all.filter((one) => one.metric === metric)
  const others = all.filter((one) => one.metric !== metric)
  return html`<section>
    <header><h2>${tell('comparisons')}</h2><p>${tell('comparisonsHint')}</p></header>
    ${comparisonTable(context, first)}
    ${others.length > 0 ? html`<details><summary>${tell('allComparisons', { n: others.length })}</summary>${comparisonTable(context, others)}</details>` : nothing}
  </section>`
}

const comparisonTable = (context: Context, rows: readonly Compared[]): TemplateResult => html`<div class="wide"><table class="figures">
  <thead><tr>
    <th scope="col">${tell('pair')}</th><th scope="col">${tell('metric')}</th><th scope="col" class="number">${tell('difference')}</th><th scope="col" class="number">${tell('interval')}</th>
    <th scope="col" class="number">${tell('holm')}</th><th scope="col" class="number">${tell('detectable')}</th><th scope="col" class="number">n</th><th scope="col">${tell('says')}</th>
  </tr></thead>
  <tbody>${rows.map((one) => compared(context, one))}</tbody>
</table></div>`

function compared(context: Context, one: Compared): TemplateResult {
  const metric = metricOf(context, one.metric)
  return html`<tr>
    <th scope="row" title=${tell('versus', { a: faceIn(context, one.a).name, b: faceIn(context, one.b).name })}>${armIn(context, one.a)} <span class="faint">/</span> ${armIn(context, one.b)}</th>
    <td title=${metric.meaning}>${metricName(metric)}</td>
    <td class="number">${isDecided(one.verdict) ? html`<strong>${signed(one.difference, metric)}</strong>` : signed(one.difference, metric)}</td>
    <td class="number">${one.low === null || one.high === null ? '–' : tell('between', { low: tick(one.low, metric), high: signed(one.high, metric) })}</td>
    <td class="number">${pValue(one.p_adjusted).replace('p = ', '').replace('p ', '')}</td>
    <td class="number">${one.detectable === null ? '–' : signed(one.detectable, metric).replace('+', '±')}</td>
    <td class="number">${count(one.n)}</td>
    <td>${verdictChip(one.verdict)}${one.verdict === 'undecided' ? html`<small>${more(one)}</small>` : nothing}</td>
  </tr>`
}

/** The same by tag, with a verdict only where there are questions enough. */
export function slices(context: Context, metric: string): TemplateResult {
  const { report } = context
  const shown = report.slices.some((slice) => Object.values(slice.arms).some((means) => means[metric])) ? metric : report.headline
  const unit = metricOf(context, shown)
  const head = html`<header><h2>${tell('slices')}</h2><p>${metricName(unit)}. ${tell('slicesHint')}</p></header>`
  if (report.slices.length === 0) return html`<section>${head}<p class="quiet">${tell('noSlices')}</p></section>`
  return html`<section>
    ${head}
    <div class="wide"><table class="figures">
      <thead><tr><th scope="col">${tell('tag')}</th><th scope="col" class="number">n</th>${report.arms.map((arm) => html`<th scope="col" class="number">${armIn(context, arm.variant)}</th>`)}<th scope="col">${tell('says')}</th></tr></thead>
      <tbody>
        ${report.slices.map(
          (slice) => html`<tr>
            <th scope="row">${slice.tag}</th><td class="number">${count(slice.n)}</td>
            ${report.arms.map((arm) => html`<td class="number">${meanCell(slice.arms[arm.variant]?.[shown], unit, slice.n)}</td>`)}
            <td>${slice.comparisons.length === 0 ? html`<span class="faint">${tell('tooFew')}</span>` : slice.comparisons.map((one) => html`<span class="line" title=${one.sentence}>${faceIn(context, one.a).name}: ${verdictChip(one.verdict)}</span>`)}</td>
          </tr>`,
        )}
      </tbody>
    </table></div>
  </section>`
}
