import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { givenOf } from '../answer/account'
import '../answer/passage-list'
import { placeOf, type Place } from '../answer/places'
import type { Client } from '../api/client'
import type { Passage } from '../api/types'
import type { Turn } from '../chat/turn'
import '../document/document-view'
import { say } from '../i18n/common'
import { listed } from '../i18n/tongue'
import { recount } from '../i18n/trace'
import { tell } from '../i18n/workspace'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import './trace-view'

export type View = 'passages' | 'trace' | 'document'

/** What an answer rests on: its passages, its trace, and the document a citation points into. Fires `view`, `place`, `close`. */
export class Evidence extends Part {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-width: 0;
        min-height: 0;
        border-inline-start: 1px solid var(--px-line);
        background: var(--px-surface);
      }
      header {
        flex: none;
        display: flex;
        align-items: center;
        gap: 4px;
        height: 52px;
        padding: 0 12px 0 8px;
        border-bottom: 1px solid var(--px-line);
      }
      [role='tab'] {
        height: 28px;
        padding: 0 10px;
        border: 0;
        border-radius: 6px;
        background: none;
        color: var(--px-text-faint);
      }
      [role='tab']:hover {
        background: var(--px-hover);
      }
      [role='tab'][aria-selected='true'] {
        color: var(--px-text);
        background: var(--px-hover);
        font-weight: 600;
      }
      .tabs {
        flex: 1;
        display: flex;
        gap: 4px;
        min-width: 0;
      }
      .body {
        flex: 1;
        min-height: 0;
        overflow-y: auto;
      }
      .padded {
        padding: 16px;
      }
      .hint {
        margin: 0 0 12px;
        color: var(--px-text-faint);
      }
      .title {
        flex: none;
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 8px 12px 8px 16px;
        border-bottom: 1px solid var(--px-line);
      }
      .title strong {
        flex: 1;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 600;
      }
      px-document {
        flex: 1;
      }
    `,
  ]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) turn!: Turn
  @property({ attribute: false }) place: Place | null = null
  @property() view: View = 'passages'
  /** The document at hand has been deleted or replaced since: there is no original to open. */
  @state() private lost = false

  override render(): TemplateResult {
    const tabs: readonly View[] = this.place ? ['document', 'passages', 'trace'] : ['passages', 'trace']
    return html`<header>
        <div class="tabs" role="tablist" aria-label=${tell('evidence')} @keydown=${this.onKey}>
          ${tabs.map(
            (view) => html`<button type="button" role="tab" id=${view} aria-selected=${view === this.view} tabindex=${view === this.view ? 0 : -1} @click=${() => this.emit('view', view)}>${tell(view)}</button>`,
          )}
        </div>
        <button type="button" class="icon" aria-label=${say('close')} title="${say('close')} (Esc)" @click=${() => this.emit('close')}>${icon.close()}</button>
      </header>
      ${this.view === 'document' && this.place ? this.document(this.place) : html`<div class="body" role="tabpanel" aria-labelledby=${this.view}>${this.view === 'trace' ? this.trace() : this.passages()}</div>`}`
  }

  private document(place: Place): TemplateResult {
    return html`<div class="title">
        <strong title=${place.name}>${place.name}</strong>
        <span class="faint num">${say('version', { n: place.version })}</span>
        ${this.lost ? nothing : html`<a class="icon" href=${this.client.fileUrl(place.document_id)} target="_blank" rel="noopener" aria-label=${say('openOriginal')} title=${say('openOriginal')}>${icon.external()}</a>`}
      </div>
      <px-document role="tabpanel" aria-labelledby="document" .client=${this.client} .place=${place} @lost=${(event: CustomEvent<string | null>) => (this.lost = event.detail !== null)}></px-document>`
  }

  private passages(): TemplateResult {
    const passages = this.turn.passages ?? []
    if (passages.length === 0) return html`<p class="padded hint">${tell('noPassages')}</p>`
    return html`<div class="padded">
      <p class="hint">${tell('passagesHint')} ${this.read(passages)}</p>
      <px-passages whole .passages=${passages} @passage=${(event: CustomEvent<Passage>) => this.emit('place', placeOf(event.detail))}></px-passages>
    </div>`
  }

  /** Which of them the model was given, by their numbers. */
  private read(passages: readonly Passage[]): string {
    const given = this.turn.answer && givenOf(this.turn.answer)
    const numbers = passages.flatMap(({ chunk_id }, index) => (given?.has(chunk_id) ? [String(index + 1)] : []))
    return numbers.length === 0 ? '' : recount('given', { numbers: listed(numbers) })
  }

  private trace(): TemplateResult | typeof nothing {
    return this.turn.answer ? html`<px-trace .answer=${this.turn.answer}></px-trace>` : html`<p class="padded hint">${tell('noTrace')}</p>`
  }

  private onKey(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    const tabs = [...this.renderRoot.querySelectorAll<HTMLElement>('[role=tab]')]
    const next = tabs[(tabs.findIndex((tab) => tab.id === this.view) + step + tabs.length) % tabs.length]
    next?.focus()
    next?.click()
  }
}

define('px-evidence', Evidence)
