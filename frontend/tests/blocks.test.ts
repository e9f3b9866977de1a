import { describe, expect, it } from 'vitest'
import { blocksOf, previewOf, type Block } from '../src/document/blocks'

const TEXT = 'Annual leave\n\n| Country | Days |\n| --- | ---: |\n| Norway | 29 |\n| A \\| B | |\n\nAsk in the portal.'

const shown = (text: string, block: Block): unknown =>
  block.kind === 'text' ? text.slice(block.from, block.to) : block.rows.map((row) => row.map(({ from, to }) => text.slice(from, to)))

describe('the blocks of a chunk', () => {
  it('are text and tables, each at its place', () => {
    expect(blocksOf(TEXT).map((block) => shown(TEXT, block))).toEqual([
      'Annual leave\n\n',
      [['Country', 'Days'], ['Norway', '29'], ['A \\| B', '']],
      '\nAsk in the portal.',
    ])
  })

  it('lose no character of what is not a table', () => {
    for (const text of ['', 'a', 'a | b\nc | d', '| only one row |', '|---|\n|---|', '| a |\nno rule\n| b |', 'x\n\n\n']) {
      expect(blocksOf(text).map((block) => shown(text, block)).join('')).toBe(text)
    }
  })

  it('end where the table ends the text', () => {
    const text = '| a | b |\n|---|---|\n| 1 | 2 |'
    expect(blocksOf(text)).toHaveLength(1)
    expect(shown(text, blocksOf(text)[0] as Block)).toEqual([['a', 'b'], ['1', '2']])
  })
})

describe('the preview of a passage', () => {
  it('reads a table without its bars', () => {
    expect(previewOf(TEXT)).toBe('Annual leave\n\nCountry · Days\nNorway · 29\nA \\| B\n\nAsk in the portal.')
  })
})
