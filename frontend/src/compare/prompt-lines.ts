import { diff, words, type Stretch } from './diff'
import type { Said } from './types'

export interface Line {
  readonly text: string
  /** Set on the first line of a message: who says it. */
  readonly role: string | null
}

/** A stretch of lines, or two lines that are told apart by their words. */
export type Piece =
  | { readonly kind: 'both' | 'first' | 'second'; readonly lines: readonly Line[] }
  | { readonly kind: 'changed'; readonly role: string | null; readonly words: readonly Stretch<string>[] }

export function linesOf(messages: readonly Said[]): Line[] {
  return messages.flatMap(({ role, content }) => content.split('\n').map((text, at) => ({ text, role: at === 0 ? role : null })))
}

/** Two prompts, line by line; a single line that was changed into another that is much alike, word by word. */
export function compared(first: readonly Said[], second: readonly Said[]): Piece[] {
  const [a, b] = [linesOf(first), linesOf(second)]
  const keys = (lines: readonly Line[]): string[] => lines.map(({ role, text }) => `${role ?? ''}\n${text}`)
  const pieces: Piece[] = []
  let i = 0
  let j = 0
  for (const { kind, items } of diff(keys(a), keys(b))) {
    const lines = kind === 'second' ? b.slice(j, j + items.length) : a.slice(i, i + items.length)
    if (kind !== 'second') i += items.length
    if (kind !== 'first') j += items.length
    const before = pieces.at(-1)
    if (kind === 'second' && before?.kind === 'first') pieces.push(...alike(pieces.pop() as typeof before, lines))
    else pieces.push({ kind, lines })
  }
  return pieces
}

/** Lines that were replaced by as many: word by word where most of the words stayed. */
function alike(first: Extract<Piece, { lines: readonly Line[] }>, second: readonly Line[]): Piece[] {
  const plain: Piece[] = [first, { kind: 'second', lines: second }]
  if (first.lines.length !== second.length) return plain
  const changed = first.lines.map((line, at) => ({ role: line.role, words: diff(words(line.text), words(second[at]?.text ?? '')) }))
  const kept = (stretches: readonly Stretch<string>[]): number => stretches.filter(({ kind }) => kind === 'both').reduce((sum, { items }) => sum + items.length, 0)
  const all = (stretches: readonly Stretch<string>[]): number => stretches.reduce((sum, { items }) => sum + items.length, 0)
  return changed.every(({ words: parts }) => kept(parts) * 2 >= all(parts)) ? changed.map((one) => ({ kind: 'changed' as const, ...one })) : plain
}

/** How many lines only one of them has. */
export function tallied(pieces: readonly Piece[]): { readonly first: number; readonly second: number } {
  const of = (side: 'first' | 'second'): number =>
    pieces.reduce((sum, piece) => sum + (piece.kind === 'changed' ? (piece.words.some(({ kind }) => kind === side) ? 1 : 0) : piece.kind === side ? piece.lines.length : 0), 0)
  return { first: of('first'), second: of('second') }
}
