import type { Chunk } from '../api/types'
import { blocksOf, rowsOf, tableRows, type Piece } from './blocks'
import type { Layout } from './layout'

/** A stretch of one chunk's text. */
export interface Part extends Piece {
  readonly chunk: Chunk
}

export interface Table {
  readonly kind: 'table'
  readonly head: readonly Part[]
  readonly rows: readonly (readonly Part[])[]
}

export type Drawn = ({ readonly kind: 'text' | 'title' } & Part) | Table

/** What is drawn as one: a chunk, or several over which a table goes on. */
export interface Strip {
  readonly first: Chunk
  readonly chunks: readonly Chunk[]
  readonly drawn: readonly Drawn[]
}

/** The chunks of a document as they are drawn, in reading order. A table that was cut into chunks is one table again. */
export function stripsOf(chunks: readonly Chunk[], layout: Layout): readonly Strip[] {
  const strips: Strip[] = []
  for (const chunk of chunks) {
    const last = strips.at(-1)
    const open = last && last.chunks.at(-1)?.page === chunk.page ? last.drawn.at(-1) : undefined
    const table = open?.kind === 'table' ? open : undefined
    const { rows, rest } = continued(chunk, table, layout)
    if (last && table && rows.length > 0) {
      const grown: Table = { ...table, rows: [...table.rows, ...rows] }
      strips[strips.length - 1] = { ...last, chunks: [...last.chunks, chunk], drawn: [...last.drawn.slice(0, -1), grown, ...rest] }
    } else {
      strips.push({ first: chunk, chunks: [chunk], drawn: rest })
    }
  }
  return strips
}

/** The rows at the start of a chunk that go on with the table before it, and what comes after them. */
function continued(chunk: Chunk, table: Table | undefined, layout: Layout): { rows: readonly (readonly Part[])[]; rest: readonly Drawn[] } {
  const own = (row: readonly Piece[]): readonly Part[] => row.map((cell) => ({ ...cell, chunk }))
  if (layout.rows) {
    const all = rowsOf(chunk.text)
    if (all.length === 0 || (!table && (all[0]?.length ?? 0) < 2)) return { rows: [], rest: drawnOf(chunk, 0, layout) }
    if (table) return { rows: all.map(own), rest: [] }
    return { rows: [], rest: [{ kind: 'table', head: own(all[0] ?? []), rows: all.slice(1).map(own) }] }
  }
  const going = table ? tableRows(chunk.text) : { rows: [], end: 0 }
  return { rows: going.rows.map(own), rest: drawnOf(chunk, going.end, layout) }
}

function drawnOf(chunk: Chunk, from: number, layout: Layout): readonly Drawn[] {
  const text = chunk.text.slice(from)
  return blocksOf(text).flatMap((block, index, all): readonly Drawn[] => {
    if (block.kind === 'table') {
      const [head = [], ...rows] = block.rows.map((row) => row.map((cell) => ({ from: cell.from + from, to: cell.to + from, chunk })))
      return [{ kind: 'table', head, rows }]
    }
    return prose(chunk, { from: block.from + from, to: block.to + from }, layout, all[index + 1]?.kind === 'table')
  })
}

/** Paragraphs, and the headings among them. */
function prose(chunk: Chunk, { from, to }: Piece, layout: Layout, before: boolean): readonly Drawn[] {
  const parts: Piece[] = []
  let at = from
  for (const paragraph of chunk.text.slice(from, to).split('\n\n')) {
    parts.push({ from: at, to: at + paragraph.length })
    at += paragraph.length + 2
  }
  const full = parts.map((part) => unbroken(chunk.text, part)).filter((part) => part.to > part.from)
  const short = full.map((part) => likeTitle(chunk.text.slice(part.from, part.to)))
  const named = full.map((part) => chunk.heading.includes(chunk.text.slice(part.from, part.to)))
  const drawn: Drawn[] = []
  full.forEach((part, index) => {
    const last = drawn.at(-1)
    if (named[index] || (layout.titles && stands(short, index, before))) drawn.push({ kind: 'title', ...part, chunk })
    else if (last?.kind === 'text') drawn[drawn.length - 1] = { ...last, to: part.to }
    else drawn.push({ kind: 'text', ...part, chunk })
  })
  return drawn
}

/** Whether the short line at `index` has something longer, or a table, below it, and is no line of a list of short ones. */
function stands(short: readonly boolean[], index: number, table: boolean): boolean {
  if (!short[index]) return false
  let [first, end] = [index, index]
  while (short[first - 1]) first -= 1
  while (short[end]) end += 1
  return end - first <= DEEPEST && (end < short.length || table)
}

/** Headings right below one another. */
const DEEPEST = 2
const LONGEST = 90
const likeTitle = (line: string): boolean => line.length <= LONGEST && !/\n|[.。!！:：;；,，…]$|^\s*(?:[-*•|>]|\d+[.)]\s)/.test(line)

/** Text without the empty lines at its ends. */
function unbroken(text: string, { from, to }: Piece): Piece {
  while (from < to && text[from] === '\n') from += 1
  while (to > from && text[to - 1] === '\n') to -= 1
  return { from, to }
}
