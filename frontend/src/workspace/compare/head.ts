import { html, nothing, type TemplateResult } from 'lit'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/compare'
import { when } from '../../i18n/tongue'
import { icon } from '../../ui/icons'
import { go, path } from '../router'
import type { ComparePage } from './compare-page'

/** The top of the page: the question, pinned, and what can be done with the comparison. */
export function head(page: ComparePage): TemplateResult {
  const { question, id, busy, lanes, blind, open } = page.comparison
  const board = html`<a class="button" href=${path('compare', 'leaderboard', { collection: page.setup.collection })} data-inside="yes">${tell('leaderboard')}</a>`
  if (!question) {
    return html`<div class="head start">
      <div><h1>${tell('compare')}</h1><p class="sub">${page.setup.blind ? tell('introBlind', { n: page.columns.length }) : tell('intro')}</p></div>
      <div class="acts">${board}</div>
    </div>`
  }
  const ready = id !== null && !busy && lanes.length > 0 && open
  const changed = ready && !blind && page.columns.some((one) => one.stale)
  return html`<div class="head">
    <div>
      <h1 class="asked"><span class="visually-hidden">${say('you')}: </span>${question}</h1>
      <p class="sub">
        <span>${tell('lanesN', { n: lanes.length })}${blind ? ` · ${tell('blind')}` : ''}</span>
        <span>${page.comparison.collection ?? ''}</span>
        ${page.comparison.created ? html`<span class="num">${when(page.comparison.created)}</span>` : nothing}
      </p>
    </div>
    <div class="acts">
      ${busy && !blind ? html`<button type="button" class="button" @click=${() => page.comparison.stop()}>${icon.stop()}${tell('stopAll')}</button>` : nothing}
      ${ready ? html`<button type="button" class="button ${changed ? 'primary' : ''}" ?disabled=${page.twinned && page.editing === null} @click=${() => page.ask(question)}>${icon.again()}${tell('askAgain')}</button>` : nothing}
      ${ready ? html`<button type="button" class="button" title=${tell('promptsTitle')} @click=${() => go(path('compare', id, { view: 'prompts' }))}>${tell('prompts')}</button>` : nothing}
      ${id ? html`<button type="button" class="icon" aria-label=${page.shared ? say('copied') : tell('share')} title=${page.shared ? say('copied') : tell('share')} @click=${page.share}>${page.shared ? icon.check() : icon.copy()}</button>` : nothing}
      <a class="icon" href="/compare" data-inside="yes" aria-label=${tell('fresh')} title=${tell('fresh')}>${icon.compose()}</a>
    </div>
  </div>`
}
