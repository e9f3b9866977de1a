import { css } from 'lit'

/** The place files are dropped on. */
export const zoneStyle = css`
  .zone {
    display: flex;
    align-items: center;
    gap: 16px;
    width: 100%;
    padding: 16px 20px;
    border: 1.5px dashed var(--px-line-strong);
    border-radius: 12px;
    background: var(--px-sunken);
    text-align: start;
    transition: background var(--px-quick), border-color var(--px-quick);
  }
  .zone:hover,
  .zone.over {
    border-color: var(--px-accent);
  }
  .zone.over {
    background: var(--px-accent-soft);
  }
  .zone > svg {
    flex: none;
    color: var(--px-accent-text);
  }
  .zone span {
    color: var(--px-text-faint);
  }
  .zone strong {
    display: block;
    color: var(--px-text);
    font-size: var(--px-size-3);
    font-weight: 600;
  }
`
