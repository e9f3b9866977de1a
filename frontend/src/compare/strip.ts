import { html, type TemplateResult } from 'lit'
import { asked, givenOf, tokensOf } from '../answer/account'
import { verdictOf, type Verdict } from '../answer/quote-card'
import type { Answer, Citation } from '../api/types'
import '../chat/elapsed'
import { isOpen, type Turn } from '../chat/turn'
import { tell } from '../i18n/compare'
import { count, seconds } from '../i18n/tongue'

const NONE = '–'

/** How many citations of each verdict. */
export function verdicts(citations: readonly Citation[]): Readonly<Record<Verdict, number>> {
  const of = (verdict: Verdict): number => citations.filter((one) => verdictOf(one) === verdict).length
  return { verified: of('verified'), weak: of('weak'), unsupported: of('unsupported') }
}

/** US dollars with as many digits as say something. */
export function dollars(value: number): string {
  const digits: Intl.NumberFormatOptions = value >= 0.1 ? { minimumFractionDigits: 2, maximumFractionDigits: 2 } : { maximumSignificantDigits: 2 }
  return `$${new Intl.NumberFormat('en', value === 0 ? {} : digits).format(value)}`
}

/** The thin strip of a lane: what its answer took, the same cells in every lane. `most`: passages it may be given. */
export function strip(turn: Turn, most: number | null): TemplateResult {
  const { answer } = turn
  const tokens = answer ? tokensOf(answer) : null
  const first = answer && asked(answer) ? answer.timings.first_token : null
  const queued = answer?.timings.queue ?? 0
  const total = answer ? seconds(answer.timings.total) : isOpen(turn) && turn.id ? html`<px-elapsed .since=${turn.at}></px-elapsed>` : NONE
  return html`<dl class="strip">
    ${cell(tell('firstWord'), first == null ? NONE : seconds(first))}
    ${cell(tell('inAllShort'), total, queued >= 0.1 ? tell('queued', { time: seconds(queued) }) : '')}
    ${cell(tell('tokensShort'), tokens ? `${count(tokens.read)} → ${count(tokens.written)}` : NONE, tokens ? tell('tokensTitle', { read: tokens.read, written: tokens.written }) : '')}
    ${cost(answer)} ${passages(answer, most)} ${checked(turn)}
  </dl>`
}

function cell(name: string, value: string | TemplateResult, title = ''): TemplateResult {
  return html`<div title=${title}><dt>${name}</dt><dd>${value}</dd></div>`
}

function cost(answer: Answer | null): TemplateResult {
  if (!answer) return cell(tell('cost'), NONE)
  if (answer.cost == null) return cell(tell('cost'), NONE, tell('costUnknown'))
  return cell(tell('cost'), dollars(answer.cost), tell(answer.cost === 0 ? 'costLocal' : 'costTitle'))
}

function passages(answer: Answer | null, most: number | null): TemplateResult {
  const given = answer ? (givenOf(answer)?.size ?? null) : null
  if (answer === null || given === null || most === null) return cell(tell('passagesShort'), NONE)
  return cell(tell('passagesShort'), tell('passagesOf', { n: given, most }), tell('passagesTitle', { found: answer.passages.length, n: given, most }))
}

function checked({ citations, answer }: Turn): TemplateResult {
  if (citations.length === 0) return cell(tell('citations'), answer ? tell('noCitations') : NONE)
  const found = verdicts(citations)
  const kinds = (['verified', 'weak', 'unsupported'] as const).filter((kind) => found[kind] > 0)
  return cell(
    tell('citations'),
    html`<span class="checked" aria-label=${tell('citationsTitle', found)}>${kinds.map((kind) => html`<span class="verdict ${kind}">${found[kind]}</span>`)}</span>`,
    tell('citationsTitle', found),
  )
}
