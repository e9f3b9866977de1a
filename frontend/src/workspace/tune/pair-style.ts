import { css } from 'lit'

/** A row of the table of pairs: question, answer, what was found, what can be done. */
export const pairStyle = css`
  :host {
    display: block;
    padding: 10px 8px 10px 12px;
    border-bottom: 1px solid var(--px-line);
  }
  :host(:hover) {
    background: var(--px-sunken);
  }
  :host(:focus-visible) {
    outline: 2px solid var(--px-accent);
    outline-offset: -2px;
    border-radius: 4px;
  }
  .pair {
    display: grid;
    grid-template-columns: minmax(0, 2fr) minmax(0, 3fr) 88px;
    gap: 4px 24px;
    align-items: start;
  }
  .asked,
  .said {
    overflow-wrap: anywhere;
    white-space: pre-line;
  }
  .asked {
    font-weight: 600;
  }
  .beside {
    display: flex;
    justify-content: end;
    gap: 2px;
    margin: -4px 0;
  }
  .more {
    grid-column: 1 / -1;
    display: flex;
    flex-wrap: wrap;
    gap: 4px 12px;
    align-items: baseline;
    color: var(--px-text-faint);
    font-size: var(--px-size-1);
    line-height: 16px;
  }
  .more a {
    color: var(--px-accent-text);
  }
  .found {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 1px 8px;
    border-radius: 9px;
    background: var(--px-hover);
    color: var(--px-text-soft);
    overflow-wrap: anywhere;
  }
  .found strong {
    font-weight: 600;
    white-space: nowrap;
  }
  .found.warning {
    background: var(--px-warn-soft);
    color: var(--px-warn);
  }
  .found.refused {
    background: var(--px-bad-soft);
    color: var(--px-bad);
  }
  details.source {
    flex-basis: 100%;
  }
  details.source summary {
    width: fit-content;
    cursor: pointer;
  }
  blockquote {
    margin: 4px 0;
    padding-inline-start: 12px;
    border-inline-start: 2px solid var(--px-line-strong);
    color: var(--px-text-soft);
    font-size: var(--px-size-2);
    line-height: 20px;
    white-space: pre-line;
    overflow-wrap: anywhere;
  }
  form {
    display: grid;
    gap: 12px;
  }
  form .both {
    display: grid;
    grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
    gap: 12px 24px;
  }
  label {
    display: grid;
    gap: 4px;
    align-content: start;
    color: var(--px-text-soft);
  }
  label .field {
    width: 100%;
    color: var(--px-text);
  }
  .choices {
    display: flex;
    gap: 8px;
  }
  .wanting {
    color: var(--px-warn);
  }
  .bad {
    margin: 8px 0 0;
    color: var(--px-bad);
  }
  @media (max-width: 720px) {
    .pair {
      grid-template-columns: minmax(0, 1fr) max-content;
    }
    .said {
      grid-row: 2;
      grid-column: 1 / -1;
    }
    form .both {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`
