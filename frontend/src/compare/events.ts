import { chatEvent, type ChatEvent } from '../api/chat-events'
import { Failure } from '../api/failure'
import type { ServerEvent } from '../api/sse'
import type { Arm } from './types'

export type CompareEvent =
  | { readonly type: 'comparison'; readonly id: string; readonly lanes: number; readonly blind: boolean; readonly arms: readonly Arm[] }
  | { readonly type: 'lane'; readonly lane: number; readonly event: ChatEvent }
  | { readonly type: 'progress'; readonly ended: number }
  | { readonly type: 'done' }

/** Reads one server event of a comparison; those of a later server are `null`. */
export function compareEvent(raw: ServerEvent): CompareEvent | null {
  const body = read(raw.data)
  switch (raw.event) {
    case 'comparison':
      return { type: 'comparison', id: String(body.id), lanes: Number(body.lanes), blind: body.blind === true, arms: (body.lane ?? []) as Arm[] }
    case 'progress':
      return { type: 'progress', ended: Number(body.ended) }
    case 'done':
      return { type: 'done' }
    case 'failed':
      // Without a lane the whole comparison failed.
      if (typeof body.lane !== 'number') throw Failure.of(body)
  }
  const event = typeof body.lane === 'number' ? chatEvent(raw) : null
  return event && { type: 'lane', lane: Number(body.lane), event }
}

/** The events of one comparison. A stream that ends without `done` was cut. */
export async function* comparisonOf(events: AsyncIterable<ServerEvent>): AsyncGenerator<CompareEvent> {
  for await (const raw of events) {
    const event = compareEvent(raw)
    if (event === null) continue
    yield event
    if (event.type === 'done') return
  }
  throw Failure.here('stream_cut')
}

function read(data: string): Record<string, unknown> {
  try {
    return JSON.parse(data) as Record<string, unknown>
  } catch {
    throw Failure.here('bad_stream')
  }
}
