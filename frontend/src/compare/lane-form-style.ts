import { css } from 'lit'

export const laneFormStyle = css`
  :host {
    display: block;
    flex: 0 1 auto;
    min-height: 160px;
    max-height: max(240px, calc(100dvh - 400px));
    overflow-y: auto;
    padding: 12px 16px 0;
    border-top: 1px solid var(--px-line);
    background: var(--px-sunken);
  }
  form {
    display: grid;
    gap: 6px;
  }
  label {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 76px;
    align-items: center;
    gap: 8px;
    min-height: 32px;
  }
  small {
    display: block;
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-faint);
    overflow-wrap: anywhere;
  }
  .field {
    height: 28px;
    width: 100%;
    padding: 0 6px 0 8px;
    text-align: end;
    font-variant-numeric: tabular-nums;
  }
  .field:invalid {
    border-color: var(--px-bad);
  }
  input[type='checkbox'] {
    justify-self: end;
    width: 16px;
    height: 16px;
    accent-color: var(--px-accent);
  }
  p {
    margin: 0;
    color: var(--px-text-soft);
  }
  .room {
    display: grid;
    justify-items: start;
    gap: 8px;
    padding: 8px 12px;
    border-radius: var(--px-radius);
    background: var(--px-accent-soft);
    color: var(--px-text);
    font-size: var(--px-size-2);
    line-height: 20px;
  }
  .room .button {
    height: 28px;
    padding: 0 10px;
  }
  /* Always in sight, however little of the form is. */
  .end {
    position: sticky;
    bottom: 0;
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
    margin: 2px -16px 0;
    padding: 8px 16px;
    border-top: 1px solid var(--px-line);
    background: var(--px-sunken);
  }
  .alike {
    flex-basis: 100%;
    color: var(--px-text);
  }
  @media (max-width: 720px) {
    :host {
      max-height: max(240px, calc(100dvh - 520px));
    }
  }
`
