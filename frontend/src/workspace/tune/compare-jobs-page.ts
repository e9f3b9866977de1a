import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import '../../charts/curves-chart'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { statusStyle } from '../documents/status'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { pageStyle } from '../page-style'
import { go, path, type Route } from '../router'
import { Workshop } from './api'
import { bothCurves, saidOf } from './curves'
import { bestOf, leading, lossOf } from './figures'
import { tookOf } from './job-list'
import { changes } from './job-parts'
import { jobStyle } from './job-style'
import { statusOf } from './standing'
import { tuneStyle } from './tune-style'
import type { Job } from './types'

/** Two trainings side by side: both curves, and what differs in how they were made. */
export class CompareJobsPage extends Part {
  static override styles = [base, controls, pageStyle, statusStyle, evaluateStyle, tuneStyle, jobStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private jobs: readonly Job[] = []
  @state() private both: readonly [Job, Job] | null = null
  @state() private failure: Failure | null = null
  private workshop!: Workshop
  private loaded = ''

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) {
      this.workshop = new Workshop(this.client)
      this.workshop.jobs().then((page) => (this.jobs = page.items), () => undefined)
    }
    const wanted = `${this.route.query.get('a') ?? ''} ${this.route.query.get('b') ?? ''}`
    if (wanted === this.loaded) return
    this.loaded = wanted
    void this.load(wanted)
  }

  override render(): TemplateResult {
    return html`<div class="page">
      <div class="head"><a class="icon" href=${path('tune')} data-inside="yes" aria-label=${say('back')}>${icon.back()}</a><h1>${tell('compareTitle')}</h1></div>
      <div class="two">${this.choice('a')} ${this.choice('b')}</div>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span></div>` : nothing}
      ${this.both ? this.body(...this.both) : this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3].map(() => html`<span class="skeleton"></span>`)}</div>`}
    </div>`
  }

  private choice(side: 'a' | 'b'): TemplateResult {
    const chosen = this.route.query.get(side)
    const known = [...this.jobs, ...(this.both ?? []).filter((one) => !this.jobs.some((job) => job.id === one.id))]
    return html`<label class="entry"><span class=${side === 'a' ? 'first' : 'second'}>${tell(side === 'a' ? 'firstJob' : 'secondJob')}</span>
      <select class="field" @change=${(event: Event) => this.turn(side, (event.target as HTMLSelectElement).value)}>
        ${known.map((job) => html`<option value=${job.id} ?selected=${job.id === chosen}>${job.name}</option>`)}
      </select></label>`
  }

  private body(a: Job, b: Job): TemplateResult {
    return html`<section aria-labelledby="curves"><h2 id="curves">${tell('curves')}</h2>
        <px-curves class="roomy" .caption="${saidOf(a)} ${saidOf(b)}" .curves=${bothCurves(a, b)} .written=${lossOf} acrossName=${tell('step')} upName=${tell('lossAxis')}></px-curves>
        <p class="hint">${tell('compareCurvesHint')} ${a.data.hash === b.data.hash ? nothing : html`<strong>${tell('otherData')}</strong>`}</p></section>
      <section aria-labelledby="ended"><h2 id="ended">${tell('ended')}</h2>
        <table class="said">
          <thead><tr><th scope="col"><span class="visually-hidden">${tell('name')}</span></th><th scope="col"><span class="first">${a.name}</span></th><th scope="col"><span class="second">${b.name}</span></th></tr></thead>
          <tbody>
            <tr><th scope="row">${tell('progress')}</th>${[a, b].map((job) => html`<td>${statusOf(job.status)}</td>`)}</tr>
            <tr><th scope="row">${tell('validationLoss')}</th>${[a, b].map((job) => html`<td class="num">${lossOf(bestOf(job.loss, leading(job.loss))?.value)}</td>`)}</tr>
            <tr><th scope="row">${tell('took')}</th>${[a, b].map((job) => html`<td class="num">${tookOf(job)}</td>`)}</tr>
          </tbody>
        </table></section>
      <section aria-labelledby="differ"><h2 id="differ">${tell('differ')}</h2>${changes(a, b)}</section>`
  }

  private turn(side: 'a' | 'b', id: string): void {
    go(path('tune', 'compare', { a: this.route.query.get('a'), b: this.route.query.get('b'), [side]: id }), true)
  }

  private async load(wanted: string): Promise<void> {
    const [a = '', b = ''] = wanted.split(' ')
    try {
      const both = await Promise.all([this.workshop.job(a), this.workshop.job(b)])
      if (wanted !== this.loaded) return
      this.both = both
      this.failure = null
    } catch (error) {
      if (wanted === this.loaded) this.failure = Failure.of(error)
    }
  }
}

define('px-compare-jobs-page', CompareJobsPage)
