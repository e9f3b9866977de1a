import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import { Failure } from '../../api/failure'
import { named } from '../../charts/face'
import { tell } from '../../i18n/evaluate'
import { count, percent, when } from '../../i18n/tongue'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { styled } from '../../ui/styled'
import { statusStyle } from '../documents/status'
import { tableStyle } from '../documents/table-style'
import { pageStyle } from '../page-style'
import { path } from '../router'
import type { Bench } from './api'
import { evaluateStyle } from './evaluate-style'
import { faceOf } from './figures'
import { Poll } from './poll'
import { duration, statusOf } from './status'
import { isRunning, type Run } from './types'

/** "4 of 80 questions": what a run with a limit was about. */
function ofQuestions({ limit, provenance }: Run): string {
  const { count: asked, of } = (provenance.cases ?? {}) as { readonly count?: number; readonly of?: number }
  const n = count(asked ?? limit ?? 0)
  return of === undefined ? tell('limitedTo', { n }) : asked === of ? '' : tell('questionsOf', { n, all: count(of) })
}

/** All runs, newest first; one that goes on fills its own row. */
export class RunList extends Part {
  static override styles = [base, controls, hueStyle, pageStyle, statusStyle, tableStyle, evaluateStyle, css`:host { height: auto; overflow: visible; }`]

  @property({ attribute: false }) bench!: Bench
  @state() private runs: readonly Run[] | null = null
  @state() private next: string | null = null
  @state() private hasData = true
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
    if (!this.runs) return html`<div class="lines" aria-busy="true">${[1, 2, 3].map(() => html`<span class="skeleton"></span>`)}</div>`
    if (this.runs.length === 0) return this.nothingYet()
    return html`<table>
        <thead><tr><th scope="col">${tell('dataset')}</th><th scope="col" class="wide">${tell('arms')}</th><th scope="col">${tell('progress')}</th><th scope="col" class="wide">${tell('when')}</th></tr></thead>
        <tbody>${repeat(this.runs, (run) => run.id, (run) => this.row(run))}</tbody>
      </table>
      ${this.next ? html`<button type="button" class="button bare" @click=${() => this.more()}>${tell('more')}</button>` : nothing}`
  }

  private nothingYet(): TemplateResult {
    return html`<div class="empty">${icon.evaluate(40)}<strong>${tell('noRuns')}</strong><p>${tell('noRunsHint')} ${this.hasData ? nothing : tell('noRunsNoData')}</p>
      ${this.hasData
        ? html`<a class="button primary" href=${path('evaluate', 'new')} data-inside="yes">${tell('newRun')}</a>`
        : html`<a class="button primary" href=${path('evaluate', 'datasets')} data-inside="yes">${tell('toDatasets')}</a>`}</div>`
  }

  private row(run: Run): TemplateResult {
    const moving = isRunning(run)
    return html`<tr class=${moving ? 'moving' : ''} ${styled({ '--share': moving ? `${Math.round(run.progress * 100)}%` : null })}>
      <td class="name"><div class="line"><a href=${path('evaluate', run.id)} data-inside="yes">${run.dataset.name}</a></div>
        ${run.error ? html`<div class="why">${run.error.message}</div>` : nothing}</td>
      <td class="wide"><span class="arms">${run.arms.map((arm) => named(faceOf(arm)))}</span></td>
      <td class="num">${statusOf(run.status)} <span class="faint">${this.standing(run)}</span></td>
      <td class="wide soft">${when(run.created_at)}</td>
    </tr>`
  }

  private standing(run: Run): string {
    if (run.status === 'running') return run.seconds_left === null ? percent(run.progress) : `${percent(run.progress)}, ${tell('left', { time: duration(run.seconds_left) })}`
    if (run.status === 'finished' && run.limit !== null) return ofQuestions(run)
    return run.done < run.total ? tell('answersOf', { done: count(run.done), total: count(run.total) }) : ''
  }

  private async load(): Promise<void> {
    try {
      const page = await this.bench.runs()
      this.runs = page.items
      this.next = page.next ?? null
      this.failure = null
      if (this.runs.length === 0) this.hasData = (await this.bench.datasets()).items.length > 0
      if (this.runs.some(isRunning)) this.poll.start()
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  /** The first page anew; whether to go on asking. */
  private async refresh(): Promise<boolean> {
    const { items } = await this.bench.runs()
    const fresh = new Set(items.map((run) => run.id))
    this.runs = [...items, ...(this.runs ?? []).filter((run) => !fresh.has(run.id))]
    return this.runs.some(isRunning)
  }

  private async more(): Promise<void> {
    try {
      const page = await this.bench.runs({ cursor: this.next })
      this.runs = [...(this.runs ?? []), ...page.items]
      this.next = page.next ?? null
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

define('px-run-list', RunList)
