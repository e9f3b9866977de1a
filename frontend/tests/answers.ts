import type { Answer } from '../src/api/types'

/** A finished answer, with what a test wants otherwise. */
export const answer = (change: Partial<Answer> = {}): Answer => ({
  id: 'a1', conversation_id: 'c1', variant: 'rag', approach: 'rag', model: 'm', text: 'All of it.', finish: 'answered', citations: [], passages: [],
  usage: { prompt_tokens: 1, completion_tokens: 1 }, cost: null, timings: { total: 1 }, trace: [], error: null, ...change,
})
