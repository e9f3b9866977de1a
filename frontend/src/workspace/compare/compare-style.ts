import { css } from 'lit'

export const compareStyle = css`
  :host {
    display: flex;
    position: relative;
    min-width: 0;
    height: 100%;
  }
  .main {
    flex: 1;
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
  }
  .head {
    flex: none;
    display: flex;
    align-items: flex-start;
    gap: 8px 16px;
    padding: 16px 24px 12px;
  }
  .head > div:first-child {
    flex: 1;
    min-width: 0;
  }
  h1.asked {
    font-size: var(--px-size-4);
    line-height: 28px;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
    white-space: pre-line;
    max-height: 84px;
    overflow-y: auto;
  }
  .sub {
    margin: 0;
    color: var(--px-text-soft);
  }
  .head .sub {
    display: flex;
    flex-wrap: wrap;
    gap: 0 12px;
    font-size: var(--px-size-1);
    line-height: 20px;
    color: var(--px-text-faint);
  }
  .head.start .sub {
    font-size: var(--px-size-3);
    line-height: 24px;
    color: var(--px-text-soft);
  }
  .acts {
    flex: none;
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .acts .button {
    height: 28px;
    padding: 0 10px;
    border-color: var(--px-line);
  }
  .acts .button.primary {
    border-color: var(--px-accent);
  }
  .scroll {
    flex: 1;
    display: flex;
    flex-direction: column;
    min-height: 0;
    overflow: auto;
  }
  .band {
    flex: none;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 16px;
    margin: 0 24px 12px;
    padding: 10px 16px;
    border-radius: var(--px-radius);
    background: var(--px-accent-soft);
    color: var(--px-text);
  }
  .band strong {
    font-size: var(--px-size-3);
    line-height: 24px;
  }
  .band a {
    color: var(--px-accent-text);
    font-weight: 600;
  }
  .band.wrong {
    background: var(--px-bad-soft);
  }
  .band.mild {
    background: var(--px-warn-soft);
  }
  .band .button {
    margin-inline-start: auto;
  }
  .recents {
    padding: 12px 24px 24px;
  }
  .recents h2 {
    font-size: var(--px-size-2);
    line-height: 20px;
    letter-spacing: 0;
    color: var(--px-text-faint);
  }
  footer {
    flex: none;
    padding: 10px 24px 12px;
    border-top: 1px solid var(--px-line);
    background: var(--px-canvas);
  }
  .column {
    display: grid;
    gap: 8px;
    max-width: 768px;
    margin: 0 auto;
  }
  .switches {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 16px;
  }
  .switch {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    height: 28px;
    color: var(--px-text-soft);
    cursor: pointer;
  }
  .switches small {
    color: var(--px-text-faint);
    font-size: var(--px-size-1);
    line-height: 16px;
  }
  .switch input {
    appearance: none;
    position: relative;
    width: 32px;
    height: 18px;
    margin: 0;
    border-radius: 9px;
    background: var(--px-line-strong);
    cursor: pointer;
    transition: background var(--px-quick);
  }
  .switch input::after {
    content: '';
    position: absolute;
    inset: 2px auto 2px 2px;
    width: 14px;
    border-radius: 50%;
    background: var(--px-surface);
    transition: translate var(--px-quick);
  }
  .switch input:checked {
    background: var(--px-accent);
  }
  .switch input:checked::after {
    translate: 14px 0;
  }
  .switches select {
    height: 28px;
    max-width: 180px;
    margin-inline-start: auto;
    padding: 0 8px;
    border-color: var(--px-line);
  }
  .progress {
    display: flex;
    align-items: center;
    justify-content: center;
    flex-wrap: wrap;
    gap: 4px 16px;
    min-height: 40px;
    color: var(--px-text-soft);
  }
  .progress strong {
    color: var(--px-text);
  }
  @media (max-width: 720px) {
    .head {
      flex-wrap: wrap;
      padding: 12px 16px;
    }
    .head > div:first-child {
      flex-basis: 100%;
    }
    .band {
      margin: 0 16px 12px;
    }
    .recents {
      padding: 12px 16px;
    }
    footer {
      padding: 8px 12px max(8px, env(safe-area-inset-bottom));
    }
  }
`
