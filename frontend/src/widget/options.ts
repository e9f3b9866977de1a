/** How often two blind answers are put to the vote in place of one. */
export type Vote = 'never' | 'sometimes' | 'always'

export interface Options {
  readonly base: string
  readonly variant: string | null
  readonly collection: string | null
  readonly theme: 'auto' | 'light' | 'dark'
  readonly language: string
  readonly accent: string | null
  readonly title: string
  readonly position: 'left' | 'right'
  readonly switch: boolean
  readonly vote: Vote
}

/** The widget's options from its script tag: the server is where the script came from. */
export function optionsOf(script: Pick<HTMLScriptElement, 'src' | 'dataset'>): Options {
  const { variant, collection, theme, lang, accent, title, position, vote } = script.dataset
  return {
    base: script.src.replace(/\/widget\.js(?:[?#].*)?$/, ''),
    variant: variant || null,
    collection: collection || null,
    theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
    language: lang || 'auto',
    accent: accent && CSS.supports('color', accent) ? accent : null,
    title: title || 'Parallax',
    position: position === 'left' ? 'left' : 'right',
    switch: script.dataset.switch === 'true',
    vote: vote === 'always' ? 'always' : vote === 'true' ? 'sometimes' : 'never',
  }
}
