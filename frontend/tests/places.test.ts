import { describe, expect, it } from 'vitest'
import { citationFor, placeOf, sourcesOf, spanIn } from '../src/answer/places'
import type { Citation } from '../src/api/types'

const citation = (change: Partial<Citation>): Citation => ({
  n: 1, claim: '', document_id: 'd', name: 'Handbook', version: 1, page: null, heading: [], chunk_id: 'k', start: 0, end: 0, quote: '', verdict: 'verified', ...change,
})

describe('citations', () => {
  it('finds the nth of a number, and the last for marks beyond', () => {
    const list = [citation({ n: 1, claim: 'a' }), citation({ n: 2, claim: 'b' }), citation({ n: 1, claim: 'c' })]
    expect(citationFor(list, 1, 0)?.claim).toBe('a')
    expect(citationFor(list, 1, 1)?.claim).toBe('c')
    expect(citationFor(list, 1, 9)?.claim).toBe('c')
    expect(citationFor(list, 3, 0)).toBeNull()
  })

  it('lists each source once, in order', () => {
    expect(sourcesOf([citation({ n: 2 }), citation({ n: 1 }), citation({ n: 2, claim: 'x' })]).map((one) => one.n)).toEqual([1, 2])
  })
})

describe('the span to highlight', () => {
  const text = 'Leave is 24 days. Carry over 5.'
  const chunk = { id: 'k', text, start: 100, end: 100 + text.length }
  const shown = (piece: typeof chunk, change: Partial<Citation>): string | null => {
    const span = spanIn(piece, placeOf(citation(change)))
    return span && piece.text.slice(span.from, span.to)
  }

  it('uses positions in the document', () => {
    expect(shown(chunk, { start: 109, end: 117, quote: '24 days.' })).toBe('24 days.')
  })

  it('counts characters, not UTF-16 units', () => {
    const piece = { id: 'k', text: '😀𠮷 24 days, then 24 days.', start: 10, end: 35 }
    expect(spanIn(piece, placeOf(citation({ start: 27, end: 34, quote: '24 days' })))).toEqual({ from: 19, to: 26 })
  })

  it('looks for the quote where the positions are of another text', () => {
    const table = { id: 'k', text: '| Contract | Days |\n|---|---|\n| Full | 24 |', start: 0, end: 20 }
    expect(shown(table, { start: 3, end: 9, quote: '| Full | 24 |' })).toBe('| Full | 24 |')
  })

  it('finds a quote whatever the white space', () => {
    const piece = { ...chunk, text: 'Leave  is\n24 days.', end: 500 }
    expect(shown(piece, { start: 100, end: 400, quote: 'is 24 days' })).toBe('is\n24 days')
  })

  it('prefers the quote to positions that point elsewhere', () => {
    expect(shown(chunk, { start: 100, end: 105, quote: 'Carry over 5' })).toBe('Carry over 5')
  })

  it('marks the part of a neighbour that the span runs into, and nothing elsewhere', () => {
    const next = { id: 'k2', text: 'More text.', start: 131, end: 141 }
    expect(shown(next, { chunk_id: 'k', start: 118, end: 135, quote: 'Carry over 5.More' })).toBe('More')
    expect(shown(next, { chunk_id: 'k', start: 100, end: 120, quote: 'Leave' })).toBeNull()
  })

  it('marks the whole chunk when nothing better is known', () => {
    expect(shown({ ...chunk, end: 999 }, { start: 0, end: 0, quote: 'not there' })).toBe(text)
  })
})
