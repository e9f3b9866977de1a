import { html, nothing, type TemplateResult } from 'lit'
import { tell } from '../../../i18n/report'
import { tongue } from '../../../i18n/tongue'
import { icon } from '../../../ui/icons'
import { verdictChip, type Context } from './context'

/** The sentence to act on, in large type, then what else there is to say. */
export function lead({ report }: Context): TemplateResult {
  const about = report.verdicts.filter((one) => one.a !== null || one.metric !== null)
  const [first, ...rest] = about.length > 0 ? about : report.verdicts
  if (!first) return html``
  const text = (said: Readonly<Record<string, string>>): string => said[tongue.language] ?? said.en ?? ''
  return html`<section class="lead" aria-label=${tell('verdict')}>
    ${report.partial ? html`<p class="note">${icon.history()}${tell('partial')}</p>` : nothing}
    <p class="sentence ${first.verdict ?? ''}">${first.verdict ? verdictChip(first.verdict) : nothing}${text(first.text)}</p>
    ${rest.length > 0 ? html`<ul class="rest">${rest.map((one) => html`<li>${one.verdict ? verdictChip(one.verdict) : nothing}<span>${text(one.text)}</span></li>`)}</ul>` : nothing}
    ${report.warnings.length > 0
      ? html`<div class="warnings" role="note"><strong>${icon.warn()}${tell('warnings')}</strong><ul>${report.warnings.map((one) => html`<li>${one}</li>`)}</ul></div>`
      : nothing}
  </section>`
}
