import { describe, expect, it } from 'vitest'
import { answerOf, chatEvent } from '../src/api/chat-events'
import { EventParser, eventsOf, type ServerEvent } from '../src/api/sse'

const parse = (...pieces: string[]): ServerEvent[] => {
  const parser = new EventParser()
  return pieces.flatMap((piece) => parser.push(piece))
}

const body = (...pieces: (string | Uint8Array)[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(control) {
      for (const piece of pieces) control.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)
      control.close()
    },
  })

describe('the event parser', () => {
  it('reads an event with its name', () => {
    expect(parse('event: delta\ndata: {"text":"a"}\n\n')).toEqual([{ event: 'delta', data: '{"text":"a"}', id: '' }])
  })

  it('joins several data lines and strips one space only', () => {
    expect(parse('data: a\ndata:  b\ndata:c\n\n')[0]).toMatchObject({ event: 'message', data: 'a\n b\nc' })
  })

  it('ignores comments, unknown fields and events without data', () => {
    expect(parse(': keep-alive\n\nretry: 3\nfoo: bar\nevent: x\n\ndata: 1\n\n')).toEqual([{ event: 'message', data: '1', id: '' }])
  })

  it('forgets the name of an event that had no data', () => {
    expect(parse('event: x\n\ndata: 1\n\n')[0]?.event).toBe('message')
  })

  it('keeps an empty data line as an event', () => {
    expect(parse('data\n\n')).toEqual([{ event: 'message', data: '', id: '' }])
  })

  it('drops what no blank line has closed', () => {
    expect(parse('data: 1\n\ndata: 2\n')).toHaveLength(1)
  })

  it('skips a byte order mark at the start only', () => {
    expect(parse('\ufeffdata: 1\n\n\ufeffdata: 2\n\n').map((event) => event.data)).toEqual(['1'])
  })

  it.each(['\n', '\r', '\r\n'])('gives the same events however the stream is cut (line end %j)', (end) => {
    const whole = ['event: a', 'data: 1', 'data: 2', '', ': note', 'id: 7', 'data: 三', '', 'x'].join(end)
    const expected = [
      { event: 'a', data: '1\n2', id: '' },
      { event: 'message', data: '三', id: '7' },
    ]
    for (let cut = 0; cut <= whole.length; cut += 1) expect(parse(whole.slice(0, cut), whole.slice(cut))).toEqual(expected)
    expect(parse(...whole)).toEqual(expected)
  })

  it('gives a stream up that has fallen silent', async () => {
    let cancelled = false
    const silent = new ReadableStream<Uint8Array>({ start: (control) => control.enqueue(new TextEncoder().encode('data: 1\n\n')), cancel: () => void (cancelled = true) })
    const seen: string[] = []
    const read = async (): Promise<void> => {
      for await (const event of eventsOf(silent, 0.02)) seen.push(event.data)
    }
    await expect(read()).rejects.toMatchObject({ code: 'timeout' })
    expect(seen).toEqual(['1'])
    expect(cancelled).toBe(true)
  })

  it('decodes characters that were cut between two chunks', async () => {
    const bytes = new TextEncoder().encode('data: 年假\n\n')
    const seen: string[] = []
    for await (const event of eventsOf(body(bytes.slice(0, 7), bytes.slice(7, 10), bytes.slice(10)))) seen.push(event.data)
    expect(seen).toEqual(['年假'])
  })
})

describe('the events of an answer', () => {
  const collect = async (text: string): Promise<string[]> => {
    const types: string[] = []
    for await (const event of answerOf(eventsOf(body(text)))) types.push(event.type)
    return types
  }

  it('ends at finished and reads nothing after it', async () => {
    expect(await collect('event: delta\ndata: {"text":"a"}\n\nevent: finished\ndata: {"answer":{}}\n\nevent: delta\ndata: {"text":"b"}\n\n')).toEqual(['delta', 'finished'])
  })

  it('takes a stream that just stops for a failure', async () => {
    await expect(collect('event: started\ndata: {"id":"1"}\n\nevent: delta\ndata: {"text":"a"}\n\n')).rejects.toMatchObject({ code: 'stream_cut' })
  })

  it('takes data that is no JSON for a failure', async () => {
    await expect(collect('event: delta\ndata: <html>\n\n')).rejects.toMatchObject({ code: 'bad_stream' })
  })

  it('carries the code, message and hint of a failure', () => {
    const event = chatEvent({ event: 'failed', data: '{"code":"model_down","message":"m","hint":"h"}', id: '' })
    expect(event).toMatchObject({ type: 'failed', failure: { code: 'model_down', message: 'm', hint: 'h' } })
  })

  it('passes over events it does not know', async () => {
    expect(await collect('event: lane\ndata: {}\n\nevent: finished\ndata: {"answer":{}}\n\n')).toEqual(['finished'])
  })
})
