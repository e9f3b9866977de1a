import { css } from 'lit'

export const caseStyle = css`
  :host {
    display: block;
    padding: var(--case-room, 12px 16px);
    border: 1px solid var(--px-line);
    border-radius: var(--px-radius);
  }
  :host(:focus-visible) {
    outline: 2px solid var(--px-accent);
    outline-offset: 2px;
  }
  .question {
    margin: 0;
    font-size: var(--px-size-3);
    line-height: 22px;
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .compact {
    display: flex;
    align-items: start;
    gap: 8px;
  }
  .compact > details {
    flex: 1;
    min-width: 0;
  }
  .compact summary {
    display: grid;
    grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
    gap: 0 16px;
    align-items: baseline;
    padding: 4px 0;
    cursor: pointer;
    list-style: none;
  }
  .compact summary::-webkit-details-marker {
    display: none;
  }
  .compact .question {
    font-size: inherit;
    line-height: 20px;
    font-weight: 500;
  }
  .compact details:not([open]) .short {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .short {
    color: var(--px-text-faint);
  }
  details[open] .short {
    visibility: hidden;
  }
  .beside {
    display: flex;
    flex: none;
  }
  .hint {
    margin: 0;
    color: var(--px-text-faint);
  }
  @media (max-width: 720px) {
    .compact summary {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  dl {
    display: grid;
    grid-template-columns: max-content minmax(0, 1fr);
    gap: 4px 16px;
    margin: 8px 0 0;
  }
  dt {
    color: var(--px-text-faint);
  }
  dd {
    margin: 0;
    overflow-wrap: anywhere;
    white-space: pre-line;
  }
  blockquote {
    margin: 0 0 4px;
    padding-inline-start: 12px;
    border-inline-start: 2px solid var(--px-line-strong);
    color: var(--px-text-soft);
  }
  dd a {
    color: var(--px-accent-text);
  }
  .meta,
  .deeds {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
    margin-top: 8px;
    color: var(--px-text-faint);
    font-size: var(--px-size-1);
    line-height: 16px;
  }
  .deeds {
    gap: 8px;
    margin-top: 12px;
  }
  form {
    display: grid;
    gap: 12px;
  }
  label {
    display: grid;
    gap: 4px;
    color: var(--px-text-soft);
  }
  label.check {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .field {
    width: 100%;
    color: var(--px-text);
  }
  .bad {
    margin: 8px 0 0;
    color: var(--px-bad);
  }
`
