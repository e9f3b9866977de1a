import type { Client } from '../api/client'
import { comparisonOf, type CompareEvent } from './events'
import type { Asked, Cast, VoteGiven } from './types'

const at = (id: string, rest = ''): string => `/api/comparisons/${encodeURIComponent(id)}${rest}`

/** Asks several lanes at once. Throws `Failure`, or `AbortError` when the signal fired. */
export function compare(client: Client, asked: Asked, signal: AbortSignal): AsyncGenerator<CompareEvent> {
  return comparisonOf(client.events('/api/compare', asked, signal))
}

/** Votes once and for all, and learns who was who. */
export function vote(client: Client, id: string, body: VoteGiven): Promise<Cast> {
  return client.json('POST', at(id, '/vote'), { body })
}

export { at }
