// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest'
import type { ChatEvent } from '../src/api/chat-events'
import type { Client } from '../src/api/client'
import { Failure } from '../src/api/failure'
import { Conversation } from '../src/chat/conversation'
import { Shelf, visitor } from '../src/chat/shelf'
import { answer } from './answers'

type Script = (signal: AbortSignal) => AsyncGenerator<ChatEvent>

const asked: Record<string, unknown>[] = []
const rated: unknown[] = []

function conversation(script: Script, rating: () => Promise<void> = () => Promise.resolve()): { talk: Conversation; shelf: Shelf } {
  const shelf = new Shelf('test')
  const client = {
    ask: (question: Record<string, unknown>, signal: AbortSignal) => (asked.push(question), script(signal)),
    rate: (...all: unknown[]) => (rated.push(all), rating()),
    unrate: (id: string) => (rated.push([id, null]), rating()),
  } as unknown as Client
  return { talk: new Conversation(client, shelf, () => undefined, 'default'), shelf }
}

const says = (text: string, id = 'a1'): Script =>
  async function* () {
    yield { type: 'started', id, conversation_id: 'c1', variant: 'rag' }
    yield { type: 'delta', text }
    yield { type: 'finished', answer: answer({ id, text }) }
  }

beforeEach(() => {
  localStorage.clear()
  asked.length = 0
  rated.length = 0
})

describe('a conversation', () => {
  it('streams an answer and keeps it for the next visit', async () => {
    const { talk, shelf } = conversation(says('Yes.'))
    await talk.ask('Is it?', 'rag')
    expect(talk.last).toMatchObject({ state: 'answered', text: 'Yes.' })
    expect(shelf.get('c1')?.turns[0]?.question).toBe('Is it?')
    expect(asked[0]).toMatchObject({ question: 'Is it?', variant: 'rag', collection: 'default', conversation_id: null, visitor: visitor() })
  })

  it('carries the conversation on, and names the answer that a new one replaces', async () => {
    const { talk } = conversation(says('Yes.'))
    await talk.ask('Is it?', 'rag')
    await talk.ask('Really?', 'rag')
    expect(asked[1]).toMatchObject({ conversation_id: 'c1' })
    expect(asked[1]).not.toHaveProperty('replaces')
    await talk.askAgainWith('plain')
    expect(asked[2]).toMatchObject({ question: 'Really?', variant: 'plain', replaces: 'a1' })
    expect(talk.turns).toHaveLength(3)
    await talk.regenerate(talk.turns[1]?.key ?? '')
    expect(asked[3]).toMatchObject({ question: 'Really?', variant: 'rag', replaces: 'a1' })
    expect(talk.turns).toHaveLength(2)
  })

  it('stops when told to and keeps what had come', async () => {
    let seen: AbortSignal | undefined
    const { talk, shelf } = conversation(async function* (signal) {
      seen = signal
      yield { type: 'started', id: 'a1', conversation_id: 'c1', variant: 'rag' }
      yield { type: 'delta', text: 'Half' }
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new DOMException('stop', 'AbortError'))))
    })
    const done = talk.ask('Is it?', null)
    while (talk.last?.text !== 'Half') await Promise.resolve()
    talk.stop()
    await done
    expect(seen?.aborted).toBe(true)
    expect(talk.busy).toBe(false)
    expect(shelf.all()[0]?.turns[0]).toMatchObject({ state: 'stopped', text: 'Half' })
  })

  it('says what went wrong', async () => {
    const { talk } = conversation(async function* () {
      yield { type: 'delta', text: 'Half' }
      throw new Failure('stream_cut', 'Cut.', 'Ask again.')
    })
    await talk.ask('Is it?', null)
    expect(talk.last).toMatchObject({ state: 'failed', text: 'Half', error: { code: 'stream_cut', hint: 'Ask again.' } })
  })

  it('does not let an answer write into another conversation', async () => {
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const { talk, shelf } = conversation(async function* (signal) {
      if (asked.length > 1) await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new DOMException('stop', 'AbortError'))))
      await held
      yield { type: 'started', id: 'a1', conversation_id: 'c1', variant: 'rag' }
      yield { type: 'finished', answer: answer() }
    })
    const first = talk.ask('First?', null)
    talk.load(null)
    const second = talk.ask('Second?', null)
    release()
    await first
    expect(talk.turns.map((turn) => turn.question)).toEqual(['Second?'])
    expect(talk.id).toBeNull()
    expect(talk.busy).toBe(true)
    expect(shelf.all().map((saved) => saved.turns[0])).toMatchObject([{ question: 'First?', state: 'stopped' }])
    talk.stop()
    await second
    expect(shelf.all()).toHaveLength(2)
  })

  it('rates, takes back, and forgets a rating that was not saved', async () => {
    const { talk } = conversation(says('Yes.'))
    await talk.ask('Is it?', null)
    const key = talk.last?.key ?? ''
    await talk.rate(key, -1, 'incorrect', 'no')
    await talk.rate(key, null)
    expect(rated).toEqual([['a1', -1, 'incorrect', 'no'], ['a1', null]])
    const broken = conversation(says('Yes.'), () => Promise.reject(new Failure('x', 'No.')))
    await broken.talk.ask('Is it?', null)
    await expect(broken.talk.rate(broken.talk.last?.key ?? '', 1)).rejects.toMatchObject({ message: 'No.' })
    expect(broken.talk.last?.rating).toBeNull()
  })
})

describe('the shelf', () => {
  it('survives damaged storage', () => {
    localStorage.setItem('test', '{"not":"a list"')
    expect(new Shelf('test').all()).toEqual([])
    localStorage.setItem('test', '[null, 3, {"key":"k","turns":[{"question":"q"}]}, {"key":"k2","turns":[null]}]')
    expect(new Shelf('test').all().map((saved) => saved.key)).toEqual(['k'])
  })

  it('keeps one visitor', () => {
    expect(visitor()).toMatch(/^[\da-f]{32}$/)
    expect(visitor()).toBe(visitor())
  })
})
