import { html, nothing, type TemplateResult } from 'lit'
import '../../compare/vote-bar'
import type { Winner } from '../../compare/types'
import { tell } from '../../i18n/compare'
import { tell as workspace } from '../../i18n/workspace'
import { call } from '../../i18n/vote'
import { icon } from '../../ui/icons'
import type { ComparePage } from './compare-page'

/** The bottom of the page: the vote while one is due, the progress of a blind comparison, else the next question. */
export function foot(page: ComparePage): TemplateResult {
  const { blind, busy, elsewhere, canVote, voting, open, lanes } = page.comparison
  if (blind && (busy || elsewhere) && !open) return html`<footer>${progress(page)}</footer>`
  if (blind && !open && (canVote || voting)) {
    return html`<footer>
      <div class="column"><px-vote .lanes=${lanes.length} .busy=${voting} @vote=${(event: CustomEvent<{ winner: Winner; reason: string }>) => page.vote(event.detail.winner, event.detail.reason)}></px-vote></div>
    </footer>`
  }
  const missing = blind && !open && lanes.length > 0 && page.refused === null && !page.comparison.failure
  return html`<footer>
    <div class="column">
      ${missing ? html`<div class="progress" role="status"><span>${tell('cannot')}</span><button type="button" class="button" @click=${() => page.ask(page.comparison.question)}>${icon.again()}${tell('askAgain')}</button></div>` : nothing}
      <px-composer .placeholder=${tell('askLanes')} .busy=${busy} .draft=${page.draft} @ask=${(event: CustomEvent<string>) => page.ask(event.detail)} @stop=${() => page.comparison.stop()}></px-composer>
      ${switches(page)}
    </div>
  </footer>`
}

function progress(page: ComparePage): TemplateResult {
  const { ended, lanes } = page.comparison
  return html`<div class="progress">
    <span role="status"><strong class="num">${call('progress', { ended, lanes: lanes.length })}</strong></span><span>${call('together')}</span>
    ${page.comparison.busy ? html`<button type="button" class="button" @click=${() => page.comparison.stop()}>${icon.stop()}${tell('stopAll')}</button>` : nothing}
  </div>`
}

function switches(page: ComparePage): TemplateResult {
  const { blind, byLot, collection, plan } = page.setup
  const flip = (name: 'blind' | 'byLot') => (event: Event) => page.plan(plan, { [name]: (event.target as HTMLInputElement).checked })
  return html`<div class="switches">
    <label class="switch" title=${tell('blindHint')}><input type="checkbox" role="switch" .checked=${blind} ?disabled=${page.comparison.busy} @change=${flip('blind')} />${tell('blind')}</label>
    ${blind ? html`<label class="switch" title=${tell('byLotHint')}><input type="checkbox" role="switch" .checked=${byLot} ?disabled=${page.comparison.busy} @change=${flip('byLot')} />${tell('byLot')}</label>` : nothing}
    ${blind ? html`<small>${byLot ? tell('lotFrom', { n: page.variants.length }) : tell('lotOwn', { n: plan.length })}</small>` : nothing}
    ${page.collections.length > 1
      ? html`<select class="field" aria-label=${workspace('collection')} @change=${(event: Event) => page.plan(plan, { collection: (event.target as HTMLSelectElement).value })}>
          ${page.collections.map(({ name }) => html`<option value=${name} ?selected=${name === collection}>${name}</option>`)}
        </select>`
      : nothing}
  </div>`
}
