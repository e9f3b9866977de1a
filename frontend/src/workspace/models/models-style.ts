import { css } from 'lit'

/** The grid of models, a model's page, and models side by side. */
export const modelsStyle = css`
  .filters {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    margin-bottom: 12px;
  }
  .filters .field[type='search'] {
    flex: 1 1 200px;
    max-width: 320px;
  }
  .filters select {
    max-width: 200px;
  }
  .filters label.tick,
  .tile label.tick {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    color: var(--px-text-soft);
    cursor: pointer;
  }
  .tally {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 16px;
    min-height: 32px;
    margin: 0 0 12px;
    color: var(--px-text-faint);
  }
  .grid {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr));
    gap: 12px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .tile {
    position: relative;
    display: grid;
    grid-template-rows: auto auto 1fr auto;
    gap: 8px;
    height: 100%;
    padding: 16px;
    border: 1px solid var(--px-line);
    border-radius: 12px;
    background: var(--px-surface);
    transition: border-color var(--px-quick);
  }
  .tile:hover,
  .tile:focus-within {
    border-color: var(--px-line-strong);
  }
  .tile h2 {
    font-size: var(--px-size-3);
    line-height: 20px;
    overflow-wrap: anywhere;
  }
  .tile h2 a {
    color: inherit;
    text-decoration: none;
  }
  .tile h2 a::after {
    content: '';
    position: absolute;
    inset: 0;
    border-radius: 12px;
  }
  .tile p {
    margin: 0;
    color: var(--px-text-soft);
  }
  .tile .foot {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
  }
  .tile label.tick {
    position: relative;
    z-index: 1;
  }
  .marks {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 12px;
    color: var(--px-text-faint);
  }
  .badge {
    padding: 0 6px;
    border-radius: 6px;
    background: var(--px-accent-soft);
    color: var(--px-accent-text);
    font-size: var(--px-size-1);
    line-height: 20px;
    font-weight: 500;
    vertical-align: 2px;
  }
  .about {
    max-width: 72ch;
    margin: -8px 0 20px;
    font-size: var(--px-size-3);
    line-height: 24px;
    color: var(--px-text-soft);
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 320px;
    gap: 24px 40px;
    align-items: start;
  }
  .about.flush {
    margin-top: 0;
  }
  progress {
    width: 100%;
    accent-color: var(--px-accent);
  }
  .stack {
    display: grid;
    gap: 28px;
    min-width: 0;
  }
  section.part {
    display: grid;
    gap: 8px;
    min-width: 0;
  }
  .part p {
    margin: 0;
    max-width: 72ch;
  }
  dl.known {
    display: grid;
    gap: 0;
    margin: 0;
  }
  dl.known > div {
    display: grid;
    grid-template-columns: 112px minmax(0, 1fr);
    gap: 8px;
    padding: 6px 0;
    border-bottom: 1px solid var(--px-line);
  }
  dl.known dt {
    color: var(--px-text-faint);
  }
  dl.known dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .ask {
    display: grid;
    gap: 8px;
  }
  .ask .row,
  .doing {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 12px;
  }
  .stack.close {
    gap: 12px;
  }
  .said {
    margin-top: 8px;
    padding: 12px 16px;
    border-radius: var(--px-radius);
    background: var(--px-sunken);
    font-size: var(--px-size-3);
    line-height: 24px;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .code {
    position: relative;
  }
  .code pre,
  code.line {
    display: block;
    margin: 0;
    padding: 12px 16px;
    overflow-x: auto;
    border-radius: var(--px-radius);
    background: var(--px-sunken);
    font: 400 var(--px-size-2) / 20px var(--px-mono);
  }
  .code .button {
    position: absolute;
    top: 6px;
    inset-inline-end: 6px;
  }
  .scroll {
    overflow-x: auto;
  }
  table a,
  .part > a,
  .part p a {
    color: var(--px-accent-text);
    text-underline-offset: 3px;
  }
  table.side th[scope='row'] {
    width: 120px;
    color: var(--px-text-faint);
    font-weight: 400;
    text-align: start;
    vertical-align: top;
  }
  table.side td {
    min-width: 180px;
    white-space: normal;
    vertical-align: top;
    overflow-wrap: anywhere;
  }
  @media (max-width: 900px) {
    .columns {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  @media (max-width: 720px) {
    .filters .field,
    .filters .field[type='search'] {
      flex: 1 1 140px;
      max-width: none;
    }
  }
`

/** A component inside a page: it is as high as what it holds, and scrolls with the page. */
export const insideStyle = css`
  :host {
    height: auto;
    overflow: visible;
    scrollbar-gutter: auto;
  }
`
