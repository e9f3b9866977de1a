import { at } from '../../compare/api'
import { Battle } from '../../compare/battle'
import { comparisonOf } from '../../compare/events'
import { keptLane, newLane } from '../../compare/lane'
import type { Kept, Listed, Prompts, Tally } from '../../compare/types'
import { Failure, isAbort } from '../../api/failure'
import type { Client } from '../../api/client'
import type { Page } from '../../api/types'
import { visitor } from '../../chat/shelf'
import { failed, isOpen } from '../../chat/turn'

const POLL_SECONDS = 2

/** A comparison of the workspace: one that runs here, or one that its address names. */
export class Comparison extends Battle {
  /** Everybody's votes on it, once they may be known. */
  tally: Tally | null = null
  created: string | null = null
  /** It runs in somebody else's window; its answers are fetched when they are there. */
  elsewhere = false
  private timer: ReturnType<typeof setTimeout> | undefined

  override clear(): void {
    clearTimeout(this.timer)
    this.tally = null
    this.created = null
    this.elsewhere = false
    super.clear()
  }

  /** Shows a kept comparison. Failures are told in `failure`. */
  async load(id: string): Promise<void> {
    this.clear()
    this.id = id
    this.changed()
    await this.fetch(id)
  }

  override async vote(...said: Parameters<Battle['vote']>): Promise<void> {
    try {
      await super.vote(...said)
    } finally {
      // Everybody's votes, and the vote that was given before when this one was refused.
      if (this.id) await this.fetch(this.id, this.ballot !== null)
    }
  }

  /** Asks one lane anew in its place; the server keeps the new answer. */
  async again(lane: number): Promise<void> {
    const old = this.lanes[lane]
    if (!old || !this.id || this.busy) return
    const control = new AbortController()
    this.running = control
    const fresh = newLane(lane, this.question, old.arm)
    this.lanes = this.lanes.map((one) => (one.lane === lane ? fresh : one))
    this.changed()
    try {
      const events = this.client.events(at(this.id, `/lanes/${lane}/again`), { visitor: visitor() }, control.signal)
      for await (const event of comparisonOf(events)) if (this.running === control) this.take(event)
    } catch (error) {
      const failure = Failure.of(error)
      if (!isAbort(error)) this.lanes = this.lanes.map((one) => (one.lane === lane && isOpen(one.turn) ? { ...one, turn: failed(one.turn, failure) } : one))
    } finally {
      if (this.running === control) {
        this.running = null
        this.lanes = this.lanes.map((one) => (isOpen(one.turn) ? { ...one, turn: { ...one.turn, state: 'stopped' } } : one))
        this.changed()
      }
    }
  }

  private async fetch(id: string, only: boolean = false): Promise<void> {
    try {
      const kept = await this.client.json<Kept>('GET', at(id), { query: { visitor: visitor() } })
      if (this.id !== id || this.busy) return
      this.tally = kept.votes
      this.created = kept.created_at
      if (!only) this.show(kept)
    } catch (error) {
      if (this.id === id && !only) this.failure = Failure.of(error)
    }
    this.changed()
  }

  private show(kept: Kept): void {
    const { question, collection, blind, lanes, voted } = kept
    const shown = lanes.map((lane) => keptLane(lane, question, kept.created_at))
    Object.assign(this, {
      question,
      collection,
      blind,
      lanes: shown,
      ended: lanes.filter((lane) => lane.state !== 'running').length,
      canVote: kept.can_vote,
      ballot: voted ? { winner: voted.winner, reason: voted.reason, why: voted.why_not } : kept.revealed && blind ? this.ballot : null,
      elsewhere: kept.state === 'running',
    })
    clearTimeout(this.timer)
    if (this.elsewhere) this.timer = setTimeout(() => void this.fetch(kept.id), POLL_SECONDS * 1000)
  }
}

export async function recent(client: Client, limit: number): Promise<readonly Listed[]> {
  const page = await client.json<Page<Listed>>('GET', '/api/comparisons', { query: { limit, visitor: visitor() } })
  return page.items
}

export async function promptsOf(client: Client, id: string): Promise<readonly Prompts[]> {
  return (await client.json<{ readonly lanes: readonly Prompts[] }>('GET', at(id, '/prompts'), { query: { visitor: visitor() } })).lanes
}
