import { html, nothing, type TemplateResult } from 'lit'
import { count, plural } from '../../i18n/tongue'
import { tell } from '../../i18n/tune'
import { icon } from '../../ui/icons'
import { messageOf } from './figures'
import type { Check, Finding } from './types'

/** What was found in one pair. */
export interface Found {
  readonly check: Finding['check']
  readonly level: Finding['level']
  readonly detail: string
}

/** The findings by the pair they are about, the most serious first. */
export function byPair(findings: readonly Finding[]): ReadonlyMap<string, readonly Found[]> {
  const by = new Map<string, Found[]>()
  for (const { check, level, pairs, details } of findings) {
    pairs.forEach((pair, at) => by.set(pair, [...(by.get(pair) ?? []), { check, level, detail: details[at] ?? '' }]))
  }
  return by
}

type Divided = Pick<Check, 'train' | 'validation' | 'groups' | 'dropped'> & { readonly by: string }

/** How the pairs are divided, as a bar and in words. */
export function split({ train, validation, by, groups, dropped }: Divided): TemplateResult {
  const how = by === 'document' ? tell(plural(groups, 'byDocument', 'byDocuments'), { n: count(groups) }) : tell(by === 'question' ? 'byQuestion' : 'byPair')
  return html`<div class="split">
    <svg class="parts" width="100%" height="8" aria-hidden="true"><rect width="100%" height="8" rx="4" class="held"/><rect width="${(100 * train) / Math.max(1, train + validation)}%" height="8" rx="4" class="learnt"/></svg>
    <span class="num"><i class="learnt"></i>${tell('trainPairs', { n: count(train) })}</span><span class="num"><i class="held"></i>${tell('validationPairs', { n: count(validation) })}</span>
    <span class="faint">${how}${dropped > 0 ? ` ${tell(plural(dropped, 'droppedOne', 'dropped'), { n: count(dropped) })}` : nothing}</span>
  </div>`
}

/** Everything that the checks say, the most serious first. */
export function findingList(findings: readonly Finding[]): TemplateResult {
  if (findings.length === 0) return html`<p class="fine">${icon.check()}${tell('nothingFound')}</p>`
  return html`<ul class="findings">
    ${findings.map(
      (one) => html`<li class=${one.level}>
        ${one.level === 'advice' ? icon.help() : icon.warn()}
        <span><strong>${tell(`check_${one.check}`)}</strong> <span class="level">${tell(`level_${one.level}`)}</span><span class="told">${messageOf(one)}</span></span>
      </li>`,
    )}
  </ul>`
}
