// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { endsOf, nearest, type Curve } from '../src/charts/curves-chart'
import { tongue } from '../src/i18n/tongue'
import { badLines } from '../src/workspace/tune/bad-lines'
import { curvesOf, saidOf } from '../src/workspace/tune/curves'
import { bestOf, differences, leading, settingValue } from '../src/workspace/tune/figures'
import { byPair } from '../src/workspace/tune/findings'
import { nameOf } from '../src/workspace/tune/new-job-page'
import { listOf, recipeOf, sweepOf } from '../src/workspace/tune/recipe'
import { wordsOf } from '../src/workspace/tune/standing'
import { Watch, merged } from '../src/workspace/tune/watch'
import type { Workshop } from '../src/workspace/tune/api'
import type { Finding, Job, Point } from '../src/workspace/tune/types'

const point = (step: number, train: number | null, validation: number | null = null, setting = 0): Point => ({ setting, step, train, validation })

const job = (change: Partial<Job> = {}): Job => ({
  id: 'ft_1', name: 'mine', status: 'training', progress: 0.4, step: 4, steps: 10, epoch: 1.25, loss: [], tokens_per_second: 187.4, seconds_left: 372, detail: null,
  model: null, error: null, waiting: null, cancelling: false, trainer: 'local', kind: 'lora', base: 'small', settings: {}, collection: 'default', pairs_id: null, again_of: null,
  data: { hash: 'abc', train: 9, validation: 1, by: 'pair', groups: 10, dropped: 0, seed: 0, tokens: 100, findings: [] },
  price_estimate: null, cost: null, samples: null, manifest: null, created_at: '2026-01-01T00:00:00Z', started_at: null, finished_at: null, ...change,
})

afterEach(() => tongue.choose('en'))

describe('points of a curve', () => {
  it('that come anew replace those of the same step, and keep what they do not tell', () => {
    const known = [point(1, 3, 2.5), point(2, 2.8), point(3, 2.6)]
    expect(merged(known, [point(1, 2.9), point(3, null, 2.1), point(4, 2.2)])).toEqual([point(1, 2.9, 2.5), point(2, 2.8), point(3, 2.6, 2.1), point(4, 2.2)])
    expect(merged(known, [])).toBe(known)
  })

  it('of a sweep: the setting with the lowest validation leads, its steps begin at its own first one', () => {
    const loss = [point(1, 3, 2), point(2, 2, 1.5), point(3, 3, 1.9, 1), point(4, 2, 0.9, 1)]
    expect(leading(loss)).toBe(1)
    expect(bestOf(loss, 0)).toEqual({ step: 2, value: 1.5 })
    const { curves, marks } = curvesOf({ loss })
    expect(curves.map((one) => [one.name, one.points])).toEqual([
      ['setting 1', [[1, 2], [2, 1.5]]],
      ['train', [[1, 3], [2, 2]]],
      ['setting 2', [[1, 1.9], [2, 0.9]]],
    ])
    expect(marks.map((one) => [one.x, one.y])).toEqual([[2, 0.9]])
  })

  it('lead nowhere before anything was validated', () => {
    expect(leading([point(1, 3), point(1, 2, null, 1)])).toBe(0)
    expect(leading([])).toBe(0)
    expect(curvesOf({ loss: [point(1, 3)] }).marks).toEqual([])
    expect(saidOf({ name: 'mine', loss: [point(1, 3)] })).toBe('Loss of mine: training at 3.00, not validated yet.')
    expect(saidOf({ name: 'mine', loss: [point(1, 3, 2.5), point(2, 1, 1.25)] })).toContain('validation fell from 2.50 to 1.25 at step 2')
  })

  it('are read where the pointer is', () => {
    const line: Curve['points'] = [[0, 1], [10, 2], [20, 3]]
    expect([nearest(line, -5), nearest(line, 4), nearest(line, 6), nearest(line, 99), nearest([], 1)]).toEqual([[0, 1], [0, 1], [10, 2], [20, 3], null])
  })
})

describe('the names at the ends of curves', () => {
  it('never stand over one another, nor outside', () => {
    const curve = (name: string, y: number): Curve => ({ name, points: [[0, y]], tone: 'first' })
    const curves = ['a', 'b', 'c', 'd'].map((name, at) => curve(name, 0.01 * at))
    const ys = endsOf(curves, { from: 0, to: 1, ticks: [] }).map((one) => one.y)
    expect(Math.max(...ys)).toBeLessThanOrEqual(1)
    expect(Math.min(...ys)).toBeGreaterThanOrEqual(0)
    for (const [at, y] of ys.slice(1).entries()) expect(y - ys[at]!).toBeGreaterThan(0.07)
  })
})

describe('the form of a training', () => {
  it('leaves empty fields to the trainer, and what it does not take out', () => {
    const form = new FormData()
    for (const [name, value] of [['rank', '8'], ['epochs', ''], ['learning_rate', '0.0002'], ['validation_share', '20'], ['paraphrase', 'no']] as const) form.set(name, value)
    expect(recipeOf(form, ['rank', 'epochs', 'learning_rate', 'validation_share', 'paraphrase'])).toEqual({ rank: 8, learning_rate: 0.0002, validation_share: 0.2, paraphrase: false })
    expect(recipeOf(form, ['epochs'])).toEqual({})
  })

  it('makes every combination of a sweep, and none of a single one', () => {
    expect(listOf('0.0002, 5e-4、x 0 -1 0.0005')).toEqual([0.0002, 0.0005])
    expect(sweepOf({ learning_rate: [1, 2], rank: [8, 16] })).toEqual([{ learning_rate: 1, rank: 8 }, { learning_rate: 1, rank: 16 }, { learning_rate: 2, rank: 8 }, { learning_rate: 2, rank: 16 }])
    expect(sweepOf({ rank: [8] })).toEqual([])
    expect(sweepOf({})).toEqual([])
  })

  it('names the model after its data', () => {
    expect(['Our Facts.JSONL', '  常見問題.csv', 'a.b_c-1', '…'].map(nameOf)).toEqual(['our-facts', 'tuned', 'a.b_c-1', 'tuned'])
  })
})

describe('a job', () => {
  it('says how far it is', () => {
    expect(wordsOf(job())).toBe('step 4 of 10 · epoch 1.3 · 187 tokens/s · about 6 min left')
    expect(wordsOf(job({ steps: 0, epoch: null, tokens_per_second: null, seconds_left: null }))).toBe('')
    expect(wordsOf(job({ status: 'queued' }))).toBe('')
  })

  it('differs from another in what it was really trained with', () => {
    const other = job({ id: 'ft_2', manifest: { settings: { rank: 8 } }, settings: { rank: null, validation_share: 0.2 } })
    expect(differences(job({ settings: { rank: 8, validation_share: 0.1 } }), other)).toEqual([['Held out (%)', '10', '20']])
    expect(differences(job(), job())).toEqual([])
    expect([settingValue(null), settingValue(0.0005), settingValue(true), settingValue(0.1, 'validation_share')]).toEqual(['trainer’s own', '0.0005', 'yes', '10'])
  })
})

describe('what is wrong with pairs', () => {
  it('is told beside each of them', () => {
    const finding = (check: Finding['check'], pairs: string[], details: string[]): Finding => ({ check, level: 'warning', count: pairs.length, message: '', message_zh: '', pairs, details })
    const by = byPair([finding('overlap', ['p-1'], ['case 3']), finding('duplicate', ['p-1', 'p-2'], ['the same as p-0'])])
    expect(by.get('p-1')?.map((one) => [one.check, one.detail])).toEqual([['overlap', 'case 3'], ['duplicate', 'the same as p-0']])
    expect(by.get('p-2')?.[0]?.detail).toBe('')
  })

  it('in a file is told line by line', () => {
    const message = 'line 2: it has no `answer`; line 3: it is not JSON: Expecting value; and 4 more lines'
    expect(badLines({ code: 'bad_pairs', message })).toEqual(['line 2: it has no `answer`', 'line 3: it is not JSON: Expecting value', 'and 4 more lines'])
    expect(badLines({ code: 'too_large', message })).toEqual([])
  })
})

describe('watching a job', () => {
  it('puts new points to those that came before, and ends with it', async () => {
    const news = [
      { job: job({ loss: [point(1, 3), point(2, 2)] }), ended: false },
      { job: job({ loss: [point(3, 1.5, 1.2)] }), ended: false },
      { job: job({ status: 'finished', loss: [point(1, 3), point(3, 1.5, 1.2)] }), ended: true },
    ]
    const seen: Job[] = []
    const listen = vi.spyOn(document, 'addEventListener')
    const leave = vi.spyOn(document, 'removeEventListener')
    const workshop = { follow: async function* () { yield* news } } as unknown as Workshop
    await new Promise<void>((resolve) => {
      const watch = new Watch(workshop, 'ft_1', (one) => { seen.push(one); if (one.status === 'finished') resolve() }, () => undefined)
      watch.start()
    })
    await Promise.resolve()
    expect(seen.map((one) => one.loss.map((at) => at.step))).toEqual([[1, 2], [1, 2, 3], [1, 3]])
    expect(leave.mock.calls).toEqual(listen.mock.calls)
    expect(listen).toHaveBeenCalledOnce()
  })
})
