import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import { eventsOf } from '../../api/sse'
import type { Page } from '../../api/types'
import type { Check, Estimate, Job, NewJob, Pair, PairChange, PairSet, PairStatus, TrainedPair, Trainer } from './types'

const set = (id: string, rest = ''): string => `/api/pairs/${encodeURIComponent(id)}${rest}`
const at = (id: string, rest = ''): string => `/api/finetunes/${encodeURIComponent(id)}${rest}`

/** Training pairs and training jobs of one service. Every method throws `Failure`. */
export class Workshop {
  constructor(private readonly client: Client) {}

  sets(cursor: string | null = null): Promise<Page<PairSet>> {
    return this.client.json('GET', '/api/pairs', { query: { cursor, limit: 100 } })
  }

  set(id: string): Promise<PairSet> {
    return this.client.json('GET', set(id))
  }

  /** A file of pairs; all of it is kept or nothing. */
  upload(file: File): Promise<PairSet> {
    const form = new FormData()
    form.append('file', file, file.name)
    return this.client.form('/api/pairs', form)
  }

  fromFeedback(name: string): Promise<PairSet> {
    return this.client.json('POST', '/api/pairs/from-feedback', { body: { name } })
  }

  draft(wanted: { readonly collection: string; readonly documents: readonly string[] | null; readonly count: number }): Promise<PairSet> {
    return this.client.json('POST', '/api/pairs/draft', { body: wanted })
  }

  removeSet(id: string): Promise<unknown> {
    return this.client.json('DELETE', set(id))
  }

  pairs(id: string, status: PairStatus, cursor: string | null = null): Promise<Page<Pair>> {
    return this.client.json('GET', set(id, '/items'), { query: { status, cursor, limit: 50 } })
  }

  add(id: string, pair: { readonly question: string; readonly answer: string; readonly document?: string }): Promise<PairSet> {
    return this.client.json('POST', set(id, '/items'), { body: { pairs: [pair] } })
  }

  change(id: string, pair: string, change: PairChange): Promise<Pair> {
    return this.client.json('PATCH', set(id, `/items/${encodeURIComponent(pair)}`), { body: change })
  }

  /** Judges all drafts that have an answer at once. */
  review(id: string, status: 'accepted' | 'rejected'): Promise<PairSet> {
    return this.client.json('POST', set(id, '/review'), { body: { status } })
  }

  check(id: string): Promise<Check> {
    return this.client.json('GET', set(id, '/check'))
  }

  async trainers(): Promise<readonly Trainer[]> {
    return (await this.client.json<Page<Trainer>>('GET', '/api/finetunes/trainers')).items
  }

  begin(wanted: NewJob): Promise<Job> {
    return this.client.json('POST', '/api/finetunes', { body: wanted })
  }

  /** What it would cost and what is wrong with its pairs; nothing is kept. */
  estimate(wanted: NewJob): Promise<{ readonly estimate: Estimate | null; readonly check: Check }> {
    return this.client.json('POST', '/api/finetunes/estimate', { body: wanted })
  }

  jobs(cursor: string | null = null): Promise<Page<Job>> {
    return this.client.json('GET', '/api/finetunes', { query: { cursor, limit: 50 } })
  }

  job(id: string): Promise<Job> {
    return this.client.json('GET', at(id))
  }

  /** The job as it goes on, its `loss` with new points only after the first; the last one is `ended`, with all of them. */
  async *follow(id: string, signal: AbortSignal): AsyncGenerator<{ readonly job: Job; readonly ended: boolean }> {
    let response: Response
    try {
      response = await fetch(this.client.url(at(id, '/events')), { headers: { Accept: 'text/event-stream' }, signal })
    } catch (error) {
      throw signal.aborted ? error : Failure.here('unreachable')
    }
    if (!response.ok) throw Failure.of(await response.json().catch(() => null), response.status)
    if (!response.body) throw Failure.here('stream_cut')
    for await (const { event, data } of eventsOf(response.body)) {
      if (event === 'job' || event === 'ended') yield { job: JSON.parse(data) as Job, ended: event === 'ended' }
      else if (event === 'failed') throw Failure.of(JSON.parse(data))
    }
  }

  trained(id: string, part: TrainedPair['part'], cursor: string | null = null): Promise<Page<TrainedPair>> {
    return this.client.json('GET', at(id, '/pairs'), { query: { part, cursor, limit: 50 } })
  }

  cancel(id: string): Promise<Job> {
    return this.client.json('POST', at(id, '/cancel'))
  }

  resume(id: string): Promise<Job> {
    return this.client.json('POST', at(id, '/resume'))
  }

  again(id: string): Promise<Job> {
    return this.client.json('POST', at(id, '/again'))
  }

  removeJob(id: string): Promise<unknown> {
    return this.client.json('DELETE', at(id))
  }
}
