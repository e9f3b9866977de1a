import { html, type TemplateResult } from 'lit'
import { tell } from '../../../i18n/report'
import { count, percent, tongue } from '../../../i18n/tongue'
import { path } from '../../router'
import { armIn, faceIn, type Context } from './context'

/** What became of each answer, arm by arm; a number leads to its questions. */
export function diagnosis(context: Context): TemplateResult {
  const { kinds, arms } = context.report.diagnosis
  const head = html`<header><h2>${tell('diagnosis')}</h2><p>${tell('diagnosisHint')}</p></header>`
  const met = kinds.filter((kind) => arms.some((arm) => arm.cells[kind.name]))
  if (met.length === 0) return html`<section>${head}<p class="quiet">${tell('noDiagnosis')}</p></section>`
  const said = (words: Readonly<Record<string, string>>): string => words[tongue.language] ?? words.en ?? ''
  return html`<section>
    ${head}
    <div class="wide"><table class="figures">
      <thead><tr><th scope="col">${tell('whatHappened')}</th>${arms.map((arm) => html`<th scope="col" class="number">${armIn(context, arm.variant)}<small>n = ${count(arm.n)}</small></th>`)}</tr></thead>
      <tbody>
        ${met.map(
          (kind) => html`<tr>
            <th scope="row"><span class=${kind.good ? 'kind good' : 'kind'}>${said(kind.label)}</span><small>${said(kind.meaning)}</small></th>
            ${arms.map((arm) => {
              const cell = arm.cells[kind.name]
              if (!cell || cell.n === 0) return html`<td class="number faint">0</td>`
              const address = path('evaluate', context.report.run_id, { view: 'questions', arm: arm.variant, cell: kind.name })
              return html`<td class="number"><a class="open" href=${address} data-inside="yes" aria-label=${tell('openCell', { n: cell.n, name: faceIn(context, arm.variant).name, kind: said(kind.label) })}>${count(cell.n)}</a><small>${percent(cell.share)}</small></td>`
            })}
          </tr>`,
        )}
      </tbody>
    </table></div>
  </section>`
}
