// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../src/api/client'
import { Failure } from '../src/api/failure'
import type { ServerEvent } from '../src/api/sse'
import { Battle } from '../src/compare/battle'
import { diff, words } from '../src/compare/diff'
import { comparisonOf } from '../src/compare/events'
import { lanesOfText, lanesToText, place, same, wantedOf } from '../src/compare/plan'
import { compared, tallied } from '../src/compare/prompt-lines'
import { dollars } from '../src/compare/strip'
import { winnerOf } from '../src/compare/vote-bar'
import { due } from '../src/widget/vote'
import { axis, oddsOf, timesOf } from '../src/workspace/leaderboard/board'
import { answer } from './answers'

const event = (event: string, data: unknown): ServerEvent => ({ event, data: JSON.stringify(data), id: '' })

async function* stream(events: readonly ServerEvent[]): AsyncGenerator<ServerEvent> {
  yield* events
}

const arm = (variant: string) => ({ variant, label: variant, approach: 'rag', model: 'm', parameters: {} })

describe('the difference of two texts', () => {
  it('is the shortest, and puts together again to both', () => {
    const [a, b] = ['the cat sat on the old mat', 'a cat sat on the mat today']
    const parts = diff(words(a), words(b))
    const side = (other: string): string => parts.filter(({ kind }) => kind !== other).flatMap(({ items }) => items).join('')
    expect([side('second'), side('first')]).toEqual([a, b])
    expect(parts.filter(({ kind }) => kind === 'both').flatMap(({ items }) => items).join('')).toBe('cat sat on the ')
  })

  it('says when nothing differs, and when everything does', () => {
    expect(diff(['a', 'b'], ['a', 'b'])).toEqual([{ kind: 'both', items: ['a', 'b'] }])
    expect(diff([], ['a'])).toEqual([{ kind: 'second', items: ['a'] }])
    expect(diff<string>([], [])).toEqual([])
    expect(words('假期 days 有 27 天').join('|')).toBe('假|期| |days |有| |27 |天')
  })

  it('of prompts tells what was added, and alike lines by their words', () => {
    const plain = [{ role: 'system', content: 'Be exact.\nBe short.' }, { role: 'user', content: 'How many days of leave?' }]
    const rag = [{ role: 'system', content: 'Be exact.\nBe short.' }, { role: 'user', content: 'Excerpts:\n27 days of paid leave.\nQuestion: How many days of leave?' }]
    const pieces = compared(plain, rag)
    expect(pieces.map(({ kind }) => kind)).toEqual(['both', 'second', 'changed'])
    expect(tallied(pieces)).toEqual({ first: 0, second: 3 })
    expect(tallied(compared(plain, plain))).toEqual({ first: 0, second: 0 })
    // The same text said by another role is not the same.
    expect(tallied(compared([{ role: 'user', content: 'x' }], [{ role: 'system', content: 'x' }]))).toEqual({ first: 1, second: 1 })
  })
})

describe('a plan of lanes', () => {
  it('survives its way through an address', () => {
    const lanes = [place('plain'), place('my, own~one', { k: 8, check: false, min_fit: 0.25 })]
    const back = lanesOfText(lanesToText(lanes))
    expect(back.map(({ variant, parameters }) => ({ variant, parameters }))).toEqual(lanes.map(({ variant, parameters }) => ({ variant, parameters })))
    expect(lanesOfText('')).toEqual([])
    expect(lanesOfText('a,b,c,d,e,f,g')).toHaveLength(6)
  })

  it('knows what was changed in place by its name', () => {
    expect(wantedOf({ variant: 'rag (check=false, k=8)' }, [])).toEqual({ variant: 'rag', parameters: { check: false, k: 8 } })
    expect(wantedOf({ variant: 'mine (k=8)' }, [{ name: 'mine (k=8)' }])).toEqual({ variant: 'mine (k=8)' })
    expect(wantedOf({ variant: 'mine (new)' }, [])).toEqual({ variant: 'mine (new)' })
    expect(same(place('rag', { k: 1, check: true }), place('rag', { check: true, k: 1 }))).toBe(true)
    expect(same(place('rag', { k: 1 }), place('rag'))).toBe(false)
  })
})

describe('the events of a comparison', () => {
  it('end with done, else they were cut', async () => {
    const read = async (events: ServerEvent[]): Promise<string[]> => {
      const types: string[] = []
      for await (const one of comparisonOf(stream(events))) types.push(one.type)
      return types
    }
    const whole = [event('comparison', { id: 'c', lanes: 2, blind: false, lane: [] }), event('later', {}), event('delta', { lane: 1, text: 'x' }), event('done', { id: 'c' })]
    expect(await read(whole)).toEqual(['comparison', 'lane', 'done'])
    await expect(read(whole.slice(0, 3))).rejects.toMatchObject({ code: 'stream_cut' })
    await expect(read([event('failed', { code: 'compare_busy', message: 'Busy.', hint: '' })])).rejects.toMatchObject({ code: 'compare_busy' })
  })
})

const blindEvents = [
  event('comparison', { id: 'c', lanes: 2, blind: true, lane: [] }),
  event('progress', { ended: 1, lanes: 2 }),
  event('progress', { ended: 2, lanes: 2 }),
  event('delta', { lane: 0, text: 'Zero.' }),
  event('delta', { lane: 1, text: 'One.' }),
  event('done', { id: 'c' }),
]

describe('a battle', () => {
  beforeEach(() => localStorage.clear())

  const battle = (events: readonly ServerEvent[], voting: () => Promise<unknown> = () => Promise.reject(new Error('no vote'))) => {
    const sent: unknown[] = []
    const client = { events: (_path: string, body: unknown) => (sent.push(body), stream(events)), json: (_m: string, _p: string, { body }: { body: unknown }) => (sent.push(body), voting()) } as unknown as Client
    return { it: new Battle(client, () => undefined), sent }
  }

  it('keeps its lanes apart, and one that failed does not take the other with it', async () => {
    const { it: open } = battle([
      event('comparison', { id: 'c', lanes: 2, blind: false, lane: [arm('plain'), arm('rag')] }),
      event('started', { lane: 1, id: 'a', conversation_id: 'v', variant: 'rag' }),
      event('failed', { lane: 0, code: 'x', message: 'No.', hint: '' }),
      event('delta', { lane: 1, text: 'Yes.' }),
      event('finished', { lane: 1, answer: answer({ text: 'Yes.' }) }),
      event('done', { id: 'c' }),
    ])
    await open.ask('?', [{ variant: 'plain' }, { variant: 'rag' }], { collection: null, blind: false })
    expect(open.lanes.map(({ turn, arm }) => [arm?.variant, turn.state, turn.text])).toEqual([['plain', 'failed', ''], ['rag', 'answered', 'Yes.']])
    expect(open.canVote).toBe(false)
  })

  it('keeps what came when the stream is cut', async () => {
    const { it: cut } = battle([event('comparison', { id: 'c', lanes: 2, blind: false, lane: [arm('a'), arm('b')] }), event('finished', { lane: 0, answer: answer() })])
    await cut.ask('?', [{ variant: 'a' }, { variant: 'b' }], { collection: null, blind: false })
    expect(cut.lanes.map(({ turn }) => turn.state)).toEqual(['answered', 'failed'])
    expect(cut.failure).toBeNull()
  })

  it('tells what was wrong when nothing began', async () => {
    const { it: refused } = battle([event('failed', { code: 'compare_busy', message: 'Busy.', hint: 'Later.' })])
    await refused.ask('?', [{ variant: 'a' }, { variant: 'b' }], { collection: null, blind: false })
    expect([refused.failure?.code, refused.lanes, refused.question, refused.busy]).toEqual(['compare_busy', [], '?', false])
  })

  it('votes with the same visitor who asked, and then knows the names', async () => {
    const lanes = ['rag', 'plain'].map((variant, lane) => ({ lane, ...arm(variant), reveals: null, answer: answer({ variant, text: `${variant} said` }) }))
    const { it: blind, sent } = battle(blindEvents, () => Promise.resolve({ id: 'c', winner: 1, counted: true, why_not: null, lanes }))
    await blind.ask('?', null, { collection: 'x', blind: true })
    expect([blind.canVote, blind.open, blind.lanes.map(({ arm, turn }) => [arm, turn.text])]).toEqual([true, false, [[null, 'Zero.'], [null, 'One.']]])
    await blind.vote(1, ' ')
    expect(blind.lanes.map(({ arm, turn }) => [arm?.variant, turn.text])).toEqual([['rag', 'rag said'], ['plain', 'plain said']])
    expect([blind.open, blind.canVote, blind.ballot]).toEqual([true, false, { winner: 1, reason: null, why: null }])
    const [asked, voted] = sent as { visitor: string; variants?: unknown; reason?: string }[]
    expect(asked).not.toHaveProperty('variants')
    expect(voted?.visitor).toBe(asked?.visitor)
    expect(voted?.reason).toBeUndefined()
  })

  it('can vote again when the vote was lost, not when it was refused', async () => {
    for (const [status, again] of [[0, true], [409, false]] as const) {
      const { it: blind } = battle(blindEvents, () => Promise.reject(new Failure('x', 'No.', '', status)))
      await blind.ask('?', null, { collection: null, blind: true })
      await expect(blind.vote('tie')).rejects.toMatchObject({ status })
      expect([blind.canVote, blind.open]).toEqual([again, false])
    }
  })
})

describe('small things', () => {
  it('votes by keys of lanes that are there', () => {
    expect(['1', '2', '3', '0', 'x', 'X', 'a', 'Enter'].map((key) => winnerOf(key, 2))).toEqual([0, 1, null, 'tie', 'both_bad', 'both_bad', null, null])
  })

  it('asks the widget’s visitors now and then', () => {
    expect([due('never', 0), due('sometimes', 0.19), due('sometimes', 0.2), due('always', 0.99)]).toEqual([false, true, false, true])
  })

  it('writes money so that it says something', () => {
    expect([0, 0.00000042, 0.00042, 0.034, 1.5].map(dollars)).toEqual(['$0', '$0.00000042', '$0.00042', '$0.034', '$1.50'])
  })

  it('draws axes with round ends around every interval', () => {
    const { from, to, ticks } = axis([942.4], [1093])
    expect([from <= 942.4, to >= 1093, ticks[0], ticks.at(-1)]).toEqual([true, true, from, to])
    expect(axis([1000], [1000]).ticks.length).toBeGreaterThan(1)
  })

  it('tells coefficients as odds, and nothing when 0 is within', () => {
    expect(oddsOf({ estimate: Math.LN2, low: 0.1, high: 1 })).toMatchObject({ sure: true, times: 2 })
    expect(oddsOf({ estimate: 0.4, low: -0.1, high: 1 }).sure).toBe(false)
    expect([timesOf(1.23), timesOf(0.05), timesOf(12.4)]).toEqual(['1.2×', '0.05×', '12×'])
  })
})
