import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Variant } from '../../api/types'
import { chartStyle } from '../../charts/chart-style'
import { named } from '../../charts/face'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/experiments'
import { tongue, type Language } from '../../i18n/tongue'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { statusStyle } from '../documents/status'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { Poll } from '../evaluate/poll'
import { reportStyle } from '../evaluate/report-style'
import { pageStyle } from '../page-style'
import { path, type Route } from '../router'
import { Laboratory } from './api'
import './experiment-dialog'
import type { ExperimentDialog } from './experiment-dialog'
import { history, measures, traffic, verdict } from './experiment-report'
import { experimentStyle } from './experiment-style'
import { standing } from './experiments-page'
import { faceOfLane } from './faces'
import { metricName } from './figures'
import { isRunning, type Experiment, type Report } from './types'

const EVERY_MS = 10_000

/** One experiment: what it says so far, who was shown what, and what can be done about it. */
export class ExperimentPage extends Part {
  static override styles = [base, controls, hueStyle, chartStyle, pageStyle, statusStyle, reportStyle, evaluateStyle, experimentStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private experiment: Experiment | null = null
  @state() private report: Report | null = null
  @state() private variants: readonly Variant[] = []
  @state() private failure: Failure | null = null
  @query('px-experiment-dialog') private dialog!: ExperimentDialog
  private lab!: Laboratory
  private loaded = ''
  private told: Language = 'en'
  private readonly poll = new Poll(() => this.load(), EVERY_MS)

  override disconnectedCallback(): void {
    this.poll.stop()
    super.disconnectedCallback()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) this.lab = new Laboratory(this.client)
    const another = this.route.id !== this.loaded
    if (another) {
      this.loaded = this.route.id ?? ''
      this.experiment = null
      this.report = null
    }
    // The service writes the sentences, so another language is another report.
    if (another || (this.report && this.told !== tongue.language)) void this.load().then((more) => more && this.poll.start())
  }

  override render(): TemplateResult {
    const { experiment } = this
    return html`<div class="page">
      <div class="head">
        <a class="icon" href=${path('experiments')} data-inside="yes" aria-label=${say('back')}>${icon.back()}</a>
        <h1>${experiment?.name ?? html`<span class="skeleton">&nbsp;</span>`}</h1>
        ${experiment ? this.deeds(experiment) : nothing}
      </div>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span><button type="button" class="button" @click=${() => this.load()}>${tell('retry')}</button></div>` : nothing}
      ${experiment && this.report ? this.body(experiment, this.report) : this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3, 4].map(() => html`<span class="skeleton"></span>`)}</div>`}
    </div>`
  }

  private deeds(experiment: Experiment): TemplateResult {
    return html`<span class="push"></span>
      <a class="button bare" href=${this.lab.exportUrl(experiment.id)} download>${tell('exportCsv')}</a>
      ${isRunning(experiment)
        ? html`${experiment.routing === 'fixed' ? html`<button type="button" class="button" @click=${() => this.dialog.open('weights')}>${tell('changeWeights')}</button>` : nothing}
            <button type="button" class="button" @click=${() => this.dialog.open('stop')}>${icon.stop()}${tell('stop')}</button>`
        : nothing}`
  }

  private body(experiment: Experiment, report: Report): TemplateResult {
    const shown = { experiment, report, variants: this.variants }
    const winner = experiment.variants.find((lane) => lane.label === experiment.winner)
    return html`<p class="facts-line num">${standing(experiment)}<span>${experiment.collection ?? tell('everyCollection')}</span><span>${metricName(experiment.metric)}</span>
        ${winner ? html`<span class="arms">${tell('winner', { name: '' })}${named(faceOfLane(winner, this.variants))}</span>` : nothing}${experiment.stop_reason ? html`<span>${experiment.stop_reason}</span>` : nothing}</p>
      ${verdict(shown)} ${measures(shown)} ${traffic(shown)} ${history(shown)}
      <px-experiment-dialog .lab=${this.lab} .experiment=${experiment} .variants=${this.variants} .leader=${report.decision === 'winner' || report.decision === 'control' ? report.leader : null} @changed=${() => this.load()}></px-experiment-dialog>`
  }

  /** All of it anew; whether there is more to come. */
  private async load(): Promise<boolean> {
    const wanted = this.loaded
    this.told = tongue.language
    try {
      const [experiment, report, variants] = await Promise.all([this.lab.one(wanted), this.lab.report(wanted, this.told), this.client.variants()])
      if (wanted !== this.loaded) return this.experiment === null || isRunning(this.experiment)
      this.experiment = experiment
      this.report = report
      this.variants = variants
      this.failure = null
      return isRunning(experiment)
    } catch (error) {
      if (wanted === this.loaded) this.failure = Failure.of(error)
      return this.experiment !== null && isRunning(this.experiment)
    }
  }
}

define('px-experiment-page', ExperimentPage)
