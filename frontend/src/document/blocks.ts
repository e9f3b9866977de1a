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
