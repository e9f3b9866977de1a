import { diff, words, type Stretch } from './diff'
import type { Said } from './types'

/** Lines with this share of words in common are told apart word by word. */
const ALIKE = 0.6

export interface Line {
  readonly text: string
  readonly by: string
  /** Set on the first line of a message: who says it. */
  readonly role: string | null
}

/** A stretch of lines, or two lines that are told apart by their words. */
export type Piece =
  | { readonly kind: 'both' | 'first' | 'second'; readonly lines: readonly Line[] }
  | { readonly kind: 'changed'; readonly role: string | null; readonly words: readonly Stretch<string>[] }

export function linesOf(messages: readonly Said[]): Line[] {
  return messages.flatMap(({ role, content }) => content.split('\n').map((text, at) => ({ text, by: role, role: at === 0 ? role : null })))
}

/** Two prompts, line by line; a single line that was changed into another that is much alike, word by word. */
export function compared(first: readonly Said[], second: readonly Said[]): Piece[] {
  const [a, b] = [linesOf(first), linesOf(second)]
  const keys = (lines: readonly Line[]): string[] => lines.map(({ by, role, text }) => `${by}\n${role ?? ''}\n${text}`)
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

/** Replaced lines: those that are much alike stand together word by word, the others as they are. */
function alike(first: Extract<Piece, { lines: readonly Line[] }>, second: readonly Line[]): Piece[] {
  const pieces: Piece[] = []
  let [i, j] = [0, 0]
  const upTo = (m: number, n: number): void => {
    if (m > i) pieces.push({ kind: 'first', lines: first.lines.slice(i, m) })
    if (n > j) pieces.push({ kind: 'second', lines: second.slice(j, n) })
    ;[i, j] = [m + 1, n + 1]
  }
  first.lines.forEach((line, m) => {
    const n = second.findIndex((other, at) => at >= j && other.by === line.by && kept(line.text, other.text) >= ALIKE)
    if (n < 0) return
    upTo(m, n)
    pieces.push({ kind: 'changed', role: line.role ?? second[n]?.role ?? null, words: diff(words(line.text), words(second[n]?.text ?? '')) })
  })
  upTo(first.lines.length, second.length)
  return pieces
}

/** Share of the longer text's words that stayed. */
function kept(a: string, b: string): number {
  const [one, other] = [words(a), words(b)]
  const same = diff(one, other).filter(({ kind }) => kind === 'both')
  return same.reduce((sum, { items }) => sum + items.length, 0) / Math.max(one.length, other.length, 1)
}

/** How many lines only one of them has. */
export function tallied(pieces: readonly Piece[]): { readonly first: number; readonly second: number } {
  const of = (side: 'first' | 'second'): number =>
    pieces.reduce((sum, piece) => sum + (piece.kind === 'changed' ? (piece.words.some(({ kind }) => kind === side) ? 1 : 0) : piece.kind === side ? piece.lines.length : 0), 0)
  return { first: of('first'), second: of('second') }
}
