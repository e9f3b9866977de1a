import { html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { Failure } from '../../api/failure'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/evaluate'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { path } from '../router'
import type { Bench } from './api'
import { caseStyle } from './case-style'
import type { Case, CaseChange } from './types'

/** What stands on each line of a field, without the empty ones. */
export const lines = (value: unknown): string[] => String(value ?? '').split('\n').map((one) => one.trim()).filter((one) => one !== '')

export const tagged = (value: unknown): string[] => String(value ?? '').split(/[,，、]/).map((tag) => tag.trim()).filter((tag) => tag !== '')

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

/** One case: to read, to mend, to accept or to reject. Fires `changed` with the case as it is kept now. */
export class CaseCard extends Part {
  static override styles = [base, controls, caseStyle]

  @property({ attribute: false }) bench!: Bench
  @property() set = ''
  @property({ attribute: false }) case!: Case
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
    return html`${this.editing ? this.form() : this.case.status === 'draft' ? this.read() : this.compact()} ${this.failure ? html`<p class="bad" role="alert">${this.failure.message} ${this.failure.hint}</p>` : nothing}`
  }

  private read(): TemplateResult {
    const one = this.case
    return html`<h3 class="question">${one.question}</h3>
      ${this.facts()}
      <div class="deeds">
        ${one.status === 'accepted' ? nothing : html`<button type="button" class="button" ?disabled=${this.busy} @click=${() => this.change({ status: 'accepted' })}>${icon.check()}${tell('accept')}</button>`}
        <button type="button" class="button bare" ?disabled=${this.busy} @click=${() => this.edit()}>${icon.compose()}${tell('edit')}</button>
        ${one.status === 'rejected' ? nothing : html`<button type="button" class="button bare" ?disabled=${this.busy} @click=${() => this.change({ status: 'rejected' })}>${icon.close()}${tell('reject')}</button>`}
      </div>`
  }

  /** One that is judged already: a line to skim, all of it on demand. */
  private compact(): TemplateResult {
    const one = this.case
    const deed = (name: string, sign: TemplateResult, act: () => unknown): TemplateResult => html`<button type="button" class="icon" aria-label=${name} title=${name} ?disabled=${this.busy} @click=${act}>${sign}</button>`
    return html`<div class="compact">
      <details><summary><h3 class="question">${one.question}</h3><span class="short">${this.expected()}</span></summary>${this.facts()}</details>
      <span class="beside">
        ${one.status === 'rejected' ? deed(tell('accept'), icon.check(), () => this.change({ status: 'accepted' })) : nothing}
        ${deed(tell('edit'), icon.compose(), () => this.edit())}
        ${one.status === 'accepted' ? deed(tell('reject'), icon.close(), () => this.change({ status: 'rejected' })) : nothing}
      </span>
    </div>`
  }

  private expected(): string {
    const { answerable, answers } = this.case
    return answerable === false ? tell('unanswerable') : answers.length > 0 ? answers.join(' / ') : tell('noAnswers')
  }

  private facts(): TemplateResult {
    const one = this.case
    const source = one.source as Source | null
    const why = source ? [source.reason, source.comment].filter(Boolean).join(': ') : ''
    return html`<dl>
        <dt>${tell('expected')}</dt>
        <dd>${this.expected()}</dd>
        ${one.gold_passages.length + one.gold_docs.length > 0
          ? html`<dt>${tell('evidence')}</dt><dd>${one.gold_passages.map((passage) => (passage.text ? html`<blockquote>${passage.text}</blockquote>` : nothing))}${one.gold_docs.join(', ')}</dd>`
          : nothing}
        ${source?.text ? html`<dt>${tell('draftedFrom')}</dt><dd><blockquote>${source.text}</blockquote><a href=${path('documents', source.document_id)} data-inside="yes">${source.name}</a>${source.page ? ` ${tell('page', { n: source.page })}` : nothing}</dd>` : nothing}
        ${source?.said ? html`<dt>${tell('saidThen', { variant: source.variant ?? '' })}</dt><dd>${source.said}</dd>` : nothing}
        ${source?.rating ? html`<dt>${tell(source.rating === 1 ? 'liked' : 'disliked')}</dt><dd>${why || '–'}</dd>` : nothing}
      </dl>
      <div class="meta"><span>${one.id}</span>${one.tags.map((tag) => html`<span>${tag}</span>`)}${one.history.length > 0 ? html`<span>${tell('earlier', { n: one.history.length })}</span>` : nothing}</div>`
  }

  private form(): TemplateResult {
    const one = this.case
    return html`<form @submit=${this.save}>
      <label>${tell('question')}<textarea class="field" name="question" rows="2" required .value=${one.question}></textarea></label>
      <label class="check"><input type="checkbox" name="answerable" .checked=${one.answerable !== false} />${tell('answerable')}</label>
      <label>${tell('answers')}<textarea class="field" name="answers" rows="3" .value=${one.answers.join('\n')}></textarea></label>
      <label>${tell('goldDocs')}<textarea class="field" name="gold_docs" rows="2" .value=${one.gold_docs.join('\n')}></textarea></label>
      <label>${tell('tags')}<input class="field" name="tags" .value=${one.tags.join(', ')} /></label>
      <div class="deeds">
        <button class="button primary" ?disabled=${this.busy}>${tell('save')}</button>
        <button type="button" class="button bare" @click=${() => this.leave()}>${say('close')}</button>
      </div>
    </form>`
  }

  private async edit(): Promise<void> {
    this.editing = true
    await this.updateComplete
    this.renderRoot.querySelector<HTMLElement>('textarea')?.focus()
  }

  private leave(): void {
    this.editing = false
    this.failure = null
    this.focus()
  }

  private save(event: SubmitEvent): void {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    const answerable = form.has('answerable')
    void this.change({
      question: String(form.get('question') ?? ''),
      answerable,
      answers: answerable ? lines(form.get('answers')) : [],
      gold_docs: lines(form.get('gold_docs')),
      tags: tagged(form.get('tags')),
    })
  }

  private async change(change: CaseChange): Promise<void> {
    this.busy = true
    this.failure = null
    try {
      const kept = await this.bench.change(this.set, this.case.id, change)
      this.editing = false
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
    if (event.composedPath()[0] !== this) return
    const beside = event.key === 'ArrowDown' ? this.nextElementSibling : event.key === 'ArrowUp' ? this.previousElementSibling : null
    if (beside instanceof CaseCard) beside.focus()
    else if (event.key === 'a' && this.case.status !== 'accepted') void this.change({ status: 'accepted' })
    else if (event.key === 'r' && this.case.status !== 'rejected') void this.change({ status: 'rejected' })
    else if (event.key === 'e') void this.edit()
    else return
    event.preventDefault()
  }
}

define('px-case', CaseCard)
