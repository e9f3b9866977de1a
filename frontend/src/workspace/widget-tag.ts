import type { Options } from '../widget/options'

/** The script tag for these options: always what answers and from which documents, the rest where it is no default. */
export function widgetTag(origin: string, options: Options): string {
  const pairs: readonly (readonly [string, string | null])[] = [
    ['variant', options.variant ?? DEFAULTS.variant],
    ['collection', options.collection ?? DEFAULTS.collection],
    ['theme', options.theme === 'auto' ? null : options.theme],
    ['lang', options.language === 'auto' ? null : options.language],
    ['title', options.title === DEFAULTS.title ? null : options.title],
    ['accent', options.accent],
    ['position', options.position === 'right' ? null : options.position],
    ['switch', options.switch ? 'true' : null],
    ['vote', options.vote === 'never' ? null : options.vote === 'always' ? 'always' : 'true'],
  ]
  const attributes = pairs.filter(([, value]) => value).map(([name, value]) => ` data-${name}="${escaped(value ?? '')}"`)
  return `<script src="${escaped(origin)}/widget.js"${attributes.join('')} defer></script>`
}

/** What the widget does without being told (the README's table of attributes). */
export const DEFAULTS = { variant: 'auto', collection: 'default', title: 'Parallax' } as const

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
