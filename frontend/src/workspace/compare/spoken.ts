import { plainly } from '../../chat/spoken'
import { isOpen } from '../../chat/turn'
import type { Battle } from '../../compare/battle'
import { letter } from '../../compare/lane'
import { tell } from '../../i18n/compare'
import { call } from '../../i18n/vote'

/** What a screen reader hears: whole answers as their lanes end, blind ones together, none of them twice. */
export class Spoken {
  lines: readonly string[] = []
  private waiting = new Set<number>()
  private ended = 0

  clear(): void {
    this.lines = []
    this.waiting.clear()
    this.ended = 0
  }

  hear(battle: Battle, nameOf: (lane: number) => string | null): void {
    const fresh: string[] = []
    if (battle.blind && battle.busy && battle.ended > this.ended) fresh.push(call('progress', { ended: battle.ended, lanes: battle.lanes.length }))
    this.ended = battle.ended
    for (const { lane, turn } of battle.lanes) {
      // Blind answers are read out when all of them are there, as they are shown.
      if (isOpen(turn) || (battle.blind && battle.busy)) this.waiting.add(lane)
      else if (this.waiting.delete(lane)) {
        const name = (battle.open ? nameOf(lane) : null) ?? call('answerOf', { letter: letter(lane) })
        if (turn.state === 'failed') fresh.push(tell('failedLane', { name, message: turn.error?.message ?? '' }))
        else fresh.push(`${name}: ${plainly(turn.text)}`, tell('ended', { name }))
      }
    }
    if (fresh.length > 0) this.lines = [...this.lines, ...fresh]
  }
}
