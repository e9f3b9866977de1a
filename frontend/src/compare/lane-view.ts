import { html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { givenOf, searched, whyDeclined } from '../answer/account'
import '../answer/answer-text'
import { namesOf, sourcesOf } from '../answer/places'
import { quoteCardStyle } from '../answer/quote-card'
import { turnStyle } from '../chat/turn-style'
import { isOpen, type Turn } from '../chat/turn'
import { say } from '../i18n/common'
import { tell } from '../i18n/compare'
import { listed, seconds } from '../i18n/tongue'
import { call } from '../i18n/vote'
import { glyph } from '../ui/approach'
import { controls } from '../ui/controls'
import { hueStyle } from '../ui/hue'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import { letter, type Lane } from './lane'
import './lane-form'
import type { LaneForm } from './lane-form'
import { laneStyle } from './lane-style'
import type { Face } from './plan'
import { sharedSearch } from './settings'
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
  /** It is a copy of another lane, and nothing of it was changed yet. */
  @property({ type: Boolean }) fresh = false
  /** The names of the lanes that its model is answering while it waits. */
  @property({ attribute: false }) ahead: readonly string[] = []
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
        ? html`<px-lane-form .name=${this.title_} .parameters=${this.parameters} .own=${this.own} .values=${this.face?.changes ?? {}} .copied=${this.fresh} @cancel=${() => this.emit('edit', false)}></px-lane-form>`
        : nothing}
      ${this.face && turn ? strip(turn, this.most) : nothing}
      <article class="body" aria-label=${this.title_} aria-busy=${turn !== null && isOpen(turn)}>
        ${this.stale ? html`<p class="stale">${turn ? tell('changedSince') : tell('notAsked')}</p>` : nothing}
        ${turn ? html`<div class=${this.stale ? 'old' : ''}>${this.said(turn)}${this.notes(turn)}</div>` : html`<p class="teach">${this.teach}</p>`}
      </article>
      ${this.face && (turn || this.clonable) ? this.facts(turn) : nothing}`
  }

  /** What stands in its form is applied; true where none is open. */
  apply(): boolean {
    return this.renderRoot.querySelector<LaneForm>('px-lane-form')?.apply() ?? true
  }

  /** The most passages that go before its model; null where it reads none. */
  private get most(): number | null {
    const known = this.parameters.find(({ name }) => name === 'k')
    const own = this.lane?.arm?.parameters.k ?? this.face?.changes.k ?? this.own.k ?? known?.default
    return this.face?.approach.startsWith('rag') && typeof own === 'number' ? own : null
  }

  private head(): TemplateResult {
    const { face } = this
    return html`<header>
      <div>
        <h2>
          ${face
            ? html`${this.lettered ? html`<span class="side">${letter(this.number)}</span>` : nothing}<span class="who hue-${face.approach}">${glyph(face.approach)}<span>${face.name}</span></span>
                ${this.fresh ? html`<span class="tag">${tell('aCopy')}</span>` : nothing}
                ${Object.entries(face.changes).map(([name, value]) => html`<span class="tag">${name} = ${String(value)}</span>`)}`
            : html`<span class="side">${letter(this.number)}</span>`}
          ${this.winner ? html`<span class="won">${icon.check(12)}${call('better', { letter: letter(this.number) })}</span>` : nothing}
        </h2>
        ${face?.model ? html`<div class="model" title=${face.model}>${face.model}</div>` : nothing}
      </div>
      ${face && (this.plannable || !this.lettered)
        ? html`<div class="deeds">
            ${this.deed(tell('change'), icon.settings(), () => this.emit('edit', !this.editing), this.editing)}
            ${this.removable ? this.deed(tell('removeLane'), icon.close(), () => this.emit('remove')) : nothing}
          </div>`
        : nothing}
    </header>`
  }

  private deed(name: string, sign: TemplateResult, act: () => void, pressed: boolean | null = null): TemplateResult {
    return html`<button type="button" class="icon" ?disabled=${!this.plannable} aria-label="${name}: ${this.title_}" title=${name} aria-expanded=${pressed ?? nothing} @click=${act}>${sign}</button>`
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
    if (turn.id === null) return this.ahead.length > 0 ? tell('waitingFor', { names: listed(this.ahead) }) : tell('waiting')
    if (turn.passages?.length) return turn.passages.length === 1 ? say('readingOne') : tell('readingBest', { n: turn.passages.length })
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
      ${namesOf(sources).map(
        ({ source: citation, where }) => html`<li>
          <button type="button" title=${[citation.name, where].filter(Boolean).join(', ')} @click=${() => this.emit('cite', { citation, turn })}>
            <span class="n num">${citation.n}</span><span class="name">${citation.name}</span>
            ${where ? html`<span class="page num">${where}</span>` : nothing}
          </button>
        </li>`,
      )}
    </ul>`
  }

  /** What the measures of this lane do not show by themselves. */
  private notes({ answer }: Turn): TemplateResult | typeof nothing {
    if (!answer || !this.face) return nothing
    const [given, shared] = [givenOf(answer)?.size ?? null, sharedSearch(answer)]
    const few = 'k' in this.face.changes && given !== null && this.most !== null && given < this.most
    if (!few && shared === null) return nothing
    return html`<p class="note">
      ${few ? tell('fewPut', { n: given, most: this.most ?? 0 }) : nothing}
      ${shared === null ? nothing : tell('searchShared', { time: seconds(shared) })}
    </p>`
  }

  private facts(turn: Turn | null): TemplateResult {
    return html`<div class="facts">
      <div class="actions">${turn && !isOpen(turn) ? this.deedsOf(turn) : nothing}</div>
      ${this.clonable && (this.plannable || !this.lettered)
        ? html`<button type="button" class="button bare" ?disabled=${!this.plannable} aria-label="${tell('sameBut')}: ${this.title_}" title=${tell('sameButHint')} @click=${() => this.emit('clone')}>${tell('sameBut')}</button>`
        : nothing}
    </div>`
  }

  private deedsOf(turn: Turn): TemplateResult {
    return html`${turn.text ? html`<button type="button" class="icon" aria-label=${say(this.copied ? 'copied' : 'copy')} title=${say(this.copied ? 'copied' : 'copy')} @click=${() => this.copy(turn.text)}>${this.copied ? icon.check() : icon.copy()}</button>` : nothing}
        ${turn.answer ? html`<button type="button" class="icon" aria-label="${say('evidence')}: ${this.title_}" title=${say('evidence')} @click=${() => this.emit('evidence')}>${icon.evidence()}</button>` : nothing}`
  }

  private async copy(text: string): Promise<void> {
    await navigator.clipboard?.writeText(text).catch(() => undefined)
    this.copied = true
    setTimeout(() => (this.copied = false), 1600)
  }
}

define('px-lane', LaneView)
