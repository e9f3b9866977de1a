import { css, html, nothing, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { Passage } from '../api/types'
import { previewOf } from '../document/blocks'
import { say } from '../i18n/common'
import { base, define, Part } from '../ui/part'
import { whereOf } from './places'

/** Passages as found, best first. Fires `passage` with the one that was chosen. */
export class PassageList extends Part {
  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      ol {
        display: grid;
        gap: 8px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      button {
        display: block;
        width: 100%;
        padding: 12px;
        border: 1px solid var(--px-line);
        border-radius: var(--px-radius);
        background: var(--px-surface);
        color: inherit;
        font: inherit;
        text-align: start;
        cursor: pointer;
        transition: border-color var(--px-quick), box-shadow var(--px-quick);
      }
      button:hover {
        border-color: var(--px-line-strong);
        box-shadow: var(--px-shadow-1);
      }
      .where {
        display: flex;
        align-items: baseline;
        gap: 8px;
        font-size: var(--px-size-1);
        line-height: 16px;
        color: var(--px-text-faint);
      }
      .rank {
        flex: none;
        min-width: 16px;
        border-radius: 4px;
        background: var(--px-hover);
        color: var(--px-text-soft);
        font-weight: 600;
        text-align: center;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 600;
        color: var(--px-text-soft);
      }
      .score {
        flex: none;
        margin-inline-start: auto;
      }
      .page {
        flex: none;
      }
      .heading {
        margin-top: 8px;
        font-size: var(--px-size-1);
        line-height: 16px;
        color: var(--px-text-faint);
        overflow-wrap: anywhere;
      }
      .text {
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
        overflow: hidden;
        margin-top: 4px;
        color: var(--px-text-soft);
        overflow-wrap: anywhere;
      }
      :host([whole]) .text {
        -webkit-line-clamp: 12;
        white-space: pre-line;
      }
    `,
  ]

  @property({ attribute: false }) passages: readonly Passage[] = []
  /** Shows scores and ranks: for people who tune, not for visitors. */
  @property({ type: Boolean, reflect: true }) whole = false

  override render(): TemplateResult {
    return html`<ol>
      ${this.passages.map((passage, index) => html`<li><button type="button" @click=${() => this.emit('passage', passage)}>${this.inside(passage, index)}</button></li>`)}
    </ol>`
  }

  private inside(passage: Passage, index: number): TemplateResult {
    const heading = passage.heading ?? []
    const where = whereOf(passage)
    return html`<div class="where num">
        <span class="rank">${index + 1}</span>
        <span class="name" title=${passage.name}>${passage.name}</span>
        ${where && where !== heading.join() ? html`<span class="page">${where}</span>` : nothing}
        ${this.whole ? html`<span class="score" title=${this.ranks(passage)}>${passage.score.toFixed(3)}</span>` : nothing}
      </div>
      ${heading.length > 0 ? html`<div class="heading">${heading.join(' › ')}</div>` : nothing}
      <div class="text">${previewOf(passage.text)}</div>`
  }

  private ranks({ ranks }: Passage): string {
    return say('ranks', { dense: ranks?.dense ?? '–', lexical: ranks?.lexical ?? '–' })
  }
}

define('px-passages', PassageList)
