import { css } from 'lit'

/** A report to read: sentences first, charts with their figures, tables that scroll by themselves. */
export const reportStyle = css`
  section {
    padding: 24px 0 16px;
    border-top: 1px solid var(--px-line);
  }
  section.lead {
    padding-top: 8px;
    border: 0;
  }
  section > header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 16px;
    margin-bottom: 12px;
  }
  section > header p {
    flex: 0 0 100%;
    margin: 0;
    color: var(--px-text-faint);
  }
  h3 {
    margin: 12px 0 4px;
    font-size: var(--px-size-3);
    line-height: 24px;
    font-weight: 600;
  }
  .sentence {
    max-width: 38em;
    margin: 0;
    font-size: var(--px-size-5);
    line-height: 34px;
    font-weight: 600;
    letter-spacing: -0.015em;
    text-wrap: pretty;
    overflow-wrap: anywhere;
  }
  .sentence .chip {
    margin-inline-end: 12px;
    vertical-align: 4px;
    letter-spacing: 0;
  }
  .note {
    display: flex;
    align-items: center;
    gap: 8px;
    margin: 0 0 8px;
    color: var(--px-warn);
  }
  .rest {
    display: grid;
    gap: 8px;
    max-width: 88ch;
    margin: 16px 0 0;
    padding: 0;
    list-style: none;
    color: var(--px-text-soft);
  }
  .rest li {
    display: flex;
    align-items: baseline;
    gap: 12px;
  }
  .rest li > :last-child {
    min-width: 0;
    overflow-wrap: anywhere;
  }
  .chip {
    display: inline-flex;
    flex: none;
    align-items: center;
    gap: 4px;
    padding: 0 8px;
    border: 1px solid var(--px-line-strong);
    border-radius: 10px;
    color: var(--px-text-soft);
    font-size: var(--px-size-1);
    line-height: 18px;
    font-weight: 600;
    white-space: nowrap;
  }
  .chip.better {
    border-color: var(--px-good);
    color: var(--px-good);
  }
  .chip.worse {
    border-color: var(--px-bad);
    color: var(--px-bad);
  }
  .chip.undecided {
    border-style: dashed;
  }
  .warnings {
    max-width: 88ch;
    margin-top: 16px;
    padding: 12px 16px;
    border-radius: var(--px-radius);
    background: var(--px-warn-soft);
  }
  .warnings strong {
    display: flex;
    align-items: center;
    gap: 8px;
    color: var(--px-warn);
  }
  .warnings ul {
    margin: 4px 0 0;
    padding-inline-start: 24px;
    overflow-wrap: anywhere;
  }
  .pair {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr));
    gap: 8px 40px;
  }
  .pick {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
    color: var(--px-text-soft);
  }
  .pick .field {
    max-width: min(320px, 60vw);
    height: 28px;
  }
  .quiet {
    margin: 4px 0;
    color: var(--px-text-faint);
  }
  .bad {
    color: var(--px-bad);
  }
  .wide {
    overflow-x: auto;
  }
  .figures {
    min-width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  .figures th {
    padding: 6px 12px 6px 0;
    border-bottom: 1px solid var(--px-line);
    text-align: start;
    font-weight: 500;
    vertical-align: top;
  }
  .figures thead th {
    color: var(--px-text-faint);
    font-size: var(--px-size-1);
    font-weight: 600;
    white-space: nowrap;
  }
  .figures td {
    padding: 6px 12px;
    border-bottom: 1px solid var(--px-line);
    vertical-align: top;
  }
  .figures .number {
    text-align: end;
    white-space: nowrap;
  }
  .figures tr.family th {
    padding-top: 16px;
    color: var(--px-text-faint);
    font-size: var(--px-size-1);
    font-weight: 600;
  }
  .figures tbody tr:not(.family):hover {
    background: var(--px-sunken);
  }
  .figures small {
    display: block;
    color: var(--px-text-faint);
    font-size: var(--px-size-1);
    line-height: 16px;
    font-weight: 400;
  }
  .figures .line {
    display: block;
  }
  .kind.good {
    color: var(--px-good);
  }
  .open {
    font-weight: 600;
    color: var(--px-accent-text);
    text-underline-offset: 3px;
  }
  .provenance {
    margin: 0;
  }
  .provenance > div {
    display: grid;
    grid-template-columns: minmax(96px, 160px) minmax(0, 1fr);
    gap: 16px;
    padding: 8px 0;
    border-bottom: 1px solid var(--px-line);
  }
  .provenance dt {
    color: var(--px-text-faint);
    overflow-wrap: anywhere;
  }
  .provenance dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .provenance a {
    color: var(--px-accent-text);
  }
  .facts {
    display: inline-flex;
    flex-wrap: wrap;
    gap: 2px 16px;
  }
  code {
    font: var(--px-size-1) / 16px var(--px-mono);
  }
  @media (max-width: 720px) {
    .sentence {
      font-size: var(--px-size-4);
      line-height: 26px;
    }
    .rest li {
      display: block;
    }
    .rest .chip {
      margin-inline-end: 8px;
    }
  }
`
