import { css } from 'lit'

export const promptsStyle = css`
  dialog {
    width: min(960px, calc(100vw - 32px));
    max-height: calc(100dvh - 48px);
  }
  dialog[open] {
    display: flex;
    flex-direction: column;
  }
  header {
    flex: none;
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding: 12px 12px 4px 20px;
  }
  h2 {
    margin: 0;
    font: 600 var(--px-size-4) / 24px var(--px-font);
  }
  h3 {
    margin: 16px 0 4px;
    font: 600 var(--px-size-2) / 20px var(--px-font);
  }
  .pair {
    flex: none;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 12px;
    padding: 4px 20px 8px;
    color: var(--px-text-faint);
  }
  .pair label {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
    font-weight: 600;
  }
  .pair .field {
    max-width: 280px;
    color: inherit;
    font-weight: 600;
  }
  .body {
    min-height: 0;
    padding: 0 20px 20px;
    overflow-y: auto;
  }
  .said {
    margin: 4px 20px 8px;
    color: var(--px-text-soft);
  }
  .body .said {
    margin: 0 0 8px;
  }
  .skeleton {
    height: 160px;
    margin: 8px 20px 20px;
  }
  .diff {
    border: 1px solid var(--px-line);
    border-radius: var(--px-radius);
    overflow: hidden;
    font: 12px / 20px var(--px-mono);
  }
  .line {
    position: relative;
    padding: 0 12px 0 28px;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .line > span {
    color: var(--px-text-soft);
  }
  .line.first,
  .line.second {
    background: color-mix(in srgb, currentColor 9%, transparent);
    box-shadow: inset 3px 0 currentColor;
  }
  .line.first > span,
  .line.second > span {
    color: var(--px-text);
  }
  .line.first::before,
  .line.second::before {
    content: '−';
    position: absolute;
    inset-inline-start: 12px;
    bottom: 0;
    font-weight: 700;
  }
  .line.second::before {
    content: '+';
  }
  .line i {
    display: block;
    padding-top: 8px;
    font: 600 var(--px-size-1) / 20px var(--px-font);
    color: var(--px-text-faint);
  }
  .line mark {
    border-radius: 3px;
    background: color-mix(in srgb, currentColor 22%, transparent);
    color: inherit;
    font-weight: 600;
  }
  .fold {
    display: flex;
    align-items: center;
    gap: 8px;
    width: 100%;
    padding: 2px 8px;
    border: 0;
    background: var(--px-sunken);
    color: var(--px-text-faint);
    font: 500 var(--px-size-1) / 20px var(--px-font);
  }
  .fold:hover {
    background: var(--px-hover);
  }
`
