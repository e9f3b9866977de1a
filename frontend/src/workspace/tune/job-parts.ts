import { html, nothing, type TemplateResult } from 'lit'
import { count, bytes, when } from '../../i18n/tongue'
import { tell } from '../../i18n/tune'
import { money } from '../evaluate/figures'
import { duration } from '../evaluate/status'
import { path } from '../router'
import { differences, lossOf, SETTINGS, settingName, settingsOf, settingValue, sweepName } from './figures'
import { findingList, split } from './findings'
import { tookOf } from './job-list'
import './trained-pairs'
import type { Workshop } from './api'
import type { Job, Sample } from './types'

/** What it says to questions it was not trained on: expected and got, the best and the worst. */
export function samples(job: Job): TemplateResult | typeof nothing {
  if (!job.samples || job.samples.best.length + job.samples.worst.length === 0) return nothing
  return html`<section aria-labelledby="samples"><h2 id="samples">${tell('samples')}</h2><p class="hint">${tell('samplesHint')}</p>
    <div class="samples">
      ${table(tell('worst'), job.samples.worst)} ${table(tell('bestOnes'), job.samples.best)}
    </div></section>`
}

function table(name: string, those: readonly Sample[]): TemplateResult | typeof nothing {
  if (those.length === 0) return nothing
  return html`<table class="said">
    <caption>${name}</caption>
    <thead><tr><th scope="col">${tell('question')}</th><th scope="col">${tell('expected')}</th><th scope="col">${tell('got')}</th><th scope="col" class="number">${tell('loss')}</th></tr></thead>
    <tbody>${those.map((one) => html`<tr><th scope="row">${one.question}</th><td data-name=${tell('expected')}>${one.expected}</td><td data-name=${tell('got')}>${one.got || tell('saidNothing')}</td><td class="number" data-name=${tell('loss')}>${lossOf(one.loss)}</td></tr>`)}</tbody>
  </table>`
}

type Fact = readonly [string, TemplateResult | string | null | undefined]

const list = (facts: readonly Fact[]): TemplateResult =>
  html`<dl class="facts">${facts.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`

/** Everything that is needed to make it again, and what it took. */
export function making(job: Job): TemplateResult {
  const { manifest } = job
  const used = settingsOf(job)
  const takes = SETTINGS.filter((name) => used[name] !== null && used[name] !== undefined && (job.kind !== 'scratch' || (name !== 'rank' && name !== 'alpha')))
  const packages = Object.entries((manifest?.packages ?? {}) as Record<string, string>)
  const number = (name: string): number | null => (typeof manifest?.[name] === 'number' ? (manifest[name] as number) : null)
  const text = (name: string): string | null => (typeof manifest?.[name] === 'string' ? (manifest[name] as string) : null)
  const code = (value: string | null): TemplateResult | null => (value ? html`<code>${value}</code>` : null)
  const [memory, size, seconds, tokens] = [number('peak_bytes'), number('bytes'), number('seconds'), number('tokens') ?? number('trained_tokens')]
  return html`<section aria-labelledby="making"><h2 id="making">${tell('making')}</h2>
    <div class="halves">
      ${list([
        [tell('trainer'), tell(`trainer_${job.trainer}`)],
        [tell('kind'), tell(`kind_${job.kind}`)],
        [tell('base'), job.kind === 'scratch' ? null : job.base],
        [tell('collection'), job.kind === 'scratch' ? job.collection : null],
        ...takes.map((name): Fact => [settingName(name), settingValue(used[name], name)]),
        [tell('allElse'), manifest ? null : tell('byDefault')],
        [tell('sweep'), job.settings.sweep?.length ? html`${job.settings.sweep.map((one, at) => html`${at > 0 ? html`<br />` : nothing}${tell('settingNumber', { n: at + 1 })}: ${sweepName(one)}`)}` : null],
      ])}
      ${list([
        [tell('begun'), job.started_at ? when(job.started_at) : null],
        [tell('took'), seconds !== null ? duration(seconds) : job.finished_at ? tookOf(job) : null],
        [tell('tokensTrained'), tokens === null ? null : count(tokens)],
        [tell('memory'), memory === null || memory === 0 ? null : bytes(memory)],
        [tell('size'), size === null ? null : bytes(size)],
        [tell('cost'), job.cost === null ? null : money(job.cost)],
        [tell('estimated'), job.price_estimate ? money(job.price_estimate.usd) : null],
        [tell('bestStep'), number('best_step') === null ? null : count(number('best_step')!)],
        [tell('dataHash'), code(job.data.hash)],
        [tell('baseHash'), code(text('base_sha256'))],
        [tell('fileHash'), code(text('sha256'))],
        [tell('revision'), code(text('revision'))],
        [tell('packages'), packages.length > 0 ? packages.map(([name, version]) => `${name} ${version}`).join(', ') : null],
      ])}
    </div>
    ${manifest ? html`<p><a download="manifest-${job.name}.json" href=${`data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(manifest, null, 2))}`}>${tell('manifest')}</a></p>` : nothing}
  </section>`
}

/** The pairs it was trained on: how they were divided, and what was found in them before. */
export function data(job: Job, workshop: Workshop): TemplateResult {
  return html`<section aria-labelledby="data"><h2 id="data">${tell('trainingData')}</h2>
    ${split(job.data)}
    ${job.data.findings.length > 0 ? findingList(job.data.findings) : nothing}
    ${(['validation', 'train'] as const).map((part) => html`<px-trained .workshop=${workshop} .job=${job.id} .half=${part} .label=${tell(`show_${part}`, { n: count(job.data[part]) })}></px-trained>`)}
    ${job.pairs_id ? html`<p><a href=${path('tune', job.pairs_id)} data-inside="yes">${tell('toPairs')}</a></p>` : nothing}
  </section>`
}

/** What differs between two jobs. */
export function changes(a: Job, b: Job): TemplateResult {
  const rows = differences(a, b)
  if (rows.length === 0) return html`<p class="hint">${tell('sameSettings')}</p>`
  return html`<table class="said">
    <thead><tr><th scope="col">${tell('setting')}</th><th scope="col"><span class="first">${a.name}</span></th><th scope="col"><span class="second">${b.name}</span></th></tr></thead>
    <tbody>${rows.map(([name, one, other]) => html`<tr><th scope="row">${name}</th><td data-name=${a.name}>${one}</td><td data-name=${b.name}>${other}</td></tr>`)}</tbody>
  </table>`
}
