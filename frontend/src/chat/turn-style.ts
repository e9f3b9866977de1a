import { css } from 'lit'

export const turnStyle = css`
  :host {
    display: block;
  }
  .question {
    margin: 0 0 12px;
    font-size: var(--px-size-4);
    line-height: 28px;
    font-weight: 600;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
    white-space: pre-line;
  }
  :host([compact]) .question {
    width: fit-content;
    max-width: 88%;
    margin-inline-start: auto;
    padding: 8px 12px;
    border-radius: 12px 12px 4px 12px;
    background: var(--px-accent-soft);
    font-size: var(--px-size-3);
    line-height: 22px;
    font-weight: 400;
    letter-spacing: 0;
  }
  .question.repeated {
    font-size: var(--px-size-2);
    line-height: 20px;
    font-weight: 400;
    letter-spacing: 0;
    color: var(--px-text-faint);
  }
  .waiting {
    display: grid;
    gap: 8px;
    color: var(--px-text-faint);
  }
  .waiting .skeleton {
    height: 12px;
  }
  .now {
    display: flex;
    justify-content: space-between;
  }
  .waiting .skeleton:nth-of-type(2) {
    width: 92%;
  }
  .waiting .skeleton:nth-of-type(3) {
    width: 64%;
  }
  .more {
    height: 12px;
    width: 40%;
    margin-top: 8px;
  }
  .notice {
    display: grid;
    grid-template-columns: 16px 1fr;
    gap: 4px 8px;
    margin-bottom: 12px;
    padding: 12px;
    border-radius: var(--px-radius);
    background: var(--px-warn-soft);
  }
  .notice svg {
    margin-top: 2px;
    color: var(--px-warn);
  }
  .notice.error {
    background: var(--px-bad-soft);
  }
  .notice.error svg {
    color: var(--px-bad);
  }
  .notice strong {
    font-weight: 600;
  }
  .notice > * {
    grid-column: 2;
    overflow-wrap: anywhere;
  }
  .notice > svg {
    grid-column: 1;
    grid-row: 1;
  }
  .notice .why {
    margin: 4px 0 0;
    color: var(--px-text-soft);
  }
  .notice .button {
    width: fit-content;
    margin-top: 8px;
  }
  .label {
    margin: 16px 0 8px;
    font-size: var(--px-size-1);
    line-height: 16px;
    font-weight: 600;
    color: var(--px-text-faint);
  }
  .sources {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin: 12px 0 0;
    padding: 0;
    list-style: none;
  }
  .sources li {
    min-width: 0;
    max-width: 100%;
  }
  .sources button {
    display: flex;
    align-items: center;
    gap: 6px;
    max-width: 100%;
    height: 24px;
    padding: 0 8px 0 4px;
    border: 1px solid var(--px-line);
    border-radius: 6px;
    background: var(--px-surface);
    color: var(--px-text-soft);
    font-size: var(--px-size-1);
    line-height: 16px;
    transition: border-color var(--px-quick);
  }
  .sources button:hover {
    border-color: var(--px-accent);
  }
  .sources .n {
    min-width: 16px;
    border-radius: 4px;
    background: var(--px-accent-soft);
    color: var(--px-accent-text);
    font-weight: 600;
    text-align: center;
  }
  .sources .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .sources .page {
    flex: 0 100 auto;
    min-width: 48px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    text-align: start;
    color: var(--px-text-faint);
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0 12px;
    min-height: 28px;
    margin-top: 12px;
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-faint);
  }
  .facts .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    gap: 2px;
    margin-inline-start: auto;
    text-align: end;
  }
  :host([compact]) .facts .actions {
    justify-content: flex-start;
    text-align: start;
    margin-inline-start: -6px;
    width: calc(100% + 6px);
  }
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-width: 0;
    max-width: 100%;
    font-weight: 600;
  }
  .chip svg {
    flex: none;
  }
  .stopped {
    color: var(--px-text-faint);
    margin: 8px 0 0;
    font-size: var(--px-size-2);
  }
`
