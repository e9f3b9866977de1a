import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { Failure } from '../../api/failure'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/evaluate'
import { controls } from '../../ui/controls'
import { base, define, Part } from '../../ui/part'
import type { Bench } from './api'
import { lines, tagged } from './case-card'
import { caseStyle } from './case-style'
import type { NewCase } from './types'

/** A question to be typed in. Fires `added` with its words once it is kept, and `leave`. */
export class NewCaseForm extends Part {
  static override styles = [base, controls, caseStyle, css`:host { margin-bottom: 16px; }`]

  @property({ attribute: false }) bench!: Bench
  @property() set = ''
  @state() private answerable = true
  @state() private busy = false
  @state() private failure: Failure | null = null

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('textarea')?.focus()
  }

  override render(): TemplateResult {
    return html`<form @submit=${this.save}>
      <label>${tell('question')}<textarea class="field" name="question" rows="2" required maxlength="8000"></textarea></label>
      <label class="check"><input type="checkbox" name="answerable" .checked=${this.answerable} @change=${(event: Event) => (this.answerable = (event.target as HTMLInputElement).checked)} />${tell('answerable')}</label>
      ${this.answerable
        ? html`<label>${tell('answers')}<textarea class="field" name="answers" rows="2"></textarea></label>
            <label>${tell('goldDocs')}<textarea class="field" name="gold_docs" rows="2"></textarea></label>
            <label>${tell('passage')}<textarea class="field" name="passage" rows="2"></textarea></label>
            <p class="hint">${tell('passageHint')}</p>`
        : html`<p class="hint">${tell('unanswerable')}</p>`}
      <label>${tell('tags')}<input class="field" name="tags" /></label>
      ${this.failure ? html`<p class="bad" role="alert">${this.failure.message} ${this.failure.hint}</p>` : nothing}
      <div class="deeds">
        <button class="button primary" ?disabled=${this.busy}>${tell('addIt')}</button>
        <button type="button" class="button bare" @click=${() => this.emit('leave', null)}>${say('close')}</button>
      </div>
    </form>`
  }

  private async save(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const one = caseOf(new FormData(form))
    this.busy = true
    this.failure = null
    try {
      await this.bench.add(this.set, one)
      form.reset()
      this.answerable = true
      this.emit('added', one.question)
      await this.updateComplete
      this.renderRoot.querySelector<HTMLElement>('textarea')?.focus()
    } catch (error) {
      this.failure = Failure.of(error)
    } finally {
      this.busy = false
    }
  }
}

/** What was typed, as a case. The passage is of the first document named. */
export function caseOf(form: FormData): NewCase {
  const answerable = form.has('answerable')
  const docs = answerable ? lines(form.get('gold_docs')) : []
  const text = String(form.get('passage') ?? '').trim()
  const [doc] = docs
  return {
    question: String(form.get('question') ?? '').trim(),
    answerable,
    answers: answerable ? lines(form.get('answers')) : [],
    gold_docs: docs,
    tags: tagged(form.get('tags')),
    ...(doc !== undefined && text !== '' ? { gold_passages: [{ doc, text }] } : {}),
  }
}

define('px-new-case', NewCaseForm)
