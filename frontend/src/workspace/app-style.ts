import { css } from 'lit'

export const appStyle = css`
  :host {
    display: grid;
    grid-template-columns: 80px minmax(0, 1fr);
    height: 100dvh;
    background: var(--px-canvas);
  }
  nav {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 16px;
    padding: 16px 0;
    border-inline-end: 1px solid var(--px-line);
    background: var(--px-sunken);
  }
  .home {
    display: grid;
    place-items: center;
    width: 40px;
    height: 40px;
    border-radius: var(--px-radius);
    color: var(--px-accent);
  }
  ul {
    flex: 1;
    display: grid;
    align-content: start;
    gap: 4px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  li a {
    display: grid;
    justify-items: center;
    gap: 4px;
    width: 72px;
    padding: 8px 0;
    border-radius: var(--px-radius);
    color: var(--px-text-faint);
    font-size: var(--px-size-1);
    line-height: 16px;
    text-decoration: none;
    transition: background var(--px-quick), color var(--px-quick);
  }
  li a:hover {
    background: var(--px-hover);
    color: var(--px-text);
  }
  li a[aria-current='page'] {
    background: var(--px-accent-soft);
    color: var(--px-accent-text);
  }
  main {
    min-width: 0;
    min-height: 0;
    overflow: hidden;
  }
  main > * {
    height: 100%;
  }
  .empty svg {
    color: var(--px-accent);
  }
  .empty p {
    margin: 4px 0 12px;
  }
  dialog {
    width: min(400px, calc(100vw - 32px));
  }
  dialog header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding: 12px 12px 12px 20px;
    border-bottom: 1px solid var(--px-line);
  }
  dialog h2 {
    font-size: var(--px-size-3);
  }
  dl {
    margin: 0;
    padding: 8px 20px 16px;
  }
  dl div {
    display: flex;
    align-items: center;
    justify-content: space-between;
    padding: 8px 0;
  }
  dd {
    display: flex;
    gap: 4px;
    margin: 0;
  }
  @media (max-width: 720px) {
    :host {
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: minmax(0, 1fr) auto;
    }
    nav {
      grid-row: 2;
      flex-direction: row;
      min-width: 0;
      padding: 4px;
      padding-bottom: max(4px, env(safe-area-inset-bottom));
      border: 0;
      border-top: 1px solid var(--px-line);
    }
    main {
      grid-row: 1;
    }
    .home,
    .help {
      display: none;
    }
    ul {
      display: flex;
      min-width: 0;
      gap: 2px;
    }
    li {
      flex: 1 1 0;
      min-width: 0;
    }
    li:has(a[aria-current='page']) {
      flex: 0 0 84px;
    }
    li a {
      position: relative;
      width: 100%;
      height: 52px;
      align-content: center;
      padding: 6px 0;
    }
    /* Seven words do not fit: the place one is at says its name, the others their sign, and all of them to a screen reader. */
    li a[aria-current='false'] span {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
      white-space: nowrap;
    }
  }
`
