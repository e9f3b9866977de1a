import type { ChatEvent } from '../api/chat-events'
import type { Answer, Citation, Passage, Problem, Transcript } from '../api/types'

export type TurnState = 'waiting' | 'streaming' | 'answered' | 'declined' | 'stopped' | 'failed'

/** One question and what came of it. A plain value: it is kept in the browser's storage as it is. */
export interface Turn {
  readonly key: string
  readonly question: string
  readonly variant: string | null
  readonly at: number
  readonly state: TurnState
  readonly id: string | null
  readonly text: string
  readonly passages: readonly Passage[] | null
  readonly citations: readonly Citation[]
  readonly answer: Answer | null
  readonly error: Problem | null
  readonly rating: 1 | -1 | null
}

export function newTurn(question: string, variant: string | null): Turn {
  return {
    key: Math.random().toString(36).slice(2, 10),
    question,
    variant,
    at: Date.now(),
    state: 'waiting',
    id: null,
    text: '',
    passages: null,
    citations: [],
    answer: null,
    error: null,
    rating: null,
  }
}

export const isOpen = (turn: Turn): boolean => turn.state === 'waiting' || turn.state === 'streaming'

/** The turn after one more event. */
export function advanced(turn: Turn, event: ChatEvent): Turn {
  switch (event.type) {
    case 'started':
      return { ...turn, id: event.id, variant: event.variant }
    case 'retrieved':
      return { ...turn, passages: event.passages }
    case 'delta':
      return { ...turn, state: 'streaming', text: turn.text + event.text }
    case 'citations':
      return { ...turn, citations: merged(turn.citations, event.citations) }
    case 'finished':
      return finished(turn, event.answer)
    case 'failed':
      return failed(turn, event.failure)
  }
}

export function failed(turn: Turn, { code, message, hint }: Problem): Turn {
  return { ...turn, state: 'failed', error: { code, message, hint } }
}

function finished(turn: Turn, answer: Answer): Turn {
  return {
    ...turn,
    state: ended(answer.finish),
    id: answer.id,
    variant: answer.variant,
    text: answer.text || turn.text,
    passages: answer.passages ?? turn.passages,
    citations: answer.citations ?? turn.citations,
    answer,
    error: answer.error ?? null,
  }
}

function ended(finish: string): TurnState {
  return finish === 'declined' || finish === 'stopped' || finish === 'failed' ? finish : 'answered'
}

/** A turn as the server kept it. */
export function keptTurn({ question, answer, created_at }: Transcript['turns'][number]): Turn {
  return finished({ ...newTurn(question, null), at: Date.parse(created_at) || Date.now() }, answer as unknown as Answer)
}

/** Servers may send each claim's citation as it is checked, or all of them again. */
function merged(old: readonly Citation[], fresh: readonly Citation[]): readonly Citation[] {
  const same = (a: Citation, b: Citation): boolean => a.n === b.n && a.chunk_id === b.chunk_id && a.start === b.start && a.claim === b.claim
  return [...old.filter((citation) => !fresh.some((other) => same(citation, other))), ...fresh]
}
