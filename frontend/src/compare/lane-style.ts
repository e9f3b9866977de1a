import { css } from 'lit'

export const laneStyle = css`
  :host {
    container: lane / inline-size;
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    border: 1px solid var(--px-line);
    border-radius: 12px;
    background: var(--px-surface);
    overflow: clip;
  }
  .edge {
    flex: none;
    height: 4px;
    background: currentColor;
  }
  .edge.secret {
    color: var(--px-line-strong);
  }
  header {
    flex: none;
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: start;
    gap: 0 8px;
    padding: 10px 8px 8px 16px;
  }
  h2 {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: 2px 8px;
    margin: 0;
    font: 600 var(--px-size-3) / 24px var(--px-font);
    overflow-wrap: anywhere;
  }
  h2 svg {
    flex: none;
  }
  .who {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
  }
  .side {
    display: inline-grid;
    place-items: center;
    min-width: 24px;
    height: 24px;
    padding: 0 6px;
    border-radius: 6px;
    background: var(--px-hover);
    color: var(--px-text);
    font-weight: 600;
  }
  .tag {
    padding: 0 6px;
    border-radius: 4px;
    background: var(--px-hover);
    color: var(--px-text-soft);
    font: 500 var(--px-size-1) / 20px var(--px-mono);
    white-space: nowrap;
  }
  .model {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-faint);
  }
  .won {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 0 8px;
    border-radius: 10px;
    background: var(--px-accent-soft);
    color: var(--px-accent-text);
    font: 600 var(--px-size-1) / 20px var(--px-font);
  }
  :host([winner]) {
    border-color: transparent;
    box-shadow: 0 0 0 2px var(--px-accent);
  }
  .deeds {
    display: flex;
    gap: 2px;
  }
  .deeds button:disabled {
    opacity: 0.35;
  }
  /* As many columns as fit, and the same while it runs and when it has ended: nothing moves. */
  .strip {
    flex: none;
    display: grid;
    grid-template-columns: 1fr 1fr 1.35fr;
    gap: 4px 12px;
    margin: 0;
    padding: 8px 16px;
    border-top: 1px solid var(--px-line);
    border-bottom: 1px solid var(--px-line);
    background: var(--px-sunken);
    font-variant-numeric: tabular-nums;
  }
  dt {
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-faint);
    white-space: nowrap;
  }
  dd {
    height: 20px;
    margin: 0;
    font-size: var(--px-size-2);
    line-height: 20px;
    color: var(--px-text);
    white-space: nowrap;
  }
  .checked {
    display: inline-flex;
    gap: 8px;
  }
  @container lane (min-width: 480px) {
    .strip {
      grid-template-columns: 1fr 1fr 1.35fr 0.7fr 1fr 1fr;
    }
  }
  .verdict {
    display: inline-flex;
  }
  dd .verdict {
    font-size: var(--px-size-2);
    line-height: 20px;
  }
  .body {
    flex: 1;
    min-height: 0;
    padding: 16px;
    overflow-y: auto;
  }
  .teach {
    margin: 0;
    color: var(--px-text-soft);
  }
  .stale {
    margin: 0 0 12px;
    padding: 8px 12px;
    border-radius: var(--px-radius);
    background: var(--px-accent-soft);
    color: var(--px-accent-text);
  }
  .old {
    opacity: 0.55;
  }
  .note {
    margin: 12px 0 0;
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-faint);
  }
  .facts {
    flex: none;
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 8px;
    min-height: 37px;
    margin: 0;
    padding: 4px 8px;
    border-top: 1px solid var(--px-line);
  }
  .facts .actions {
    margin: 0;
  }
  .facts .button {
    height: 28px;
    padding: 0 8px;
    font-size: var(--px-size-2);
  }
  @media (max-width: 720px) {
    .body {
      overflow: visible;
    }
  }
`
