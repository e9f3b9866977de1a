import { css } from 'lit'

/** A modal dialog, wherever it opens. */
export const dialogStyle = css`
  dialog {
    width: min(440px, calc(100vw - 32px));
    padding: 0;
    border: 1px solid var(--px-line);
    border-radius: 12px;
    background: var(--px-surface);
    color: var(--px-text);
    box-shadow: var(--px-shadow-2);
  }
  dialog::backdrop {
    background: rgb(0 0 0 / 32%);
  }
`

/** The titles of pages and their sections. */
export const titleStyle = css`
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
`

/** A place with nothing in it: what is missing, and the next step. */
export const emptyStyle = css`
  .empty {
    display: grid;
    place-content: center;
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
`

/** The panel of evidence beside a page, over it where there is no room. */
export const evidenceStyle = css`
  px-evidence {
    flex: none;
    width: clamp(360px, 34vw, 520px);
  }
  @media (max-width: 900px) {
    px-evidence {
      position: absolute;
      z-index: 5;
      inset: 0;
      width: 100%;
      border: 0;
    }
  }
`
