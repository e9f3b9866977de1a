import { describe, expect, it } from 'vitest'
import { namesOf, whereOf } from '../src/answer/places'
import type { Chunk, Citation } from '../src/api/types'
import { layoutOf, softened } from '../src/document/layout'
import { stripsOf, type Part } from '../src/document/strips'

const chunk = (id: string, text: string, heading: string[] = [], page: number | null = null): Chunk => ({ id, ordinal: 0, text, heading, page, start: 0, end: text.length, tokens: 1 })
const words = ({ chunk: { text }, from, to }: Part): string => text.slice(from, to)

/** What is drawn: tables as their rows, the header first. */
const drawn = (name: string, ...chunks: Chunk[]): unknown =>
  stripsOf(chunks, layoutOf(name)).map((strip) =>
    strip.drawn.map((one) => (one.kind === 'table' ? [one.head.map(words), ...one.rows.map((row) => row.map(words))] : `${one.kind}: ${words(one)}`)),
  )

describe('strips', () => {
  it('make one table of rows that were cut into chunks', () => {
    expect(drawn('a.csv', chunk('1', 'Name,Role\nAnn,"Tester, senior"\nBo,'), chunk('2', 'Cy,"a ""b"" c"'))).toEqual([
      [[['Name', 'Role'], ['Ann', 'Tester, senior'], ['Bo', ''], ['Cy', 'a ""b"" c']]],
    ])
  })

  it('make one table of a sheet, but not of two sheets', () => {
    const first = chunk('1', 'Products\n\n| A | B |\n| --- | --- |\n| 1 | 2 |', ['Products'], 1)
    const more = chunk('2', '| 3 | 4 |\n\nA note.', ['Products'], 1)
    const other = chunk('3', '| 5 | 6 |', ['Services'], 2)
    expect(drawn('a.xlsx', first, more, other)).toEqual([
      ['title: Products', [['A', 'B'], ['1', '2'], ['3', '4']], 'text: A note.'],
      ['text: | 5 | 6 |'],
    ])
  })

  it('leave a table alone that has a header of its own', () => {
    const table = '| A | B |\n| --- | --- |\n| 1 | 2 |'
    expect(drawn('a.md', chunk('1', table), chunk('2', table))).toEqual([[[['A', 'B'], ['1', '2']]], [[['A', 'B'], ['1', '2']]]])
  })

  it('take short lines before a paragraph for headings where the format has such', () => {
    const text = 'Boat\n\nThe boat leaves at six.\n\nLamp\n\nThe lamp is lit at dusk.\n\nAsk Marta.'
    expect(drawn('a.md', chunk('1', text))).toEqual([['title: Boat', 'text: The boat leaves at six.', 'title: Lamp', 'text: The lamp is lit at dusk.\n\nAsk Marta.']])
    expect(drawn('a.txt', chunk('1', text))).toEqual([[`text: ${text}`]])
    expect(drawn('a.txt', chunk('1', text, ['Notes', 'Boat']))).toEqual([['title: Boat', `text: ${text.slice(6)}`]])
    expect(drawn('a.md', chunk('1', 'Ann\n\nBo\n\nCy\n\nThese three.'))).toEqual([['text: Ann\n\nBo\n\nCy\n\nThese three.']])
  })

  it('lose nothing of what is no table', () => {
    for (const text of ['', 'one', 'a, b and c', '| a |', 'x\n\n\ny'])
      expect(stripsOf([chunk('1', text)], layoutOf('a.csv')).flatMap(({ drawn }) => drawn.map((one) => (one.kind === 'table' ? [one.head, ...one.rows].flat().map(words).join() : words(one)))).join('')).toContain(text.slice(0, 1))
  })
})

describe('lines', () => {
  it('are joined where a mailer broke them, and nowhere else', () => {
    const mail = 'our stand in Bergen is confirmed: stand C-214, with water. The\norganiser charges 96,000 kroner, half of it due on the 15th of\nMay.\n- slides\n- tank\n\nCallum Rees\nMarketing'
    const soft = softened(mail)
    expect(soft).toHaveLength(mail.length)
    expect(soft).toBe(mail.replace('The\n', 'The ').replace('of\nMay', 'of May'))
    expect(softened('Hall 3\nDock 9\nBergen')).toBe('Hall 3\nDock 9\nBergen')
  })
})

describe('places', () => {
  const cited = (n: number, given: Partial<Citation>): Citation =>
    ({ n, claim: '', document_id: 'd', name: 'notes.md', version: 1, page: null, heading: [], chunk_id: 'c', start: 0, end: 1, quote: 'Six.', verdict: 'verified', ...given }) as Citation

  it('are sheets by name and pages by number', () => {
    expect(whereOf(cited(1, { name: 'prices.xlsx', page: 1, heading: ['Products'] }))).toBe('Products')
    expect(whereOf(cited(1, { name: 'prices.pdf', page: 2, heading: ['Products'] }))).toBe('p. 2')
    expect(whereOf(cited(1, {}))).toBe('')
  })

  it('tell sources of one document apart', () => {
    const said = (...all: Citation[]): string[] => namesOf(all).map(({ where }) => where)
    expect(said(cited(1, {}), cited(2, { name: 'other.md' }))).toEqual(['', ''])
    expect(said(cited(1, { heading: ['Boat'] }), cited(2, { heading: ['Luggage'] }))).toEqual(['Boat', 'Luggage'])
    expect(said(cited(1, { heading: ['Boat'] }), cited(2, { heading: ['Boat'], quote: 'Seven.' }))).toEqual(['“Six.”', '“Seven.”'])
    expect(said(cited(1, { name: 'a.pdf', page: 1 }), cited(2, { name: 'a.pdf', page: 2 }))).toEqual(['p. 1', 'p. 2'])
  })
})
