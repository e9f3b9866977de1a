import type { Chunk, Citation, Passage } from '../api/types'
import { layoutOf } from '../document/layout'
import { say } from '../i18n/common'

/** A stretch of a chunk's text, in UTF-16 positions of that text. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** A place to show in a document: what a citation or a passage points at. */
export interface Place {
  readonly document_id: string
  readonly name: string
  readonly version: number
  readonly chunk_id: string
  readonly start: number
  readonly end: number
  readonly quote: string
  /** What was read there when it was cited or found, to show when the document itself is gone. */
  readonly kept: string
  /** Whether that is a citation's quote, not a whole passage. */
  readonly cited: boolean
}

export function placeOf(source: Citation | Passage): Place {
  const { document_id, name, version, chunk_id, start, end } = source
  const cited = 'quote' in source
  return { document_id, name, version, chunk_id, start, end, quote: cited ? source.quote : '', kept: cited ? source.quote : source.text, cited }
}

/** Where in its document a source stands, as people call it: a sheet by its name, a page by its number; '' when it has neither. */
export function whereOf({ name, page, heading }: Pick<Citation | Passage, 'name' | 'page' | 'heading'>): string {
  if (page == null) return ''
  return (layoutOf(name).sheets && heading?.[0]) || say('page', { n: page })
}

/** Sources as they are called in a row: where two would be called the same, each has its heading, or its first words. */
export function namesOf(sources: readonly Citation[]): readonly { readonly source: Citation; readonly where: string }[] {
  const alike = (all: readonly string[], one: string): boolean => all.filter((other) => other === one).length > 1
  const plain = sources.map((source) => `${source.name} ${whereOf(source)}`)
  const headed = sources.map((source, index) => `${plain[index]} ${source.heading?.at(-1) ?? ''}`)
  return sources.map((source, index) => {
    const where = whereOf(source)
    if (!alike(plain, plain[index] ?? '')) return { source, where }
    const heading = source.heading?.at(-1)
    const said = heading && !alike(headed, headed[index] ?? '') ? heading : `“${source.quote.trim()}”`
    return { source, where: [where, said].filter(Boolean).join(' · ') }
  })
}

/** The citation a mark stands for: the nth one of its number, for several claims may lean on one source. */
export function citationFor(citations: readonly Citation[], n: number, nth: number): Citation | null {
  const same = citations.filter((citation) => citation.n === n)
  return same[Math.min(nth, same.length - 1)] ?? null
}

/** Citations as a list of sources: one entry a number, in order. */
export function sourcesOf(citations: readonly Citation[]): readonly Citation[] {
  const first = new Map<number, Citation>()
  for (const citation of citations) if (!first.has(citation.n)) first.set(citation.n, citation)
  return [...first.values()].sort((a, b) => a.n - b.n)
}

/**
 * The part of a chunk that a place covers, or null. The server counts characters (code points) in the document's text;
 * where a chunk is that very slice the positions are exact, else (a table drawn as Markdown) the quote is looked for.
 */
export function spanIn(chunk: Pick<Chunk, 'id' | 'text' | 'start' | 'end'>, place: Place): Span | null {
  const overlaps = place.start < chunk.end && place.end > chunk.start
  if (chunk.id !== place.chunk_id && !overlaps) return null
  const points = Array.from(chunk.text)
  const from = Math.max(0, place.start - chunk.start)
  const to = Math.min(points.length, place.end - chunk.start)
  const exact = points.length === chunk.end - chunk.start && overlaps && from < to
  const span = exact ? { from: units(points, from), to: units(points, to) } : null
  if (span && (place.quote === '' || same(chunk.text.slice(span.from, span.to), place.quote) || chunk.id !== place.chunk_id)) return span
  return found(chunk.text, place.quote) ?? span ?? (chunk.id === place.chunk_id ? { from: 0, to: chunk.text.length } : null)
}

function units(points: readonly string[], count: number): number {
  let length = 0
  for (let i = 0; i < count; i += 1) length += points[i]?.length ?? 0
  return length
}

const squeezed = (text: string): string => text.replace(/[\s…]+/g, '')
const same = (a: string, b: string): boolean => squeezed(a) === squeezed(b) || squeezed(a).startsWith(squeezed(b))

/** The quote in the text, whatever the white space between its words. */
function found(text: string, quote: string): Span | null {
  const wanted = squeezed(quote)
  if (wanted === '') return null
  const positions: number[] = []
  let dense = ''
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? ''
    if (/[\s…]/.test(char)) continue
    positions.push(i)
    dense += char
  }
  const at = dense.indexOf(wanted)
  if (at < 0) return null
  return { from: positions[at] ?? 0, to: (positions[at + wanted.length - 1] ?? text.length - 1) + 1 }
}
