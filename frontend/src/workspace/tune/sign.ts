import { html, svg, type TemplateResult } from 'lit'

/** Falling loss: the sign of training. */
export const tuneSign = (size = 16): TemplateResult => html`<svg
  viewBox="0 0 16 16"
  width=${size}
  height=${size}
  fill="none"
  stroke="currentColor"
  stroke-width="1.5"
  stroke-linecap="round"
  stroke-linejoin="round"
  aria-hidden="true"
  focusable="false"
>
  ${svg`<path d="M2.5 2.5v11h11"/><path d="M5 4c.6 4.2 2.6 6 8 6.5"/>`}
</svg>`
