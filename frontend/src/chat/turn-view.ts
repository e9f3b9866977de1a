import { html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import '../answer/answer-text'
import '../answer/feedback'
import '../answer/passage-list'
import type { Rate } from '../answer/feedback'
import './elapsed'
import { asked, leftOut, searched, tokensOf, whyDeclined, withoutPlaces } from '../answer/account'
import { namesOf, sourcesOf } from '../answer/places'
import type { Answer, Citation, Passage, Variant } from '../api/types'
import { say } from '../i18n/common'
import { count, seconds } from '../i18n/tongue'
import { approachOf, glyph, variantName, variantTitle } from '../ui/approach'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import { isOpen, type Turn } from './turn'
import { hueStyle } from '../ui/hue'
import { turnStyle } from './turn-style'

/**
 * A question and its answer. Fires `cite` {citation, turn}, `place` {passage, turn}, `regenerate` and `evidence` (key),
 * and `rate` {key, rating, reason, comment, done}.
 */
export class TurnView extends Part {
  static override styles = [base, controls, hueStyle, turnStyle]

  @property({ attribute: false }) turn!: Turn
  @property({ attribute: false }) variants: readonly Variant[] = []
  @property({ attribute: false }) rate!: (key: string, ...rest: Parameters<Rate>) => Promise<void>
  @property({ type: Boolean, reflect: true }) compact = false
  /** The turn before asked the same: the question steps back, so that the answers can be compared. */
  @property({ type: Boolean }) repeated = false
  /** Another answer is on its way: asking again has to wait. */
  @property({ type: Boolean }) busy = false
  @state() private copied = false

  override render(): TemplateResult {
    return html`<article aria-busy=${isOpen(this.turn)}>
      <h2 class="question ${this.repeated ? 'repeated' : ''}"><span class="visually-hidden">${say('you')}: </span>${this.turn.question}</h2>
      ${this.body()} ${isOpen(this.turn) ? nothing : this.facts()}
    </article>`
  }

  private body(): TemplateResult {
    const { state: now, text } = this.turn
    switch (now) {
      case 'waiting':
        return this.waiting()
      case 'streaming':
        return html`${this.text()}${this.turn.passages?.length ? html`<p class="stopped">${say('checking')}</p>` : html`<span class="skeleton more"></span>`}`
      case 'answered':
        return html`${this.text()}${this.sources()}${this.turn.answer && !searched(this.turn.answer) ? html`<p class="stopped">${say('modelAlone')}</p>` : nothing}${this.turn.answer && leftOut(this.turn.answer) ? html`<p class="stopped">${say('leftOut')}</p>` : nothing}`
      case 'declined':
        return this.declined()
      case 'stopped':
        return html`${text ? this.text() : nothing}<p class="stopped">${say(text ? 'stopped' : 'stoppedEarly')}</p>`
      case 'failed':
        return html`${this.failure()}${text ? this.text() : nothing}`
    }
  }

  private text(text = this.turn.text): TemplateResult {
    return html`<px-answer-text .turn=${text === this.turn.text ? this.turn : { ...this.turn, text }}></px-answer-text>`
  }

  private waiting(): TemplateResult {
    const found = this.turn.passages
    const variant = this.variantInUse()
    const retrieves = variant === null || ['rag', 'rag_fine_tuned'].includes(variant.approach)
    const label =
      found && found.length > 0
        ? found.length === 1 ? say('readingOne') : say('reading', { n: found.length })
        : say(retrieves ? 'searching' : 'thinking')
    return html`<div class="waiting"><span class="now">${label} <px-elapsed .since=${this.turn.at}></px-elapsed></span><span class="skeleton"></span><span class="skeleton"></span></div>`
  }

  private declined(): TemplateResult {
    const { answer, text } = this.turn
    const spared = withoutPlaces(text)
    // What was found is worth showing only where the decline itself calls it near.
    const nearest = spared === text ? [] : (this.turn.passages ?? []).slice(0, 3)
    const why = answer ? whyDeclined(answer) : ''
    return html`<div class="notice">${icon.search()}<strong>${say(!answer || searched(answer) ? 'declined' : 'gaveUp')}</strong>${this.text(nearest.length > 0 ? spared : text)}${why ? html`<p class="why">${why}</p>` : nothing}</div>
      ${nearest.length > 0
        ? html`<p class="label">${say('nearest')}</p>
            <px-passages .passages=${nearest} @passage=${this.openPassage}></px-passages>`
        : nothing}`
  }

  private failure(): TemplateResult {
    const error = this.turn.error
    return html`<div class="notice error" role="alert">
      ${icon.warn()}<strong>${error?.message || say('failed')}</strong>
      ${error?.hint ? html`<span>${error.hint}</span>` : nothing}
      ${this.turn.text ? html`<span>${say('kept')}</span>` : nothing}
      <button type="button" class="button" ?disabled=${this.busy} @click=${this.again}>${icon.again()}${say('regenerate')}</button>
    </div>`
  }

  private sources(): TemplateResult | typeof nothing {
    const sources = sourcesOf(this.turn.citations)
    if (sources.length === 0) return nothing
    return html`<ul class="sources" aria-label=${say('sources')}>
      ${namesOf(sources).map(
        ({ source: citation, where }) => html`<li>
          <button type="button" @click=${() => this.cite(citation)} title=${[citation.name, where].filter(Boolean).join(', ')}>
            <span class="n num">${citation.n}</span><span class="name">${citation.name}</span>
            ${where ? html`<span class="page num">${where}</span>` : nothing}
          </button>
        </li>`,
      )}
    </ul>`
  }

  private facts(): TemplateResult {
    const { answer, id, state: now, rating, key, text, passages } = this.turn
    const ended = now === 'answered' || now === 'declined' || (now === 'stopped' && text !== '')
    return html`<div class="facts num">
      ${this.compact && !this.variantInUse() ? nothing : this.chip()}
      ${this.compact || !answer ? nothing : this.measures(answer)}
      <div class="actions">
        ${text ? this.action(this.copied ? 'copied' : 'copy', this.copied ? icon.check() : icon.copy(), this.copy) : nothing}
        ${now === 'failed' ? nothing : this.action('regenerate', icon.again(), this.again, this.busy)}
        ${this.compact || !ended ? nothing : this.action('compareThis', icon.compare(), () => this.emit('compare', this.turn))}
        ${this.compact || !(answer || passages?.length) ? nothing : this.action('evidence', icon.evidence(), () => this.emit('evidence', key))}
        ${id && ended ? html`<px-feedback .rating=${rating} .rate=${((...rest) => this.rate(key, ...rest)) as Rate}></px-feedback>` : nothing}
      </div>
    </div>`
  }

  /** Times and tokens, of what happened only: no first word without a model, nor one that came with the last. */
  private measures(answer: Answer): TemplateResult {
    const tokens = tokensOf(answer)
    const [first, total] = [seconds(answer.timings.first_token), seconds(answer.timings.total)]
    return html`${asked(answer) && answer.timings.first_token != null && first !== total ? html`<span title=${say('firstToken')}>${say('first', { time: first })}</span>` : nothing}
      <span title=${say('totalTime')}>${say('inAll', { time: total })}</span>
      ${tokens ? html`<span title=${say('tokensHint')}>${say('tokens', { read: count(tokens.read), written: count(tokens.written) })}</span>` : nothing}`
  }

  private chip(): TemplateResult | typeof nothing {
    const variant = this.variantInUse()
    if (!variant) return this.turn.variant ? html`<span class="chip" title=${this.turn.variant}><span class="cut">${this.turn.variant}</span></span>` : nothing
    const approach = approachOf(variant)
    const { answer } = this.turn
    const model = answer && !asked(answer) ? '' : (answer?.model ?? variant.model)
    return html`<span class="chip hue-${approach}" title=${variantTitle(variant, model)}>${glyph(approach)}<span class="cut">${variantName(variant)}</span></span>`
  }

  private action(key: 'copy' | 'copied' | 'regenerate' | 'compareThis' | 'evidence', drawing: TemplateResult, act: () => void, off = false): TemplateResult {
    return html`<button type="button" class="icon" aria-label=${say(key)} title=${say(key)} ?disabled=${off} @click=${act}>${drawing}</button>`
  }

  private variantInUse(): Variant | null {
    return this.variants.find((variant) => variant.name === this.turn.variant) ?? null
  }

  private cite(citation: Citation): void {
    this.emit('cite', { citation, turn: this.turn })
  }

  private readonly openPassage = (event: CustomEvent<Passage>): void => {
    event.stopPropagation()
    this.emit('place', { passage: event.detail, turn: this.turn })
  }

  private readonly again = (): void => {
    this.emit('regenerate', this.turn.key)
  }

  private readonly copy = async (): Promise<void> => {
    await navigator.clipboard?.writeText(this.turn.text).catch(() => undefined)
    this.copied = true
    setTimeout(() => (this.copied = false), 1600)
  }
}

define('px-turn', TurnView)
