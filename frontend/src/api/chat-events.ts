import { Failure } from './failure'
import type { ServerEvent } from './sse'
import type { Answer, Citation, Passage } from './types'

export type ChatEvent =
  | { readonly type: 'started'; readonly id: string; readonly conversation_id: string; readonly variant: string }
  | { readonly type: 'retrieved'; readonly passages: readonly Passage[] }
  | { readonly type: 'delta'; readonly text: string }
  | { readonly type: 'citations'; readonly citations: readonly Citation[] }
  | { readonly type: 'finished'; readonly answer: Answer }
  | { readonly type: 'failed'; readonly failure: Failure }

/** Reads one server event as a chat event; events of a later server version are `null`. */
export function chatEvent({ event, data }: ServerEvent): ChatEvent | null {
  if (!['started', 'retrieved', 'delta', 'citations', 'finished', 'failed'].includes(event)) return null
  let body: Record<string, unknown>
  try {
    body = JSON.parse(data) as Record<string, unknown>
  } catch {
    throw Failure.here('bad_stream')
  }
  switch (event) {
    case 'started':
      return { type: 'started', id: String(body.id), conversation_id: String(body.conversation_id), variant: String(body.variant) }
    case 'retrieved':
      return { type: 'retrieved', passages: (body.passages ?? []) as Passage[] }
    case 'delta':
      return { type: 'delta', text: String(body.text ?? '') }
    case 'citations':
      return { type: 'citations', citations: (body.citations ?? []) as Citation[] }
    case 'finished':
      return { type: 'finished', answer: (body.answer ?? body) as unknown as Answer }
    default:
      return { type: 'failed', failure: Failure.of(body) }
  }
}

/** The events of one answer. A stream that ends without saying how is a failure, never a short answer. */
export async function* answerOf(events: AsyncIterable<ServerEvent>): AsyncGenerator<ChatEvent> {
  for await (const raw of events) {
    const event = chatEvent(raw)
    if (event === null) continue
    yield event
    if (event.type === 'finished' || event.type === 'failed') return
  }
  throw Failure.here('stream_cut')
}
