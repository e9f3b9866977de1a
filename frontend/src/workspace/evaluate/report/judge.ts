import { html, nothing, type TemplateResult } from 'lit'
import { tell } from '../../../i18n/report'
import { count } from '../../../i18n/tongue'
import { written } from '../figures'
import { faceIn, type Context } from './context'

/** A judge's opinion, when one was asked for: beside the rules, with how far it agrees with people. */
export function judge(context: Context): TemplateResult | typeof nothing {
  const found = context.report.judge
  if (!found) return nothing
  const share = { unit: '' }
  return html`<section>
    <header><h2>${tell('judge')}</h2><p>${found.judge} · n = ${count(found.judged)} · ${found.prompt_hash.slice(0, 12)}</p></header>
    <ul class="rest">
      ${Object.entries(found.shares).map(([arm, mean]) => html`<li>${tell('judgeShare', { name: faceIn(context, arm).name, value: written(mean.mean, share), low: written(mean.low, share), high: written(mean.high, share) })}, n = ${count(mean.n)}</li>`)}
    </ul>
    <p class="quiet">${found.kappa === null ? tell('judgeAlone') : tell('judgeKappa', { n: count(found.humans), kappa: found.kappa.toFixed(2) })} ${found.warning ?? nothing}</p>
  </section>`
}
