/** How the text of a document is laid out, by the kind of file it came from. */
export interface Layout {
  /** Comma-separated rows, the first of them the header. */
  readonly rows: boolean
  /** Pages are sheets with names. */
  readonly sheets: boolean
  /** A short line that stands alone before a paragraph is a heading. */
  readonly titles: boolean
  /** Lines were broken where the page was full. */
  readonly wrapped: boolean
}

const of = (text: string): ReadonlySet<string> => new Set(text.split(' '))
const ROWS = of('csv tsv tab')
const SHEETS = of('xlsx xlsm xls')
const TITLES = of('md markdown html htm xhtml docx odt epub rst org')
const WRAPPED = of('eml msg txt text pdf')

export function layoutOf(name: string): Layout {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  return { rows: ROWS.has(ending), sheets: SHEETS.has(ending), titles: TITLES.has(ending), wrapped: WRAPPED.has(ending) }
}

/**
 * The same text, as long as before, with those line ends as spaces at which the next word would not have fitted:
 * they were made by the width of a page, not by who wrote it.
 */
export function softened(text: string): string {
  const lines = text.split('\n')
  const width = Math.max(...lines.map((line) => line.length)) * FULL
  if (width < NARROWEST) return text
  return lines.reduce((whole, line, index) => {
    if (index === 0) return line
    const before = lines[index - 1] ?? ''
    const word = /^\S*/.exec(line)?.[0] ?? ''
    const soft = before !== '' && word !== '' && before.length + 1 + word.length > width && !LIST.test(line) && !ROW.test(before)
    return whole + (soft ? (CJK.test(before.slice(-1)) && CJK.test(word) ? NOTHING : ' ') : '\n') + line
  })
}

/** Lines shorter than this share of the longest were ended on purpose. */
const FULL = 0.85
/** No text is set narrower than this; characters. */
const NARROWEST = 34
const NOTHING = '\u200b'
const LIST = /^\s*(?:[-*•>|]|\d+[.)]\s|[A-Z][\w-]*:\s)/
const ROW = /\|\s*$/
const CJK = /[\u3000-\u9fff\uff00-\uffef]/
