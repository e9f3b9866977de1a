import { describe, expect, it } from 'vitest'
import { Failure } from '../src/api/failure'
import type { Citation } from '../src/api/types'
import { advanced, failed, newTurn, type Turn } from '../src/chat/turn'
import { answer } from './answers'

const citation = (n: number, claim: string): Citation => ({
  n, claim, document_id: 'd', name: 'x', version: 1, page: null, heading: [], chunk_id: `k${n}`, start: 0, end: 1, quote: '', verdict: 'verified',
})

const asked = (): Turn => advanced(newTurn('How?', 'rag'), { type: 'started', id: 'a1', conversation_id: 'c1', variant: 'rag' })

describe('a turn', () => {
  it('grows with each delta', () => {
    const turn = ['One. ', 'Two.'].reduce((now, text) => advanced(now, { type: 'delta', text }), asked())
    expect(turn).toMatchObject({ state: 'streaming', text: 'One. Two.', id: 'a1' })
  })

  it('collects citations sent one by one and again', () => {
    const first = advanced(asked(), { type: 'citations', citations: [citation(1, 'a')] })
    const both = advanced(first, { type: 'citations', citations: [citation(1, 'a'), citation(2, 'b')] })
    expect(both.citations.map((one) => one.claim)).toEqual(['a', 'b'])
  })

  it('becomes what the finished answer says, its text included', () => {
    const held = advanced(asked(), { type: 'delta', text: 'Draft' })
    expect(advanced(held, { type: 'finished', answer: answer() })).toMatchObject({ state: 'answered', text: 'All of it.' })
    expect(advanced(held, { type: 'finished', answer: answer({ finish: 'declined', text: 'Not there.' }) })).toMatchObject({ state: 'declined', text: 'Not there.' })
  })

  it('keeps what had arrived when it fails', () => {
    const cut = failed(advanced(asked(), { type: 'delta', text: 'Half' }), new Failure('model_cut', 'Cut.', 'Again.'))
    expect(cut).toMatchObject({ state: 'failed', text: 'Half', error: { code: 'model_cut', message: 'Cut.', hint: 'Again.' } })
  })
})
