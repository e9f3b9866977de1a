import { css } from 'lit'

export const flipsStyle = css`
  h3 {
    margin: 16px 0 4px;
    font-size: var(--px-size-3);
    line-height: 24px;
    font-weight: 600;
  }
  .pick {
    display: flex;
    align-items: center;
    gap: 8px;
    color: var(--px-text-soft);
  }
  .pick .field {
    max-width: min(420px, 70vw);
  }
  .quiet {
    color: var(--px-text-faint);
  }
  details {
    border-bottom: 1px solid var(--px-line);
  }
  summary {
    padding: 10px 4px;
    font-weight: 500;
    cursor: pointer;
    overflow-wrap: anywhere;
  }
  summary:hover {
    background: var(--px-sunken);
  }
  .expected {
    margin: 0 0 8px;
    color: var(--px-text-soft);
    overflow-wrap: anywhere;
  }
  .expected span {
    color: var(--px-text-faint);
  }
  .sides {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(280px, 100%), 1fr));
    gap: 12px;
    padding-bottom: 16px;
  }
  .side {
    min-width: 0;
    padding: 12px 16px;
    border: 1px solid var(--px-line);
    border-radius: var(--px-radius);
  }
  .side.right {
    border-color: var(--px-good);
  }
  .who {
    display: flex;
    justify-content: space-between;
    gap: 8px;
  }
  .who small {
    color: var(--px-text-faint);
  }
  .side p {
    margin: 8px 0 0;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    color: var(--px-text-soft);
  }
`
