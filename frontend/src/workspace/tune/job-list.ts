import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import { Failure } from '../../api/failure'
import { count, percent, when } from '../../i18n/tongue'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { styled } from '../../ui/styled'
import { statusStyle } from '../documents/status'
import { tableStyle } from '../documents/table-style'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { money } from '../evaluate/figures'
import { Poll } from '../evaluate/poll'
import { duration } from '../evaluate/status'
import { pageStyle } from '../page-style'
import { path } from '../router'
import type { Workshop } from './api'
import { lossOf } from './figures'
import { tuneSign } from './sign'
import { statusOf } from './standing'
import { goesOn, type Job } from './types'

/** All training jobs, newest first; one that goes on fills its own row. Two can be chosen and compared. */
export class JobList extends Part {
  static override styles = [base, controls, pageStyle, statusStyle, tableStyle, evaluateStyle, css`
    :host {
      height: auto;
      overflow: visible;
    }
    .pick {
      width: 16px;
      padding-inline-end: 0;
    }
    .pick input {
      display: block;
      margin: 0;
      accent-color: var(--px-accent);
    }
    .tally {
      display: flex;
      flex-wrap: wrap;
      gap: 8px 16px;
      align-items: center;
      min-height: 40px;
      color: var(--px-text-faint);
    }
    @media (max-width: 480px) {
      .name a {
        white-space: normal;
        overflow-wrap: anywhere;
      }
      td.far {
        white-space: normal;
      }
    }
    .begin {
      display: flex;
      flex-wrap: wrap;
      justify-content: center;
      gap: 8px;
    }
  `]

  @property({ attribute: false }) workshop!: Workshop
  @state() private jobs: readonly Job[] | null = null
  @state() private next: string | null = null
  @state() private hasData = true
  @state() private chosen: readonly string[] = []
  @state() private failure: Failure | null = null
  private readonly poll = new Poll(() => this.refresh())

  override connectedCallback(): void {
    super.connectedCallback()
    void this.load()
  }

  override disconnectedCallback(): void {
    this.poll.stop()
    super.disconnectedCallback()
  }

  override render(): TemplateResult {
    if (this.failure) return html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span><button type="button" class="button" @click=${() => this.load()}>${tell('retry')}</button></div>`
    if (!this.jobs) return html`<div class="lines" aria-busy="true">${[1, 2, 3].map(() => html`<span class="skeleton"></span>`)}</div>`
    if (this.jobs.length === 0) return this.nothingYet()
    const [a, b] = this.chosen
    return html`${this.jobs.length > 1
        ? html`<div class="tally"><span>${tell('compareHint')}</span>${a && b ? html`<a class="button" href=${path('tune', 'compare', { a, b })} data-inside="yes">${icon.compare()}${tell('compareThem')}</a>` : nothing}</div>`
        : nothing}
      <table>
        <thead><tr>${this.jobs.length > 1 ? html`<th scope="col" class="pick"><span class="visually-hidden">${tell('compareThem')}</span></th>` : nothing}<th scope="col">${tell('name')}</th><th scope="col" class="wide">${tell('base')}</th><th scope="col" class="number wide">${tell('pairs')}</th><th scope="col">${tell('progress')}</th><th scope="col" class="number wide">${tell('validationLoss')}</th><th scope="col" class="number wide">${tell('took')}</th><th scope="col" class="wide">${tell('begun')}</th></tr></thead>
        <tbody>${repeat(this.jobs, (job) => job.id, (job) => this.row(job))}</tbody>
      </table>
      ${this.next ? html`<button type="button" class="button bare" @click=${() => this.load(this.next)}>${tell('more')}</button>` : nothing}`
  }

  private nothingYet(): TemplateResult {
    return html`<div class="empty">${tuneSign(40)}<strong>${tell('noJobs')}</strong><p>${tell('noJobsHint')}</p><p>${tell(this.hasData ? 'noJobsHaveData' : 'noJobsNoData')}</p>
      <span class="begin">${this.hasData
        ? html`<a class="button primary" href=${path('tune', 'new')} data-inside="yes">${tell('newJob')}</a>`
        : html`<a class="button primary" href=${path('tune', 'data')} data-inside="yes">${tell('toData')}</a>`}</span></div>`
  }

  private row(job: Job): TemplateResult {
    const moving = goesOn(job)
    return html`<tr class=${moving ? 'moving' : ''} ${styled({ '--share': moving ? `${Math.round(job.progress * 100)}%` : null })}>
      ${(this.jobs?.length ?? 0) > 1 ? html`<td class="pick"><input type="checkbox" aria-label=${tell('chooseToCompare', { name: job.name })} .checked=${this.chosen.includes(job.id)} @change=${() => this.pick(job.id)} /></td>` : nothing}
      <td class="name"><div class="line"><a href=${path('tune', job.id)} data-inside="yes">${job.name}</a></div>
        ${job.error && job.status === 'failed' ? html`<div class="why">${job.error.message}</div>` : nothing}</td>
      <td class="wide soft">${job.kind === 'scratch' ? tell('kind_scratch') : job.base}</td>
      <td class="number wide">${count(job.data.train + job.data.validation)}</td>
      <td class="num far">${statusOf(job.status)} <span class="faint">${this.far(job)}</span></td>
      <td class="number wide">${lossOf(job.manifest?.validation_loss as number | null | undefined)}</td>
      <td class="number wide">${tookOf(job)}</td>
      <td class="wide soft">${when(job.created_at)}</td>
    </tr>`
  }

  private far(job: Job): string {
    if (!goesOn(job) || job.status === 'queued') return ''
    return job.seconds_left === null ? percent(job.progress) : `${percent(job.progress)}, ${tell('left', { time: duration(job.seconds_left) })}`
  }

  /** The two that were ticked last. */
  private pick(id: string): void {
    this.chosen = this.chosen.includes(id) ? this.chosen.filter((one) => one !== id) : [...this.chosen, id].slice(-2)
  }

  private async load(cursor: string | null = null): Promise<void> {
    try {
      const page = await this.workshop.jobs(cursor)
      this.jobs = [...(cursor ? (this.jobs ?? []) : []), ...page.items]
      this.next = page.next ?? null
      this.failure = null
      if (this.jobs.length === 0) this.hasData = (await this.workshop.sets()).items.some((one) => one.pairs > 1)
      if (this.jobs.some(goesOn)) this.poll.start()
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  private async refresh(): Promise<boolean> {
    const { items } = await this.workshop.jobs()
    const fresh = new Set(items.map((job) => job.id))
    this.jobs = [...items, ...(this.jobs ?? []).filter((job) => !fresh.has(job.id))]
    return this.jobs.some(goesOn)
  }
}

/** How long it took, and what was billed for it. */
export function tookOf(job: Pick<Job, 'started_at' | 'finished_at' | 'cost'>): string {
  if (!job.started_at || !job.finished_at) return '–'
  const time = duration(Math.max(0, Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000)
  return job.cost ? `${time}, ${money(job.cost)}` : time
}

define('px-job-list', JobList)
