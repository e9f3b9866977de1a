import { css } from 'lit'

/** How the text of an answer is set. */
export const prose = css`
  .prose {
    font-size: var(--px-size-3);
    line-height: 24px;
    overflow-wrap: anywhere;
  }
  .prose > :first-child {
    margin-top: 0;
  }
  .prose > :last-child {
    margin-bottom: 0;
  }
  .prose p,
  .prose ul,
  .prose ol,
  .prose blockquote,
  .prose pre,
  .prose .table {
    margin: 0 0 12px;
  }
  .prose .raw {
    white-space: pre-wrap;
  }
  .prose .heading {
    margin: 16px 0 8px;
    font-weight: 600;
  }
  .prose ul,
  .prose ol {
    padding-inline-start: 24px;
  }
  .prose li {
    margin: 4px 0;
  }
  .prose li > p {
    margin: 0 0 4px;
  }
  .prose li::marker {
    color: var(--px-text-faint);
  }
  .prose strong {
    font-weight: 600;
  }
  .prose code {
    padding: 1px 4px;
    border-radius: 4px;
    background: var(--px-hover);
    font: 0.87em/1.4 var(--px-mono);
  }
  .prose pre {
    padding: 12px;
    overflow-x: auto;
    border: 1px solid var(--px-line);
    border-radius: var(--px-radius);
    background: var(--px-sunken);
    line-height: 20px;
  }
  .prose pre code {
    padding: 0;
    background: none;
    font-size: var(--px-size-2);
    white-space: pre;
  }
  .prose blockquote {
    padding-inline-start: 12px;
    border-inline-start: 2px solid var(--px-line-strong);
    color: var(--px-text-soft);
  }
  .prose hr {
    border: 0;
    border-top: 1px solid var(--px-line);
    margin: 16px 0;
  }
  .prose .table {
    overflow-x: auto;
    border: 1px solid var(--px-line);
    border-radius: var(--px-radius);
  }
  .prose table {
    width: 100%;
    border-collapse: collapse;
    font-size: var(--px-size-2);
    line-height: 20px;
    font-variant-numeric: tabular-nums;
  }
  .prose th,
  .prose td {
    padding: 6px 12px;
    border-top: 1px solid var(--px-line);
    text-align: start;
    vertical-align: top;
  }
  .prose th {
    border-top: 0;
    background: var(--px-sunken);
    color: var(--px-text-soft);
    font-weight: 600;
  }
  .prose .right {
    text-align: end;
  }
  .prose .center {
    text-align: center;
  }
  .prose .dropped {
    color: var(--px-text-faint);
  }
  .mark {
    display: inline-block;
    min-width: 16px;
    margin: 0 1px 0 2px;
    padding: 0 4px;
    border: 0;
    border-radius: 4px;
    background: var(--px-accent-soft);
    color: var(--px-accent-text);
    font: 600 var(--px-size-1) / 16px var(--px-font);
    font-variant-numeric: tabular-nums;
    text-align: center;
    vertical-align: 4px;
    transition: background var(--px-quick), color var(--px-quick);
  }
  button.mark:hover,
  button.mark[aria-expanded='true'] {
    background: var(--px-accent);
    color: var(--px-on-accent);
  }
  .mark.weak {
    background: var(--px-warn-soft);
    color: var(--px-warn);
  }
  .mark.unsupported {
    background: var(--px-bad-soft);
    color: var(--px-bad);
  }
  span.mark {
    background: var(--px-hover);
    color: var(--px-text-faint);
  }
`
