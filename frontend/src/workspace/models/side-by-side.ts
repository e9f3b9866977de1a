import { html, type TemplateResult } from 'lit'
import { tell } from '../../i18n/models'
import { count, seconds } from '../../i18n/tongue'
import { money } from '../evaluate/figures'
import { path } from '../router'
import type { Model } from './api'
import { cardOf, factsOf, labelOf, priceOf, standingOf } from './facts'

/** Up to three models, fact by fact. */
export function sideBySide(models: readonly Model[]): TemplateResult {
  const facts = models.map((one) => new Map(factsOf(one)))
  const hidden = new Set([tell('hash'), tell('price')])
  const names = [...new Set(facts.flatMap((one) => [...one.keys()]))].filter((name) => !hidden.has(name))
  const row = (name: string, cells: readonly (string | TemplateResult)[]): TemplateResult => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell || '–'}</td>`)}</tr>`
  const figure = (name: string, of: (measured: Readonly<Record<string, number>>) => string): TemplateResult => row(name, models.map((one) => of(one.measured)))
  const time = (value: number | undefined): string => (value === undefined ? '' : seconds(value))
  return html`<div class="scroll"><table class="side" aria-label=${tell('side')}>
    <thead><tr><td></td>${models.map((one) => html`<th scope="col"><a href=${path('models', one.name)} data-inside="yes">${labelOf(one)}</a></th>`)}</tr></thead>
    <tbody>
      ${row('', models.map((one) => html`<span class="status ${standingOf(one).look}">${standingOf(one).word}</span>`))}
      ${row(tell('use'), models.map((one) => cardOf(one)['use'] ?? cardOf(one)['about'] ?? ''))}
      ${row(tell('limits'), models.map((one) => cardOf(one)['limits'] ?? ''))}
      ${names.map((name) => row(name, facts.map((one) => one.get(name) ?? '')))}
      ${row(tell('price'), models.map(priceOf))}
      ${figure(tell('answersHere'), (one) => (one['answers'] ? count(one['answers']) : ''))}
      ${figure(tell('medianFirst'), (one) => time(one['first_token_p50']))}
      ${figure(tell('medianTotal'), (one) => time(one['total_p50']))}
      ${figure(tell('perAnswer'), (one) => (one['cost_mean'] === undefined ? '' : money(one['cost_mean'])))}
      ${row(tell('variants'), models.map((one) => one.variants.join(', ')))}
    </tbody>
  </table></div>`
}
