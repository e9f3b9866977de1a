import { tokensOf, whyDeclined, withheldIn } from '../answer/account'
import type { Answer } from '../api/types'
import { count, percent, plural, seconds } from '../i18n/tongue'
import { recount } from '../i18n/trace'

type Step = Answer['trace'][number]

/** What a step is called, and what it says of itself: one line each. */
export interface Told {
  readonly name: string
  readonly lines: readonly string[]
}

const number = (value: unknown): number | null => (typeof value === 'number' ? value : null)
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The part of a search that its detail times, in the order in which they begin. */
const parts = ['embed', 'dense', 'lexical', 'fuse'] as const

const tellers: Readonly<Record<string, (step: Step, answer: Answer, last: boolean) => Told>> = {
  retrieve: ({ detail }) => {
    const found = number(detail.found)
    const fit = number(detail.fit)
    const timed = parts.filter((part) => number(detail[part]) !== null).map((part) => `${recount(`part_${part}`)} ${seconds(number(detail[part]))}`)
    return told('stepRetrieve', [
      typeof detail.query === 'string' && recount('traceQuery', { query: detail.query }),
      found !== null && recount(plural(found, 'tracePassage', 'tracePassages'), { n: count(found) }),
      fit !== null && recount('traceEstimate', { share: percent(fit) }),
      timed.join(' · '),
    ])
  },
  gate: ({ detail }, answer) => {
    const fit = number(detail.fit)
    return told('stepGate', [fit !== null && recount('traceCovered', { share: percent(fit) }), detail.passed === true ? recount('tracePassed') : whyDeclined(answer)])
  },
  prompt: ({ detail }) => {
    const given = list(detail.chunks).length
    return told('stepPrompt', [
      given > 0 && recount(plural(given, 'tracePut', 'tracePuts'), { n: count(given) }),
      typeof detail.hash === 'string' && recount('tracePromptVersion', { hash: detail.hash }),
    ])
  },
  model: ({ detail }, answer, last) => {
    const whole = last ? tokensOf(answer) : null
    const read = number(detail.prompt_tokens) ?? whole?.read ?? null
    const written = number(detail.completion_tokens) ?? whole?.written ?? null
    return told('stepModel', [
      typeof detail.name === 'string' && detail.name,
      read !== null && recount('traceRead', { n: count(read) }),
      written !== null && written + (read ?? 0) > 0 && recount('traceWritten', { n: count(written) }),
      detail.finish === 'length' && recount('traceCutShort'),
    ])
  },
  check: (step) => {
    const cited = number(step.detail.citations) ?? 0
    const withheld = withheldIn(step)
    return told('stepCheck', [
      recount(plural(cited, 'traceCitation', 'traceCitations'), { n: count(cited) }),
      withheld > 0 && recount(plural(withheld, 'traceWithheldOne', 'traceWithheld'), { n: count(withheld) }),
    ])
  },
  retry: () => told('stepRetry', [recount('traceBroke')]),
}

/** Each step of an answer in words; one of a later server is said as it came. */
export function wordsOf(answer: Answer): readonly Told[] {
  const last = answer.trace.findLastIndex(({ step }) => step === 'model')
  return answer.trace.map((step, index) => {
    const teller = Object.hasOwn(tellers, step.step) ? tellers[step.step] : undefined
    return teller?.(step, answer, index === last) ?? { name: step.step.replaceAll('_', ' '), lines: detailLines(step.detail) }
  })
}

function told(name: Parameters<typeof recount>[0], lines: readonly (string | false)[]): Told {
  return { name: recount(name), lines: lines.filter((line) => line !== false && line !== '') as string[] }
}

/** A detail nobody has words for: amounts rounded, lists counted, nothing said about nothing. */
export function detailLines(detail: unknown): readonly string[] {
  if (detail == null || typeof detail !== 'object') return detail == null || detail === '' ? [] : [String(detail)]
  return Object.entries(detail).flatMap(([name, value]): readonly string[] => {
    const label = name.replaceAll('_', ' ')
    if (value == null || value === '' || (Array.isArray(value) && value.length === 0)) return []
    if (Array.isArray(value)) return [`${label}: ${count(value.length)}`]
    if (typeof value === 'number') return [`${label}: ${Number.isInteger(value) ? count(value) : Number(value.toPrecision(3))}`]
    if (typeof value === 'object') return detailLines(value).map((line) => `${label} ${line}`)
    return [`${label}: ${String(value)}`]
  })
}
