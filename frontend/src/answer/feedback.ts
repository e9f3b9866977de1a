import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { Failure } from '../api/failure'
import { say } from '../i18n/common'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'

const reasons = [
  ['incorrect', 'reasonIncorrect'],
  ['incomplete', 'reasonIncomplete'],
  ['wrong_source', 'reasonSource'],
  ['unclear', 'reasonUnclear'],
  ['other', 'reasonOther'],
] as const

/** Saves a rating; `null` takes it back. */
export type Rate = (rating: 1 | -1 | null, reason?: string, comment?: string) => Promise<void>

/** Thumbs up and down; down asks why. A second press takes the rating back. */
export class AnswerFeedback extends Part {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: contents;
      }
      form {
        flex-basis: 100%;
        display: grid;
        gap: 8px;
        text-align: start;
        max-width: 480px;
        margin-top: 8px;
        padding: 12px;
        border: 1px solid var(--px-line);
        border-radius: var(--px-radius);
        background: var(--px-sunken);
      }
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend {
        padding: 0;
        margin-bottom: 8px;
        font-weight: 600;
      }
      label.reason {
        position: relative;
        padding: 4px 10px;
        border: 1px solid var(--px-line-strong);
        border-radius: 16px;
        background: var(--px-surface);
        font-size: var(--px-size-2);
        cursor: pointer;
      }
      label.reason:has(input:checked) {
        border-color: var(--px-accent);
        background: var(--px-accent-soft);
        color: var(--px-accent-text);
      }
      label.reason:has(input:focus-visible) {
        outline: 2px solid var(--px-accent);
        outline-offset: 2px;
      }
      .row {
        display: flex;
        gap: 8px;
      }
      .row .field {
        flex: 1;
      }
      .said {
        flex-basis: 100%;
        color: var(--px-text-faint);
        font-size: var(--px-size-1);
        line-height: 16px;
      }
      .said.error {
        color: var(--px-bad);
      }
    `,
  ]

  @property({ type: Number }) rating: 1 | -1 | null = null
  @property({ attribute: false }) rate!: Rate
  @state() private asking = false
  @state() private said = ''
  @state() private wrong = false

  override render(): TemplateResult {
    const thumb = (value: 1 | -1): TemplateResult => html`<button
      type="button"
      class="icon"
      aria-pressed=${this.rating === value}
      aria-label=${say(value === 1 ? 'good' : 'bad')}
      title=${say(value === 1 ? 'good' : 'bad')}
      @click=${() => this.press(value)}
    >
      ${value === 1 ? icon.up() : icon.thumbDown()}
    </button>`
    return html`${thumb(1)}${thumb(-1)}
      ${this.asking ? this.form() : nothing}
      <span class="said ${this.wrong ? 'error' : ''}" role="status" ?hidden=${this.said === ''}>${this.said}</span>`
  }

  private form(): TemplateResult {
    return html`<form @submit=${this.submit} @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && this.leave(event)}>
      <fieldset>
        <legend>${say('whatWrong')}</legend>
        ${reasons.map(
          ([code, key]) => html`<label class="reason"><input class="visually-hidden" type="radio" name="reason" value=${code} />${say(key)}</label>`,
        )}
      </fieldset>
      <div class="row">
        <input class="field" name="comment" maxlength="1000" aria-label=${say('comment')} placeholder=${say('comment')} />
        <button class="button">${say('sendFeedback')}</button>
      </div>
    </form>`
  }

  private leave(event: Event): void {
    event.stopPropagation()
    this.asking = false
  }

  private async press(value: 1 | -1): Promise<void> {
    const next = this.rating === value ? null : value
    this.asking = false
    if (await this.save(next)) {
      this.said = next === 1 ? say('thanks') : ''
      this.asking = next === -1
      await this.updateComplete
      this.renderRoot.querySelector<HTMLInputElement>('form input')?.focus()
    }
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    const reason = String(form.get('reason') ?? '')
    if (await this.save(-1, reason || undefined, String(form.get('comment') ?? '').trim() || undefined)) {
      this.asking = false
      this.said = say('thanks')
    }
  }

  private async save(rating: 1 | -1 | null, reason?: string, comment?: string): Promise<boolean> {
    try {
      await this.rate(rating, reason, comment)
      this.wrong = false
      return true
    } catch (error) {
      this.wrong = true
      this.said = say('feedbackFailed', { message: Failure.of(error).message })
      return false
    }
  }
}

define('px-feedback', AnswerFeedback)
