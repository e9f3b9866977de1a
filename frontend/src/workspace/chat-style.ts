import { css } from 'lit'

export const chatStyle = css`
  :host {
    display: flex;
    position: relative;
    min-width: 0;
    height: 100%;
  }
  px-history {
    flex: none;
    width: 232px;
  }
  .talk {
    flex: 1;
    display: flex;
    flex-direction: column;
    min-width: 0;
  }
  px-thread {
    flex: 1;
  }
  .bar {
    display: none;
  }
  footer {
    flex: none;
    overflow: hidden;
    padding: 8px 24px 12px;
    scrollbar-gutter: stable both-edges;
    scrollbar-width: thin;
  }
  .column {
    display: grid;
    gap: 8px;
    max-width: 720px;
    margin: 0 auto;
  }
  .quiet {
    margin: 0;
    text-align: center;
    font-size: var(--px-size-1);
    line-height: 16px;
    color: var(--px-text-faint);
  }
  .switches {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    min-width: 0;
  }
  .skeleton.switch {
    width: 220px;
    height: 28px;
    border-radius: 8px;
  }
  .again {
    height: 28px;
    padding: 0 10px;
    color: var(--px-text-soft);
    border-color: var(--px-line);
  }
  .collection {
    margin-inline-start: auto;
  }
  .collection .field {
    height: 28px;
    max-width: 180px;
    padding: 0 8px;
    border-color: var(--px-line);
  }
  .greeting {
    display: grid;
    justify-items: center;
    gap: 8px;
    padding: clamp(48px, 18vh, 160px) 24px 0;
    text-align: center;
  }
  .greeting svg {
    color: var(--px-accent);
  }
  .greeting h1 {
    margin: 8px 0 0;
    font-size: var(--px-size-5);
    line-height: 32px;
    font-weight: 600;
    letter-spacing: -0.02em;
  }
  .greeting p {
    max-width: 44ch;
    margin: 0 0 12px;
    font-size: var(--px-size-3);
    line-height: 24px;
    color: var(--px-text-soft);
    text-wrap: balance;
  }
  @media (max-width: 1100px) {
    px-history {
      display: none;
    }
    px-history.listed {
      display: flex;
      position: absolute;
      z-index: 4;
      inset: 44px auto 0 0;
      width: min(320px, 100%);
      background: var(--px-surface);
      box-shadow: var(--px-shadow-2);
    }
    .bar {
      flex: none;
      display: flex;
      justify-content: space-between;
      padding: 8px 12px;
    }
  }
  @media (max-width: 900px) {
    footer {
      padding: 8px 12px max(8px, env(safe-area-inset-bottom));
    }
  }
`
