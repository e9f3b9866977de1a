import { describe, expect, it } from 'vitest'
import { tongue } from '../src/i18n/tongue'
import type { Model } from '../src/workspace/models/api'
import { asQuery, factsOf, filtersOf, fits, isFiltered, priceOf, standingOf } from '../src/workspace/models/facts'

const model = (given: Partial<Model> = {}): Model =>
  ({
    name: 'small', task: 'chat', tasks: ['chat'], license: 'MIT', open: true, source: 'maker/small', provider: 'Maker', architecture: 'decoder', family: null,
    parameters: null, quantisation: null, context: null, languages: [], price: null, card: { label: 'Small' }, texts: { en: { label: 'Small' }, 'zh-TW': { label: '小模型' } },
    deployed: true, default: false, variants: [], measured: {}, bytes: null, here: true, needs: null, pulling: null, sha256: null, tuned: false, current: false,
    base: null, finetune_id: null, created_at: null, problem: null, ...given,
  }) as Model

const by = (search: string): ReturnType<typeof filtersOf> => filtersOf(new URLSearchParams(search))

describe('the filters', () => {
  it('are what the address says, and say it again', () => {
    const given = by('task=chat&open=no&ready=yes&q=fast')
    expect(asQuery(given)).toEqual({ task: 'chat', license: '', provider: '', open: 'no', ready: 'yes', q: 'fast' })
    expect(isFiltered(given)).toBe(true)
    expect(isFiltered(by(''))).toBe(false)
  })

  it.each([
    ['', true],
    ['task=chat', true],
    ['task=embedding', false],
    ['open=yes', true],
    ['open=no', false],
    ['license=MIT', true],
    ['license=MI', false],
    ['provider=Maker', true],
    ['ready=yes', true],
    ['q=small', true],
    ['q=小模', true],
    ['q=small%20large', false],
  ])('%s keeps it: %s', (search, kept) => {
    expect(fits(model(), by(search))).toBe(kept)
  })

  it('a model whose openness is not known is neither open nor proprietary', () => {
    expect(fits(model({ open: null }), by('open=yes'))).toBe(false)
    expect(fits(model({ open: null }), by('open=no'))).toBe(false)
  })
})

describe('a model', () => {
  it('stands as it can be asked', () => {
    tongue.choose('en')
    const words = (given: Partial<Model>): string => standingOf(model(given)).word
    expect(words({ variants: ['rag'] })).toBe('In use')
    expect(words({})).toBe('Ready')
    expect(words({ deployed: false, tuned: true })).toBe('Retired')
    expect(words({ deployed: false, here: false })).toBe('Not fetched')
    expect(words({ deployed: false })).toBe('Fetched, not running')
    expect(words({ deployed: false, here: null })).toBe('Needs a key')
    expect(words({ deployed: false, here: false, pulling: { done: 5e6, total: 1e7, error: null } })).toBe('Fetching: 5 MB of 10 MB')
  })

  it('shows no fact that is not known, and no price that was not read', () => {
    const names = factsOf(model()).map(([name]) => name)
    expect(names).toEqual(['Task', 'Licence', 'Provider', 'Architecture', 'Source'])
    expect(priceOf(model())).toBe('–')
    expect(priceOf(model({ price: { input: 0.4, output: 1.6, as_of: '2026-06-21', source: 'x' } }))).toBe('$0.40 in, $1.60 out a million tokens (as of 2026-06-21)')
  })
})
