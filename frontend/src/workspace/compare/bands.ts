import { html, nothing, type TemplateResult } from 'lit'
import { letter } from '../../compare/lane'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/compare'
import { listed } from '../../i18n/tongue'
import { icon } from '../../ui/icons'
import { path } from '../router'
import type { ComparePage } from './compare-page'

/** What is to be said above the lanes: how the vote was counted, what went wrong, what has to be changed first. */
export function bands(page: ComparePage): TemplateResult {
  const { comparison } = page
  return html`${comparison.ballot && comparison.blind ? ballot(page) : nothing}
    ${page.refused ? refusal(page) : nothing} ${comparison.failure ? failure(page) : nothing}
    ${page.twinned && page.fresh === null ? html`<div class="band mild" role="alert">${tell('twins')}</div>` : nothing}
    ${comparison.elsewhere ? html`<div class="band" role="status">${tell('elsewhere')}</div>` : nothing}`
}

function ballot(page: ComparePage): TemplateResult {
  const { ballot, lanes } = page.comparison
  if (!ballot) return html``
  const { winner, why } = ballot
  const said = winner === 'tie' ? tell('votedTie') : winner === 'both_bad' ? tell('votedBad') : tell('preferred', { name: `${letter(winner)} · ${page.nameOf(winner)}` })
  const what = lanes.find(({ reveals }) => reveals !== null)?.reveals ?? ''
  return html`<div class="band" role="status">
    <strong>${said}</strong>
    <span>${why === null ? tell('counted') : why === 'open' ? tell('why_open') : tell('why_reveals', { what })}</span>
    ${tally(page)}
    <a href=${path('compare', 'leaderboard', { collection: page.comparison.collection })} data-inside="yes">${tell('toLeaderboard')}</a>
    <a class="button" href=${path('compare')} data-inside="yes">${tell('askAnother')}</a>
  </div>`
}

/** Everybody's votes on this comparison; one's own alone says nothing new. */
function tally(page: ComparePage): TemplateResult | typeof nothing {
  const { tally } = page.comparison
  if (!tally) return nothing
  const all = tally.lane_wins.reduce((sum, n) => sum + n, tally.ties + tally.both_bad)
  if (all < 2) return nothing
  const things = [
    ...tally.lane_wins.map((n, lane) => tell('tallyLane', { name: page.nameOf(lane), n })),
    tell('tallyTie', { n: tally.ties }),
    tell('tallyBad', { n: tally.both_bad }),
  ]
  return html`<span class="num">${tell('tally', { things: listed(things) })}</span>`
}

function refusal(page: ComparePage): TemplateResult {
  const { code, message, hint } = page.refused ?? { code: '', message: '', hint: '' }
  const kind = code === 'already_voted' ? tell('already') : code === 'cannot_vote' ? tell('cannot') : `${message} ${hint}`
  return html`<div class="band mild" role="alert">
    <span>${kind}</span><a class="button" href="/compare" data-inside="yes">${tell('askAnother')}</a>
  </div>`
}

function failure(page: ComparePage): TemplateResult {
  const { failure, question } = page.comparison
  return html`<div class="band wrong" role="alert">
    ${icon.warn()}<strong>${failure?.message || tell('lost')}</strong><span>${failure?.hint}</span>
    ${question ? html`<button type="button" class="button" @click=${() => page.ask(question)}>${icon.again()}${say('regenerate')}</button>` : nothing}
  </div>`
}
