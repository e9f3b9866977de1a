import { html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { searched, whyDeclined } from '../answer/account'
import '../answer/answer-text'
import { sourcesOf } from '../answer/places'
import { quoteCardStyle } from '../answer/quote-card'
import { turnStyle } from '../chat/turn-style'
import { isOpen, type Turn } from '../chat/turn'
import { say } from '../i18n/common'
import { tell } from '../i18n/compare'
import { call } from '../i18n/vote'
import { glyph } from '../ui/approach'
import { controls } from '../ui/controls'
import { hueStyle } from '../ui/hue'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import { letter, type Lane } from './lane'
import './lane-form'
import { laneStyle } from './lane-style'
import type { Face } from './plan'
import { strip } from './strip'
import type { Parameter, Values } from './types'

/**
 * One lane: who answers, what it took, what it said. Without a face it is secret and called by its letter.
 * Fires `cite` {citation, turn}, `evidence`, `again`, `clone`, `remove`, `edit` (boolean) and `values`.
 */
export class LaneView extends Part {
  static override styles = [base, controls, hueStyle, quoteCardStyle, turnStyle, laneStyle]

  @property({ type: Number }) number = 0
  @property({ attribute: false }) face: Face | null = null
  @property({ attribute: false }) lane: Lane | null = null
  /** Its letter is shown beside its name: there was, or will be, a vote. */
  @property({ type: Boolean }) lettered = false
  /** What stands here before anything was asked. */
  @property() teach = ''
  /** Whether its lane can be changed now. */
  @property({ type: Boolean }) plannable = false
  @property({ type: Boolean }) removable = false
  @property({ type: Boolean }) clonable = false
  @property({ type: Boolean }) editing = false
  /** It was changed since it answered. */
  @property({ type: Boolean }) stale = false
  @property({ type: Boolean, reflect: true }) winner = false
  @property({ attribute: false }) parameters: readonly Parameter[] = []
  @property({ attribute: false }) own: Values = {}
  @state() private copied = false

  private get title_(): string {
    return this.face ? this.face.name : tell('lane', { letter: letter(this.number) })
  }

  override render(): TemplateResult {
    const turn = this.lane?.turn ?? null
    return html`<div class="edge ${this.face ? `hue-${this.face.approach}` : 'secret'}"></div>
      ${this.head()}
      ${this.editing
        ? html`<px-lane-form .name=${this.title_} .parameters=${this.parameters} .own=${this.own} .values=${this.face?.changes ?? {}} @cancel=${() => this.emit('edit', false)}></px-lane-form>`
        : nothing}
      ${this.face && turn ? strip(turn) : nothing}
      <article class="body" aria-label=${this.title_} aria-busy=${turn !== null && isOpen(turn)}>
        ${this.stale ? html`<p class="stale">${turn ? tell('changedSince') : tell('notAsked')}</p>` : nothing}
        ${turn ? html`<div class=${this.stale ? 'old' : ''}>${this.said(turn)}</div>` : html`<p class="teach">${this.teach}</p>`}
      </article>
      ${turn && !isOpen(turn) && this.face ? this.facts(turn) : nothing}`
  }

  private head(): TemplateResult {
    const { face } = this
    return html`<header>
      <div>
        <h2>
          ${face
            ? html`${this.lettered ? html`<span class="side">${letter(this.number)}</span>` : nothing}<span class="who hue-${face.approach}">${glyph(face.approach)}<span>${face.name}</span></span>
                ${Object.entries(face.changes).map(([name, value]) => html`<span class="tag">${name} = ${String(value)}</span>`)}`
            : html`<span class="side">${letter(this.number)}</span>`}
          ${this.winner ? html`<span class="won">${icon.check(12)}${call('better', { letter: letter(this.number) })}</span>` : nothing}
        </h2>
        ${face?.model ? html`<div class="model" title=${face.model}>${face.model}</div>` : nothing}
      </div>
      ${face && this.plannable
        ? html`<div class="deeds">
            ${this.deed(tell('change'), icon.settings(), () => this.emit('edit', !this.editing), this.editing)}
            ${this.clonable ? this.deed(tell('sameBut'), icon.plus(), () => this.emit('clone'), null, tell('sameButHint')) : nothing}
            ${this.removable ? this.deed(tell('removeLane'), icon.close(), () => this.emit('remove')) : nothing}
          </div>`
        : nothing}
    </header>`
  }

  private deed(name: string, sign: TemplateResult, act: () => void, pressed: boolean | null = null, hint = name): TemplateResult {
    return html`<button type="button" class="icon" aria-label="${name}: ${this.title_}" title=${hint} aria-expanded=${pressed ?? nothing} @click=${act}>${sign}</button>`
  }

  private said(turn: Turn): TemplateResult {
    const text = html`<px-answer-text .turn=${turn}></px-answer-text>`
    switch (turn.state) {
      case 'waiting':
        return html`<div class="waiting"><span class="now">${this.doing(turn)}<px-elapsed .since=${turn.at}></px-elapsed></span><span class="skeleton"></span><span class="skeleton"></span></div>`
      case 'streaming':
        return html`${text}<span class="skeleton more"></span>`
      case 'answered':
        return html`${text}${this.sources(turn)}`
      case 'declined':
        return this.declined(turn, text)
      case 'stopped':
        return html`${turn.text ? text : nothing}<p class="stopped">${say(turn.text ? 'stopped' : 'stoppedEarly')}</p>`
      case 'failed':
        return html`${this.failure(turn)}${turn.text ? text : nothing}`
    }
  }

  private doing(turn: Turn): string {
    if (!this.face) return tell('writing')
    if (turn.id === null) return tell('waiting')
    if (turn.passages?.length) return turn.passages.length === 1 ? say('readingOne') : say('reading', { n: turn.passages.length })
    return say(this.face.approach.startsWith('rag') && turn.passages === null ? 'searching' : 'thinking')
  }

  private declined({ answer }: Turn, text: TemplateResult): TemplateResult {
    const why = answer ? whyDeclined(answer) : ''
    return html`<div class="notice">${icon.search()}<strong>${say(!answer || searched(answer) ? 'declined' : 'gaveUp')}</strong>${text}${why ? html`<p class="why">${why}</p>` : nothing}</div>`
  }

  private failure(turn: Turn): TemplateResult {
    return html`<div class="notice error">
      ${icon.warn()}<strong>${turn.error?.message || say('failed')}</strong>
      ${turn.error?.hint ? html`<span>${turn.error.hint}</span>` : nothing}
      ${turn.text ? html`<span>${say('kept')}</span>` : nothing}
      ${this.plannable ? html`<button type="button" class="button" @click=${() => this.emit('again')}>${icon.again()}${tell('askLaneAgain')}</button>` : nothing}
    </div>`
  }

  private sources(turn: Turn): TemplateResult | typeof nothing {
    const sources = sourcesOf(turn.citations)
    if (sources.length === 0) return nothing
    return html`<ul class="sources" aria-label=${say('sources')}>
      ${sources.map(
        (citation) => html`<li>
          <button type="button" title=${citation.name} @click=${() => this.emit('cite', { citation, turn })}>
            <span class="n num">${citation.n}</span><span class="name">${citation.name}</span>
            ${citation.page == null ? nothing : html`<span class="page num">${say('page', { n: citation.page })}</span>`}
          </button>
        </li>`,
      )}
    </ul>`
  }

  private facts(turn: Turn): TemplateResult {
    return html`<div class="facts">
      <div class="actions">
        ${turn.text ? html`<button type="button" class="icon" aria-label=${say(this.copied ? 'copied' : 'copy')} title=${say(this.copied ? 'copied' : 'copy')} @click=${() => this.copy(turn.text)}>${this.copied ? icon.check() : icon.copy()}</button>` : nothing}
        ${turn.answer ? html`<button type="button" class="icon" aria-label="${say('evidence')}: ${this.title_}" title=${say('evidence')} @click=${() => this.emit('evidence')}>${icon.evidence()}</button>` : nothing}
      </div>
    </div>`
  }

  private async copy(text: string): Promise<void> {
    await navigator.clipboard?.writeText(text).catch(() => undefined)
    this.copied = true
    setTimeout(() => (this.copied = false), 1600)
  }
}

define('px-lane', LaneView)
