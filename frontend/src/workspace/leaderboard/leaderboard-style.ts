import { css } from 'lit'

export const leaderboardStyle = css`
  .page {
    max-width: 960px;
  }
  .verdict-line {
    margin: 4px 0 8px;
    font-size: var(--px-size-5);
    line-height: 32px;
    letter-spacing: -0.01em;
    text-wrap: balance;
  }
  .next {
    margin: 12px 0 0;
  }
  .soft {
    margin: 0;
    color: var(--px-text-soft);
  }
  .small {
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-faint);
  }
  p.small {
    margin-top: 16px;
  }
  section {
    margin-top: 32px;
  }
  h2 {
    margin-bottom: 4px;
  }
  section > .soft {
    margin-bottom: 12px;
  }
  .table {
    overflow-x: auto;
  }
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    font: 600 var(--px-size-2) / 20px var(--px-font);
    white-space: nowrap;
  }
  .matrix th {
    position: static;
    border: 0;
  }
  .matrix {
    width: auto;
    border-spacing: 2px;
    border-collapse: separate;
  }
  .matrix td {
    min-width: 88px;
    border: 0;
    border-radius: 6px;
    text-align: center;
    background: color-mix(in srgb, var(--px-line-strong) var(--share), var(--px-sunken));
  }
  .matrix td.ahead {
    background: color-mix(in srgb, var(--px-accent) var(--share), var(--px-sunken));
  }
  .matrix td.none,
  .matrix td.untold {
    background: none;
  }
  .matrix td.untold {
    color: var(--px-text-soft);
  }
  .matrix small {
    display: block;
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-soft);
  }
  dl {
    margin: 0;
  }
  dl > div {
    display: grid;
    grid-template-columns: 120px minmax(0, 1fr);
    gap: 16px;
    padding: 8px 0;
    border-top: 1px solid var(--px-line);
  }
  dt {
    font-weight: 600;
  }
  dd {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 0 16px;
    margin: 0;
  }
  .empty p {
    max-width: 52ch;
    margin: 4px 0 12px;
    text-wrap: balance;
  }
`
