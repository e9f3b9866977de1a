import { Failure } from './failure'

export interface ServerEvent {
  readonly event: string
  readonly data: string
  readonly id: string
}

/**
 * The event stream parser of the HTML standard, fed with text as it arrives.
 * Lines end in LF, CR or CRLF, wherever the chunks were cut; an event that no blank line closed is dropped.
 */
export class EventParser {
  private rest = ''
  private first = true
  private event = ''
  private data: string[] = []
  private id = ''

  push(text: string): ServerEvent[] {
    this.rest += text
    if (this.first && this.rest.length > 0) {
      if (this.rest.charCodeAt(0) === 0xfeff) this.rest = this.rest.slice(1)
      this.first = false
    }
    const events: ServerEvent[] = []
    let from = 0
    for (let at = 0; at < this.rest.length; at += 1) {
      const char = this.rest[at]
      if (char !== '\n' && char !== '\r') continue
      // A CR at the very end may be the first half of a CRLF: wait for what follows.
      if (char === '\r' && at === this.rest.length - 1) break
      this.line(this.rest.slice(from, at), events)
      if (char === '\r' && this.rest[at + 1] === '\n') at += 1
      from = at + 1
    }
    this.rest = this.rest.slice(from)
    return events
  }

  private line(line: string, events: ServerEvent[]): void {
    if (line === '') {
      if (this.data.length > 0) events.push({ event: this.event || 'message', data: this.data.join('\n'), id: this.id })
      this.event = ''
      this.data = []
      return
    }
    const colon = line.indexOf(':')
    if (colon === 0) return
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') this.data.push(value)
    else if (field === 'event') this.event = value
    else if (field === 'id' && !value.includes('\0')) this.id = value
  }
}

/** The server says something at least every 15 seconds, if only a comment: after this long the connection is dead. */
const SILENCE_SECONDS = 60

/** Reads a response body as server-sent events until it ends. Throws `Failure` when it falls silent. */
export async function* eventsOf(body: ReadableStream<Uint8Array>, silence = SILENCE_SECONDS): AsyncGenerator<ServerEvent> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const parser = new EventParser()
  try {
    for (;;) {
      const { done, value } = await timely(reader.read(), silence)
      if (done) return
      yield* parser.push(decoder.decode(value, { stream: true }))
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

async function timely<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(Failure.here('timeout')), seconds * 1000)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
