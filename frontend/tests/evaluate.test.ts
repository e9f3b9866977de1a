import { describe, expect, it } from 'vitest'
import { axisOf, share } from '../src/charts/scale'
import { tongue } from '../src/i18n/tongue'
import { badLines } from '../src/workspace/evaluate/bad-lines'
import { answersOf, secondsAnAnswer } from '../src/workspace/evaluate/estimate'
import { caseOf } from '../src/workspace/evaluate/new-case'
import { differenceAxis, evenly, faceOf, money, pValue, signed, valueAxis, written } from '../src/workspace/evaluate/figures'
import { more } from '../src/workspace/evaluate/report/intervals'
import { armsOf, monthsToPayBack, placeOf, questionsAMonth, questionsAt } from '../src/workspace/evaluate/report/payback'
import { duration } from '../src/workspace/evaluate/status'
import type { BreakEvenArm, Compared, Run } from '../src/workspace/evaluate/types'
import { fromWritten, limitOf } from '../src/workspace/experiments/figures'

const compared = (change: Partial<Compared>): Compared => ({
  a: 'rag', b: 'plain', metric: 'correct', difference: 0.1, low: -0.02, high: 0.22, p: 0.1, p_adjusted: 0.2, detectable: 0.15,
  verdict: 'undecided', more_needed: 38_757, n: 80, clusters: 20, method: '', sentence: '', sentences: {}, ...change,
})

describe('an axis', () => {
  it('has round steps and holds every value', () => {
    expect(axisOf([-0.021, 0.43])).toEqual({ from: -0.1, to: 0.5, ticks: [-0.1, 0, 0.1, 0.2, 0.3, 0.4, 0.5] })
    expect(axisOf([0, 7])).toEqual({ from: 0, to: 8, ticks: [0, 2, 4, 6, 8] })
    for (const values of [[0], [5, 5], [-3, -3], [1e-7, 2e-7], [0, 1e6], []]) {
      const { from, to, ticks } = axisOf(values)
      expect(to).toBeGreaterThan(from)
      expect(ticks.length).toBeLessThan(12)
      for (const value of values) expect(value >= from && value <= to, `${value} in ${from}..${to}`).toBe(true)
    }
  })

  it('of differences always has zero inside, and of shares is all of 0 to 1', () => {
    for (const [low, high] of [[0.05, 0.4], [-0.4, -0.05], [0, 0]] as const) {
      const axis = differenceAxis([compared({ low, high, difference: (low + high) / 2 })])
      expect(share(0, axis)).toBeGreaterThan(0)
      expect(share(0, axis)).toBeLessThan(1)
      expect(axis.ticks).toContain(0)
    }
    expect(valueAxis([0.4, 0.5], { unit: '' })).toMatchObject({ from: 0, to: 1 })
    expect(valueAxis([-0.4, 0.5], { unit: '' })).toMatchObject({ from: -1, to: 1 })
    expect(valueAxis([3.2], { unit: 's' }).from).toBe(0)
  })
})

describe('figures', () => {
  it('are written as the service writes them: halves to the even one', () => {
    expect([0.5, 1.5, 2.5, 72.5, 2.4, -0.5, -1.5, -0.2].map(evenly)).toEqual([0, 2, 2, 72, 2, 0, -2, 0])
    expect([written(0.025, { unit: '' }), written(0.725, { unit: '' }), written(12.34, { unit: 's' }), written(null, { unit: '' })]).toEqual(['2 %', '72 %', '12 s', '–'])
  })

  it('of differences have a sign and are told in points', () => {
    expect([signed(0.12, { unit: '' }), signed(-0.12, { unit: '' }), signed(0, { unit: '' }), signed(-1.5, { unit: 's' })]).toEqual(['+12 points', '−12 points', '0 points', '−1.5 s'])
  })

  it('of money keep two digits that say something', () => {
    expect([money(0), money(0.00021), money(0.0423), money(1.5), money(1234), money(null)]).toEqual(['$0', '$0.00021', '$0.042', '$1.50', '$1,234', '–'])
  })

  it('say a time and a chance for people', () => {
    expect([duration(0.2), duration(61), duration(600), duration(9000)]).toEqual(['1 s', '61 s', '10 min', '2.5 h'])
    expect([pValue(0.0001), pValue(0.012), pValue(0.25)]).toEqual(['p < 0.001', 'p = 0.012', 'p = 0.25'])
  })

  it('say roughly how many questions are wanting, or that documents are', () => {
    expect(more(compared({}))).toBe('about 39,000 more to tell it from none')
    expect(more(compared({ more_needed: 1 }))).toBe('about 1 more to tell it from none')
    expect(more(compared({ more_needed: 1, clusters: 5 }))).toBe('no verdict on fewer than 6 documents')
    expect(more(compared({ more_needed: 12, n: 8, clusters: 8, low: 0.52, high: 1 }))).toBe('no verdict on fewer than 20 questions')
    expect(more(compared({ more_needed: null }))).toBe('how many more is not known')
  })

  it('of guardrails are typed in points and sent as shares', () => {
    expect([fromWritten(5, 'error_rate'), fromWritten(10, 'total')]).toEqual([0.05, 10])
    expect([limitOf('error_rate', 0.05), limitOf('total', 10)]).toEqual(['5 points', '10 s'])
  })
})

describe('arms', () => {
  it('have the colour of their approach; references have none', () => {
    expect(faceOf({ variant: 'rag', label: 'Documents (RAG)', kind: 'variant', approach: 'rag', model: 'm' })).toMatchObject({ name: 'RAG', approach: 'rag' })
    expect(faceOf({ name: 'closed_book', label: 'Closed book', kind: 'closed_book', approach: 'plain', model: 'm' })).toMatchObject({ name: 'Model alone', approach: null })
    tongue.choose('zh-TW')
    expect(faceOf({ name: 'oracle', label: 'Oracle', kind: 'oracle', approach: 'rag', model: 'm' }).name).toBe('完美檢索')
    tongue.choose('en')
  })
})

describe('a refused file', () => {
  it('is told line by line, whatever stands in the reasons', () => {
    const message = '23 of 40 lines of a: b.jsonl cannot be used: line 2: it is not JSON (Expecting value at column 1); line 7: its `answerable` is \'a; line\'; and 21 more.'
    expect(badLines({ code: 'bad_dataset', message })).toEqual([
      { line: 2, reason: 'it is not JSON (Expecting value at column 1)' },
      { line: 7, reason: "its `answerable` is 'a; line'" },
      { line: null, reason: '21 more' },
    ])
    expect(badLines({ code: 'bad_dataset', message: 'x.csv: the first line names no column `question`.' })).toEqual([])
    expect(badLines({ code: 'too_large', message: 'line 2: no' })).toEqual([])
  })
})

describe('an estimate', () => {
  const run = (names: readonly string[], seconds: number, done: number): Run =>
    ({ arms: names.map((name) => ({ name })), done, started_at: '2026-11-23T10:00:00Z', finished_at: new Date(Date.parse('2026-11-23T10:00:00Z') + seconds * 1000).toISOString() }) as unknown as Run

  it('counts every arm and repeat of the questions asked', () => {
    const three = { variants: ['plain', 'few_shot', 'rag'], references: ['oracle', 'refuse'] as const }
    expect(answersOf({ cases: 80, with_passages: 80 }, { ...three, repeats: 2, limit: null })).toBe(800)
    expect(answersOf({ cases: 80, with_passages: 80 }, { ...three, repeats: 1, limit: 8 })).toBe(40)
    expect(answersOf(null, { ...three, repeats: 1, limit: null })).toBe(0)
  })

  it('leaves out what is not asked: a perfect search without passages, and the model alone beside plain', () => {
    expect(answersOf({ cases: 80, with_passages: 64 }, { variants: ['rag'], references: ['oracle'], repeats: 1, limit: null })).toBe(144)
    expect(answersOf({ cases: 80, with_passages: 0 }, { variants: ['rag'], references: ['oracle'], repeats: 1, limit: null })).toBe(80)
    expect(answersOf({ cases: 80, with_passages: 0 }, { variants: ['plain', 'rag'], references: ['closed_book'], repeats: 1, limit: null })).toBe(160)
    expect(answersOf({ cases: 80, with_passages: 0 }, { variants: ['rag'], references: ['closed_book'], repeats: 1, limit: null })).toBe(160)
  })

  it('goes by the run that is most alike, the newest of those', () => {
    const runs = [run(['plain'], 10, 10), run(['plain', 'rag'], 60, 20), run(['plain', 'rag'], 600, 20)]
    expect(secondsAnAnswer(runs, ['plain', 'rag'])).toBe(3)
    expect(secondsAnAnswer([run(['plain'], 10, 0)], ['plain'])).toBeNull()
  })
})

describe('a typed question', () => {
  const typed = (given: Readonly<Record<string, string>>): FormData => {
    const form = new FormData()
    for (const [name, value] of Object.entries(given)) form.set(name, value)
    return form
  }

  it('becomes a case: lines are answers, commas divide tags, the passage is of the first document', () => {
    expect(caseOf(typed({ question: ' How long? ', answerable: 'on', answers: '2 years\n\n24 months ', gold_docs: 'a.md\nb.md', passage: ' two years ', tags: 'en, 短' }))).toEqual({
      question: 'How long?', answerable: true, answers: ['2 years', '24 months'], gold_docs: ['a.md', 'b.md'], tags: ['en', '短'], gold_passages: [{ doc: 'a.md', text: 'two years' }],
    })
  })

  it('has neither answers nor documents where the documents do not say', () => {
    expect(caseOf(typed({ question: 'Who?', answers: 'x', gold_docs: 'a.md', passage: 'y', tags: '' }))).toEqual({ question: 'Who?', answerable: false, answers: [], gold_docs: [], tags: [] })
    expect(caseOf(typed({ question: 'Who?', answerable: 'on', answers: 'x', gold_docs: '', passage: 'y', tags: '' }))).not.toHaveProperty('gold_passages')
  })
})

describe('training', () => {
  const payback = { training: 120, before: 0.002, after: 0.001 }

  it('pays back when what it saves is what it cost', () => {
    expect(monthsToPayBack(payback, 10_000)).toBeCloseTo(12)
    expect(questionsAMonth(payback, 12)).toBe(10_000)
    expect(monthsToPayBack({ ...payback, after: 0.002 }, 1e9)).toBeNull()
    expect(questionsAMonth({ ...payback, after: 0.003 }, 12)).toBeNull()
    expect(monthsToPayBack({ ...payback, training: 0 }, 1)).toBe(0)
  })

  it('is weighed only where an arm is trained, against the one that others are compared with', () => {
    const arm = (variant: string, tuned = false): BreakEvenArm => ({ variant, tuned, cost: null, prompt_tokens: 1, completion_tokens: 1, correct: null })
    const of = (baseline: string, ...arms: readonly BreakEvenArm[]): readonly (string | undefined)[] =>
      armsOf({ baseline, break_even: { training_cost: null, currency: 'USD', arms: [...arms] } }).map((one) => one?.variant)
    expect(of('plain', arm('plain'), arm('rag'))).toEqual(['plain', undefined])
    expect(of('rag', arm('plain'), arm('rag'), arm('tuned', true))).toEqual(['rag', 'tuned'])
    expect(of('tuned', arm('tuned', true), arm('plain'))).toEqual(['plain', 'tuned'])
    expect(of('tuned', arm('tuned', true))).toEqual([undefined, 'tuned'])
  })

  it('has a slider over powers of ten', () => {
    expect([questionsAt(20), questionsAt(80), questionsAt(140)]).toEqual([10, 10_000, 10_000_000])
    for (const place of [20, 33, 80, 127]) expect(placeOf(questionsAt(place))).toBe(place)
  })
})
