import type { Client } from '../api/client'
import { Failure, isAbort } from '../api/failure'
import { visitor } from '../chat/shelf'
import { failed, isOpen } from '../chat/turn'
import { compare, vote } from './api'
import type { CompareEvent } from './events'
import { heard, newLane, settled, told, type Lane } from './lane'
import type { Wanted, WhyNot, Winner } from './types'

/** A vote that was given, and whether it counts. */
export interface Ballot {
  readonly winner: Winner
  readonly reason: string | null
  readonly why: WhyNot | null
}

/** Where a question is asked; with a conversation, after what was said there. */
export interface Setting {
  readonly collection: string | null
  readonly blind: boolean
  readonly conversation?: string | null
}

/** One question and its lanes while they answer, and the vote on them. */
export class Battle {
  id: string | null = null
  question = ''
  collection: string | null = null
  blind = false
  lanes: readonly Lane[] = []
  ended = 0
  /** What went wrong with all of it: refused, unreachable, cut. */
  failure: Failure | null = null
  ballot: Ballot | null = null
  canVote = false
  /** A vote is on its way. */
  voting = false
  protected running: AbortController | null = null

  constructor(
    protected readonly client: Client,
    protected readonly changed: () => void,
    private readonly source: 'compare' | 'widget' = 'compare',
  ) {}

  get busy(): boolean {
    return this.running !== null
  }

  /** Whether the names are to be shown. */
  get open(): boolean {
    return !this.blind || this.ballot !== null
  }

  clear(): void {
    this.running?.abort()
    this.running = null
    Object.assign(this, { id: null, question: '', blind: false, lanes: [], ended: 0, failure: null, ballot: null, canVote: false, voting: false })
    this.changed()
  }

  /** Asks; `wanted` null lets the service draw two lanes by lot, which is for blind comparisons only. */
  async ask(question: string, wanted: readonly Wanted[] | null, { collection, blind, conversation = null }: Setting): Promise<void> {
    this.clear()
    const control = new AbortController()
    this.running = control
    const blank = Array.from({ length: wanted?.length ?? 2 }, (_, lane) => newLane(lane, question, null))
    Object.assign(this, { question, collection, blind, lanes: blank })
    this.changed()
    const here = (): boolean => this.running === control
    try {
      const asked = { question, ...(wanted ? { variants: [...wanted] } : {}), collection, blind, visitor: visitor(), ...(conversation ? { conversation_id: conversation } : {}) }
      for await (const event of compare(this.client, asked, control.signal)) if (here()) this.take(event)
    } catch (error) {
      if (here() && !isAbort(error)) this.broken(Failure.of(error))
    } finally {
      if (here()) {
        this.running = null
        this.lanes = this.lanes.map((lane) => settled(lane, this.blind))
        this.canVote = this.id !== null && this.lanes.every(({ turn }) => turn.state === 'answered' || turn.state === 'declined')
        this.changed()
      }
    }
  }

  stop(): void {
    this.running?.abort()
  }

  /** Throws `Failure`: 409 when this visitor has voted already, or when there is nothing to vote on. */
  async vote(winner: Winner, reason = ''): Promise<void> {
    if (!this.id || !this.canVote) return
    this.canVote = false
    this.voting = true
    this.changed()
    try {
      const result = await vote(this.client, this.id, { winner, reason: reason.trim() || undefined, visitor: visitor(), source: this.source })
      this.ballot = { winner: result.winner, reason: reason.trim() || null, why: result.why_not }
      this.lanes = this.lanes.map((lane) => {
        const now = result.lanes.find((one) => one.lane === lane.lane)
        return now ? told(lane, now) : lane
      })
    } catch (error) {
      // A vote that never arrived can be given again; one that was refused cannot.
      this.canVote = Failure.of(error).status !== 409
      throw error
    } finally {
      this.voting = false
      this.changed()
    }
  }

  protected take(event: CompareEvent): void {
    if (event.type === 'comparison') {
      this.id = event.id
      this.blind = event.blind
      this.lanes = Array.from({ length: event.lanes }, (_, lane) => newLane(lane, this.question, event.arms[lane] ?? null))
    } else if (event.type === 'lane') {
      this.lanes = this.lanes.map((lane) => (lane.lane === event.lane ? heard(lane, event.event) : lane))
    } else if (event.type === 'progress') this.ended = event.ended
    if (!this.blind) this.ended = this.lanes.filter(({ turn }) => !isOpen(turn)).length
    this.changed()
  }

  /** A failure before anything was shown belongs to the whole; a later one to the lanes that had not ended. */
  private broken(failure: Failure): void {
    if (this.id === null) Object.assign(this, { failure, lanes: [] })
    else this.lanes = this.lanes.map((lane) => (isOpen(lane.turn) ? { ...lane, turn: failed(lane.turn, failure) } : lane))
  }
}
