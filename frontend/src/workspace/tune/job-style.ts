import { css } from 'lit'

/** One job, and two side by side. */
export const jobStyle = css`
  .halves {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(380px, 100%), 1fr));
    gap: 24px 48px;
    align-items: start;
  }
  section p {
    margin: 8px 0 12px;
  }
  section a {
    color: var(--px-accent-text);
    text-underline-offset: 3px;
  }
  section a.button {
    color: var(--px-text);
  }
  section a.button.primary {
    color: var(--px-on-accent);
  }
  .note {
    display: flex;
    gap: 8px;
    align-items: center;
    margin: 0 0 16px;
    color: var(--px-text-soft);
  }
  .next {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(380px, 100%), 1fr));
    gap: 12px;
    margin: 0 0 20px;
  }
  .next h2 {
    font-size: var(--px-size-3);
  }
  .samples {
    display: grid;
    gap: 24px;
    margin-top: 12px;
  }
  table.said {
    width: 100%;
    border-collapse: collapse;
    table-layout: fixed;
  }
  .said caption {
    padding: 0 0 4px;
    font-weight: 600;
    text-align: start;
  }
  .said th,
  .said td {
    padding: 8px 16px 8px 0;
    border-bottom: 1px solid var(--px-line);
    font-weight: 400;
    text-align: start;
    vertical-align: top;
    overflow-wrap: anywhere;
  }
  .said thead th {
    color: var(--px-text-faint);
    font-size: var(--px-size-1);
    line-height: 16px;
    font-weight: 600;
  }
  .said .number {
    width: 56px;
    padding-inline-end: 0;
    text-align: end;
    font-variant-numeric: tabular-nums;
  }
  .said td.same {
    color: var(--px-good);
  }
  .first {
    color: var(--px-accent-text);
  }
  .second {
    color: var(--px-hue-few-shot);
  }
  @media (max-width: 720px) {
    .samples thead {
      position: absolute;
      clip-path: inset(50%);
    }
    .samples tr {
      display: block;
      padding: 8px 0;
      border-bottom: 1px solid var(--px-line);
    }
    .samples th,
    .samples td,
    .samples .number {
      display: block;
      width: auto;
      padding: 2px 0;
      border: 0;
      text-align: start;
    }
    .samples tbody th {
      font-weight: 600;
    }
    .samples td::before {
      content: attr(data-name) ': ';
      color: var(--px-text-faint);
    }
    .facts {
      grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
      gap: 6px 12px;
    }
  }
`
