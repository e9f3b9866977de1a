import { css, html, type TemplateResult } from 'lit'
import { property, query } from 'lit/decorators.js'
import { say } from '../i18n/common'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'

/** Where a question is written. Fires `ask` with the text, and `stop`. Enter sends, Shift+Enter breaks the line. */
export class Composer extends Part {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: block;
      }
      form {
        display: flex;
        align-items: flex-end;
        gap: 8px;
        padding: 6px;
        border: 1px solid var(--px-line-strong);
        border-radius: 12px;
        background: var(--px-surface);
        box-shadow: var(--px-shadow-1);
        transition: border-color var(--px-quick), box-shadow var(--px-quick);
      }
      form:focus-within {
        border-color: var(--px-accent);
        box-shadow: 0 0 0 3px color-mix(in srgb, var(--px-accent) 16%, transparent);
      }
      textarea {
        flex: 1;
        min-width: 0;
        max-height: 160px;
        padding: 4px 8px;
        border: 0;
        outline: 0;
        resize: none;
        background: none;
        color: inherit;
        font: 400 16px / 24px var(--px-font);
        field-sizing: content;
      }
      @media (pointer: fine) {
        textarea {
          font-size: var(--px-size-3);
        }
      }
      textarea:focus-visible {
        outline: none;
      }
      textarea::placeholder {
        color: var(--px-text-faint);
        opacity: 1;
      }
      button {
        display: grid;
        place-items: center;
        flex: none;
        width: 32px;
        height: 32px;
        padding: 0;
        border: 0;
        border-radius: 8px;
        background: var(--px-accent);
        color: var(--px-on-accent);
        transition: background var(--px-quick), opacity var(--px-quick);
      }
      button.stop {
        background: var(--px-text);
        color: var(--px-canvas);
      }
      button:disabled {
        background: var(--px-hover);
        color: var(--px-text-faint);
        cursor: default;
      }
    `,
  ]

  @property({ type: Boolean }) busy = false
  @property() placeholder = ''
  @property() draft = ''
  @query('textarea') private box!: HTMLTextAreaElement

  override render(): TemplateResult {
    return html`<form @submit=${this.submit}>
      <textarea
        rows="1"
        maxlength="8000"
        aria-label=${say('question')}
        placeholder=${this.placeholder || say('askPlaceholder')}
        .value=${this.draft}
        @input=${() => (this.draft = this.box.value)}
        @keydown=${this.onKey}
      ></textarea>
      ${this.busy
        ? html`<button type="button" class="stop" aria-label=${say('stop')} title=${say('stop')} @click=${() => this.emit('stop')}>${icon.stop()}</button>`
        : html`<button aria-label=${say('send')} title=${say('send')} ?disabled=${this.draft.trim() === ''}>${icon.send()}</button>`}
    </form>`
  }

  override focus(): void {
    this.box?.focus()
  }

  private submit(event: Event): void {
    event.preventDefault()
    const question = this.draft.trim()
    if (question === '' || this.busy) return
    this.draft = ''
    this.emit('ask', question)
  }

  private onKey(event: KeyboardEvent): void {
    // While an input method composes, Enter belongs to it.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.submit(event)
  }
}

define('px-composer', Composer)
