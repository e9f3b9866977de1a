import { html, nothing, type TemplateResult } from 'lit'
import { tell } from '../../../i18n/report'
import { count, when } from '../../../i18n/tongue'
import { path } from '../../router'
import type { Metric, Run } from '../types'
import { faceOf } from '../figures'
import { named } from '../../../charts/face'

type Facts = Readonly<Record<string, unknown>>

const facts = (value: unknown): Facts => (value !== null && typeof value === 'object' ? (value as Facts) : {})
const short = (value: unknown): string => (typeof value === 'string' && /^[0-9a-f]{16,}$/.test(value) ? value.slice(0, 12) : String(value ?? '–'))

/** A value of the provenance, however deep, as text to read. */
function written(value: unknown): TemplateResult | string {
  if (Array.isArray(value)) return html`${value.map((one, at) => html`${at > 0 ? ', ' : ''}${written(one)}`)}`
  if (value !== null && typeof value === 'object') {
    return html`<span class="facts">${Object.entries(value).map(([name, one]) => html`<span><span class="faint">${name.replaceAll('_', ' ')}</span> ${written(one)}</span>`)}</span>`
  }
  return html`<span title=${String(value ?? '')}>${short(value)}</span>`
}

/** Everything that a run depends on, as it was frozen when the run was made. */
export function provenance(run: Run, metrics: readonly Metric[]): TemplateResult {
  const { corpus, models, code, prompts, cases } = facts(run.provenance)
  const row = (label: string, value: TemplateResult | string | typeof nothing): TemplateResult | typeof nothing =>
    value === nothing ? nothing : html`<div><dt>${label}</dt><dd>${value}</dd></div>`
  return html`<dl class="provenance num">
      ${row(tell('fact_dataset'), html`<a href=${path('evaluate', run.dataset.id)} data-inside="yes">${run.dataset.name}</a>`)}
      ${row(tell('fact_cases'), written(cases))}
      ${row(tell('fact_collection'), html`<a href=${path('documents', null, { collection: run.collection === 'default' ? null : run.collection })} data-inside="yes">${run.collection}</a>`)}
      ${row(tell('fact_corpus'), written(corpus))}
      ${row(tell('fact_models'), written(models))}
      ${row(tell('fact_prompts'), written(prompts))}
      ${row(tell('fact_code'), written(code))}
      ${row(tell('fact_seed'), html`<code>${run.seed}</code>`)}
      ${row(tell('fact_repeats'), count(run.repeats))}
      ${row(tell('fact_at_once'), count(run.at_once))}
      ${row(tell('fact_judge'), run.judge ?? tell('noJudge'))}
      ${row(tell('fact_times'), `${when(run.started_at ?? run.created_at)} – ${run.finished_at ? when(run.finished_at) : '…'}`)}
      ${row(tell('fact_again'), run.again_of ? html`<a href=${path('evaluate', run.again_of)} data-inside="yes"><code>${run.again_of}</code></a>` : nothing)}
    </dl>
    <h3>${tell('fact_settings')}</h3>
    <dl class="provenance num">
      ${run.arms.map((arm) => row(arm.name, html`${named(faceOf(arm))} ${arm.model} ${written({ ...arm.parameters, prompts: arm.prompt_hash, config: arm.config_hash })}`))}
    </dl>
    <p class="quiet">${metrics.length > 0 ? metrics.map((one) => `${one.name} ${one.version}`).join(' · ') : nothing}</p>`
}
