import type { Options } from '../widget/options'

/** The script tag for these options, with only what differs from the defaults. */
export function widgetTag(origin: string, options: Options): string {
  const pairs: readonly (readonly [string, string | null])[] = [
    ['variant', options.variant],
    ['collection', options.collection === 'default' ? null : options.collection],
    ['title', options.title === 'Parallax' ? null : options.title],
    ['theme', options.theme === 'auto' ? null : options.theme],
    ['lang', options.language === 'auto' ? null : options.language],
    ['accent', options.accent],
    ['position', options.position === 'right' ? null : options.position],
    ['switch', options.switch ? 'true' : null],
  ]
  const attributes = pairs.filter(([, value]) => value).map(([name, value]) => ` data-${name}="${escaped(value ?? '')}"`)
  return `<script src="${escaped(origin)}/widget.js"${attributes.join('')} defer></script>`
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
