import { afterEach, describe, expect, it, vi } from 'vitest'
import { common, say } from '../src/i18n/common'
import { comparing } from '../src/i18n/compare'
import { evaluation } from '../src/i18n/evaluate'
import { experimenting } from '../src/i18n/experiments'
import { leaderboard } from '../src/i18n/leaderboard'
import { modelling } from '../src/i18n/models'
import { reporting } from '../src/i18n/report'
import { suggesting } from '../src/i18n/suggest'
import { bytes, seconds, tongue, when } from '../src/i18n/tongue'
import { tuning } from '../src/i18n/tune'
import { trace } from '../src/i18n/trace'
import { voting } from '../src/i18n/vote'
import { workspace } from '../src/i18n/workspace'

const placeholders = (line: string): string[] => (line.match(/\{\w+\}/g) ?? []).sort()

describe.each([
  ['common', common],
  ['workspace', workspace],
  ['trace', trace],
  ['voting', voting],
  ['comparing', comparing],
  ['leaderboard', leaderboard],
  ['evaluation', evaluation],
  ['reporting', reporting],
  ['experimenting', experimenting],
  ['modelling', modelling],
  ['tuning', tuning],
  ['suggesting', suggesting],
])('the %s strings', (_name, table) => {
  const en = table.en as Readonly<Record<string, string>>
  const zh = table['zh-TW'] as Readonly<Record<string, string>>

  it('are complete in both languages', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort())
    for (const line of [...Object.values(en), ...Object.values(zh)]) expect(line.trim()).not.toBe('')
  })

  it('fill the same places', () => {
    for (const [key, line] of Object.entries(en)) expect(placeholders(zh[key] ?? ''), key).toEqual(placeholders(line))
  })

  it('are Chinese in Chinese, with full-width punctuation', () => {
    const same = Object.keys(en).filter((key) => en[key] === zh[key])
    expect(same.filter((key) => !['approach_rag', 'between'].includes(key))).toEqual([])
    for (const line of Object.values(zh)) expect(line).not.toMatch(/[\u4e00-\u9fff][,?:;()!]/)
  })
})

describe('the language', () => {
  afterEach(() => tongue.choose('en'))

  it('changes what is said and tells who listens', () => {
    let told = 0
    const leave = tongue.listen(() => (told += 1))
    tongue.choose('zh-TW')
    expect(say('stop')).toBe('停止')
    leave()
    tongue.choose('en')
    expect(told).toBe(1)
    expect(say('citation', { n: 2, name: 'A' })).toBe('Source 2: A')
  })

  it('writes amounts for people', () => {
    expect([seconds(0.0341), seconds(0.81), seconds(12.4), seconds(null)]).toEqual(['34 ms', '0.8 s', '12 s', '–'])
    expect([bytes(300), bytes(48_211), bytes(1_843_200), bytes(402_113)]).toEqual(['300 B', '48.2 kB', '1.8 MB', '402 kB'])
  })
})

describe('times', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    tongue.choose('en')
  })

  const today = new Date()
  today.setHours(13, 5)
  it.each([
    ['en-GB', 'en', '13:05', '2 Mar 2026'],
    ['en-US', 'en', '01:05 PM', 'Mar 2, 2026'],
    ['de-DE', 'en', '13:05', 'Mar 2, 2026'],
    ['en-GB', 'zh-TW', '13:05', '2026年3月2日'],
  ])('are written as in %s', (language, spoken, time, day) => {
    vi.stubGlobal('navigator', { language, languages: [language] })
    tongue.choose(spoken)
    expect(when(today.toISOString()).replace(/\s/g, ' ')).toBe(time)
    expect(when('2026-03-02T12:00:00')).toBe(day)
  })
})
