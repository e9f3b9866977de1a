import { css } from 'lit'

/** Buttons, fields and small signs, shared by every component that has any. */
export const controls = css`
  button {
    font: inherit;
    color: inherit;
    cursor: pointer;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    max-width: 100%;
    height: 32px;
    padding: 0 12px;
    border: 1px solid var(--px-line-strong);
    border-radius: var(--px-radius);
    background: var(--px-surface);
    color: var(--px-text);
    font: 500 var(--px-size-2) / 20px var(--px-font);
    text-decoration: none;
    white-space: nowrap;
    transition: background var(--px-quick), border-color var(--px-quick);
  }
  .button svg {
    flex: none;
  }
  .cut {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .button:hover:not(:disabled) {
    background: var(--px-hover);
  }
  .button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  .button.primary {
    border-color: var(--px-accent);
    background: var(--px-accent);
    color: var(--px-on-accent);
  }
  .button.primary:hover:not(:disabled) {
    background: color-mix(in srgb, var(--px-accent) 88%, #000);
  }
  .button.danger {
    border-color: var(--px-bad);
    color: var(--px-bad);
  }
  .button.bare {
    border-color: transparent;
    background: none;
  }
  .icon {
    display: inline-grid;
    place-items: center;
    width: 28px;
    height: 28px;
    padding: 0;
    border: 0;
    border-radius: 6px;
    background: none;
    color: var(--px-text-faint);
    text-decoration: none;
    transition: background var(--px-quick), color var(--px-quick);
  }
  .icon:hover:not(:disabled) {
    background: var(--px-hover);
    color: var(--px-text);
  }
  .icon[aria-pressed='true'] {
    color: var(--px-accent-text);
    background: var(--px-accent-soft);
  }
  .icon:disabled {
    opacity: 0.4;
    cursor: default;
  }
  .field {
    height: 32px;
    padding: 0 10px;
    border: 1px solid var(--px-line-strong);
    border-radius: var(--px-radius);
    background: var(--px-surface);
    color: var(--px-text);
    font: inherit;
    min-width: 0;
  }
  textarea.field {
    height: auto;
    padding: 8px 10px;
    resize: vertical;
  }
  .field::placeholder {
    color: var(--px-text-faint);
    opacity: 1;
  }
  .field:focus-visible {
    outline-offset: -1px;
    border-color: transparent;
  }
  .skeleton {
    display: block;
    border-radius: 4px;
    background: linear-gradient(90deg, var(--px-hover) 25%, var(--px-line) 50%, var(--px-hover) 75%) 0 / 200% 100%;
    animation: shimmer 1.6s linear infinite;
  }
  @keyframes shimmer {
    to {
      background-position: -200% 0;
    }
  }
  kbd {
    display: inline-block;
    min-width: 20px;
    padding: 0 5px;
    border: 1px solid var(--px-line-strong);
    border-bottom-width: 2px;
    border-radius: 4px;
    background: var(--px-surface);
    font: 500 var(--px-size-1) / 18px var(--px-font);
    text-align: center;
    color: var(--px-text-soft);
  }
`
