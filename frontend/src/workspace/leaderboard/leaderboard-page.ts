import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Collection, Variant } from '../../api/types'
import { faceOfArm, lanesToText, wantedOf, type Face } from '../../compare/plan'
import { say } from '../../i18n/common'
import { rankly } from '../../i18n/leaderboard'
import { listed, percent, plural } from '../../i18n/tongue'
import { tell as workspace } from '../../i18n/workspace'
import { glyph, variantName } from '../../ui/approach'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { styled } from '../../ui/styled'
import { tableStyle } from '../documents/table-style'
import { pageStyle } from '../page-style'
import { go, path, type Route } from '../router'
import { allBad, isEarly, oddsOf, timesOf, toldOf, wanting, type Board, type Effect, type Standing } from './board'
import { leaderboardStyle } from './leaderboard-style'
import './strength-chart'

/** The leaderboard of blind votes: the sentence first, then strengths with their intervals, then everything counted. */
export class LeaderboardPage extends Part {
  static override styles = [base, controls, hueStyle, pageStyle, tableStyle, leaderboardStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private board: Board | null = null
  @state() private failure: Failure | null = null
  @state() private variants: readonly Variant[] = []
  @state() private collections: readonly Collection[] = []

  override connectedCallback(): void {
    super.connectedCallback()
    void this.dress()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('route')) void this.learn()
  }

  override render(): TemplateResult {
    return html`<div class="page">
      <div class="head">
        <a class="icon" href="/compare" data-inside="yes" aria-label=${rankly('back')} title=${rankly('back')}>${icon.back(18)}</a>
        <h1>${rankly('title')}</h1>
        ${this.board && this.board.items.length > 0 && !isEarly(this.board) ? html`<a class="button" href=${this.voting()} data-inside="yes">${rankly('act')}</a>` : nothing}
        <select class="field" aria-label=${workspace('collection')} @change=${(event: Event) => go(path('compare', 'leaderboard', { collection: (event.target as HTMLSelectElement).value }))}>
          <option value="" ?selected=${this.collection === null}>${rankly('all')}</option>
          ${this.collections.map(({ name }) => html`<option value=${name} ?selected=${name === this.collection}>${name}</option>`)}
        </select>
      </div>
      ${this.failure ? this.failed(this.failure) : this.board ? (this.board.items.length === 0 ? this.empty(this.board) : this.whole(this.board)) : html`<div class="lines"><span class="skeleton"></span><span class="skeleton"></span></div>`}
    </div>`
  }

  private get collection(): string | null {
    return this.route.query.get('collection')
  }

  private empty(board: Board): TemplateResult {
    return html`<div class="empty">
        ${icon.compare(40)}<strong>${rankly('emptyTitle')}</strong><p>${rankly('emptyHint')}</p>
        <a class="button primary" href=${this.voting()} data-inside="yes">${rankly('emptyAct')}</a>
      </div>
      ${this.leftOut(board)}`
  }

  private whole(board: Board): TemplateResult {
    const ranked = board.connected && !isEarly(board)
    return html`<p class="verdict-line">${this.sentence(board)}</p>
      <p class="soft">${rankly('intro', { n: this.counted(board) })}${ranked && board.more_voters > 0 ? ` ${rankly(plural(board.more_voters, 'resampledOne', 'resampledVotes'), { n: board.more_voters })}` : ''}</p>
      ${ranked
        ? html`<section aria-labelledby="strength"><h2 id="strength">${rankly('strength')}</h2><p class="soft">${rankly('strengthHint')}</p><px-strengths .items=${board.items} .variants=${this.variants}></px-strengths>${this.untold(board)}</section>`
        : isEarly(board)
          ? this.early(board)
          : this.unranked(board)}
      ${this.counts(board)} ${ranked ? html`${this.matrix(board)}${this.effects(board)}` : nothing}
      <p class="soft small">${rankly('badRate', { share: percent(board.both_bad.rate), n: board.both_bad.votes, votes: board.votes })}</p>
      ${this.unseen(board)} ${this.leftOut(board)}`
  }

  private counted({ votes, voters }: Board): string {
    return rankly(plural(votes, 'vote', 'votes'), { n: votes, voters })
  }

  /** So few votes that their counts are all there is: how many it takes, and from how many people. */
  private early(board: Board): TemplateResult {
    const few = wanting(board)
    const votes = Math.max(...few.map((one) => one.more_votes))
    const names = listed(few.map((one) => this.nameOf(board, one.variant)))
    const people = board.more_voters
    return html`<p class="soft">${rankly(plural(votes, 'earlyVote', 'earlyVotes'), { n: votes, names })} ${people > 0 ? rankly(plural(people, 'earlyPerson', 'earlyPeople'), { n: people, least: board.voters + people }) : nothing}</p>
      <p class="next"><a class="button primary" href=${this.voting(few.slice(0, 2).map((one) => one.variant))} data-inside="yes">${rankly('act')}</a></p>`
  }

  /** Those whose strength is left out of the chart. */
  private untold(board: Board): TemplateResult | readonly TemplateResult[] {
    return wanting(board).map((one) => html`<p class="soft small">${rankly('untold', { n: one.more_votes, names: this.nameOf(board, one.variant) })}</p>`)
  }

  /** Compare, ready for a blind vote: between these, or between the lanes that were there. */
  private voting(lanes: readonly string[] = []): string {
    return path('compare', null, { blind: 'yes', collection: this.collection, lanes: lanes.length > 1 ? lanesToText(lanes.map((variant) => wantedOf({ variant }, this.variants))) : null })
  }

  /** Why nobody is ranked, and the vote that would change it. */
  private unranked(board: Board): TemplateResult {
    const [one, other] = board.groups.map(([first]) => first ?? '')
    return html`<p class="soft">${rankly(allBad(board) ? 'allBadNext' : 'notConnected')}</p>
      ${one && other
        ? html`<p class="next"><a class="button primary" href=${this.voting([one, other])} data-inside="yes">${rankly('apartAct', { one: this.nameOf(board, one), other: this.nameOf(board, other) })}</a></p>`
        : nothing}`
  }

  /** Variants that nobody has voted on; what is missing would else look forgotten. */
  private unseen(board: Board): TemplateResult | typeof nothing {
    const left = this.variants.filter(({ name }) => !board.items.some(({ variant }) => variant === name)).map(variantName)
    return left.length === 0 ? nothing : html`<p class="soft small">${rankly('unseen', { names: listed(left) })}</p>`
  }

  /** The server's sentence, with the names and in the language of the page. */
  private sentence(board: Board): string {
    const named = (names: readonly string[]): string => listed(names.map((name) => this.nameOf(board, name)))
    if (allBad(board)) return rankly('allBad')
    if (!board.connected) return rankly('apart', { groups: listed(board.groups.map((group) => (group.length > 1 ? rankly('group', { names: named(group) }) : named(group)))) })
    if (isEarly(board)) return rankly('early', { n: this.counted(board) })
    if (board.verdict === 'preferred' && board.lead) return rankly('preferredMost', { name: named([board.lead.variant]), chose: board.lead.chose, voters: board.lead.voters })
    const first = board.items.filter((one) => one.rank_low === 1).map((one) => one.variant)
    return rankly(first.length === 1 ? 'undecidedOne' : 'undecided', { names: named(first) })
  }

  private counts(board: Board): TemplateResult {
    return html`<section class="table">
      <table>
        <thead>
          <tr><th>${rankly('variant')}</th><th class="number">${rankly('games')}</th><th class="number">${rankly('won')}</th><th class="number">${rankly('lost')}</th><th class="number">${rankly('tied')}</th><th class="number">${rankly('bad')}</th></tr>
        </thead>
        <tbody>
          ${board.items.map(
            (one) => html`<tr>
              <td>${this.chip(one)}${one.configurations > 1 ? html`<span class="soft small" title=${rankly('settingsHint')}> ${rankly('settings', { n: one.configurations })}</span>` : nothing}</td>
              <td class="number">${one.games}</td><td class="number">${one.wins}</td><td class="number">${one.losses}</td><td class="number">${one.ties}</td>
              <td class="number">${one.games > 0 ? percent(one.both_bad / one.games) : '–'}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </section>`
  }

  private matrix({ win_matrix: { variants, games, probability }, items }: Board): TemplateResult {
    const of = (name: string): Standing | undefined => items.find((one) => one.variant === name)
    return html`<section class="table" aria-labelledby="matrix">
      <h2 id="matrix">${rankly('matrix')}</h2>
      <p class="soft">${rankly('matrixHint')}</p>
      <table class="matrix">
        <thead><tr><th></th>${variants.map((name) => html`<th>${this.chip(of(name))}</th>`)}</tr></thead>
        <tbody>
          ${variants.map(
            (row, i) => html`<tr><th>${this.chip(of(row))}</th>
              ${variants.map((column, j) => {
                if (i === j) return html`<td class="none"></td>`
                const chance = probability[i]?.[j] ?? null
                const n = games[i]?.[j] ?? 0
                const said = n === 0 ? rankly('noPair') : `n = ${n}`
                if (chance === null) return html`<td class="untold"><span>${rankly('untoldChance')}</span><small>${said}</small></td>`
                return html`<td ${styled({ '--share': `${Math.round(Math.abs(chance - 0.5) * 80)}%` })} class=${chance >= 0.5 ? 'ahead' : 'behind'} aria-label=${rankly('chance', { row, column, share: percent(chance), n: said })}><strong>${percent(chance)}</strong><small>${said}</small></td>`
              })}
            </tr>`,
          )}
        </tbody>
      </table>
    </section>`
  }

  private effects(board: Board): TemplateResult {
    const side = board.position_bias
    return html`<section aria-labelledby="effects">
      <h2 id="effects">${rankly('matters')}</h2>
      <p class="soft">${rankly('mattersHint')}</p>
      <dl>
        ${this.effect(rankly('position'), side, (known) => this.sideSaid(known))}
        ${board.style.map((one) => this.effect(this.feature(one.feature), toldOf(one), (known) => this.styleSaid(known)))}
      </dl>
    </section>`
  }

  private effect(name: string, effect: Effect | null, said: (known: Effect) => string): TemplateResult {
    if (!effect) return html`<div><dt>${name}</dt><dd class="soft">${rankly('untoldEffect')}</dd></div>`
    const { low, high } = oddsOf(effect)
    return html`<div><dt>${name}</dt><dd>${said(effect)}<span class="soft small num">${rankly('interval', { low: timesOf(low), high: timesOf(high) })}</span></dd></div>`
  }

  private sideSaid(effect: Effect): string {
    const { sure, times } = oddsOf(effect)
    if (!sure) return rankly('position_none')
    return times >= 1 ? rankly('position_left', { times: timesOf(times) }) : rankly('position_right', { times: timesOf(1 / times) })
  }

  private styleSaid(effect: Effect): string {
    const { sure, times } = oddsOf(effect)
    return sure ? rankly(times >= 1 ? 'more' : 'less', { times: timesOf(times) }) : rankly('noEffect')
  }

  private feature(name: string): string {
    const known = ['tokens', 'headings', 'lists', 'bold', 'citations'] as const
    const key = known.find((one) => one === name)
    return key ? rankly(`style_${key}`) : name
  }

  private leftOut({ left_out: { open, reveals } }: Board): TemplateResult | typeof nothing {
    return open + reveals === 0 ? nothing : html`<p class="soft small">${rankly('leftOut', { open, reveals })}</p>`
  }

  private failed(failure: Failure): TemplateResult {
    return html`<div class="failure" role="alert">${icon.warn()}<div><strong>${failure.message}</strong><div>${failure.hint}</div></div><button type="button" class="button" @click=${() => this.learn()}>${say('regenerate')}</button></div>`
  }

  private face(one: Standing): Face {
    return faceOfArm({ ...one, model: '', parameters: {} }, this.variants)
  }

  private nameOf(board: Board, name: string): string {
    const one = board.items.find(({ variant }) => variant === name)
    if (!one) return name
    const face = this.face(one)
    return [face.name, ...Object.entries(face.changes).map((pair) => pair.join(' = '))].join(' · ')
  }

  private chip(one: Standing | undefined): TemplateResult | typeof nothing {
    if (!one) return nothing
    const face = this.face(one)
    const changes = Object.entries(face.changes).map((pair) => pair.join(' = ')).join(', ')
    return html`<span class="chip hue-${face.approach}" title=${one.label}>${glyph(face.approach)}<span>${face.name}${changes ? ` · ${changes}` : ''}</span></span>`
  }

  private async learn(): Promise<void> {
    try {
      this.failure = null
      this.board = await this.client.json<Board>('GET', '/api/leaderboard', { query: { collection: this.collection } })
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  private async dress(): Promise<void> {
    const [variants, collections] = await Promise.allSettled([this.client.variants(), this.client.collections()])
    if (variants.status === 'fulfilled') this.variants = variants.value
    if (collections.status === 'fulfilled') this.collections = collections.value
  }
}

define('px-leaderboard-page', LeaderboardPage)
