import { html, nothing, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import { compared, tallied, type Line, type Piece } from '../../compare/prompt-lines'
import type { Prompts, Said } from '../../compare/types'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/compare'
import { plural } from '../../i18n/tongue'
import { glyph } from '../../ui/approach'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { go, path, type Route } from '../router'
import { dialogStyle } from '../shared-style'
import type { Column } from './columns'
import { promptsOf } from './comparison'
import { promptsStyle } from './prompts-style'

/** Longer stretches that are the same are folded, but for this many lines on each side. */
const AROUND = 2

/** What two lanes' models were sent, and where it differs. Fires `close`. */
export class PromptsDialog extends Part {
  static override styles = [base, controls, hueStyle, dialogStyle, promptsStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @property() override id = ''
  @property({ attribute: false }) columns: readonly Column[] = []
  @state() private prompts: readonly Prompts[] | null = null
  @state() private failure: Failure | null = null
  @state() private unfolded = new Set<number>()
  @query('dialog') private dialog!: HTMLDialogElement

  override firstUpdated(): void {
    this.dialog.showModal()
    void this.learn()
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="title" @close=${() => this.emit('close')} @click=${(event: Event) => event.target === this.dialog && this.dialog.close()}>
      <header>
        <h2 id="title">${tell('promptsTitle')}</h2>
        <button type="button" class="icon" aria-label=${say('close')} @click=${() => this.dialog.close()}>${icon.close()}</button>
      </header>
      ${this.failure ? html`<p class="said" role="alert">${this.failure.message} ${this.failure.hint}</p>` : this.prompts ? this.both(this.prompts) : html`<span class="skeleton"></span>`}
    </dialog>`
  }

  /** The lanes shown, by number: those of the address, else the first two. */
  private get pair(): readonly [number, number] {
    const shown = this.columns.filter((one) => one.lane !== null).map((one) => one.lane?.lane ?? 0)
    const wanted = (name: string, other: number): number => {
      const given = this.route.query.get(name)
      return given !== null && shown.includes(Number(given)) ? Number(given) : other
    }
    const first = wanted('a', shown[0] ?? 0)
    return [first, wanted('b', shown.findLast((one) => one !== first) ?? first)]
  }

  private both(all: readonly Prompts[]): TemplateResult {
    const [a, b] = this.pair
    const calls = (lane: number): Prompts['calls'] => all.find((one) => one.lane === lane)?.calls ?? []
    const [first, second] = [calls(a), calls(b)]
    const rounds = Math.max(first.length, second.length)
    return html`<div class="pair">${this.picker('a', a, b)}<span>${tell('against')}</span>${this.picker('b', b, a)}</div>
      ${[a, b].map((lane) => (calls(lane).length === 0 ? html`<p class="said">${tell('noCalls', { name: this.name(lane) })}</p>` : nothing))}
      <div class="body">${Array.from({ length: rounds }, (_, n) => this.round(n, rounds, first[n] ?? [], second[n] ?? []))}</div>`
  }

  private picker(side: 'a' | 'b', chosen: number, other: number): TemplateResult {
    const column = this.columns.find((one) => one.lane?.lane === chosen)
    return html`<label class="hue-${column?.face?.approach ?? 'plain'}">${column?.face ? glyph(column.face.approach) : nothing}<b aria-hidden="true">${side === 'a' ? '−' : '+'}</b>
      <select class="field" aria-label=${tell('lanes')} @change=${(event: Event) => this.pick(side, Number((event.target as HTMLSelectElement).value), chosen, other)}>
        ${this.columns.flatMap((one) => (one.lane ? [html`<option value=${one.lane.lane} ?selected=${one.lane.lane === chosen}>${this.name(one.lane.lane)}</option>`] : []))}
      </select></label>`
  }

  private pick(side: 'a' | 'b', lane: number, before: number, other: number): void {
    // Choosing what the other side shows swaps the two.
    const rest = lane === other ? before : other
    const [a, b] = side === 'a' ? [lane, rest] : [rest, lane]
    this.unfolded = new Set()
    go(path('compare', this.id, { view: 'prompts', a: String(a), b: String(b) }), true)
  }

  private round(n: number, rounds: number, first: readonly Said[], second: readonly Said[]): TemplateResult {
    const pieces = compared(first, second)
    return html`<section>
      ${rounds > 1 ? html`<h3>${tell('callN', { n: n + 1 })}</h3>` : nothing}
      <p class="said">${this.summary(pieces)}</p>
      <div class="diff" role="list">${pieces.map((piece, at) => this.piece(piece, n * 10_000 + at))}</div>
    </section>`
  }

  private summary(pieces: readonly Piece[]): string {
    const { first, second } = tallied(pieces)
    if (first + second === 0) return tell('promptsSame')
    const [a, b] = this.pair
    const lines = (n: number): string => (n === 0 ? tell('nothing') : tell(plural(n, 'line', 'linesMany'), { n }))
    return tell('promptsDiffer', { name: this.name(b), more: lines(second), other: this.name(a), less: lines(first) })
  }

  private piece(piece: Piece, key: number): TemplateResult | readonly TemplateResult[] {
    const [a, b] = this.pair
    if (piece.kind === 'changed') {
      const side = (kind: 'first' | 'second', lane: number): TemplateResult =>
        html`<div role="listitem" class="line ${kind} hue-${this.hue(lane)}" aria-label=${tell('onlyIn', { name: this.name(lane) })}>
          ${this.speaker(piece.role)}<span>${piece.words.filter((one) => one.kind === 'both' || one.kind === kind).map((one) => (one.kind === 'both' ? one.items.join('') : html`<mark>${one.items.join('')}</mark>`))}</span>
        </div>`
      return [side('first', a), side('second', b)]
    }
    if (piece.kind !== 'both') {
      const lane = piece.kind === 'first' ? a : b
      return piece.lines.map((line) => this.line(line, `${piece.kind} hue-${this.hue(lane)}`, tell('onlyIn', { name: this.name(lane) })))
    }
    const hidden = piece.lines.length - 2 * AROUND
    if (hidden < 3 || this.unfolded.has(key)) return piece.lines.map((line) => this.line(line))
    return [
      ...piece.lines.slice(0, AROUND).map((line) => this.line(line)),
      html`<button type="button" class="fold" @click=${() => (this.unfolded = new Set([...this.unfolded, key]))}>${icon.down(12)}${tell('sameLines', { n: hidden })}</button>`,
      ...piece.lines.slice(-AROUND).map((line) => this.line(line)),
    ]
  }

  private line(line: Line, kind = '', label = ''): TemplateResult {
    return html`<div role="listitem" class="line ${kind}" aria-label=${label ? `${label}: ${line.text}` : nothing}>${this.speaker(line.role)}<span>${line.text || '\u200b'}</span></div>`
  }

  private speaker(role: string | null): TemplateResult | typeof nothing {
    if (role === null) return nothing
    return html`<i>${role === 'system' || role === 'user' || role === 'assistant' ? tell(`role_${role}`) : role}</i>`
  }

  private hue(lane: number): string {
    return this.columns.find((one) => one.lane?.lane === lane)?.face?.approach ?? 'plain'
  }

  private name(lane: number): string {
    const face = this.columns.find((one) => one.lane?.lane === lane)?.face
    return face ? [face.name, ...Object.entries(face.changes).map(([name, value]) => `${name} = ${String(value)}`)].join(' · ') : ''
  }

  private async learn(): Promise<void> {
    try {
      this.prompts = await promptsOf(this.client, this.id)
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

define('px-prompts', PromptsDialog)
