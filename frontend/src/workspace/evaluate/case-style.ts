import { css } from 'lit'

export const caseStyle = css`
  :host {
    display: block;
    padding: 12px 16px;
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
