import { css } from 'lit'

export const experimentStyle = css`
  .lane {
    display: grid;
    grid-template-columns: 88px minmax(0, 1fr) 88px 48px 28px;
    align-items: center;
    gap: 8px;
  }
  .lane small {
    color: var(--px-text-faint);
    font-weight: 400;
  }
  .start {
    justify-self: start;
  }
  .check {
    display: flex;
    align-items: start;
    gap: 8px;
    cursor: pointer;
  }
  .check small {
    display: block;
    color: var(--px-text-faint);
  }
  .with-unit {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  .alarm {
    display: grid;
    grid-template-columns: 20px minmax(0, 1fr);
    gap: 4px 12px;
    margin: 0 0 20px;
    padding: 16px 20px;
    border-radius: 12px;
    background: var(--px-warn-soft);
  }
  .alarm svg {
    color: var(--px-warn);
  }
  .alarm strong {
    font-size: var(--px-size-3);
  }
  .alarm p {
    grid-column: 2;
    margin: 0;
    max-width: 80ch;
  }
  .greyed {
    filter: grayscale(1);
    opacity: 0.5;
  }
  .log {
    display: grid;
    gap: 0;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .log li {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 16px;
    padding: 8px 0;
    border-bottom: 1px solid var(--px-line);
  }
  .log .out {
    color: var(--px-bad);
  }
  .inform {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr));
    gap: 16px 40px;
  }
  .dialog-form {
    display: grid;
    gap: 12px;
  }
  .dialog-form h2,
  .dialog-form p {
    margin: 0;
  }
  .dialog-form label.pick-one {
    display: flex;
    align-items: start;
    gap: 8px;
    cursor: pointer;
  }
  .weigh {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 96px;
    align-items: center;
    gap: 8px;
  }
  @media (max-width: 720px) {
    .lane {
      grid-template-columns: 56px minmax(0, 1fr) 64px 28px;
    }
    .lane .faint {
      display: none;
    }
  }
`
