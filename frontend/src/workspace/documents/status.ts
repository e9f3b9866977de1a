import { css, html, type TemplateResult } from 'lit'
import { tell, workspace } from '../../i18n/workspace'

/** A status in words with its sign. */
export function statusOf(status: string): TemplateResult {
  const key = `status_${status}`
  return html`<span class="status ${status}">${key in workspace.en ? tell(key as keyof typeof workspace.en) : status}</span>`
}

export const statusStyle = css`
  .status {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    color: var(--px-text-soft);
    white-space: nowrap;
  }
  .status::before {
    content: '';
    flex: none;
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: var(--px-text-faint);
  }
  .status.indexed::before {
    background: var(--px-good);
  }
  .status.failed {
    color: var(--px-bad);
  }
  .status.failed::before {
    background: var(--px-bad);
    border-radius: 1px;
    rotate: 45deg;
  }
  .status.parsing::before,
  .status.embedding::before {
    background: var(--px-accent);
    animation: breathe 1.6s ease-in-out infinite;
  }
  .status.queued::before,
  .status.cancelled::before,
  .status.retired::before {
    background: none;
    border: 1.5px solid var(--px-text-faint);
  }
  @keyframes breathe {
    50% {
      opacity: 0.3;
    }
  }
`
