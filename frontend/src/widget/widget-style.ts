import { css } from 'lit'

/** The host element keeps the page's rules out: whatever they say about it, these win. */
export const widgetStyle = css`
  :host {
    all: initial !important;
    position: fixed !important;
    z-index: var(--parallax-z-index, 2147483000) !important;
    inset: auto 20px 20px auto !important;
    box-sizing: border-box !important;
    display: block !important;
    font: 400 13px / 20px var(--px-font) !important;
    color: var(--px-text) !important;
  }
  :host([position='left']) {
    inset: auto auto 20px 20px !important;
  }
  @media print {
    :host {
      display: none !important;
    }
  }
  .launcher {
    display: grid;
    place-items: center;
    width: 52px;
    height: 52px;
    padding: 0;
    border: 0;
    border-radius: 50%;
    background: var(--px-accent);
    color: var(--px-on-accent);
    box-shadow: var(--px-shadow-2);
    cursor: pointer;
    transition: transform var(--px-quick);
  }
  .launcher:hover {
    transform: translateY(-1px);
  }
  .launcher:focus-visible {
    outline: 3px solid var(--px-accent);
    outline-offset: 3px;
  }
  .panel {
    position: fixed;
    inset: auto 20px 20px auto;
    width: min(400px, calc(100vw - 40px));
    height: min(640px, calc(100dvh - 40px));
    overflow: hidden;
    border: 1px solid var(--px-line);
    border-radius: 12px;
    background: var(--px-canvas);
    box-shadow: var(--px-shadow-2);
    animation: rise var(--px-quick) ease-out;
  }
  :host([position='left']) .panel {
    inset: auto auto 20px 20px;
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(8px);
    }
  }
  @media (max-width: 480px) {
    .panel,
    :host([position='left']) .panel {
      inset: 0;
      width: 100%;
      height: 100dvh;
      border: 0;
      border-radius: 0;
    }
  }
`
