import type { Answer } from '../api/types'
import { say } from '../i18n/common'

type Step = Answer['trace'][number]
type Told = Pick<Answer, 'trace' | 'usage'>

/** Whether a model was asked at all: an answer declined before that has no prompt. */
export function asked({ trace }: Pick<Answer, 'trace'>): boolean {
  return trace.length === 0 || trace.some(({ step }) => step === 'prompt' || step === 'model')
}

/** Whether documents were searched for it. */
export function searched({ trace }: Pick<Answer, 'trace'>): boolean {
  return trace.length === 0 || trace.some(({ step }) => step === 'retrieve')
}

/** The chunks that were put before the model; null where none were searched for, or no model was asked. */
export function givenOf({ trace }: Pick<Answer, 'trace'>): ReadonlySet<string> | null {
  const prompts = trace.filter(({ step }) => step === 'prompt')
  if (prompts.length === 0 || !trace.some(({ step }) => step === 'retrieve')) return null
  return new Set(prompts.flatMap(({ detail }) => (Array.isArray(detail.chunks) ? detail.chunks.map(String) : [])))
}

/** Tokens the model read and wrote, as it counted them itself; null when it did not, or was not asked. */
export function tokensOf(answer: Told): { readonly read: number; readonly written: number } | null {
  const { prompt_tokens: read, completion_tokens: written } = answer.usage
  return asked(answer) && read + written > 0 ? { read, written } : null
}

/** In one sentence, why an answer was declined; '' when its trace does not say. */
export function whyDeclined(answer: Pick<Answer, 'trace'>): string {
  const gate = answer.trace.findLast(({ step }) => step === 'gate')
  if (gate?.detail.passed === false) return turnedAway(String(gate.detail.reason ?? ''))
  const withheld = answer.trace.filter(({ step }) => step === 'check').reduce((sum, step) => sum + withheldIn(step), 0)
  if (withheld > 0) return say('whyUnsupported')
  return searched(answer) ? '' : say('whyGaveUp')
}

/** What a decline says beside that it is one and which places came closest: for where those are drawn around it. */
export function withoutPlaces(text: string): string {
  return text.replace(/\s*(?:Closest: |最接近的是：)[^\n]*$/, '').replace(/^[^\n]+\n\n(?=\S)/, '')
}

/** How many statements a check kept back. */
export function withheldIn({ detail }: Step): number {
  const { dropped } = detail
  return Array.isArray(dropped) ? dropped.length : 0
}

/** Whether an answer that is shown lacks a part that the model wrote and the documents do not bear out. */
export function leftOut({ trace }: Pick<Answer, 'trace'>): boolean {
  const last = trace.findLast(({ step }) => step === 'check')
  return Number(last?.detail.left_out ?? 0) > 0
}

/** The gate's reason, said for people; a reason of a later server is said in general. */
function turnedAway(reason: string): string {
  const lost = /^no passage has: (.+)$/.exec(reason)?.[1]
  if (lost) return say('whyAbsent', { what: lost })
  if (reason === 'nothing found') return say('whyNothing')
  return say('whyFar')
}
