import { css, LitElement } from 'lit'
import { tongue } from '../i18n/tongue'

/** What every component of ours starts from: the box model, the type, and a new drawing when the language changes. */
export class Part extends LitElement {
  private unlisten: (() => void) | null = null

  override connectedCallback(): void {
    super.connectedCallback()
    this.unlisten = tongue.listen(() => this.requestUpdate())
  }

  override disconnectedCallback(): void {
    this.unlisten?.()
    super.disconnectedCallback()
  }

  protected emit<T>(name: string, detail?: T): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
  }
}

/** Registers a component once; a page that loads the widget twice keeps the first. */
export function define(name: string, part: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, part)
}

export const base = css`
  :host {
    box-sizing: border-box;
    font: 400 var(--px-size-2) / 20px var(--px-font);
    color: var(--px-text);
    -webkit-font-smoothing: antialiased;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  * {
    scrollbar-width: thin;
    scrollbar-color: var(--px-line-strong) transparent;
  }
  [hidden] {
    display: none !important;
  }
  :focus-visible {
    outline: 2px solid var(--px-accent);
    outline-offset: 2px;
  }
  ::selection {
    background: color-mix(in srgb, var(--px-accent) 24%, transparent);
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .faint {
    color: var(--px-text-faint);
  }
  .num {
    font-variant-numeric: tabular-nums;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
      scroll-behavior: auto !important;
    }
  }
`
