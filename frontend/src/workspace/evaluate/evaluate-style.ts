import { css } from 'lit'

/** Tabs, lists and forms of the Evaluate and Experiments pages. */
export const evaluateStyle = css`
  .tabs {
    display: flex;
    gap: 20px;
    margin-bottom: 16px;
    border-bottom: 1px solid var(--px-line);
  }
  .tabs a {
    padding: 8px 0;
    border-bottom: 2px solid transparent;
    color: var(--px-text-soft);
    text-decoration: none;
  }
  .tabs a[aria-current='page'] {
    border-color: var(--px-accent);
    color: var(--px-text);
    font-weight: 600;
  }
  .arms {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 16px;
  }
  td > .arms {
    width: max-content;
    max-width: 440px;
  }
  .hue-none {
    color: var(--px-text-faint);
  }
  .arm {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-width: 0;
    font-weight: 500;
  }
  .empty p {
    max-width: 52ch;
    margin: 4px 0 12px;
    text-wrap: balance;
  }
  .facts-line {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 16px;
    align-items: baseline;
    color: var(--px-text-faint);
  }
  .facts-line a {
    color: var(--px-accent-text);
    text-underline-offset: 3px;
  }
  form.sheet {
    display: grid;
    gap: 24px;
    max-width: 720px;
  }
  fieldset {
    display: grid;
    gap: 8px;
    min-width: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend,
  .legend {
    padding: 0;
    margin-bottom: 4px;
    font-size: var(--px-size-3);
    line-height: 24px;
    font-weight: 600;
  }
  .hint {
    margin: 0;
    color: var(--px-text-faint);
  }
  .options {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(220px, 100%), 1fr));
    gap: 8px;
  }
  .option {
    display: grid;
    grid-template-columns: 16px minmax(0, 1fr);
    gap: 2px 10px;
    align-items: center;
    align-content: start;
    padding: 10px 12px;
    border: 1px solid var(--px-line-strong);
    border-radius: var(--px-radius);
    cursor: pointer;
    transition: background var(--px-quick);
  }
  .option:hover {
    background: var(--px-hover);
  }
  .option:has(:checked) {
    border-color: var(--px-accent);
    background: var(--px-accent-soft);
  }
  .option:has(:focus-visible) {
    outline: 2px solid var(--px-accent);
    outline-offset: 1px;
  }
  .option input {
    margin: 0;
    accent-color: var(--px-accent);
  }
  .option small {
    grid-column: 2;
    color: var(--px-text-soft);
    font-size: var(--px-size-1);
    line-height: 16px;
  }
  .two {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(220px, 100%), 1fr));
    gap: 16px;
    align-items: start;
  }
  .entry {
    display: grid;
    gap: 4px;
    min-width: 0;
    color: var(--px-text-soft);
  }
  .entry .field {
    width: 100%;
  }
  .entry small {
    color: var(--px-text-faint);
    font-size: var(--px-size-1);
    line-height: 16px;
  }
  summary {
    width: fit-content;
    color: var(--px-text-soft);
    cursor: pointer;
  }
  details[open] > summary {
    margin-bottom: 12px;
  }
  .submit {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 16px;
  }
  .bar {
    height: 8px;
    overflow: hidden;
    border-radius: 4px;
    background: var(--px-hover);
  }
  .bar > i {
    display: block;
    width: var(--share, 0%);
    height: 100%;
    background: var(--px-accent);
    transition: width 240ms linear;
  }
  .panel {
    margin: 0 0 20px;
    padding: 16px 20px;
    border: 1px solid var(--px-line);
    border-radius: 12px;
  }
  .panel > .bar {
    margin: 12px 0;
  }
  .waits {
    margin: 8px 0 0;
    color: var(--px-warn);
  }
  @media (max-width: 720px) {
    .head h1 {
      font-size: var(--px-size-4);
    }
  }
`
