import { css } from 'lit'

export const panelStyle = css`
  :host {
    display: flex !important;
    flex-direction: column;
    background: var(--px-canvas);
  }
  header {
    flex: none;
    display: flex;
    align-items: center;
    gap: 4px;
    height: 52px;
    padding: 0 12px 0 16px;
    border-bottom: 1px solid var(--px-line);
  }
  header:has(> .icon:first-child) {
    padding-inline-start: 8px;
  }
  .sign {
    display: grid;
    margin-inline-end: 8px;
    color: var(--px-accent);
  }
  h1 {
    flex: 1;
    min-width: 0;
    margin: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font: 600 var(--px-size-3) / 20px var(--px-font);
  }
  px-thread,
  px-document {
    flex: 1;
  }
  .greeting {
    display: grid;
    justify-items: center;
    gap: 8px;
    padding: clamp(16px, 8vh, 56px) 8px 0;
    text-align: center;
    color: var(--px-text-soft);
  }
  .greeting svg {
    margin-bottom: 8px;
    color: var(--px-accent);
  }
  .greeting strong {
    font: 600 var(--px-size-4) / 24px var(--px-font);
    color: var(--px-text);
  }
  footer {
    flex: none;
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: 8px;
    padding: 8px 12px;
    padding-bottom: max(8px, env(safe-area-inset-bottom));
  }
  footer .again {
    justify-self: start;
    height: 28px;
    border-color: var(--px-line);
    color: var(--px-text-soft);
  }
  footer p {
    margin: 0;
    text-align: center;
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-faint);
  }
`
