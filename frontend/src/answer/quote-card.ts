import { css, html, type TemplateResult } from 'lit'
import type { Citation } from '../api/types'
import { say } from '../i18n/common'
import { whereOf } from './places'

export type Verdict = 'verified' | 'weak' | 'unsupported'

/** What the check found; a verdict of a later server counts as none. */
export function verdictOf({ verdict }: Citation): Verdict {
  return verdict === 'verified' || verdict === 'weak' ? verdict : 'unsupported'
}

/** What a citation's hover card says: the quote, where it stands, and what the check found. */
export function quoteCard(citation: Citation): TemplateResult {
  const where = whereOf(citation)
  return html`<span class="quote">${citation.quote}</span>
    <span class="source">
      <span class="name">${citation.name}</span>
      ${where ? html`<span>${where}</span>` : ''}
    </span>
    <span class="verdict ${verdictOf(citation)}">${say(verdictOf(citation))}</span>`
}

export const quoteCardStyle = css`
  .card {
    position: absolute;
    z-index: 5;
    display: grid;
    gap: 8px;
    width: min(320px, 100%);
    padding: 12px;
    border: 1px solid var(--px-line);
    border-radius: var(--px-radius);
    background: var(--px-surface);
    box-shadow: var(--px-shadow-2);
    font-size: var(--px-size-2);
    line-height: 20px;
    pointer-events: none;
    animation: appear var(--px-quick) ease-out;
  }
  @keyframes appear {
    from {
      opacity: 0;
      transform: translateY(2px);
    }
  }
  .card .quote {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 6;
    overflow: hidden;
    padding-inline-start: 8px;
    border-inline-start: 2px solid var(--px-accent);
    white-space: pre-line;
  }
  .card .source {
    display: flex;
    gap: 8px;
    color: var(--px-text-soft);
    font-size: var(--px-size-1);
    line-height: 16px;
  }
  .card .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-weight: 600;
  }
  .verdict {
    display: flex;
    align-items: center;
    gap: 6px;
    font-size: var(--px-size-1);
    line-height: 16px;
  }
  .verdict::before {
    content: '';
    width: 6px;
    height: 6px;
    border-radius: 50%;
    background: currentColor;
  }
  .verdict.verified {
    color: var(--px-good);
  }
  .verdict.weak {
    color: var(--px-warn);
  }
  .verdict.unsupported {
    color: var(--px-bad);
  }
`
