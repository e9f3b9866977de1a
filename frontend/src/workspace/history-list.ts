import { css, html, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { Saved } from '../chat/shelf'
import { say } from '../i18n/common'
import { tell } from '../i18n/workspace'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import { path } from './router'

/** The conversations of this browser. Fires `forget` with a key. */
export class HistoryList extends Part {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
        padding: 12px 8px;
        border-inline-end: 1px solid var(--px-line);
        background: var(--px-sunken);
      }
      .new {
        display: flex;
        align-items: center;
        gap: 8px;
        height: 32px;
        padding: 0 8px;
        margin-bottom: 8px;
        border-radius: var(--px-radius);
        color: var(--px-text);
        font-weight: 600;
        text-decoration: none;
      }
      .new svg {
        color: var(--px-accent-text);
      }
      .new:hover,
      li:hover {
        background: var(--px-hover);
      }
      h2 {
        margin: 8px;
        font-size: var(--px-size-1);
        line-height: 16px;
        font-weight: 600;
        color: var(--px-text-faint);
      }
      ul {
        flex: 1;
        margin: 0;
        padding: 0;
        overflow-y: auto;
        list-style: none;
      }
      li {
        position: relative;
        display: flex;
        align-items: center;
        border-radius: var(--px-radius);
      }
      li.here {
        background: var(--px-accent-soft);
      }
      li a {
        flex: 1;
        min-width: 0;
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        margin: 6px 8px;
        overflow: hidden;
        overflow-wrap: anywhere;
        color: var(--px-text-soft);
        text-decoration: none;
        border-radius: var(--px-radius);
      }
      li.here a {
        color: var(--px-accent-text);
        font-weight: 600;
      }
      li a::after {
        content: '';
        position: absolute;
        inset: 0;
      }
      li .icon {
        position: absolute;
        inset-block-start: 4px;
        inset-inline-end: 4px;
        z-index: 1;
        width: 24px;
        height: 24px;
        background: var(--px-surface);
        box-shadow: var(--px-shadow-1);
        opacity: 0;
      }
      li:hover .icon,
      li .icon:focus-visible {
        opacity: 1;
      }
      p {
        margin: 0;
        padding: 0 8px;
        color: var(--px-text-faint);
      }
    `,
  ]

  @property({ attribute: false }) saved: readonly Saved[] = []
  @property() current = ''

  override render(): TemplateResult {
    return html`<a class="new" href="/chat" data-inside="yes">${icon.compose()}${say('newConversation')}</a>
      <h2>${tell('history')}</h2>
      ${this.saved.length === 0 ? html`<p>${tell('noHistory')}</p>` : html`<ul>${this.saved.map((one) => this.entry(one))}</ul>`}`
  }

  private entry(saved: Saved): TemplateResult {
    const title = saved.turns[0]?.question ?? ''
    const here = saved.key === this.current
    return html`<li class=${here ? 'here' : ''}>
      <a href=${path('chat', saved.id ?? saved.key)} data-inside="yes" title=${title} aria-current=${here ? 'true' : 'false'}>${title}</a>
      <button type="button" class="icon" aria-label="${tell('forget')}: ${title}" title=${tell('forget')} @click=${() => this.emit('forget', saved.key)}>${icon.close(12)}</button>
    </li>`
  }
}

define('px-history', HistoryList)
