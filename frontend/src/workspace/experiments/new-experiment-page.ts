import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Collection, Variant } from '../../api/types'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/experiments'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { variantName } from '../../ui/approach'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { pageStyle } from '../page-style'
import { go, path, type Route } from '../router'
import { Laboratory } from './api'
import { experimentStyle } from './experiment-style'
import { fromWritten, railUnit } from './figures'
import { learnable, metricNames, type GuardedMetric, type MetricName, type NewExperiment } from './types'

interface Given {
  readonly variant: string
  readonly weight: number
}

/** Guardrails on offer, with what the service uses when nobody says otherwise, as it is written in the field. */
const rails: readonly (readonly [GuardedMetric, string])[] = [['error_rate', '5'], ['total', '10'], ['declined_rate', ''], ['feedback', '']]

const LETTERS = 'ABCDEFGHIJ'

/** A new experiment: which lanes, what decides, and what stops a lane by itself. */
export class NewExperimentPage extends Part {
  static override styles = [base, controls, pageStyle, evaluateStyle, experimentStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private variants: readonly Variant[] | null = null
  @state() private collections: readonly Collection[] = []
  @state() private given: readonly Given[] = []
  @state() private metric: MetricName = 'feedback'
  @state() private routing: 'fixed' | 'thompson' = 'fixed'
  @state() private aa = false
  @state() private busy = false
  @state() private failure: Failure | null = null

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) void this.learn()
  }

  override render(): TemplateResult {
    return html`<div class="page">
      <div class="head"><a class="icon" href=${path('experiments')} data-inside="yes" aria-label=${say('back')}>${icon.back()}</a><h1>${tell('newExperiment')}</h1></div>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span></div>` : nothing}
      ${this.variants ? this.form(this.variants) : this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3, 4].map(() => html`<span class="skeleton"></span>`)}</div>`}
    </div>`
  }

  private form(variants: readonly Variant[]): TemplateResult {
    return html`<form class="sheet" @submit=${this.submit}>
      <div class="two">
        <label class="entry">${tell('name')}<input class="field" name="name" required maxlength="60" placeholder=${tell('namePlaceholder')} /></label>
        <label class="entry">${tell('collection')}<select class="field" name="collection"><option value="">${tell('everyCollection')}</option>${this.collections.map((one) => html`<option value=${one.name} ?selected=${one.name === this.route.query.get('collection')}>${one.name}</option>`)}</select></label>
      </div>
      <fieldset><legend>${tell('lanes')}</legend><p class="hint">${tell('lanesHint')}</p>
        ${this.given.map((lane, at) => this.lane(lane, at, variants))}
        ${this.given.length < 10 ? html`<button type="button" class="button bare start" @click=${() => (this.given = [...this.given, { variant: this.unused(variants), weight: 1 }])}>${icon.plus()}${tell('addLane')}</button>` : nothing}
        <label class="check"><input type="checkbox" .checked=${this.aa} @change=${(event: Event) => (this.aa = (event.target as HTMLInputElement).checked)} /><span>${tell('aa')}<small>${tell('aaHint')}</small></span></label>
      </fieldset>
      <fieldset><legend>${tell('metric')}</legend><p class="hint">${tell('metricHint')}</p>
        <select class="field" name="metric" aria-label=${tell('metric')} @change=${(event: Event) => this.decide((event.target as HTMLSelectElement).value as MetricName)}>
          ${metricNames.map((name) => html`<option value=${name} ?selected=${name === this.metric}>${tell(`metric_${name}`)}</option>`)}
        </select>
      </fieldset>
      <fieldset><legend>${tell('routing')}</legend>
        <div class="options">${(['fixed', 'thompson'] as const).map((one) => html`<label class="option"><input type="radio" name="routing" value=${one} .checked=${one === this.routing} ?disabled=${one === 'thompson' && !learnable.includes(this.metric)} @change=${() => (this.routing = one)} /><span>${tell(`routing_${one}`)}</span><small>${tell(`routing_${one}Hint`)}</small></label>`)}</div>
      </fieldset>
      <fieldset><legend>${tell('guardrails')}</legend><p class="hint">${tell('guardrailsHint')}</p>
        <div class="two">${rails.map(([name, usual]) => html`<label class="entry">${tell('worseBy', { name: tell(`metric_${name}`) })}<span class="with-unit"><input class="field" type="number" min="0" step="any" name=${`rail-${name}`} value=${usual} /><span>${tell(railUnit(name))}</span></span><small>${tell('off')}</small></label>`)}</div>
      </fieldset>
      <details><summary>${tell('advanced')}</summary><div class="two">
        <label class="entry">${tell('expected')}<input class="field" type="number" name="expected" min="50" max="10000000" value="500" required /><small>${tell('expectedHint')}</small></label>
        <label class="entry">${tell('staff')}<textarea class="field" name="staff" rows="3"></textarea></label>
      </div></details>
      <div class="submit"><button class="button primary" ?disabled=${this.busy || this.given.length < 2}>${tell('start')}</button>${this.given.length < 2 ? html`<span class="hint">${tell('twoLanes')}</span>` : nothing}</div>
    </form>`
  }

  private lane(lane: Given, at: number, variants: readonly Variant[]): TemplateResult {
    const set = (change: Partial<Given>): void => void (this.given = this.given.map((one, place) => (place === at ? { ...one, ...change } : one)))
    const total = this.given.reduce((sum, one) => sum + one.weight, 0)
    return html`<div class="lane">
      <strong>${LETTERS[at]}${at === 0 ? html` <small>${tell('control')}</small>` : nothing}</strong>
      <select class="field" aria-label="${tell('variant')} ${LETTERS[at]}" ?disabled=${this.aa && at > 0} @change=${(event: Event) => set({ variant: (event.target as HTMLSelectElement).value })}>
        ${variants.map((one) => html`<option value=${one.name} ?selected=${one.name === (this.aa ? this.given[0]?.variant : lane.variant)}>${variantName(one)}</option>`)}
      </select>
      <input class="field" type="number" min="0.01" step="any" required aria-label="${tell('weight')} ${LETTERS[at]}" .value=${String(lane.weight)} @input=${(event: Event) => set({ weight: (event.target as HTMLInputElement).valueAsNumber || 0 })} />
      <span class="faint num">${total > 0 ? `${Math.round((100 * lane.weight) / total)} %` : '–'}</span>
      <button type="button" class="icon" aria-label="${tell('removeLane')} ${LETTERS[at]}" ?disabled=${this.given.length <= 2} @click=${() => (this.given = this.given.filter((_, place) => place !== at))}>${icon.close()}</button>
    </div>`
  }

  private unused(variants: readonly Variant[]): string {
    return (variants.find((one) => !this.given.some((lane) => lane.variant === one.name)) ?? variants[0])?.name ?? ''
  }

  private decide(metric: MetricName): void {
    this.metric = metric
    if (!learnable.includes(metric)) this.routing = 'fixed'
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    const control = this.given[0]?.variant ?? ''
    const wanted: NewExperiment = {
      name: String(form.get('name') ?? '').trim(),
      collection: String(form.get('collection') ?? '') || null,
      variants: this.given.map(({ variant, weight }) => ({ variant: this.aa ? control : variant, weight })),
      metric: this.metric,
      routing: this.routing,
      guardrails: rails.flatMap(([metric]) => {
        const limit = String(form.get(`rail-${metric}`) ?? '')
        return limit === '' ? [] : [{ metric, worse_than_control_by: fromWritten(Number(limit), metric) }]
      }),
      expected_n: Number(form.get('expected')),
      staff: String(form.get('staff') ?? '').split('\n').map((one) => one.trim()).filter((one) => one !== ''),
      aa: this.aa,
    }
    this.busy = true
    this.failure = null
    try {
      go(path('experiments', (await new Laboratory(this.client).start(wanted)).id))
    } catch (error) {
      this.failure = Failure.of(error)
      await this.updateComplete
      this.renderRoot.querySelector('.failure')?.scrollIntoView({ block: 'center' })
    } finally {
      this.busy = false
    }
  }

  private async learn(): Promise<void> {
    try {
      const [variants, collections] = await Promise.all([this.client.variants(), this.client.collections()])
      this.collections = collections
      const second = variants.find((one) => one.name === 'rag') ?? variants[1]
      const first = variants.find((one) => one !== second)
      this.given = [first, second].flatMap((one) => (one ? [{ variant: one.name, weight: 1 }] : []))
      this.variants = variants
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

define('px-new-experiment-page', NewExperimentPage)
