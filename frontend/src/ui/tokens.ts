import { css, unsafeCSS, type CSSResult } from 'lit'

/** How an answer was made. `rag_fine_tuned` is RAG on a model tuned here. */
export type Approach = 'plain' | 'few_shot' | 'rag' | 'fine_tuned' | 'rag_fine_tuned'

export type Shade = 'light' | 'dark'

export interface Palette {
  readonly canvas: string
  readonly surface: string
  readonly sunken: string
  readonly hover: string
  readonly line: string
  readonly lineStrong: string
  readonly text: string
  readonly textSoft: string
  readonly textFaint: string
  readonly accent: string
  readonly accentText: string
  readonly accentSoft: string
  readonly onAccent: string
  readonly mark: string
  readonly good: string
  readonly warn: string
  readonly bad: string
  readonly badSoft: string
  readonly warnSoft: string
}

/** Neutral greys plus one accent. Every text colour keeps 4.5:1 on canvas, surface and sunken (a test measures it). */
export const palettes: Readonly<Record<Shade, Palette>> = {
  light: {
    canvas: '#ffffff',
    surface: '#ffffff',
    sunken: '#f6f7f8',
    hover: '#eef0f2',
    line: '#e4e7ea',
    lineStrong: '#c9ced4',
    text: '#171a1f',
    textSoft: '#4a525c',
    textFaint: '#5f6978',
    accent: '#3a50d9',
    accentText: '#3247cc',
    accentSoft: '#edf0fe',
    onAccent: '#ffffff',
    mark: '#ffe9a3',
    good: '#0b7a54',
    warn: '#8f5a00',
    bad: '#b3261e',
    badSoft: '#fdefee',
    warnSoft: '#fdf4e3',
  },
  dark: {
    canvas: '#131518',
    surface: '#1a1d21',
    sunken: '#0e1012',
    hover: '#24282d',
    line: '#2a2f35',
    lineStrong: '#444b54',
    text: '#eceef1',
    textSoft: '#b4bbc4',
    textFaint: '#8d96a1',
    accent: '#4f66ea',
    accentText: '#9dabff',
    accentSoft: '#20264a',
    onAccent: '#ffffff',
    mark: '#5c4a10',
    good: '#4fc896',
    warn: '#e3ac4f',
    bad: '#f28b82',
    badSoft: '#3a1f1e',
    warnSoft: '#33280f',
  },
}

/** One colour per approach, the same in chips, lanes, charts and tables; told apart by colour-blind people too. */
export const hues: Readonly<Record<Shade, Readonly<Record<Approach, string>>>> = {
  light: { plain: '#454d57', few_shot: '#9a5200', rag: '#0069b4', fine_tuned: '#c2378a', rag_fine_tuned: '#00765a' },
  dark: { plain: '#c3cad3', few_shot: '#f0a63c', rag: '#58b4f0', fine_tuned: '#f07fc0', rag_fine_tuned: '#1aa97c' },
}

/** Black or white, whichever reads better on a colour a host page chose; null for what is not `#rrggbb`. */
export function inkOn(colour: string): string | null {
  const hex = /^#([\da-f]{6})$/i.exec(colour)?.[1]
  if (!hex) return null
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b
  return 1.05 / (light + 0.05) >= 4.5 ? '#ffffff' : '#14161a'
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase()).replaceAll('_', '-')

function declarations(shade: Shade): string {
  const colours = Object.entries(palettes[shade]).map(([name, value]) => {
    const kept = name === 'accent' || name === 'onAccent' ? `var(--parallax-${kebab(name)}, ${value})` : value
    return `--px-${kebab(name)}:${kept}`
  })
  const approaches = Object.entries(hues[shade]).map(([name, value]) => `--px-hue-${kebab(name)}:${value}`)
  const shadows =
    shade === 'light'
      ? ['--px-shadow-1:0 1px 2px rgb(16 24 40 / 6%), 0 1px 1px rgb(16 24 40 / 4%)', '--px-shadow-2:0 12px 32px rgb(16 24 40 / 14%), 0 2px 6px rgb(16 24 40 / 8%)']
      : ['--px-shadow-1:0 1px 2px rgb(0 0 0 / 40%)', '--px-shadow-2:0 12px 32px rgb(0 0 0 / 56%), 0 2px 6px rgb(0 0 0 / 40%)']
  return [`color-scheme:${shade}`, ...colours, ...approaches, ...shadows].join(';')
}

const constants = [
  '--px-font:var(--parallax-font, system-ui, -apple-system, "Segoe UI", Roboto, "PingFang TC", "Microsoft JhengHei", "Noto Sans TC", "Noto Sans CJK TC", sans-serif)',
  '--px-mono:ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", "Noto Sans Mono CJK TC", monospace',
  '--px-size-1:11px',
  '--px-size-2:13px',
  '--px-size-3:15px',
  '--px-size-4:18px',
  '--px-size-5:24px',
  '--px-radius:8px',
  '--px-quick:120ms',
].join(';')

/**
 * The theme as rules for one scope: `:root` in the workspace, `:host` in the widget.
 * The scope's `data-theme` is `light`, `dark` or `auto` (also when it is missing).
 */
export function theme(scope: ':root' | ':host'): CSSResult {
  const with_ = (selector: string): string => (scope === ':host' ? `:host(${selector})` : `:root${selector}`)
  return unsafeCSS(
    `${scope}{${constants};${declarations('light')}}` +
      `@media (prefers-color-scheme: dark){${scope}{${declarations('dark')}}}` +
      `${with_('[data-theme="light"]')}{${declarations('light')}}` +
      `${with_('[data-theme="dark"]')}{${declarations('dark')}}` +
      `@media (prefers-reduced-motion: reduce){${scope}{--px-quick:0ms}}`,
  )
}

/** A host-chosen accent tints its soft and text forms too. */
export const accented = css`
  :host([accented]) {
    --px-accent-text: color-mix(in srgb, var(--px-accent) 78%, var(--px-text));
    --px-accent-soft: color-mix(in srgb, var(--px-accent) 12%, var(--px-surface));
  }
`
