/** One stretch of a comparison of two texts: in both, only in the first, only in the second. */
export interface Stretch<T> {
  readonly kind: 'both' | 'first' | 'second'
  readonly items: readonly T[]
}

/** Longer sequences than this are not worth a table of all pairs: they are told as replaced. */
const MOST_CELLS = 4_000_000

/** The shortest way from one sequence to the other, by their longest common subsequence. */
export function diff<T>(first: readonly T[], second: readonly T[]): Stretch<T>[] {
  let head = 0
  while (head < first.length && head < second.length && first[head] === second[head]) head += 1
  let tail = 0
  while (tail < first.length - head && tail < second.length - head && first.at(-1 - tail) === second.at(-1 - tail)) tail += 1
  const a = first.slice(head, first.length - tail)
  const b = second.slice(head, second.length - tail)
  return joined([
    { kind: 'both', items: first.slice(0, head) },
    ...middle(a, b),
    { kind: 'both', items: tail > 0 ? first.slice(-tail) : [] },
  ])
}

function middle<T>(a: readonly T[], b: readonly T[]): Stretch<T>[] {
  if (a.length === 0 || b.length === 0 || a.length * b.length > MOST_CELLS) {
    return [{ kind: 'first', items: a }, { kind: 'second', items: b }]
  }
  const wide = b.length + 1
  const common = new Uint32Array((a.length + 1) * wide)
  const cell = (i: number, j: number): number => common[i * wide + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) common[i * wide + j] = a[i] === b[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1))
  }
  const steps: Stretch<T>[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      steps.push({ kind: 'both', items: [a[i] as T] })
      i += 1
      j += 1
    } else if (i < a.length && (j === b.length || cell(i + 1, j) >= cell(i, j + 1))) steps.push({ kind: 'first', items: [a[i++] as T] })
    else steps.push({ kind: 'second', items: [b[j++] as T] })
  }
  return steps
}

function joined<T>(steps: readonly Stretch<T>[]): Stretch<T>[] {
  const whole: { kind: Stretch<T>['kind']; items: T[] }[] = []
  for (const { kind, items } of steps) {
    if (items.length === 0) continue
    const last = whole.at(-1)
    if (last?.kind === kind) last.items.push(...items)
    else whole.push({ kind, items: [...items] })
  }
  return whole
}

/** A text cut into words with the space after them, and each Chinese or Japanese character. */
export const words = (text: string): string[] => text.match(/[\u3040-\u30ff\u3400-\u9fff]|[^\s\u3040-\u30ff\u3400-\u9fff]+\s*|\s+/g) ?? []
