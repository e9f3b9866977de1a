import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import { chartStyle } from '../../charts/chart-style'
import { named } from '../../charts/face'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/evaluate'
import { tell as report } from '../../i18n/report'
import { count, tongue, when } from '../../i18n/tongue'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { icon } from '../../ui/icons'
import { base, define } from '../../ui/part'
import { Acting } from '../acting'
import '../ask-dialog'
import type { AskDialog } from '../ask-dialog'
import { statusStyle } from '../documents/status'
import { pageStyle } from '../page-style'
import { go, path, type Route } from '../router'
import { Bench } from './api'
import { evaluateStyle } from './evaluate-style'
import { faceOf } from './figures'
import { Poll } from './poll'
import { progress } from './progress'
import './questions-view'
import type { Filter } from './questions-view'
import { contextOf, type Context } from './report/context'
import { provenance } from './report/provenance'
import { reportStyle } from './report-style'
import './report-view'
import { isRunning, type Metric, type Run } from './types'

const views = ['report', 'questions', 'making'] as const
type View = (typeof views)[number]

/** One run: how far it is, then what it says, question by question, and how it was made. */
export class RunPage extends Acting {
  static override styles = [base, controls, hueStyle, chartStyle, pageStyle, statusStyle, reportStyle, evaluateStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private run: Run | null = null
  @state() private context: Context | null = null
  /** What a screen reader is told when the report has come while it waited. */
  @state() private told = ''
  private metrics: readonly Metric[] = []
  private bench!: Bench
  private loaded = ''
  private readonly poll = new Poll(() => this.follow())

  override disconnectedCallback(): void {
    this.poll.stop()
    super.disconnectedCallback()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) this.bench = new Bench(this.client)
    const wanted = `${this.route.id} ${this.route.query.get('baseline') ?? ''}`
    if (wanted === this.loaded) return
    if (this.run?.id !== this.route.id) {
      this.run = null
      this.context = null
    }
    this.loaded = wanted
    void this.load()
  }

  override render(): TemplateResult {
    const { run } = this
    return html`<div class="page">
      <div class="head">
        <a class="icon" href=${path('evaluate')} data-inside="yes" aria-label=${say('back')}>${icon.back()}</a>
        <h1>${run?.dataset.name ?? html`<span class="skeleton">&nbsp;</span>`}</h1>
        ${run ? this.deeds(run) : nothing}
      </div>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span><button type="button" class="button" @click=${() => this.load()}>${tell('retry')}</button></div>` : nothing}
      ${run ? this.body(run) : this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3, 4].map(() => html`<span class="skeleton"></span>`)}</div>`}
      <span class="visually-hidden" role="status">${this.told}</span>
      <px-ask></px-ask>
    </div>`
  }

  private deeds(run: Run): TemplateResult {
    if (isRunning(run)) return html`<button type="button" class="button push" ?disabled=${this.busy || run.cancelling} @click=${() => this.cancel()}>${icon.stop()}${tell(run.cancelling ? 'cancelling' : 'cancel')}</button>`
    const stopped = run.status === 'failed' || run.status === 'cancelled'
    return html`${stopped ? html`<button type="button" class="button primary push" title=${tell('resumeHint')} ?disabled=${this.busy} @click=${() => this.resume()}>${icon.again()}${tell('resume')}</button>` : nothing}
      <button type="button" class=${stopped ? 'button' : 'button push'} title=${tell('againHint')} ?disabled=${this.busy} @click=${() => this.again()}>${icon.again()}${tell('again')}</button>
      <button type="button" class="icon" aria-label=${tell('removeRun')} title=${tell('removeRun')} ?disabled=${this.busy} @click=${() => this.forget(run)}>${icon.trash()}</button>`
  }

  private body(run: Run): TemplateResult {
    const view = this.view()
    const label: Readonly<Record<View, string>> = { report: report('report'), questions: report('questions'), making: report('making') }
    return html`<p class="facts-line num"><span class="arms">${run.arms.map((arm) => named(faceOf(arm)))}</span><span>${when(run.created_at)}</span>${isRunning(run) ? nothing : html`<span>${tell('answersOf', { done: count(run.done), total: count(run.total) })}</span>`}</p>
      ${progress(run, () => this.showSoFar(), this.context !== null)}
      <nav class="tabs" aria-label=${report('report')}>${views.map((one) => html`<a href=${this.address({ view: one === 'report' ? null : one })} data-inside="yes" aria-current=${one === view ? 'page' : 'false'}>${label[one]}</a>`)}</nav>
      ${view === 'report' ? this.report(run) : view === 'questions' ? this.questions(run) : provenance(run, this.metrics.filter((one) => run.metrics.length === 0 || run.metrics.includes(one.name)))}`
  }

  private report(run: Run): TemplateResult | typeof nothing {
    if (this.context) {
      return html`${this.options(this.context)}<px-report
        .bench=${this.bench}
        .context=${this.context}
        .metric=${this.route.query.get('metric')}
        .against=${this.route.query.get('against')}
        @metric=${(event: CustomEvent<string>) => go(this.address({ metric: event.detail }), true)}
        @against=${(event: CustomEvent<string | null>) => go(this.address({ against: event.detail }), true)}
      ></px-report>`
    }
    if (isRunning(run)) return html`<p class="quiet">${tell('nothingYet')}</p>`
    if (run.done === 0) return html`<div class="empty">${icon.evaluate(40)}<strong>${tell('nothingKept')}</strong>${run.error ? html`<p>${run.error.message} ${run.error.hint}</p>` : nothing}<button type="button" class="button primary" @click=${() => this.again()}>${tell('again')}</button></div>`
    return this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3, 4].map(() => html`<span class="skeleton"></span>`)}</div>`
  }

  private options({ report: { arms, baseline }, run, faces }: Context): TemplateResult {
    const { html: page, csv, json } = this.bench.downloads(run.id, this.route.query.get('baseline'), tongue.language)
    const variants = arms.filter((arm) => arm.kind === 'variant')
    return html`<div class="facts-line">
      ${variants.length > 1
        ? html`<label class="pick"><span>${report('baseline')}</span><select class="field" @change=${(event: Event) => go(this.address({ baseline: (event.target as HTMLSelectElement).value }), true)}>
            ${variants.map((arm) => html`<option value=${arm.variant} ?selected=${arm.variant === baseline}>${faces.get(arm.variant)?.name ?? arm.variant}</option>`)}
          </select></label>`
        : nothing}
      <span class="push">${tell('download')}</span><a href=${page} download>HTML</a><a href=${csv} download>CSV</a><a href=${json} download="report-${run.id}.json">JSON</a>
    </div>`
  }

  private questions(run: Run): TemplateResult {
    const at = (name: string): string | null => this.route.query.get(name)
    return html`<px-questions
      .bench=${this.bench}
      .run=${run}
      .report=${this.context?.report ?? null}
      .filter=${{ arm: at('arm'), cell: at('cell'), tag: at('tag') }}
      @filter=${(event: CustomEvent<Filter>) => go(this.address({ ...event.detail }), true)}
    ></px-questions>`
  }

  private view(): View {
    return views.find((one) => one === this.route.query.get('view')) ?? 'report'
  }

  private address(change: Readonly<Record<string, string | null>>): string {
    return path('evaluate', this.route.id, { ...Object.fromEntries(this.route.query), ...change })
  }

  private cancel(): Promise<void> {
    return this.act(async () => (this.run = await this.bench.cancel(this.route.id ?? '')))
  }

  private again(): Promise<void> {
    return this.act(async () => go(path('evaluate', (await this.bench.again(this.route.id ?? '')).id)))
  }

  private resume(): Promise<void> {
    return this.act(async () => {
      this.run = await this.bench.resume(this.route.id ?? '')
      this.context = null
      this.poll.start()
    })
  }

  private async forget(run: Run): Promise<void> {
    const ask = this.renderRoot.querySelector<AskDialog>('px-ask')
    if (!(await ask?.ask(tell('removeAsk'), tell('removeRun'), tell('keep')))) return
    await this.act(async () => {
      await this.bench.removeRun(run.id)
      go(path('evaluate'))
    })
  }

  private showSoFar(): Promise<void> {
    return this.act(() => this.learn(this.loaded))
  }

  private async load(): Promise<void> {
    const wanted = this.loaded
    try {
      const id = this.route.id ?? ''
      const [run, metrics] = await Promise.all([this.bench.run(id), this.metrics.length > 0 ? this.metrics : this.bench.metrics()])
      if (wanted !== this.loaded) return
      this.run = run
      this.metrics = metrics
      this.failure = null
      if (isRunning(run)) this.poll.start()
      if (run.done > 0 && (!isRunning(run) || this.context)) await this.learn(wanted)
    } catch (error) {
      if (wanted === this.loaded) this.failure = Failure.of(error)
    }
  }

  private async learn(wanted: string): Promise<void> {
    const { run } = this
    if (!run) return
    const found = await this.bench.report(run.id, this.route.query.get('baseline'))
    if (wanted === this.loaded) this.context = contextOf(found, this.run ?? run, this.metrics)
  }

  /** While it goes on: how far it is. The report comes at the end, so that nothing jumps under a reader. */
  private async follow(): Promise<boolean> {
    const wanted = this.loaded
    const run = await this.bench.run(this.route.id ?? '')
    if (wanted !== this.loaded) return this.run === null || isRunning(this.run)
    this.run = run
    if (isRunning(run)) return true
    if (run.done > 0) await this.learn(wanted)
    this.told = this.context?.report.verdicts[0]?.text[tongue.language] ?? ''
    return false
  }
}

define('px-run-page', RunPage)
