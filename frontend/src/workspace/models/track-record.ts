import { html, nothing, type TemplateResult } from 'lit'
import { tell } from '../../i18n/models'
import { listed, percent, seconds, when } from '../../i18n/tongue'
import { approachOf, glyph, variantName } from '../../ui/approach'
import { money } from '../evaluate/figures'
import { path } from '../router'
import type { Measured, Model } from './api'

type Mean = Measured['metrics'][string]

/** What this installation has seen of a model: the answers it gave, and what runs made of it. Every figure has its n. */
export function trackRecord(model: Model, measured: readonly Measured[] | null): TemplateResult {
  return html`${answers(model)}
    ${measured === null
      ? html`<div class="lines" aria-busy="true"><span class="skeleton"></span></div>`
      : measured.length === 0
        ? html`<p class="faint">${tell('noRuns')} ${model.variants.length > 0 ? html`<a href=${path('evaluate', 'new')} data-inside="yes">${tell('measureIt')}</a>` : nothing}</p>`
        : runs(measured)}`
}

function answers(model: Model): TemplateResult {
  const { measured } = model
  const n = measured['answers']
  if (!n) return html`<p class="faint">${tell('noAnswers')}</p>`
  const said = [
    measured['total_p50'] === undefined ? tell('fewAnswers') : tell('half', { first: seconds(measured['first_token_p50']), total: seconds(measured['total_p50']) }),
    measured['declined'] ? tell('declinedShare', { share: percent(measured['declined']) }) : '',
    !measured['cost_mean'] ? '' : tell('meanCost', { money: money(measured['cost_mean']) }),
  ]
  return html`<p>${tell('sentence', { head: tell('answered', { n }), said: listed(said.filter(Boolean)) })}</p>`
}

function runs(measured: readonly Measured[]): TemplateResult {
  return html`<div class="scroll"><table>
    <thead><tr><th scope="col">${tell('run')}</th><th scope="col">${tell('variant')}</th><th scope="col">${tell('right')}</th><th scope="col">${tell('medianFirst')}</th><th scope="col">${tell('medianTotal')}</th><th scope="col">${tell('perAnswer')}</th></tr></thead>
    <tbody>${measured.map(row)}</tbody>
  </table></div>`
}

function row(one: Measured): TemplateResult {
  const as = { name: one.variant, label: one.label, approach: one.approach }
  const approach = approachOf(as)
  return html`<tr>
    <td><a href=${path('evaluate', one.run_id)} data-inside="yes">${one.dataset}</a> <span class="faint">${when(one.finished_at)}</span></td>
    <td><span class="arm hue-${approach}">${glyph(approach)}${variantName(as)}</span></td>
    <td class="num">${share(one.metrics['correct'])} <span class="faint">${tell('nQuestions', { n: one.metrics['correct']?.n ?? one.questions })}</span></td>
    <td class="num">${seconds(one.first_token?.value)}</td>
    <td class="num">${seconds(one.total?.value)}</td>
    <td class="num">${money(one.cost)}</td>
  </tr>`
}

function share(mean: Mean | undefined): string {
  if (!mean || mean.mean === null) return '–'
  const interval = mean.low === null || mean.high === null ? '' : ` (${percent(mean.low)} – ${percent(mean.high)})`
  return `${percent(mean.mean)}${interval}`
}
