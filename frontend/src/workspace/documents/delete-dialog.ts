import { css, html, nothing, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Document, Receipt } from '../../api/types'
import { tell } from '../../i18n/workspace'
import { controls } from '../../ui/controls'
import { base, define, Part } from '../../ui/part'
import { pageStyle } from '../page-style'
import { receiptLines, receiptSentence } from './receipt'

/** Asks before a document is deleted, and shows the receipt afterwards. Fires `removed` with its id. */
export class DeleteDialog extends Part {
  static override styles = [
    base,
    controls,
    pageStyle,
    css`
      :host {
        display: contents;
      }
      details {
        margin-bottom: 20px;
      }
      summary {
        width: fit-content;
        color: var(--px-text-soft);
        cursor: pointer;
      }
      dl {
        margin: 8px 0 0;
        border: 1px solid var(--px-line);
        border-radius: var(--px-radius);
      }
      dl div {
        display: flex;
        justify-content: space-between;
        padding: 6px 12px;
      }
      dl div + div {
        border-top: 1px solid var(--px-line);
      }
      dd {
        margin: 0;
        font-weight: 600;
      }
      .wrong {
        color: var(--px-bad);
      }
    `,
  ]

  @property({ attribute: false }) client!: Client
  @state() private document: Document | null = null
  @state() private receipt: Receipt | null = null
  @state() private failure: Failure | null = null
  @state() private busy = false
  @query('dialog') private dialog!: HTMLDialogElement

  ask(document: Document): void {
    this.document = document
    this.receipt = null
    this.failure = null
    this.dialog.showModal()
  }

  override render(): TemplateResult {
    const name = this.document?.name ?? ''
    return html`<dialog aria-labelledby="title" @close=${() => (this.document = null)}>
      ${this.receipt
        ? html`<h2 id="title">${tell('receipt', { name })}</h2>
            <p class=${this.receipt.probe_hits === 0 ? 'num' : 'num wrong'} role="status">${receiptSentence(this.receipt)}</p>
            <details>
              <summary>${tell('details')}</summary>
              <dl class="num">${receiptLines(this.receipt).map((line) => html`<div><dt>${line.name}</dt><dd>${line.value}</dd></div>`)}</dl>
            </details>
            <div class="choices"><button type="button" class="button primary" autofocus @click=${() => this.dialog.close()}>${tell('done')}</button></div>`
        : html`<h2 id="title">${tell('removeAsk', { name })}</h2>
            <p>${tell('removeHint')}</p>
            ${this.failure ? html`<p class="wrong" role="alert">${this.failure.message} ${this.failure.hint}</p>` : nothing}
            <div class="choices">
              <button type="button" class="button" autofocus @click=${() => this.dialog.close()}>${tell('cancel')}</button>
              <button type="button" class="button danger" ?disabled=${this.busy} @click=${this.confirm}>${tell('remove')}</button>
            </div>`}
    </dialog>`
  }

  private async confirm(): Promise<void> {
    if (!this.document) return
    const { id } = this.document
    this.busy = true
    try {
      this.receipt = await this.client.removeDocument(id)
      this.emit('removed', id)
    } catch (error) {
      this.failure = Failure.of(error)
    } finally {
      this.busy = false
    }
  }
}

define('px-delete-dialog', DeleteDialog)
