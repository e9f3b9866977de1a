import { html, nothing, type TemplateResult } from 'lit'
import type { Variant } from '../../api/types'
import '../../charts/interval-chart'
import { named, type Face } from '../../charts/face'
import type { Interval } from '../../charts/interval-chart'
import { tell } from '../../i18n/experiments'
import { tell as words } from '../../i18n/report'
import { count, listed, percent, when } from '../../i18n/tongue'
import { icon } from '../../ui/icons'
import { differenceAxis, isDecided, pValue, signed, tick, valueAxis, written } from '../evaluate/figures'
import type { Verdict } from '../evaluate/types'
import { verdictChip } from '../evaluate/report/context'
import { between, limitOf, metricName, unitOf } from './figures'
import { faceOfLane } from './faces'
import type { ComparisonOfLanes, Experiment, Measured, Report } from './types'

export interface Shown {
  readonly experiment: Experiment
  readonly report: Report
  readonly variants: readonly Variant[]
}

const faceIn = ({ experiment, variants }: Shown, label: string): Face => {
  const lane = experiment.variants.find((one) => one.label === label)
  return lane ? faceOfLane(lane, variants) : { name: label, approach: null, title: label }
}

/** The alarm first when there is one; else the sentence. */
export function verdict(shown: Shown): TemplateResult {
  const { report } = shown
  const visitors = report.arms.map((arm) => arm.visitors)
  if (visitors.every((n) => n === 0) && !report.srm.alarm) {
    return html`<div class="empty">${icon.experiments(40)}<strong>${tell('noTraffic')}</strong><p>${tell('noTrafficHint')}</p></div>`
  }
  const word: Verdict | null = report.decision === 'undecided' ? 'undecided' : report.decision === 'equivalent' ? 'equivalent' : report.decision === 'winner' ? 'better' : null
  return html`<section class="lead" aria-label=${tell('verdict')}>
    ${report.srm.alarm ? alarm(report) : nothing}
    <p class="sentence">${word && !report.srm.alarm ? verdictChip(word) : nothing}${report.verdict}</p>
    ${report.aa ? html`<p class="note">${tell(report.aa.sound === null ? 'aaEarly' : report.aa.sound ? 'aaSound' : 'aaUnsound')}. ${report.aa.sentence}</p>` : nothing}
  </section>`
}

function alarm({ srm, arms }: Report): TemplateResult {
  const row = (numbers: readonly number[]): string => numbers.map((n) => count(Math.round(n))).join(' : ')
  return html`<div class="alarm" role="alert">${icon.warn(20)}<strong>${tell('mismatch')}</strong>
    <p>${srm.chi2 === null ? tell('mismatchZero') : tell('mismatchHint', { expected: row(arms.map((arm) => arm.expected)), seen: row(arms.map((arm) => arm.visitors)), p: pValue(srm.p) })}</p></div>`
}

/** Visitors a lane below which chi-square says nothing about a split. */
const FEWEST_EXPECTED = 5

/** A tenth is shown of a few visitors: 1.5 of 3, not 2 of 3 in both lanes. */
const expected = (visitors: number): string => count(visitors < 10 ? Math.round(visitors * 10) / 10 : Math.round(visitors))

/** Who was shown what, and what does not count. */
export function traffic(shown: Shown): TemplateResult {
  const { report } = shown
  const left = (['staff', 'bot', 'nameless', 'repeat', 'moved'] as const).filter((kind) => report.left_out[kind] > 0)
  return html`<section>
    <div class="wide"><table class="figures">
      <thead><tr><th scope="col">${tell('lane')}</th><th scope="col" class="number">${tell('share')}</th><th scope="col" class="number">${tell('exposures')}</th><th scope="col" class="number">${tell('counted')}</th><th scope="col" class="number">${tell('visitors')}</th><th scope="col" class="number">${tell('expectedVisitors')}</th></tr></thead>
      <tbody>${report.arms.map(
        (arm, at) => html`<tr>
          <th scope="row">${named(faceIn(shown, arm.label))}${at === 0 ? html` <small>${tell('control')}</small>` : nothing}${arm.stopped ? html`<small class="bad">${tell('out', { reason: arm.stopped })}</small>` : nothing}</th>
          <td class="number">${percent(arm.weight)}</td><td class="number">${count(arm.exposures)}</td><td class="number">${count(arm.counted)}</td><td class="number">${count(arm.visitors)}</td><td class="number">${expected(arm.expected)}</td>
        </tr>`,
      )}</tbody>
    </table></div>
    <p class="quiet num">${report.srm.alarm ? nothing : report.arms.some((arm) => arm.weight > 0 && arm.expected < FEWEST_EXPECTED) ? tell('splitEarly') : tell('splitFits', { p: pValue(report.srm.p) })} ${left.length > 0 ? tell('leftOut', { things: listed(left.map((kind) => tell(`left_${kind}`, { n: count(report.left_out[kind]) }))) }) : nothing}</p>
  </section>`
}

/** What decides, large; the others beneath it, informing only. */
export function measures(shown: Shown): TemplateResult {
  const [primary, ...others] = shown.report.metrics
  if (shown.report.arms.every((arm) => arm.visitors === 0)) return html``
  return html`${primary ? html`<section><header><h2>${tell('primary', { name: metricName(primary.metric) })}</h2><p>${tell('always')} ${shown.report.weighted ? tell('weighted') : nothing}</p></header>${measure(shown, primary)}</section>` : nothing}
    ${others.some((one) => one.arms.some((arm) => arm.n > 0))
      ? html`<section><details><summary>${tell('alsoMeasured')}</summary><p class="quiet">${tell('alsoHint')}</p>
          ${others.filter((one) => one.arms.some((arm) => arm.n > 0)).map((one) => html`<h3>${metricName(one.metric)}</h3>${measure(shown, one)}`)}</details></section>`
      : nothing}`
}

function measure(shown: Shown, measured: Measured): TemplateResult {
  const unit = unitOf(measured)
  const rows = measured.arms.map((arm): Interval => ({
    face: faceIn(shown, arm.label),
    value: arm.mean,
    low: arm.low,
    high: arm.high,
    open: arm.low === null,
    said: written(arm.mean, unit),
    between: arm.low === null || arm.high === null ? tell('tooFew') : between(written(arm.low, unit), written(arm.high, unit)),
    n: `n = ${count(arm.n)}`,
  }))
  if (measured.arms.every((arm) => arm.mean === null)) return html`<p class="quiet">${[...new Set(measured.comparisons.map((one) => one.sentence))].join(' ')}</p>`
  const known = measured.arms.flatMap((arm) => [arm.mean, arm.low, arm.high])
  return html`<div class=${measured.greyed ? 'pair greyed' : 'pair'} title=${measured.greyed ? tell('greyed') : nothing}>
    <div><px-intervals .caption=${metricName(measured.metric)} .rows=${rows} .axis=${valueAxis(known, unit)} .written=${(value: number) => written(value, unit)}></px-intervals></div>
    <div>${measured.comparisons.some((one) => one.difference !== null) ? differences(shown, measured) : html`<p class="quiet">${[...new Set(measured.comparisons.map((one) => one.sentence))].join(' ')}</p>`}</div>
  </div>`
}

function differences(shown: Shown, measured: Measured): TemplateResult {
  const unit = unitOf(measured)
  const control = shown.experiment.variants[0]?.label ?? ''
  const rows = measured.comparisons.map((one): Interval => ({
    face: faceIn(shown, one.a),
    value: one.difference,
    low: one.low,
    high: one.high,
    open: measured.greyed || !isDecided(one.verdict as Verdict),
    said: signed(one.difference, unit),
    between: one.low === null || one.high === null ? tell('tooFew') : between(tick(one.low, unit), signed(one.high, unit)),
    n: one.p === null ? '' : pValue(one.p),
    note: measured.greyed ? undefined : words(`verdict_${one.verdict as Verdict}`),
  }))
  const sides: readonly [string, string] = measured.higher_is_better ? [words('worseSide'), words('betterSide')] : [words('betterSide'), words('worseSide')]
  return html`<h3>${tell('difference', { name: faceIn(shown, control).name })}</h3>
    <px-intervals .caption=${tell('difference', { name: faceIn(shown, control).name })} .rows=${rows} .axis=${differenceAxis(measured.comparisons)} .written=${(value: number) => tick(value, unit)} .sides=${sides}></px-intervals>
    ${measured.greyed ? nothing : measured.comparisons.filter((one) => one.verdict === 'undecided').map((one) => html`<p class="quiet">${faceIn(shown, one.a).name}: ${wanting(one)}</p>`)}`
}

function wanting({ more_needed, metric, difference }: ComparisonOfLanes): string {
  if (!more_needed) return difference === 0 ? `${words('verdict_undecided')}, ${tell('noDifference')}` : words('verdict_undecided')
  const step = 10 ** Math.max(0, String(more_needed).length - 2)
  return `${words('verdict_undecided')}, ${tell(metric === 'votes' ? 'needMoreVotes' : 'needMore', { n: count(Math.ceil(more_needed / step) * step) })}`
}

/** What guards it, what that did, and every change of weights. */
export function history(shown: Shown): TemplateResult {
  const { experiment } = shown
  const taken = experiment.variants.filter((lane) => lane.stopped)
  return html`<section><header><h2>${tell('guardrailLog')}</h2></header>
      <ul class="log">
        ${experiment.guardrails.map((rail) => html`<li>${tell('guardrailRule', { name: metricName(rail.metric), limit: limitOf(rail.metric, rail.worse_than_control_by) })}</li>`)}
        ${taken.length > 0 ? taken.map((lane) => html`<li class="out"><strong>${faceOfLane(lane, shown.variants).name}</strong> ${tell('out', { reason: lane.stopped?.reason ?? '' })} <span class="faint">${when(lane.stopped?.at ?? '')}</span></li>`) : html`<li class="faint">${tell('quiet')}</li>`}
      </ul></section>
    <section><header><h2>${tell('phases')}</h2></header>
      <ol class="log">
        ${[...experiment.phases].reverse().map((phase) => html`<li class="num"><strong>${tell('phase', { n: phase.number })}</strong><span>${Object.entries(phase.weights).map(([label, weight]) => `${faceIn(shown, label).name} ${percent(weight)}`).join(' · ')}</span><span class="faint">${when(phase.started_at)} · ${phase.reason}</span></li>`)}
      </ol></section>`
}
