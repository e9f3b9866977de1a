import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import { say } from '../../i18n/common'
import { count, when } from '../../i18n/tongue'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define } from '../../ui/part'
import { Acting } from '../acting'
import '../ask-dialog'
import type { AskDialog } from '../ask-dialog'
import { statusStyle } from '../documents/status'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { pageStyle } from '../page-style'
import { go, path, type Route } from '../router'
import { Workshop } from './api'
import { lossChart, saidOf } from './curves'
import './job-next'
import { data, making, samples } from './job-parts'
import { jobStyle } from './job-style'
import { standing, statusOf } from './standing'
import { tuneStyle } from './tune-style'
import { goesOn, type Job } from './types'
import { Watch } from './watch'

/** One training: how it goes, its curves, what became of it, and how it was made. */
export class JobPage extends Acting {
  static override styles = [base, controls, pageStyle, statusStyle, evaluateStyle, tuneStyle, jobStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private job: Job | null = null
  @state() private lost = false
  /** What a screen reader is told when the training has ended while it waited. */
  @state() private told = ''
  private workshop!: Workshop
  private watch: Watch | null = null
  private loaded = ''

  override disconnectedCallback(): void {
    this.watch?.stop()
    super.disconnectedCallback()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) this.workshop = new Workshop(this.client)
    if (this.route.id === this.loaded) return
    this.watch?.stop()
    this.loaded = this.route.id ?? ''
    this.job = null
    void this.load()
  }

  override render(): TemplateResult {
    const { job } = this
    return html`<div class="page">
      <div class="head">
        <a class="icon" href=${path('tune')} data-inside="yes" aria-label=${say('back')}>${icon.back()}</a>
        <h1>${job?.name ?? html`<span class="skeleton">&nbsp;</span>`}</h1>
        ${job ? this.deeds(job) : nothing}
      </div>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span><button type="button" class="button" @click=${() => this.load()}>${tell('retry')}</button></div>` : nothing}
      ${job ? this.body(job) : this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3, 4].map(() => html`<span class="skeleton"></span>`)}</div>`}
      <span class="visually-hidden" role="status">${this.told}</span>
      <px-ask></px-ask>
    </div>`
  }

  private deeds(job: Job): TemplateResult {
    if (goesOn(job)) return html`<button type="button" class="button push" ?disabled=${this.busy || job.cancelling} @click=${() => this.change(() => this.workshop.cancel(job.id))}>${icon.stop()}${tell(job.cancelling ? 'cancelling' : 'cancel')}</button>`
    const stopped = job.status !== 'finished'
    const mended = job.status === 'failed'
    return html`${stopped ? html`<button type="button" class=${mended ? 'button push' : 'button primary push'} title=${tell('resumeHint')} ?disabled=${this.busy} @click=${() => this.resume(job)}>${icon.again()}${tell('resume')}</button>` : nothing}
      <a class=${mended ? 'button primary' : stopped ? 'button' : 'button push'} href=${path('tune', 'new', { like: job.id })} data-inside="yes" title=${tell('likeHint')}>${icon.plus()}${tell('like')}</a>
      <button type="button" class="button" title=${tell('againHint')} ?disabled=${this.busy} @click=${() => this.again(job)}>${icon.again()}${tell('again')}</button>
      <button type="button" class="icon" aria-label=${tell('removeJob')} title=${tell('removeJob')} ?disabled=${this.busy} @click=${() => this.forget(job)}>${icon.trash()}</button>`
  }

  private body(job: Job): TemplateResult {
    return html`<p class="facts-line num">${goesOn(job) ? nothing : statusOf(job.status)}<span>${tell(`trainer_${job.trainer}`)}</span><span>${job.kind === 'scratch' ? tell('kind_scratch') : job.base}</span>
        <span>${tell('pairsOf', { train: count(job.data.train), validation: count(job.data.validation) })}</span><span>${when(job.created_at)}</span>
        ${job.again_of ? html`<a href=${path('tune', 'compare', { a: job.again_of, b: job.id })} data-inside="yes">${tell('againOf')}</a>` : nothing}</p>
      ${standing(job)} ${this.lost && goesOn(job) ? html`<p class="note" role="status">${icon.warn()}${tell('liveLost')}</p>` : nothing}
      ${job.status === 'finished' ? html`<px-job-next .client=${this.client} .job=${job}></px-job-next>` : nothing}
      <section aria-labelledby="curves"><h2 id="curves">${tell('curves')}</h2>
        ${job.loss.length > 0 ? html`${lossChart(job)}<p class="hint">${tell('curvesHint')}</p>` : html`<p class="hint">${tell(goesOn(job) ? 'curvesLater' : 'curvesNone')}</p>`}
      </section>
      ${samples(job)} ${data(job, this.workshop)} ${making(job)}`
  }

  private again(job: Job): Promise<void> {
    return this.change(async () => {
      const made = await this.workshop.again(job.id)
      go(path('tune', made.id))
      return null
    })
  }

  private resume(job: Job): Promise<void> {
    return this.change(async () => {
      const now = await this.workshop.resume(job.id)
      this.follow(now)
      return { ...now, loss: job.loss }
    })
  }

  private async forget(job: Job): Promise<void> {
    const ask = this.renderRoot.querySelector<AskDialog>('px-ask')
    if (!(await ask?.ask(tell(job.model ? 'removeJobAskModel' : 'removeJobAsk', { name: job.name, model: job.model ?? '' }), tell('removeJob'), tell('keep')))) return
    await this.change(async () => {
      await this.workshop.removeJob(job.id)
      go(path('tune'))
      return null
    })
  }

  private change(deed: () => Promise<Job | null>): Promise<void> {
    return this.act(async () => {
      const job = await deed()
      if (job && job.id === this.loaded) this.job = { ...job, loss: job.loss.length > 0 ? job.loss : (this.job?.loss ?? []) }
    })
  }

  private async load(): Promise<void> {
    const wanted = this.loaded
    try {
      const job = await this.workshop.job(wanted)
      if (wanted !== this.loaded) return
      this.job = job
      this.failure = null
      if (goesOn(job)) this.follow(job)
    } catch (error) {
      if (wanted === this.loaded) this.failure = Failure.of(error)
    }
  }

  private follow(job: Job): void {
    this.watch?.stop()
    if (!this.isConnected) return
    this.watch = new Watch(this.workshop, job.id, (news) => this.seen(news), (well) => (this.lost = !well))
    this.watch.start()
  }

  private seen(job: Job): void {
    if (job.id !== this.loaded) return
    if (!goesOn(job)) this.told = job.status === 'finished' ? `${tell('status_finished')}. ${saidOf(job)}` : (job.error?.message ?? tell('status_cancelled'))
    this.job = job
  }
}

define('px-job-page', JobPage)
