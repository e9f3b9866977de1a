import { describe, expect, it } from 'vitest'
import { plainly, ready } from '../src/chat/spoken'

/** What a screen reader is given, and when, while these pieces arrive one by one. */
function heard(pieces: readonly string[]): string[] {
  const lines: string[] = []
  let text = ''
  let from = 0
  for (const [index, piece] of [...pieces, ''].entries()) {
    text += piece
    const to = ready(text, from, index === pieces.length)
    const line = plainly(text.slice(from, to))
    if (line) lines.push(line)
    from = to
  }
  return lines
}

const tokens = (text: string): string[] => text.match(/\s?\S{1,4}/g) ?? []

describe('what is read out', () => {
  const text = 'The Heron pump moves 4,200 litres of seawater an hour at 3.5 bar. It draws 38 watts. Its warranty lasts 36 months from the day of delivery, claims included. Bye'

  it('comes in whole sentences however small the pieces are', () => {
    const lines = heard(tokens(text))
    expect(lines).toEqual([
      'The Heron pump moves 4,200 litres of seawater an hour at 3.5 bar.',
      'It draws 38 watts. Its warranty lasts 36 months from the day of delivery, claims included.',
      'Bye',
    ])
    expect(lines.join(' ')).toBe(text)
  })

  it('comes in whole sentences in Chinese too', () => {
    const chinese = '全職員工每個日曆年享有二十四天帶薪年假，兼職員工依其契約工時按比例計算。未休完的假最多可保留五天，並須於次年三月三十一日前休完。'
    const lines = heard([...chinese])
    expect(lines).toHaveLength(2)
    expect(lines.every((line) => line.endsWith('。'))).toBe(true)
  })

  it('is said at the end when no sentence ever ends', () => {
    expect(heard(tokens('forty two words and no stop '.repeat(8).trim()))).toHaveLength(1)
  })

  it('has no footnotes and no marks of Markdown', () => {
    expect(plainly('## Leave\n\n- **24 days** [1]\n- `portal` [12]\n\n| a | b |\n|---|---:|\n| 1 | 2 |')).toBe('Leave 24 days portal a b 1 2')
  })
})
