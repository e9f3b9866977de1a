import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Model, Variant } from '../../api/types'
import { count } from '../../i18n/tongue'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define } from '../../ui/part'
import { Acting } from '../acting'
import { Bench } from '../evaluate/api'
import { evaluateStyle } from '../evaluate/evaluate-style'
import type { Dataset } from '../evaluate/types'
import { pageStyle } from '../page-style'
import { go, path } from '../router'
import { jobStyle } from './job-style'
import { tuneStyle } from './tune-style'
import type { Job } from './types'

/** Who is asked to say whether it was worth it, as far as this install has them. */
const WORTH = ['plain', 'few_shot', 'rag', 'fine_tuned', 'rag_fine_tuned']

/** Milliseconds between looks at a model that is not known yet. */
const PAUSES = [500, 1_000, 2_000, 4_000, 8_000]

/** What comes after a training: to try the model beside its base, and to measure whether it was worth it. */
export class JobNext extends Acting {
  static override styles = [base, controls, pageStyle, evaluateStyle, tuneStyle, jobStyle, css`:host { height: auto; overflow: visible; }`]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) job!: Job
  @state() private model: Model | null = null
  @state() private variants: readonly Variant[] | null = null
  @state() private datasets: readonly Dataset[] = []
  @state() private trying = false
  private loaded = ''
  /** Grows with each thing that is learnt, so that what was asked before is not told any more. */
  private asked = 0

  override disconnectedCallback(): void {
    this.asked += 1
    super.disconnectedCallback()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('job') || this.loaded === this.job.model) return
    this.loaded = this.job.model ?? ''
    void this.learn()
  }

  /** Whether the variants that ask the model are not there yet although it is what they ask: told a moment later. */
  private get early(): boolean {
    return this.model !== null && this.model.current && this.model.deployed && !this.arms().includes('fine_tuned')
  }

  override render(): TemplateResult | typeof nothing {
    const { job, model } = this
    if (job.kind === 'scratch') return html`<div class="panel"><p class="hint">${tell('scratchDone')}</p></div>`
    if (!model || this.variants === null) return this.failure && !this.trying ? this.problem(this.failure) : html`<div class="next" aria-busy="true">${[1, 2].map(() => html`<div class="card"><span class="skeleton">&nbsp;</span><span class="skeleton">&nbsp;</span></div>`)}</div>`
    return html`${this.failure ? this.problem(this.failure) : nothing} ${model.current && model.deployed ? nothing : this.notCurrent(model)}
      <div class="next">${this.tryIt(model)} ${this.worth(model)}</div>`
  }

  private problem(failure: Failure): TemplateResult {
    return html`<div class="failure" role="alert">${icon.warn()}<span><strong>${failure.message}</strong> ${failure.hint}</span>${this.model ? nothing : html`<button type="button" class="button" ?disabled=${this.busy} @click=${() => this.learn()}>${tell('retry')}</button>`}</div>`
  }

  private notCurrent(model: Model): TemplateResult {
    return html`<div class="panel"><p class="hint">${model.problem ?? tell(model.deployed ? 'notCurrent' : 'notDeployed', { name: model.name })}</p>
      <button type="button" class="button" ?disabled=${this.busy} @click=${() => this.use()}>${tell('useThis')}</button></div>`
  }

  private tryIt(model: Model): TemplateResult {
    const ready = model.current && model.deployed
    const question = this.job.samples?.worst[0]?.question ?? this.job.samples?.best[0]?.question ?? null
    const address = path('compare', null, { lanes: 'plain,fine_tuned', q: question })
    return html`<div class="card" role="region" aria-labelledby="try"><div><h2 id="try">${tell('tryIt')}</h2><p class="hint">${tell('tryHint')}</p></div>
      <div class="row">${ready ? html`<a class="button primary" href=${address} data-inside="yes">${icon.compare()}${tell('tryCompare')}</a>` : nothing}<a class="button bare" href=${path('models', model.name)} data-inside="yes">${tell('toCard')}</a></div></div>`
  }

  private worth(model: Model): TemplateResult {
    const arms = this.arms()
    const usable = this.datasets.filter((one) => one.cases > 0)
    return html`<form class="card" aria-labelledby="worth" @submit=${this.measure}><div><h2 id="worth">${tell('worth')}</h2><p class="hint">${tell('worthHint')}</p></div>
      ${usable.length === 0
        ? html`<div class="row"><span class="hint">${tell('worthNoData')}</span><a class="button" href=${path('evaluate', 'datasets')} data-inside="yes">${tell('toDatasets')}</a></div>`
        : html`<div class="row"><label class="entry">${tell('dataset')}<select class="field" name="dataset">${usable.map((one) => html`<option value=${one.id}>${one.name} (${count(one.cases)})</option>`)}</select></label>
            <button class="button primary" ?disabled=${this.busy || !model.current || !arms.includes('fine_tuned')}>${tell('worthBegin')}</button></div>
            <p class="hint num">${tell('worthArms', { arms: arms.length, n: count(arms.length * (usable[0]?.cases ?? 0)) })}</p>`}
    </form>`
  }

  private arms(): readonly string[] {
    const there = new Set(this.variants?.map((one) => one.name))
    return WORTH.filter((name) => there.has(name))
  }

  private measure(event: SubmitEvent): void {
    event.preventDefault()
    const dataset = String(new FormData(event.target as HTMLFormElement).get('dataset') ?? '')
    void this.act(async () => {
      const run = await new Bench(this.client).begin({ dataset, variants: [...this.arms()], collection: this.job.collection, references: [], metrics: [], repeats: 1, limit: null, seed: null, at_once: null, judge: null })
      go(path('evaluate', run.id))
    })
  }

  /** Lets the two tuned variants ask this model. */
  private use(): Promise<void> {
    return this.act(async () => {
      const body = { ...(this.model?.deployed ? {} : { deployed: true }), current: true }
      this.model = await this.client.json<Model>('PATCH', `/api/models/${encodeURIComponent(this.job.model ?? '')}`, { body })
      this.variants = await this.client.variants()
    })
  }

  /** The model is made by another process than the one that is asked here: it may take a moment to be known. */
  private async learn(): Promise<void> {
    const mine = ++this.asked
    this.trying = true
    for (const pause of [...PAUSES, 0]) {
      await this.look()
      if (mine !== this.asked) return
      if (pause === 0 || (!this.failure && !this.early)) break
      await new Promise((resolve) => setTimeout(resolve, pause))
      if (mine !== this.asked) return
    }
    this.trying = false
  }

  private look(): Promise<void> {
    return this.act(async () => {
      const [model, variants, datasets] = await Promise.all([
        this.job.kind === 'scratch' ? null : this.client.json<Model>('GET', `/api/models/${encodeURIComponent(this.job.model ?? '')}`),
        this.client.variants(),
        new Bench(this.client).datasets(),
      ])
      this.model = model
      this.datasets = datasets.items
      this.variants = variants
    })
  }
}

define('px-job-next', JobNext)
