import { css } from 'lit'

export const documentsStyle = css`
  .filter {
    position: relative;
    display: block;
  }
  .filter svg {
    position: absolute;
    inset: 8px auto auto 10px;
    color: var(--px-text-faint);
    pointer-events: none;
  }
  .filter .field {
    width: 220px;
    padding-inline-start: 32px;
  }
  .list {
    margin-top: 20px;
  }
  .summary {
    display: flex;
    justify-content: space-between;
    padding: 0 12px 4px;
    color: var(--px-text-faint);
  }
  .lost {
    color: var(--px-warn);
  }
  .none {
    padding: 24px 12px;
    color: var(--px-text-faint);
  }
  @media (max-width: 720px) {
    .filter,
    .filter .field {
      width: 100%;
    }
  }
`
