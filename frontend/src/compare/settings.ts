import type { Answer } from '../api/types'
import type { Parameter } from './types'

/** What people change first stands first; what this page does not know stands where the service put it, last. */
const ORDER = ['k', 'passage_chars', 'candidates', 'shots', 'check', 'temperature', 'max_tokens']

export function asShown(parameters: readonly Parameter[]): readonly Parameter[] {
  const at = ({ name }: Parameter): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  return [...parameters].sort((a, b) => at(a) - at(b))
}

/** Characters that give `k` passages as much room each as the usual number of them has, within what may be set. */
export function roomFor(k: number, passages: Parameter, characters: Parameter): number {
  const each = Number(characters.default) / Number(passages.default)
  return Math.min(Math.round(k * each), characters.high ?? Infinity)
}

/** The seconds that the search of another lane took, where this one used what that had found. */
export function sharedSearch(answer: Pick<Answer, 'trace'>): number | null {
  const shared = answer.trace.find(({ step }) => step === 'retrieve')?.detail.shared
  return typeof shared === 'number' ? shared : null
}
