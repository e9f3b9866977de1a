import { css } from 'lit'

export const tableStyle = css`
  table {
    width: 100%;
    border-collapse: collapse;
    font-size: var(--px-size-2);
  }
  th {
    position: sticky;
    top: 0;
    z-index: 1;
    padding: 8px 12px;
    border-bottom: 1px solid var(--px-line);
    background: var(--px-canvas);
    color: var(--px-text-faint);
    font-size: var(--px-size-1);
    line-height: 16px;
    font-weight: 600;
    text-align: start;
    white-space: nowrap;
  }
  td {
    padding: 8px 12px;
    border-bottom: 1px solid var(--px-line);
    vertical-align: middle;
  }
  tbody tr {
    transition: background-size 240ms linear;
  }
  tbody tr:hover {
    background-color: var(--px-sunken);
  }
  tr.moving {
    background: linear-gradient(var(--px-accent-soft), var(--px-accent-soft)) no-repeat 0 / var(--share, 0%) 100%;
  }
  td:not(.name) {
    white-space: nowrap;
  }
  .number {
    text-align: end;
    font-variant-numeric: tabular-nums;
  }
  .name {
    max-width: 0;
    width: 100%;
  }
  .line {
    display: flex;
    align-items: center;
    gap: 6px;
  }
  .name a {
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    color: var(--px-text);
    font-weight: 600;
    text-decoration: none;
  }
  .name a:hover {
    text-decoration: underline;
    text-underline-offset: 3px;
  }
  .version,
  .warned {
    display: inline-flex;
    align-items: center;
    gap: 2px;
    flex: none;
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-faint);
  }
  .warned {
    color: var(--px-warn);
  }
  .why {
    color: var(--px-bad);
    font-size: var(--px-size-1);
    line-height: 16px;
    overflow-wrap: anywhere;
  }
  .format {
    color: var(--px-text-faint);
    font-size: var(--px-size-1);
    letter-spacing: 0.04em;
  }
  .soft {
    color: var(--px-text-soft);
  }
  .deeds {
    text-align: end;
  }
  @media (max-width: 900px) {
    .wide {
      display: none;
    }
    th,
    td {
      padding: 8px;
    }
  }
  @media (max-width: 480px) {
    .deeds a.icon {
      display: none;
    }
  }
`
