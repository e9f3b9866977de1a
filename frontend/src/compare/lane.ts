import type { ChatEvent } from '../api/chat-events'
import { advanced, failed, isOpen, keptTurn, newTurn, type Turn } from '../chat/turn'
import type { Arm, KeptLane, Told } from './types'

/** One answer of a comparison, by its number as shown. `arm` is null while it is secret. */
export interface Lane {
  readonly lane: number
  readonly arm: Arm | null
  /** What in its text gave its arm away, once that is known. */
  readonly reveals: string | null
  readonly turn: Turn
}

/** Blind lanes are called by letters. */
export const letter = (lane: number): string => String.fromCharCode(65 + lane)

export function newLane(lane: number, question: string, arm: Arm | null): Lane {
  return { lane, arm, reveals: null, turn: newTurn(question, arm?.variant ?? null) }
}

export const heard = (lane: Lane, event: ChatEvent): Lane => ({ ...lane, turn: advanced(lane.turn, event) })

/** A lane at the end of the stream: what is still open was cut off, unless it is the whole text of a blind one. */
export function settled(lane: Lane, blind: boolean): Lane {
  if (!isOpen(lane.turn)) return lane
  return { ...lane, turn: { ...lane.turn, state: blind && lane.turn.state === 'streaming' ? 'answered' : 'stopped' } }
}

function armOf({ variant, label, approach, model, parameters }: Told): Arm | null {
  return variant === null ? null : { variant, label: label ?? variant, approach: approach ?? '', model: model ?? '', parameters: parameters ?? {} }
}

/** A lane after its vote: with its name and its whole answer. */
export function told(lane: Lane, now: Told): Lane {
  const { turn } = lane
  const open = now.answer ? { ...keptTurn({ question: turn.question, answer: now.answer, created_at: new Date(turn.at).toISOString() } as never), key: turn.key } : turn
  return { ...lane, arm: armOf(now), reveals: now.reveals, turn: open }
}

/** A lane as the server keeps it. */
export function keptLane(kept: KeptLane, question: string, created: string): Lane {
  const blank = newLane(kept.lane, question, armOf(kept))
  const lane = { ...blank, reveals: kept.reveals, turn: { ...blank.turn, at: Date.parse(created) || Date.now() } }
  const error = kept.error ?? kept.answer?.error ?? null
  if (kept.answer) return told(lane, kept)
  if (kept.state === 'failed') return { ...lane, turn: failed(lane.turn, error ?? { code: 'failed', message: '', hint: '' }) }
  if (kept.state === 'running') return lane
  return { ...lane, turn: { ...lane.turn, text: kept.text ?? '', state: kept.outcome === 'stopped' ? 'stopped' : 'answered' } }
}
