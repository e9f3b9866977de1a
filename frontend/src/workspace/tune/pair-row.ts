import { html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { Failure } from '../../api/failure'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { path } from '../router'
import type { Workshop } from './api'
import { pairStyle } from './pair-style'
import type { Found } from './findings'
import type { Pair, PairChange } from './types'

/** Where a draft comes from: a passage of a document, or an answer that somebody rated. */
interface Source {
  readonly document_id?: string
  readonly name?: string
  readonly page?: number | null
  readonly text?: string
  readonly variant?: string
  readonly rating?: 1 | -1
  readonly reason?: string | null
  readonly comment?: string | null
  readonly said?: string
}

/** One pair: to read, to mend, to accept or to reject. Fires `changed` with the pair as it is kept now. */
export class PairRow extends Part {
  static override styles = [base, controls, pairStyle]

  @property({ attribute: false }) workshop!: Workshop
  @property() set = ''
  @property({ attribute: false }) pair!: Pair
  /** What the check says of this one. */
  @property({ attribute: false }) found: readonly Found[] = []
  @state() private editing = false
  @state() private busy = false
  @state() private failure: Failure | null = null

  override connectedCallback(): void {
    super.connectedCallback()
    this.tabIndex = 0
    this.role = 'article'
    this.addEventListener('keydown', this.onKey)
  }

  override disconnectedCallback(): void {
    this.removeEventListener('keydown', this.onKey)
    super.disconnectedCallback()
  }

  override render(): TemplateResult {
    return html`${this.editing ? this.form() : this.read()} ${this.failure ? html`<p class="bad" role="alert">${this.failure.message} ${this.failure.hint}</p>` : nothing}`
  }

  private read(): TemplateResult {
    const { question, answer, status, document } = this.pair
    const source = this.pair.source as Source | null
    const deed = (name: string, sign: TemplateResult, act: () => unknown, disabled = false): TemplateResult =>
      html`<button type="button" class="icon" aria-label="${name}: ${question}" title=${name} ?disabled=${this.busy || disabled} @click=${act}>${sign}</button>`
    const plain = !source && document
    return html`<div class="pair">
      <span class="asked">${question}</span>
      <span class="said">${answer || html`<span class="wanting">${tell('noAnswerYet')}</span>`}</span>
      <span class="beside">
        ${status === 'accepted' ? nothing : deed(tell('accept'), icon.check(), () => this.accept())}
        ${deed(tell('edit'), icon.compose(), () => this.edit())}
        ${status === 'rejected' ? nothing : deed(tell('reject'), icon.close(), () => this.change({ status: 'rejected' }))}
      </span>
      ${this.found.length > 0 || source || plain
        ? html`<div class="more">
            ${this.found.map((one) => html`<span class="found ${one.level}">${one.level === 'advice' ? nothing : icon.warn(12)}<strong>${tell(`check_${one.check}`)}</strong>${one.detail}</span>`)}
            ${source ? this.origin(source) : plain ? html`<span>${document}</span>` : nothing}
          </div>`
        : nothing}
    </div>`
  }

  private origin(source: Source): TemplateResult {
    const why = [source.reason, source.comment].filter(Boolean).join(': ')
    if (source.text) {
      return html`<details class="source"><summary>${tell('draftedFrom', { name: source.name ?? '' })}</summary><blockquote>${source.text}</blockquote>
        <a href=${path('documents', source.document_id)} data-inside="yes">${source.name}</a>${source.page ? ` ${tell('page', { n: source.page })}` : nothing}</details>`
    }
    return html`${source.rating ? html`<span>${tell(source.rating === 1 ? 'liked' : 'disliked', { variant: source.variant ?? '' })}${why ? `: ${why}` : nothing}</span>` : nothing}
      ${source.said && source.said !== this.pair.answer ? html`<details class="source"><summary>${tell('saidThen')}</summary><blockquote>${source.said}</blockquote></details>` : nothing}`
  }

  private form(): TemplateResult {
    const { question, answer, document } = this.pair
    return html`<form @submit=${this.save}>
      <div class="both">
        <label>${tell('question')}<textarea class="field" name="question" rows="3" required maxlength="8000" .value=${question}></textarea></label>
        <label>${tell('answer')}<textarea class="field" name="answer" rows="3" ?required=${this.pair.status === 'accepted'} maxlength="32000" .value=${answer}></textarea></label>
      </div>
      <label>${tell('aboutDocument')}<input class="field" name="document" maxlength="500" .value=${document ?? ''} /></label>
      <div class="choices">
        <button class="button primary" ?disabled=${this.busy}>${tell('save')}</button>
        ${this.pair.status === 'accepted' ? nothing : html`<button class="button" name="accept" value="yes" ?disabled=${this.busy}>${icon.check()}${tell('saveAccept')}</button>`}
        <button type="button" class="button bare" @click=${() => this.leave()}>${say('close')}</button>
      </div>
    </form>`
  }

  /** One without an answer is opened for it instead. */
  private accept(): void {
    if (this.pair.answer.trim() === '') void this.edit('answer')
    else void this.change({ status: 'accepted' })
  }

  private async edit(field: 'question' | 'answer' = 'question'): Promise<void> {
    this.editing = true
    await this.updateComplete
    this.renderRoot.querySelector<HTMLElement>(`[name=${field}]`)?.focus()
  }

  private leave(): void {
    this.editing = false
    this.failure = null
    this.focus()
  }

  private save(event: SubmitEvent): void {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    const accept = event.submitter?.getAttribute('name') === 'accept'
    const document = String(form.get('document') ?? '').trim()
    void this.change({
      question: String(form.get('question') ?? '').trim(),
      answer: String(form.get('answer') ?? '').trim(),
      ...(document !== (this.pair.document ?? '') ? { document: document || null } : {}),
      ...(accept ? { status: 'accepted' as const } : {}),
    })
  }

  private async change(change: PairChange): Promise<void> {
    this.busy = true
    this.failure = null
    try {
      const kept = await this.workshop.change(this.set, this.pair.id, change)
      const typed = this.editing
      this.editing = false
      if (typed) this.focus()
      this.emit('changed', kept)
    } catch (error) {
      this.failure = Failure.of(error)
    } finally {
      this.busy = false
    }
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (this.editing) {
      if (event.key !== 'Escape') return
      event.preventDefault()
      return this.leave()
    }
    if (event.composedPath()[0] !== this || this.busy) return
    const beside = event.key === 'ArrowDown' ? this.nextElementSibling : event.key === 'ArrowUp' ? this.previousElementSibling : null
    if (beside instanceof PairRow) beside.focus()
    else if (event.key === 'a' && this.pair.status !== 'accepted') this.accept()
    else if (event.key === 'r' && this.pair.status !== 'rejected') void this.change({ status: 'rejected' })
    else if (event.key === 'e') void this.edit()
    else return
    event.preventDefault()
  }
}

define('px-pair', PairRow)
