/** A stretch of a chunk's text with its position, so that a highlight can be laid over it. */
export interface Piece {
  readonly from: number
  readonly to: number
}

export interface TableBlock {
  readonly kind: 'table'
  readonly rows: readonly (readonly Piece[])[]
}

export type Block = ({ readonly kind: 'text' } & Piece) | TableBlock

const RULE = /^\s*\|?(?:\s*:?-{2,}:?\s*\|)+\s*(?::?-{2,}:?)?\s*$/

/** Plain text and Markdown tables, in order; every piece keeps its place in `text`. The first row of a table is its head. */
export function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = []
  const lines = linesOf(text)
  let open = 0
  for (let at = 0; at < lines.length; at += 1) {
    const head = lines[at]
    const rule = lines[at + 1]
    if (!head || !rule || !isRow(text, head) || !isRule(text, rule) || isRule(text, head)) continue
    let end = at + 2
    while (end < lines.length && isRow(text, lines[end] as Piece)) end += 1
    if (head.from > open) blocks.push({ kind: 'text', from: open, to: head.from })
    const rows = [head, ...lines.slice(at + 2, end)].map((line) => cellsOf(text, line))
    blocks.push({ kind: 'table', rows })
    open = Math.min(text.length, (lines[end - 1] as Piece).to + 1)
    at = end - 1
  }
  if (open < text.length) blocks.push({ kind: 'text', from: open, to: text.length })
  return blocks
}

/** The rows of a table that a text begins with, of which the header was left behind, and where they end. */
export function tableRows(text: string): { readonly rows: readonly (readonly Piece[])[]; readonly end: number } {
  const lines = linesOf(text)
  const bare = lines.findIndex((line) => !isRow(text, line) || isRule(text, line))
  const rows = lines.slice(0, bare < 0 ? lines.length : bare)
  // A rule as the second line: these rows have a header of their own.
  if (rows.length === 0 || (bare === 1 && isRule(text, lines[1] as Piece))) return { rows: [], end: 0 }
  return { rows: rows.map((line) => cellsOf(text, line)), end: Math.min(text.length, (rows.at(-1) as Piece).to + 1) }
}

/** Comma-separated rows; a cell in quotes is what stands between them. */
export function rowsOf(text: string): readonly (readonly Piece[])[] {
  const rows: Piece[][] = [[]]
  let at = 0
  while (at <= text.length) {
    const quoted = text[at] === '"'
    const from = quoted ? at + 1 : at
    let to = from
    if (quoted) while (to < text.length && (text[to] !== '"' || text[to + 1] === '"')) to += text[to] === '"' ? 2 : 1
    else while (to < text.length && text[to] !== ',' && text[to] !== '\n') to += 1
    rows.at(-1)?.push({ from, to: Math.min(to, text.length) })
    at = quoted ? to + 1 : to
    if (at >= text.length) break
    if (text[at] === '\n') rows.push([])
    at += 1
  }
  return rows.filter((row) => row.some(({ from, to }) => to > from))
}

/** A text in one line, with the bars of its tables as dots: for a preview of a passage. */
export function previewOf(text: string): string {
  return text
    .split('\n')
    .filter((line) => !RULE.test(line))
    .map((line) => (/^\s*\|.*\|\s*$/.test(line) ? line.trim().slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim()).filter(Boolean).join(' · ') : line))
    .join('\n')
}

function linesOf(text: string): readonly Piece[] {
  const lines: Piece[] = []
  let from = 0
  for (const line of text.split('\n')) {
    lines.push({ from, to: from + line.length })
    from += line.length + 1
  }
  return lines
}

function isRow(text: string, { from, to }: Piece): boolean {
  const line = text.slice(from, to).trim()
  return line.length > 2 && line.startsWith('|') && line.endsWith('|')
}

function isRule(text: string, { from, to }: Piece): boolean {
  return RULE.test(text.slice(from, to))
}

function cellsOf(text: string, { from, to }: Piece): readonly Piece[] {
  const cells: Piece[] = []
  let start = text.indexOf('|', from) + 1
  for (let at = start; at < to; at += 1) {
    if (text[at] !== '|' || text[at - 1] === '\\') continue
    cells.push(trimmed(text, start, at))
    start = at + 1
  }
  return cells
}

function trimmed(text: string, from: number, to: number): Piece {
  while (from < to && /\s/.test(text[from] ?? '')) from += 1
  while (to > from && /\s/.test(text[to - 1] ?? '')) to -= 1
  return { from, to }
}
