import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { Failure } from '../../api/failure'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { base, define, Part } from '../../ui/part'
import type { Workshop } from './api'
import { pairStyle } from './pair-style'

/** A pair to be typed in. Fires `added` with its question once it is kept, and `leave`. */
export class NewPairForm extends Part {
  static override styles = [base, controls, pairStyle, css`:host, :host(:hover) { margin-bottom: 16px; padding: 16px; border: 1px solid var(--px-line); border-radius: var(--px-radius); background: none; }`]

  @property({ attribute: false }) workshop!: Workshop
  @property() set = ''
  @state() private busy = false
  @state() private failure: Failure | null = null

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('textarea')?.focus()
  }

  override render(): TemplateResult {
    return html`<form @submit=${this.save}>
      <div class="both">
        <label>${tell('question')}<textarea class="field" name="question" rows="3" required maxlength="8000"></textarea></label>
        <label>${tell('answer')}<textarea class="field" name="answer" rows="3" required maxlength="32000"></textarea></label>
      </div>
      <label>${tell('aboutDocument')}<input class="field" name="document" maxlength="500" /></label>
      ${this.failure ? html`<p class="bad" role="alert">${this.failure.message} ${this.failure.hint}</p>` : nothing}
      <div class="choices">
        <button class="button primary" ?disabled=${this.busy}>${tell('addIt')}</button>
        <button type="button" class="button bare" @click=${() => this.emit('leave', null)}>${say('close')}</button>
      </div>
    </form>`
  }

  private async save(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const given = new FormData(form)
    const text = (name: string): string => String(given.get(name) ?? '').trim()
    this.busy = true
    this.failure = null
    try {
      await this.workshop.add(this.set, { question: text('question'), answer: text('answer'), ...(text('document') ? { document: text('document') } : {}) })
      form.reset()
      this.emit('added', text('question'))
      this.renderRoot.querySelector<HTMLElement>('textarea')?.focus()
    } catch (error) {
      this.failure = Failure.of(error)
    } finally {
      this.busy = false
    }
  }
}

define('px-new-pair', NewPairForm)
