import type { Client } from '../api/client'
import { Failure, isAbort } from '../api/failure'
import { Shelf, visitor, type Saved } from './shelf'
import { advanced, failed, isOpen, newTurn, type Turn } from './turn'

/** One conversation: its turns, the stream that is running, and its place on the shelf. */
export class Conversation {
  key = Math.random().toString(36).slice(2, 12)
  id: string | null = null
  turns: readonly Turn[] = []
  private running: AbortController | null = null

  constructor(
    private readonly client: Client,
    private readonly shelf: Shelf,
    private readonly changed: () => void,
    public collection: string | null = null,
  ) {}

  get busy(): boolean {
    return this.running !== null
  }

  get last(): Turn | null {
    return this.turns.at(-1) ?? null
  }

  /** Shows a kept conversation, or an empty one. */
  load(saved: Saved | null): void {
    if (this.running) {
      this.stop()
      this.save()
      this.running = null
    }
    this.key = saved?.key ?? Math.random().toString(36).slice(2, 12)
    this.id = saved?.id ?? null
    this.turns = saved?.turns ?? []
    if (saved?.collection) this.collection = saved.collection
    this.changed()
  }

  ask(question: string, variant: string | null): Promise<void> {
    return this.stream([...this.turns, newTurn(question, variant)])
  }

  /** Asks a turn's question again in its place; the server leaves the old answer out of the history. */
  regenerate(key: string): Promise<void> {
    const at = this.turns.findIndex((turn) => turn.key === key)
    const old = this.turns[at]
    if (!old || this.busy) return Promise.resolve()
    return this.stream([...this.turns.slice(0, at), newTurn(old.question, old.variant)], old.id)
  }

  /** Asks the last question again, below, with another variant. */
  askAgainWith(variant: string): Promise<void> {
    const old = this.last
    if (!old || this.busy) return Promise.resolve()
    return this.stream([...this.turns, newTurn(old.question, variant)], old.id)
  }

  /** Goes on from an answer that was given elsewhere: the preferred one of two. */
  adopt(turn: Turn): void {
    if (this.busy) return
    this.id = turn.answer?.conversation_id ?? this.id
    this.turns = [...this.turns, turn]
    this.save()
    this.changed()
  }

  stop(): void {
    this.running?.abort()
  }

  async rate(key: string, rating: 1 | -1 | null, reason?: string, comment?: string): Promise<void> {
    const turn = this.turns.find((one) => one.key === key)
    if (!turn?.id) return
    const before = turn.rating
    this.replace(key, { rating })
    try {
      if (rating === null) await this.client.unrate(turn.id)
      else await this.client.rate(turn.id, rating, reason, comment)
      this.save()
    } catch (error) {
      this.replace(key, { rating: before })
      throw error
    }
  }

  private async stream(turns: readonly Turn[], replaces: string | null = null): Promise<void> {
    const turn = turns.at(-1)
    if (!turn || this.busy) return
    const control = new AbortController()
    this.running = control
    this.turns = turns
    this.changed()
    let now = turn
    const set = (next: Turn): void => {
      now = next
      if (this.running === control) this.replace(turn.key, next)
    }
    try {
      const question = {
        question: turn.question,
        variant: turn.variant,
        collection: this.collection,
        conversation_id: this.id,
        visitor: visitor(),
        ...(replaces && this.id ? { replaces } : {}),
      }
      for await (const event of this.client.ask(question, control.signal)) {
        if (event.type === 'started' && this.running === control) this.id = event.conversation_id
        set(advanced(now, event))
      }
    } catch (error) {
      set(isAbort(error) ? { ...now, state: 'stopped' } : failed(now, Failure.of(error)))
    } finally {
      if (isOpen(now)) set({ ...now, state: 'stopped' })
      if (this.running === control) {
        this.running = null
        this.save()
        this.changed()
      }
    }
  }

  private replace(key: string, change: Partial<Turn>): void {
    this.turns = this.turns.map((turn) => (turn.key === key ? { ...turn, ...change } : turn))
    this.changed()
  }

  private save(): void {
    if (this.turns.length === 0) return
    this.shelf.put({ key: this.key, id: this.id, collection: this.collection, at: Date.now(), turns: this.turns })
  }
}
