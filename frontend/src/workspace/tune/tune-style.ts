import { css } from 'lit'

/** What the pages of training draw with: findings, the split of pairs, facts, samples. */
export const tuneStyle = css`
  .split {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 20px;
    align-items: baseline;
  }
  .split .parts {
    flex: 0 0 100%;
    display: block;
    margin-bottom: 4px;
  }
  .split i {
    display: inline-block;
    width: 8px;
    height: 8px;
    margin-inline-end: 6px;
    border-radius: 2px;
  }
  rect.learnt {
    fill: var(--px-text-faint);
  }
  rect.held {
    fill: var(--px-accent);
  }
  i.learnt {
    background: var(--px-text-faint);
  }
  i.held {
    background: var(--px-accent);
  }
  .findings {
    display: grid;
    gap: 8px;
    margin: 12px 0 0;
    padding: 0;
    list-style: none;
  }
  .findings li {
    display: grid;
    grid-template-columns: 16px minmax(0, 1fr);
    gap: 8px;
    color: var(--px-text-soft);
  }
  .findings li > svg {
    margin-top: 2px;
    color: var(--px-text-faint);
  }
  .findings .warning > svg {
    color: var(--px-warn);
  }
  .findings .refused > svg {
    color: var(--px-bad);
  }
  .findings strong {
    color: var(--px-text);
    font-weight: 600;
  }
  .findings .level {
    color: var(--px-text-faint);
  }
  .findings .refused .level {
    color: var(--px-bad);
  }
  .findings .told {
    display: block;
    overflow-wrap: anywhere;
  }
  .fine {
    display: flex;
    gap: 8px;
    align-items: center;
    margin: 12px 0 0;
    color: var(--px-good);
  }
  section {
    margin-top: 32px;
  }
  section > h2 {
    margin-bottom: 12px;
  }
  .others {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(320px, 100%), 1fr));
    gap: 12px;
  }
  .card {
    display: grid;
    gap: 10px;
    align-content: space-between;
    min-width: 0;
    padding: 16px 20px;
    border: 1px solid var(--px-line);
    border-radius: 12px;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 8px;
  }
  .row > .entry:first-child {
    flex: 1;
  }
  .row .count {
    width: 88px;
  }
  code {
    padding: 1px 6px;
    border-radius: 4px;
    background: var(--px-hover);
    font: 400 12px / 18px var(--px-mono);
    overflow-wrap: anywhere;
  }
  .facts {
    display: grid;
    grid-template-columns: max-content minmax(0, 1fr);
    gap: 6px 24px;
    margin: 0;
  }
  .facts dt {
    color: var(--px-text-faint);
  }
  .facts dd {
    margin: 0;
    overflow-wrap: anywhere;
    font-variant-numeric: tabular-nums;
  }
`
