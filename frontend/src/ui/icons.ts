import { svg, html, type TemplateResult } from 'lit'

const draw = (paths: TemplateResult, size = 16): TemplateResult => html`<svg
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
  ${paths}
</svg>`

/** Sixteen-pixel line icons, drawn as templates so that no markup string exists anywhere. */
export const icon = {
  chat: (size?: number) => draw(svg`<path d="M2.5 4.5a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v4.5a2 2 0 0 1-2 2H7l-3.2 2.6V11a1.5 1.5 0 0 1-1.3-1.5z"/>`, size),
  compare: (size?: number) => draw(svg`<rect x="2.5" y="3" width="4.5" height="10" rx="1.2"/><rect x="9" y="3" width="4.5" height="10" rx="1.2"/><path d="M4 6h1.5M4 8h1.5M10.5 6H12M10.5 8H12M10.5 10H12"/>`, size),
  documents: (size?: number) => draw(svg`<path d="M4 2.5h5L12.5 6v7.5h-8.5z"/><path d="M9 2.5V6h3.5M6.5 9h3.5M6.5 11.2h3.5"/>`, size),
  settings: (size?: number) => draw(svg`<path d="M2.5 4.5h5M11.5 4.5h2M2.5 11.5h2M8.5 11.5h5"/><circle cx="9.5" cy="4.5" r="1.8"/><circle cx="6.5" cy="11.5" r="1.8"/>`, size),
  evaluate: (size?: number) => draw(svg`<path d="M2.5 13.5h11M5 6v5M3.6 8.5h2.8M10.5 2.5v6M9.1 5.5h2.8"/>`, size),
  models: (size?: number) => draw(svg`<path d="M8 1.8 13.5 5v6L8 14.2 2.5 11V5zM2.7 5.1 8 8.1l5.3-3M8 8.1v6"/>`, size),
  experiments: (size?: number) => draw(svg`<path d="M2.5 8h3c3 0 3-4.5 6-4.5h2M5.5 8c3 0 3 4.5 6 4.5h2M11.8 1.8l1.7 1.7-1.7 1.7M11.8 10.8l1.7 1.7-1.7 1.7"/>`, size),
  send: (size?: number) => draw(svg`<path d="M8 13V3M3.8 7.2 8 3l4.2 4.2"/>`, size),
  stop: (size?: number) => draw(svg`<rect x="4.5" y="4.5" width="7" height="7" rx="1.5" fill="currentColor"/>`, size),
  close: (size?: number) => draw(svg`<path d="m4 4 8 8M12 4l-8 8"/>`, size),
  back: (size?: number) => draw(svg`<path d="M9.5 3.5 5 8l4.5 4.5"/>`, size),
  next: (size?: number) => draw(svg`<path d="M6.5 3.5 11 8l-4.5 4.5"/>`, size),
  down: (size?: number) => draw(svg`<path d="M3.5 6 8 10.5 12.5 6"/>`, size),
  plus: (size?: number) => draw(svg`<path d="M8 3v10M3 8h10"/>`, size),
  compose: (size?: number) => draw(svg`<path d="M7.5 3H4.5A1.5 1.5 0 0 0 3 4.5v7A1.5 1.5 0 0 0 4.5 13h7a1.5 1.5 0 0 0 1.5-1.5v-3"/><path d="m6.5 9.5.5-2 5-5 1.5 1.5-5 5z"/>`, size),
  copy: (size?: number) => draw(svg`<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 3.5v-.5a.5.5 0 0 0-.5-.5H3a.5.5 0 0 0-.5.5v7a.5.5 0 0 0 .5.5h.5"/>`, size),
  check: (size?: number) => draw(svg`<path d="m3.5 8.5 3 3 6-7"/>`, size),
  again: (size?: number) => draw(svg`<path d="M13 8a5 5 0 1 1-1.6-3.7L13 5.8M13 2.8v3h-3"/>`, size),
  up: (size?: number) => draw(svg`<path d="M5 7.2 7.5 2.5c1 0 1.7.8 1.5 1.8L8.6 6.5h3.2c.9 0 1.5.8 1.3 1.6l-1 4c-.2.6-.7.9-1.3.9H5m0-5.8V13H3V7.2z"/>`, size),
  thumbDown: (size?: number) => draw(svg`<path d="M5 8.8 7.5 13.5c1 0 1.7-.8 1.5-1.8L8.6 9.5h3.2c.9 0 1.5-.8 1.3-1.6l-1-4C11.9 3.3 11.4 3 10.8 3H5m0 5.8V3H3v5.8z"/>`, size),
  evidence: (size?: number) => draw(svg`<rect x="2.5" y="3" width="11" height="10" rx="1.5"/><path d="M9.5 3v10"/>`, size),
  trash: (size?: number) => draw(svg`<path d="M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.5 8.5h6l.5-8.5"/>`, size),
  external: (size?: number) => draw(svg`<path d="M9.5 3H13v3.5M13 3 7.5 8.5M6.5 4H4.5A1.5 1.5 0 0 0 3 5.5v6A1.5 1.5 0 0 0 4.5 13h6a1.5 1.5 0 0 0 1.5-1.5v-2"/>`, size),
  upload: (size?: number) => draw(svg`<path d="M8 10.5V3M4.8 6 8 2.8 11.2 6M3 10.5V12a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1v-1.5"/>`, size),
  warn: (size?: number) => draw(svg`<path d="M8 2.5 14 13H2z"/><path d="M8 6.5v3M8 11.2v.1"/>`, size),
  search: (size?: number) => draw(svg`<circle cx="7" cy="7" r="4.2"/><path d="m10.2 10.2 3.3 3.3"/>`, size),
  history: (size?: number) => draw(svg`<circle cx="8" cy="8" r="5.5"/><path d="M8 5v3.2l2 1.3"/>`, size),
  help: (size?: number) => draw(svg`<circle cx="8" cy="8" r="5.8"/><path d="M6.3 6.3C6.4 5.3 7 4.8 8 4.8c1.1 0 1.7.6 1.7 1.4C9.7 7.5 8 7.5 8 9M8 11.2v.1"/>`, size),
} as const

/** Our sign: one thing seen from two places. */
export const sign = (size = 20): TemplateResult => html`<svg viewBox="0 0 20 20" width=${size} height=${size} fill="none" aria-hidden="true" focusable="false">
  ${svg`<path d="M4 17 14.5 4.5M16 17 5.5 4.5" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" opacity=".55"/><circle cx="10" cy="9.8" r="2.6" fill="currentColor"/>`}
</svg>`
