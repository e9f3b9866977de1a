// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { givenOf } from '../src/answer/account'
import type { Answer } from '../src/api/types'
import { newLane } from '../src/compare/lane'
import type { LaneForm } from '../src/compare/lane-form'
import type { LaneView } from '../src/compare/lane-view'
import '../src/compare/lane-view'
import { asShown, roomFor, sharedSearch } from '../src/compare/settings'
import type { Parameter, Values } from '../src/compare/types'
import { keepSetup, readSetup } from '../src/workspace/compare/setup'
import type { Evidence } from '../src/workspace/evidence'
import '../src/workspace/evidence'
import { allBad } from '../src/workspace/leaderboard/board'
import { answer } from './answers'

const number = (name: string, usual: number, high: number): Parameter => ({ name, meaning: name, kind: 'integer', low: 1, high, default: usual })
const PARAMETERS: readonly Parameter[] = [number('max_tokens', 300, 1000), number('min_shine', 3, 9), number('k', 3, 10), number('passage_chars', 900, 4000)]

const trace = (...steps: readonly [string, Record<string, unknown>][]): Answer['trace'] => steps.map(([step, detail]) => ({ step, seconds: 0.1, detail }))
const rag = (given: number, more: Record<string, unknown> = {}): Answer =>
  answer({
    trace: trace(
      ['retrieve', { found: 8, ...more }],
      ['prompt', { chunks: Array.from({ length: given }, (_, n) => `c${n}`) }],
      ['model', {}],
      ['prompt', { chunks: ['c0'] }],
      ['model', {}],
    ),
  })

async function shown<T extends HTMLElement & { updateComplete: Promise<unknown> }>(name: string, properties: Partial<T>): Promise<T> {
  const part = Object.assign(document.createElement(name) as T, properties)
  document.body.append(part)
  await part.updateComplete
  return part
}

const within = (part: HTMLElement, selector: string): HTMLElement | null => part.shadowRoot?.querySelector<HTMLElement>(selector) ?? null
const said = (part: HTMLElement, selector: string): string => within(part, selector)?.textContent?.replace(/\s+/g, ' ').trim() ?? ''

async function type(form: LaneForm, name: string, value: string): Promise<void> {
  const field = within(form, `[name=${name}]`) as HTMLInputElement
  field.value = value
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await form.updateComplete
}

afterEach(() => document.body.replaceChildren())

describe('what went before a model', () => {
  it('is what stood in any of its prompts, and nothing where nothing was searched or asked', () => {
    expect([...(givenOf(rag(2)) ?? [])]).toEqual(['c0', 'c1'])
    expect(givenOf(answer({ trace: trace(['prompt', { chunks: [] }], ['model', {}]) }))).toBeNull()
    expect(givenOf(answer({ trace: trace(['retrieve', { found: 8 }], ['gate', { passed: false }]) }))).toBeNull()
  })

  it('is told beside the list of what was found', async () => {
    const passage = (chunk_id: string) => ({ document_id: 'd', name: 'a.md', version: 1, chunk_id, text: chunk_id, heading: [], page: null, start: 0, end: 1, score: 1, ranks: {} })
    const turn = { ...newLane(0, '?', null).turn, passages: ['c9', 'c0', 'c1'].map(passage), answer: rag(2) }
    const panel = await shown<Evidence>('px-evidence', { turn, view: 'passages' })
    expect(said(panel, '.hint')).toContain('the model was given 2 and 3.')
    panel.turn = { ...turn, answer: answer({ trace: [] }) }
    await panel.updateComplete
    expect(said(panel, '.hint')).not.toContain('was given')
  })

  it('tells a search that another lane made', () => {
    expect(sharedSearch(rag(1, { shared: 0.25 }))).toBe(0.25)
    expect(sharedSearch(rag(1))).toBeNull()
  })
})

describe('the settings of a lane', () => {
  const form = (more: Partial<LaneForm> = {}): Promise<LaneForm> => shown<LaneForm>('px-lane-form', { name: 'RAG', parameters: PARAMETERS, ...more })

  it('stand with the passages first, next to the room they share', () => {
    expect(asShown(PARAMETERS).map(({ name }) => name)).toEqual(['k', 'passage_chars', 'max_tokens', 'min_shine'])
    const [, , k, chars] = PARAMETERS as [Parameter, Parameter, Parameter, Parameter]
    expect([roomFor(8, k, chars), roomFor(3, k, chars), roomFor(10, k, { ...chars, high: 2000 })]).toEqual([2400, 900, 2000])
  })

  it('say that more passages share the same room, and give it with one click', async () => {
    const it_ = await form()
    expect(within(it_, '.room')).toBeNull()
    await type(it_, 'k', '8')
    expect(said(it_, '.room')).toContain('8 passages have to share 900 characters')
    within(it_, '.room button')?.click()
    await it_.updateComplete
    expect(within(it_, '.room')).toBeNull()
    const given: Values[] = []
    it_.addEventListener('values', (event) => given.push((event as CustomEvent<Values>).detail))
    expect(it_.apply()).toBe(true)
    expect(given).toEqual([{ k: 8, passage_chars: 2400 }])
  })

  it('of a copy are not applied before something differs', async () => {
    const it_ = await form({ copied: true, values: { k: 8 } })
    const given: Values[] = []
    it_.addEventListener('values', (event) => given.push((event as CustomEvent<Values>).detail))
    expect(it_.apply()).toBe(false)
    await it_.updateComplete
    expect(said(it_, '[role=alert]')).toContain('the same as the one it was copied from')
    await type(it_, 'k', '3')
    expect(within(it_, '[role=alert]')).toBeNull()
    expect(it_.apply()).toBe(true)
    expect(given).toEqual([{}])
  })
})

describe('a lane', () => {
  const face = { name: 'RAG', approach: 'rag', model: 'm', changes: { k: 8 } } as const
  const lane = (turn: Partial<ReturnType<typeof newLane>['turn']>) => {
    const blank = newLane(0, '?', { variant: 'rag (k=8)', label: 'RAG', approach: 'rag', model: 'm', parameters: { k: 8 } })
    return { ...blank, turn: { ...blank.turn, ...turn } }
  }

  it('says how many of its passages went before the model, and whose search it used', async () => {
    const done = rag(2, { shared: 0.2 })
    const view = await shown<LaneView>('px-lane', { face, lane: lane({ id: 'a', state: 'answered', text: 'Two.', answer: done }), parameters: PARAMETERS })
    expect(said(view, '.strip')).toContain('Passages read2 of up to 8')
    expect(said(view, '.note')).toContain('2 of at most 8 passages went before the model')
    expect(said(view, '.note')).toContain('its 0.2 s are not in this lane’s times')
  })

  it('says nothing of what needs no word', async () => {
    const view = await shown<LaneView>('px-lane', { face, lane: lane({ id: 'a', state: 'answered', text: 'Eight.', answer: rag(8) }), parameters: PARAMETERS })
    expect(said(view, '.strip')).toContain('Passages read8 of up to 8')
    expect(within(view, '.note')).toBeNull()
  })

  it('that waits says for whom', async () => {
    const view = await shown<LaneView>('px-lane', { face, lane: lane({}), ahead: ['Plain', 'Few-shot'] })
    expect(said(view, '.waiting')).toContain('Waits for the model, which is answering Plain and Few-shot')
    view.ahead = []
    await view.updateComplete
    expect(said(view, '.waiting')).toContain('Waiting for a free model')
  })

  it('keeps its buttons in their places while it answers', async () => {
    const view = await shown<LaneView>('px-lane', { face, lane: lane({ id: 'a', state: 'streaming', text: 'T' }), clonable: true, removable: true, plannable: false })
    const buttons = (): readonly [string, boolean][] => [...(view.shadowRoot?.querySelectorAll<HTMLButtonElement>('.deeds button, .facts .button') ?? [])].map((one) => [one.getAttribute('aria-label') ?? '', one.disabled])
    const names = ['Change settings: RAG', 'Remove lane: RAG', 'Same, but…: RAG']
    expect(buttons()).toEqual(names.map((name) => [name, true]))
    view.plannable = true
    await view.updateComplete
    expect(buttons()).toEqual(names.map((name) => [name, false]))
  })
})

describe('the plan of a page', () => {
  beforeEach(() => localStorage.clear())

  it('is blind between the chosen lanes; drawing by lot is asked for', () => {
    expect(readSetup().byLot).toBe(false)
    keepSetup({ ...readSetup(), blind: true })
    expect([readSetup().blind, readSetup().byLot]).toEqual([true, false])
    keepSetup({ ...readSetup(), byLot: true })
    expect(readSetup().byLot).toBe(true)
  })
})

describe('votes that found nothing good', () => {
  it('are told from votes that have not met', () => {
    expect(allBad({ votes: 1, both_bad: { votes: 1, rate: 1 } })).toBe(true)
    expect(allBad({ votes: 2, both_bad: { votes: 1, rate: 0.5 } })).toBe(false)
    expect(allBad({ votes: 0, both_bad: { votes: 0, rate: 0 } })).toBe(false)
  })
})
