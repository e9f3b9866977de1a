import { css } from 'lit'

export const settingsStyle = css`
  section {
    padding: 24px 0 32px;
    border-top: 1px solid var(--px-line);
  }
  section > header {
    margin-bottom: 16px;
  }
  section > header p {
    margin: 4px 0 0;
    color: var(--px-text-faint);
  }
  .verdict {
    display: flex;
    align-items: center;
    gap: 8px;
    margin-bottom: 8px;
    font-size: var(--px-size-3);
  }
  .verdict.well > svg,
  .checks .well svg {
    color: var(--px-good);
  }
  .verdict.ill > svg,
  .checks .ill svg {
    color: var(--px-warn);
  }
  .checks {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(280px, 1fr));
    gap: 8px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .checks li {
    display: grid;
    grid-template-columns: 16px 1fr;
    gap: 0 8px;
    padding: 12px;
    border: 1px solid var(--px-line);
    border-radius: var(--px-radius);
  }
  .checks li.ill {
    border-color: transparent;
    background: var(--px-warn-soft);
  }
  .checks svg {
    margin-top: 2px;
  }
  .checks strong {
    font-weight: 600;
  }
  .checks strong::first-letter {
    text-transform: uppercase;
  }
  .checks span {
    grid-column: 2;
    color: var(--px-text-soft);
    overflow-wrap: anywhere;
  }
  .models {
    display: grid;
    gap: 8px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .models li {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 4px 16px;
    padding: 12px 16px;
    border: 1px solid var(--px-line);
    border-radius: var(--px-radius);
  }
  .models strong {
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .task {
    min-width: 72px;
    color: var(--px-text-faint);
  }
  dl {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 20px;
    margin: 0 0 0 auto;
    color: var(--px-text-soft);
  }
  dl div {
    display: flex;
    gap: 6px;
  }
  dt {
    color: var(--px-text-faint);
  }
  dd {
    margin: 0;
  }
  .looks {
    display: flex;
    flex-wrap: wrap;
    gap: 16px 40px;
  }
  .segments {
    margin: 0;
    padding: 0;
    border: 0;
  }
  .segments legend {
    padding: 0;
    margin-bottom: 4px;
    color: var(--px-text-soft);
  }
  .segments div {
    display: inline-flex;
    padding: 2px;
    border-radius: var(--px-radius);
    background: var(--px-hover);
  }
  .segments label {
    position: relative;
    padding: 4px 12px;
    border-radius: 6px;
    color: var(--px-text-soft);
    cursor: pointer;
  }
  .segments label:has(:checked) {
    background: var(--px-surface);
    box-shadow: var(--px-shadow-1);
    color: var(--px-text);
    font-weight: 600;
  }
  .segments label:has(:focus-visible) {
    outline: 2px solid var(--px-accent);
    outline-offset: -1px;
  }
`
