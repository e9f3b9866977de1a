import { css } from 'lit'

/** A page of the workspace that scrolls as a whole: its head, its sections, its dialogs. */
export const pageStyle = css`
  :host {
    display: block;
    height: 100%;
    overflow-y: auto;
    scrollbar-gutter: stable;
  }
  .page {
    width: 100%;
    max-width: 1120px;
    margin: 0 auto;
    padding: 24px 32px 64px;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 12px;
    margin-bottom: 20px;
  }
  h1 {
    margin: 0;
    font-size: var(--px-size-5);
    line-height: 32px;
    font-weight: 600;
    letter-spacing: -0.02em;
  }
  h2 {
    margin: 0;
    font-size: var(--px-size-4);
    line-height: 24px;
    font-weight: 600;
    letter-spacing: -0.01em;
  }
  .push {
    margin-inline-start: auto;
  }
  .failure {
    display: grid;
    grid-template-columns: 16px 1fr auto;
    gap: 4px 8px;
    align-items: start;
    margin: 16px 0;
    padding: 12px 16px;
    border-radius: var(--px-radius);
    background: var(--px-bad-soft);
  }
  .failure > svg {
    margin-top: 2px;
    color: var(--px-bad);
  }
  .empty {
    display: grid;
    justify-items: center;
    gap: 4px;
    padding: 64px 24px;
    text-align: center;
    color: var(--px-text-soft);
  }
  .empty svg {
    margin-bottom: 8px;
    color: var(--px-text-faint);
  }
  .empty strong {
    font-size: var(--px-size-3);
    line-height: 24px;
    color: var(--px-text);
  }
  dialog {
    width: min(440px, calc(100vw - 32px));
    padding: 20px;
    border: 1px solid var(--px-line);
    border-radius: 12px;
    background: var(--px-surface);
    color: var(--px-text);
    box-shadow: var(--px-shadow-2);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 32%);
  }
  dialog p {
    margin: 8px 0 20px;
    color: var(--px-text-soft);
  }
  dialog h2 {
    overflow-wrap: anywhere;
  }
  .choices {
    display: flex;
    justify-content: flex-end;
    gap: 8px;
  }
  .lines {
    display: grid;
    gap: 12px;
    padding: 16px 0;
  }
  .lines .skeleton {
    height: 20px;
  }
  @media (max-width: 720px) {
    .page {
      padding: 16px 16px 48px;
    }
  }
`
