import { css } from 'lit'

export const documentStyle = css`
  .text {
    /* With the line before a cited piece the text stands where the titles above it do. */
    padding: 16px 16px 16px 2px;
    font-size: var(--px-size-2);
    line-height: 20px;
    color: var(--px-text-soft);
  }
  .chunk {
    padding: 4px 0 4px 12px;
    border-inline-start: 2px solid transparent;
    overflow-wrap: anywhere;
    content-visibility: auto;
    contain-intrinsic-size: auto 160px;
  }
  .plain {
    white-space: pre-wrap;
  }
  .title {
    margin: 12px 0 4px;
    font-weight: 600;
    color: var(--px-text);
  }
  .title:first-child {
    margin-top: 4px;
  }
  .wide .chunk {
    content-visibility: visible;
  }
  /* As wide as its widest table, so that its frame is drawn around all of it; the document scrolls sideways, for its
     head stays at the top only in what scrolls downwards too. */
  .wide {
    width: fit-content;
    min-width: 100%;
  }
  .wide .table {
    overflow: visible;
  }
  .wide th {
    position: sticky;
    top: 0;
    z-index: 1;
  }
  .table {
    margin: 8px 0;
    overflow-x: auto;
    border: 1px solid var(--px-line);
    border-radius: var(--px-radius);
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: 6px 10px;
    border-top: 1px solid var(--px-line);
    text-align: start;
    vertical-align: top;
    overflow-wrap: normal;
  }
  @container (max-width: 480px) {
    .wide th,
    .wide td {
      padding-inline: 6px;
    }
  }
  .short {
    white-space: nowrap;
  }
  th {
    border-top: 0;
    background: var(--px-sunken);
    font-weight: 600;
  }
  tr:has(mark) {
    background: color-mix(in srgb, var(--px-mark) 28%, transparent);
  }
  .chunk.cited {
    border-color: var(--px-accent);
    color: var(--px-text);
    content-visibility: visible;
  }
  .heading {
    margin: 12px 0 4px 14px;
    font-size: var(--px-size-1);
    line-height: 16px;
    font-weight: 600;
    color: var(--px-text-faint);
    overflow-wrap: anywhere;
  }
  .page {
    display: flex;
    align-items: center;
    gap: 8px;
    margin: 16px 0 8px 14px;
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-faint);
  }
  .page:first-child {
    margin-top: 0;
  }
  .page::after {
    content: '';
    flex: 1;
    border-top: 1px solid var(--px-line);
  }
  mark {
    padding: 1px 0;
    border-radius: 2px;
    background: var(--px-mark);
    color: var(--px-text);
    box-shadow: 0 0 0 2px var(--px-mark);
    outline: 0;
    -webkit-box-decoration-break: clone;
    box-decoration-break: clone;
    scroll-margin: 64px;
  }
  .more {
    display: flex;
    margin: 0 auto 24px;
  }
  .loading {
    display: grid;
    gap: 12px;
    padding: 24px;
  }
  .loading .skeleton {
    height: 12px;
    width: 92%;
  }
  .loading .w60 {
    width: 60%;
  }
  .loading .w72 {
    width: 72%;
  }
  .loading .w0 {
    visibility: hidden;
  }
  .empty {
    padding: 32px 24px;
    color: var(--px-text-faint);
    text-align: center;
  }
  .keepsake {
    padding: 16px;
    color: var(--px-text-soft);
  }
  .keepsake p {
    display: flex;
    gap: 8px;
    margin: 0 0 12px;
  }
  .keepsake strong {
    font-weight: 600;
    color: var(--px-text);
  }
  .keepsake svg {
    flex: none;
    margin-top: 2px;
    color: var(--px-warn);
  }
  .keepsake blockquote {
    margin: 0;
    padding: 8px 12px;
    border-inline-start: 2px solid var(--px-accent);
    background: var(--px-sunken);
    white-space: pre-line;
    overflow-wrap: anywhere;
    color: var(--px-text);
  }
  .failure {
    display: grid;
    grid-template-columns: 16px 1fr;
    gap: 4px 8px;
    margin: 16px;
    padding: 12px;
    border-radius: var(--px-radius);
    background: var(--px-bad-soft);
  }
  .failure svg {
    margin-top: 2px;
    color: var(--px-bad);
  }
  .failure span {
    grid-column: 2;
  }
`
