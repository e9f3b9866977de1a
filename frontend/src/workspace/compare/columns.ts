import type { Variant } from '../../api/types'
import { isOpen } from '../../chat/turn'
import type { Battle } from '../../compare/battle'
import { newLane, type Lane } from '../../compare/lane'
import { faceOf, faceOfArm, same, type Face, type Place } from '../../compare/plan'
import type { Wanted } from '../../compare/types'
import type { Setup } from './setup'

/** One column of the page: a planned lane, an answering one, or both. */
export interface Column {
  readonly key: string
  readonly number: number
  readonly place: Place | null
  readonly face: Face | null
  readonly lane: Lane | null
  /** What is planned is not what answered. */
  readonly stale: boolean
}

/** Which planned lane answered where, and as what. */
export type Seats = ReadonlyMap<string, { readonly lane: number; readonly as: Wanted }>

export function columnsOf(battle: Battle, { plan, blind, byLot }: Setup, seats: Seats, variants: readonly Variant[]): readonly Column[] {
  const secret = (number: number, lane: Lane | null = null): Column => ({ key: `secret${number}`, number, place: null, face: null, lane, stale: false })
  const asked = battle.lanes.length > 0
  if (asked && battle.blind) {
    return battle.lanes.map((lane) => (battle.open && lane.arm ? { ...secret(lane.lane, lane), face: faceOfArm(lane.arm, variants) } : secret(lane.lane, veiled(lane))))
  }
  if (!asked && blind && byLot) return [secret(0), secret(1)]
  return plan.map((place, number) => {
    const seat = seats.get(place.key)
    const lane = (seat && battle.lanes[seat.lane]) ?? null
    const face = faceOf(place, variants)
    return { key: place.key, number, place, face: lane?.arm ? { ...face, model: lane.arm.model || face.model } : face, lane, stale: asked && !(lane && seat && same(seat.as, place)) }
  })
}

/** A blind lane before its vote is drawn from its text alone, whatever else is known of it here. */
function veiled(lane: Lane): Lane {
  const { question, state, text, at, error, key } = lane.turn
  return { ...newLane(lane.lane, question, null), turn: { ...newLane(lane.lane, question, null).turn, key, at, state, text, error } }
}

/** The names of the columns whose model is at work now. */
export function answering(columns: readonly Column[]): readonly string[] {
  return columns.flatMap(({ lane, face }) => (lane && face && lane.turn.id !== null && isOpen(lane.turn) ? [face.name] : []))
}
