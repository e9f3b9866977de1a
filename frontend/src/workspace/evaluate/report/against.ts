import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { isAbort, Failure } from '../../../api/failure'
import { chartStyle } from '../../../charts/chart-style'
import { tell } from '../../../i18n/report'
import { count, when } from '../../../i18n/tongue'
import { controls } from '../../../ui/controls'
import { hueStyle } from '../../../ui/hue'
import { icon } from '../../../ui/icons'
import { base, define, Part } from '../../../ui/part'
import type { Bench } from '../api'
import { faceOf } from '../figures'
import { reportStyle } from '../report-style'
import type { Against, Run } from '../types'
import type { Context } from './context'
import { differences } from './intervals'

/** This run against another one of the same dataset; runs over other documents are marked, not compared. Fires `against`. */
export class AgainstView extends Part {
  static override styles = [base, controls, hueStyle, chartStyle, reportStyle]

  @property({ attribute: false }) bench!: Bench
  @property({ attribute: false }) context!: Context
  @property() metric = ''
  @property() other: string | null = null
  @state() private runs: readonly Run[] | null = null
  @state() private found: Against | null = null
  @state() private failure: Failure | null = null

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('context') && this.context.run.dataset.id !== changed.get('context')?.run.dataset.id) void this.learn()
    if (changed.has('other')) void this.compare()
  }

  override render(): TemplateResult {
    const others = this.runs?.filter((run) => run.id !== this.context.run.id && run.done > 0) ?? []
    if (this.runs && others.length === 0) return html`<p class="quiet">${tell('noOther')}</p>`
    return html`<label class="pick"><span>${tell('chooseRun')}</span>
        <select class="field" @change=${(event: Event) => this.emit('against', (event.target as HTMLSelectElement).value || null)}>
          <option value="">–</option>
          ${others.map((run) => html`<option value=${run.id} ?selected=${run.id === this.other}>${when(run.created_at)} · ${run.arms.map((arm) => faceOf(arm).name).join(', ')}</option>`)}
        </select></label>
      ${this.failure ? html`<p class="bad" role="alert">${this.failure.message} ${this.failure.hint}</p>` : nothing} ${this.outcome()}`
  }

  private outcome(): TemplateResult | typeof nothing {
    if (!this.other || this.failure) return nothing
    if (!this.found) return html`<div class="lines"><span class="skeleton"></span></div>`
    if (!this.found.comparable) {
      return html`<div class="warnings" role="status"><strong>${icon.warn()}${tell('notComparable')}</strong><ul>${this.found.reasons.map((one) => html`<li>${one}</li>`)}</ul></div>`
    }
    const compared = this.found.comparisons.filter((one) => one.metric === this.metric)
    return html`<p class="quiet num">${tell('comparable', { n: count(this.found.n) })}</p>${differences(this.context, this.metric, compared)}`
  }

  private async learn(): Promise<void> {
    try {
      this.runs = (await this.bench.runs({ dataset: this.context.run.dataset.id })).items
    } catch (error) {
      if (!isAbort(error)) this.failure = Failure.of(error)
    }
  }

  private async compare(): Promise<void> {
    const { other } = this
    this.found = null
    this.failure = null
    if (!other) return
    try {
      const found = await this.bench.against(this.context.run.id, other)
      if (this.other === other) this.found = found
    } catch (error) {
      if (this.other === other) this.failure = Failure.of(error)
    }
  }
}

define('px-against', AgainstView)
