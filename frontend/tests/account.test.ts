import { afterEach, describe, expect, it } from 'vitest'
import { asked, leftOut, tokensOf, whyDeclined } from '../src/answer/account'
import type { Answer } from '../src/api/types'
import { tongue } from '../src/i18n/tongue'
import { wordsOf } from '../src/workspace/trace-words'
import { answer } from './answers'

const step = (name: string, detail: Record<string, unknown> = {}): Answer['trace'][number] => ({ step: name, seconds: 0.1, detail })
const retrieve = step('retrieve', { query: 'How much?', found: 8, fit: 0.746, lexical: 0.034, embed: 0.175, dense: 0.132, fuse: 0.014, total: 0.33 })
const passed = step('gate', { passed: true, fit: 0.865, reason: '' })
const stopped = (reason: string): Answer['trace'] => [retrieve, step('gate', { passed: false, fit: 0.254, reason })]
const prompt = step('prompt', { tokens: 546, hash: '5020b2d12a2f', chunks: ['a', 'b', 'c'] })
const model = step('model', { name: 'small', finish: 'stop', completion_tokens: 24 })
const declined = (trace: Answer['trace'], usage = { prompt_tokens: 0, completion_tokens: 0 }): Answer => answer({ finish: 'declined', trace, usage })

afterEach(() => tongue.choose('en'))

describe('why an answer was declined', () => {
  it.each([
    ['nothing found', 'Nothing was found, so no model was asked.'],
    ['too little of the question stands in the passages', 'What was found has too little to do with the question, so no model was asked.'],
    ['no passage has: QZ0073, Lisbon', 'No document found mentions QZ0073, Lisbon, so no model was asked.'],
    ['a reason of a later server', 'What was found has too little to do with the question, so no model was asked.'],
  ])('is said in a sentence: %s', (reason, sentence) => {
    expect(whyDeclined(declined(stopped(reason)))).toBe(sentence)
  })

  it('tells what the check kept back from what never was asked', () => {
    expect(whyDeclined(declined([retrieve, passed, prompt, model, step('check', { citations: 0, dropped: ['number'] })]))).toMatch(/^A model was asked, but/)
    expect(whyDeclined(declined([prompt, model]))).toMatch(/says itself that it does not know/)
    expect(whyDeclined(declined([]))).toBe('')
  })
})

describe('half an answer', () => {
  it('is told from a whole one by its last check', () => {
    const checked = (...counts: number[]): Answer => answer({ trace: [prompt, model, ...counts.map((left_out) => step('check', { citations: 1, dropped: [], left_out }))] })
    expect([leftOut(checked(1)), leftOut(checked(2, 0)), leftOut(checked(0)), leftOut(checked())]).toEqual([true, false, false, false])
  })
})

describe('tokens', () => {
  it('are those the model counted, and none where no model was asked', () => {
    const usage = { prompt_tokens: 557, completion_tokens: 24 }
    expect(tokensOf(answer({ trace: [retrieve, passed, prompt, model], usage }))).toEqual({ read: 557, written: 24 })
    expect(tokensOf(declined(stopped('nothing found')))).toBeNull()
    expect(tokensOf(answer({ trace: [prompt, model], usage: { prompt_tokens: 0, completion_tokens: 0 } }))).toBeNull()
    expect([asked(declined(stopped('nothing found'))), asked(answer({ trace: [retrieve, passed, prompt] }))]).toEqual([false, true])
  })
})

describe('the trace', () => {
  const whole = answer({ trace: [retrieve, passed, prompt, model, step('check', { citations: 1, dropped: ['x', 'y'] })], usage: { prompt_tokens: 557, completion_tokens: 24 } })

  it('says each step for people, every number with its unit', () => {
    expect(wordsOf(whole)).toEqual([
      { name: 'Search the documents', lines: ['Searched for “How much?”', '8 passages found', 'Estimate from the search alone that the answer is among them: 75%', 'Embedding the question 0.2 s · by meaning 0.1 s · by words 34 ms · joining both 14 ms'] },
      { name: 'Do the passages fit the question?', lines: ['87% of the question, by the weight of its words, stands in the best passage', 'Enough, so a model was asked.'] },
      { name: 'Write the prompt', lines: ['3 passages put before the model', 'Prompt version 5020b2d12a2f'] },
      { name: 'Ask the model', lines: ['small', '557 tokens read', '24 tokens written'] },
      { name: 'Check each statement', lines: ['1 citation', '2 statements held back'] },
    ])
  })

  it('counts tokens as the line under the answer does, and nowhere else', () => {
    const numbers = wordsOf(whole).flatMap(({ lines }) => lines).filter((line) => /token/.test(line))
    expect(numbers).toEqual(['557 tokens read', '24 tokens written'])
    expect(JSON.stringify(wordsOf(whole))).not.toContain('546')
  })

  it('gives the reason of a decline, in the language of the page', () => {
    tongue.choose('zh-TW')
    expect(wordsOf(declined(stopped('no passage has: Lisbon')))[1]?.lines.at(-1)).toBe('找到的文件都沒有提到 Lisbon，因此未詢問模型。')
  })

  it('shows a step it has no words for as it came', () => {
    const odd = { fit: 0.9650001, found: 1800, dropped: [], reason: '', chunk_ids: ['a', 'b'], ranks: { dense: 1 } }
    expect(wordsOf(answer({ trace: [step('re_rank', odd), step('constructor')] }))).toEqual([
      { name: 're rank', lines: ['fit: 0.965', 'found: 1,800', 'chunk ids: 2', 'ranks dense: 1'] },
      { name: 'constructor', lines: [] },
    ])
  })
})
