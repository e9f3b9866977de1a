import { css, html, type TemplateResult } from 'lit'
import { query, state } from 'lit/decorators.js'
import { controls } from '../ui/controls'
import { base, define, Part } from '../ui/part'
import { dialogStyle } from './shared-style'

/** Asks once before something is lost: `if (await dialog.ask(question, yes, no)) ...`. */
export class AskDialog extends Part {
  static override styles = [
    base,
    controls,
    dialogStyle,
    css`
      :host {
        display: contents;
      }
      dialog {
        padding: 20px;
      }
      p {
        margin: 0 0 20px;
        font-size: var(--px-size-3);
        line-height: 22px;
        overflow-wrap: anywhere;
      }
      div {
        display: flex;
        justify-content: flex-end;
        gap: 8px;
      }
    `,
  ]

  @state() private question = ''
  @state() private words: readonly [string, string] = ['', '']
  @query('dialog') private dialog!: HTMLDialogElement
  private answer: ((yes: boolean) => void) | null = null

  ask(question: string, yes: string, no: string): Promise<boolean> {
    this.question = question
    this.words = [yes, no]
    this.dialog.returnValue = ''
    this.dialog.showModal()
    return new Promise((resolve) => (this.answer = resolve))
  }

  override render(): TemplateResult {
    const [yes, no] = this.words
    return html`<dialog aria-labelledby="question" @close=${this.closed}>
      <p id="question">${this.question}</p>
      <div>
        <button type="button" class="button" autofocus @click=${() => this.dialog.close()}>${no}</button>
        <button type="button" class="button danger" @click=${() => this.dialog.close('yes')}>${yes}</button>
      </div>
    </dialog>`
  }

  private closed(): void {
    this.answer?.(this.dialog.returnValue === 'yes')
    this.answer = null
  }
}

define('px-ask', AskDialog)
