import { html, nothing, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Variant } from '../../api/types'
import { named } from '../../charts/face'
import { chartStyle } from '../../charts/chart-style'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/experiments'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { base, define } from '../../ui/part'
import { Acting } from '../acting'
import { pageStyle } from '../page-style'
import type { Laboratory } from './api'
import { experimentStyle } from './experiment-style'
import { faceOfLane } from './faces'
import type { Experiment } from './types'

/** Changes the weights of an experiment, or stops it. Fires `changed` with the experiment as it is now. */
export class ExperimentDialog extends Acting {
  static override styles = [base, controls, hueStyle, chartStyle, pageStyle, experimentStyle]

  @property({ attribute: false }) lab!: Laboratory
  @property({ attribute: false }) experiment!: Experiment
  @property({ attribute: false }) variants: readonly Variant[] = []
  /** The lane that is decided to be the best; null while nothing is. */
  @property() leader: string | null = null
  @state() private deed: 'weights' | 'stop' = 'stop'
  @query('dialog') private dialog!: HTMLDialogElement

  open(deed: 'weights' | 'stop'): void {
    this.deed = deed
    this.failure = null
    this.dialog.showModal()
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="title">${this.deed === 'weights' ? this.weights() : this.stopping()}</dialog>`
  }

  private weights(): TemplateResult {
    return html`<form class="dialog-form" @submit=${this.reweigh}>
      <h2 id="title">${tell('changeWeights')}</h2><p>${tell('weightsHint')}</p>
      ${this.experiment.variants.map((lane) => html`<label class="weigh"><span>${named(faceOfLane(lane, this.variants))}</span><input class="field" type="number" min="0" step="any" required name=${lane.label} value=${Number((lane.weight * 100).toFixed(2))} ?readonly=${lane.stopped !== null} /></label>`)}
      ${this.end(tell('apply'), 'primary')}
    </form>`
  }

  private stopping(): TemplateResult {
    const { leader } = this
    return html`<form class="dialog-form" @submit=${this.stop}>
      <h2 id="title">${tell('stopAsk')}</h2>
      ${leader === null && !this.experiment.aa ? html`<p>${tell('stopUndecided')}</p>` : nothing}
      <label class="pick-one"><input type="radio" name="winner" value="" .checked=${leader === null} /><span>${tell('stopNobody')}</span></label>
      ${this.experiment.aa ? nothing : this.experiment.variants.map((lane) => html`<label class="pick-one"><input type="radio" name="winner" value=${lane.label} .checked=${lane.label === leader} /><span>${tell('stopWinner', { name: faceOfLane(lane, this.variants).name })}</span></label>`)}
      <input class="field" name="reason" maxlength="500" aria-label=${tell('reason')} placeholder=${tell('reason')} />
      ${this.end(tell('stopNow'), 'danger')}
    </form>`
  }

  private end(label: string, kind: 'primary' | 'danger'): TemplateResult {
    return html`${this.failure ? html`<p class="bad" role="alert">${this.failure.message} ${this.failure.hint}</p>` : nothing}
      <div class="choices"><button type="button" class="button" @click=${() => this.dialog.close()}>${say('close')}</button><button class="button ${kind}" ?disabled=${this.busy}>${label}</button></div>`
  }

  private reweigh(event: SubmitEvent): void {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    const weights = Object.fromEntries(this.experiment.variants.map(({ label }) => [label, Number(form.get(label))]))
    void this.change(() => this.lab.reweigh(this.experiment.id, weights))
  }

  private stop(event: SubmitEvent): void {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    const winner = String(form.get('winner') ?? '')
    const reason = String(form.get('reason') ?? '').trim()
    void this.change(() => this.lab.stop(this.experiment.id, { ...(winner ? { winner } : {}), ...(reason ? { reason } : {}) }))
  }

  private change(deed: () => Promise<Experiment>): Promise<void> {
    return this.act(async () => {
      const now = await deed()
      this.dialog.close()
      this.emit('changed', now)
    })
  }
}

define('px-experiment-dialog', ExperimentDialog)
