import { css } from 'lit'

/** The lanes side by side, and the column that adds one; stacked on a phone. */
export const columnsStyle = css`
  .lanes {
    flex: 1;
    display: grid;
    grid-auto-flow: column;
    grid-auto-columns: minmax(264px, 1fr);
    grid-template-rows: minmax(0, 1fr);
    gap: 12px;
    min-height: 240px;
    margin: 0;
    padding: 0 24px 12px;
    list-style: none;
  }
  .lanes > li {
    display: grid;
    min-width: 0;
    min-height: 0;
  }
  .start .lanes {
    flex: none;
    grid-template-rows: auto;
    min-height: 152px;
  }
  .lanes > li.add {
    width: 44px;
  }
  .lanes:has(> li.add:not(.wide)) {
    grid-template-columns: repeat(var(--lanes, 2), minmax(264px, 1fr)) 44px;
  }
  .plus {
    display: grid;
    place-items: center;
    width: 44px;
    padding: 0;
    border: 1px dashed var(--px-line-strong);
    border-radius: 12px;
    background: none;
    color: var(--px-text-faint);
    transition: background var(--px-quick), color var(--px-quick);
  }
  .plus:disabled {
    opacity: 0.4;
    cursor: default;
  }
  .plus:hover:not(:disabled) {
    background: var(--px-hover);
    color: var(--px-text);
  }
  .add.wide {
    width: auto !important;
  }
  .menu {
    display: grid;
    align-content: start;
    gap: 4px;
    padding: 12px;
    border: 1px dashed var(--px-line-strong);
    border-radius: 12px;
    overflow-y: auto;
  }
  .menu header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding: 0 4px;
    font-weight: 600;
  }
  .menu p {
    margin: 0 4px 4px;
    color: var(--px-text-faint);
  }
  .menu .pick {
    display: grid;
    grid-template-columns: 10px minmax(0, 1fr);
    align-items: center;
    gap: 0 8px;
    padding: 8px;
    border: 0;
    border-radius: var(--px-radius);
    background: none;
    text-align: start;
  }
  .menu .pick:hover {
    background: var(--px-hover);
  }
  .menu .pick strong {
    font-weight: 600;
  }
  .menu .pick small {
    grid-column: 2;
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-faint);
  }
  @media (max-width: 720px) {
    .lanes,
    .lanes:has(> li.add:not(.wide)) {
      flex: none;
      grid-auto-flow: row;
      grid-auto-columns: auto;
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: none;
      padding: 0 16px 12px;
    }
    .lanes > li.add {
      width: auto;
    }
    .plus {
      width: auto;
      height: 44px;
    }
  }
`
