import type { Battle } from '../compare/battle'
import type { Turn } from '../chat/turn'
import { letter } from '../compare/lane'
import { call } from '../i18n/vote'
import { variantName } from '../ui/approach'
import type { Vote } from './options'

/** How often `sometimes` is. */
const SHARE = 0.2

/** Whether this question is put to the vote. */
export function due(vote: Vote, chance: number = Math.random()): boolean {
  return vote === 'always' || (vote === 'sometimes' && chance < SHARE)
}

/** The answer the conversation goes on with, and what is said about it: the preferred one, else the first. */
export function outcome({ ballot, lanes }: Battle): { readonly turn: Turn; readonly said: string } | null {
  const winner = ballot?.winner ?? null
  const lane = typeof winner === 'number' ? lanes[winner] : lanes[0]
  if (winner === null || !lane?.arm || !lane.turn.answer) return null
  const thanks = typeof winner === 'number' ? call('voteThanks') : call('voteThanksAny', { letter: letter(lane.lane) })
  return { turn: lane.turn, said: `${thanks} ${call('itWas', { name: variantName({ ...lane.arm, name: lane.arm.variant }) })}` }
}
