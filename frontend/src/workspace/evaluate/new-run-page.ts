import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Collection, Model, Variant } from '../../api/types'
import { named } from '../../charts/face'
import { say } from '../../i18n/common'
import { evaluation, tell } from '../../i18n/evaluate'
import { tell as report } from '../../i18n/report'
import { count } from '../../i18n/tongue'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { pageStyle } from '../page-style'
import { go, path, type Route } from '../router'
import { Bench } from './api'
import { answersOf, secondsAnAnswer } from './estimate'
import { evaluateStyle } from './evaluate-style'
import { faceOf, metricName } from './figures'
import { duration } from './status'
import { references, type Dataset, type Metric, type NewRun, type Reference, type Run } from './types'

const PRESETS = ['plain', 'few_shot', 'rag']

/** What a way of answering does: of our presets in words, of a person's own the model. */
const hintOf = ({ name, label, model }: Variant): string => {
  const key = `hint_${name}`
  return key in evaluation.en ? tell(key as 'hint_plain') : name === label ? '' : model
}

/** A new run: what is asked, of whom, and how often. */
export class NewRunPage extends Part {
  static override styles = [base, controls, hueStyle, pageStyle, evaluateStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private datasets: readonly Dataset[] | null = null
  @state() private variants: readonly Variant[] = []
  @state() private collections: readonly Collection[] = []
  @state() private models: readonly Model[] = []
  @state() private metrics: readonly Metric[] = []
  @state() private runs: readonly Run[] = []
  @state() private chosen: ReadonlySet<string> = new Set()
  @state() private alongside: ReadonlySet<Reference> = new Set<Reference>(['oracle', 'refuse'])
  @state() private about = ''
  @state() private repeats = 1
  @state() private limit: number | null = null
  @state() private busy = false
  @state() private failure: Failure | null = null
  private bench!: Bench

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('client')) return
    this.bench = new Bench(this.client)
    void this.learn()
  }

  override render(): TemplateResult {
    return html`<div class="page">
      <div class="head"><a class="icon" href=${path('evaluate')} data-inside="yes" aria-label=${say('back')}>${icon.back()}</a><h1>${tell('newRun')}</h1></div>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span></div>` : nothing}
      ${this.datasets === null ? (this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3, 4].map(() => html`<span class="skeleton"></span>`)}</div>`) : this.datasets.length === 0 ? this.noData() : this.form(this.datasets)}
    </div>`
  }

  private noData(): TemplateResult {
    return html`<div class="empty">${icon.evaluate(40)}<strong>${tell('noDatasets')}</strong><p>${tell('noRunsNoData')}</p><a class="button primary" href=${path('evaluate', 'datasets')} data-inside="yes">${tell('toDatasets')}</a></div>`
  }

  private form(datasets: readonly Dataset[]): TemplateResult {
    const wanted = this.collections.some((one) => one.name === this.route.query.get('collection')) ? this.route.query.get('collection') : null
    const first = wanted ?? (this.collections.find((one) => one.name === 'default' && one.documents > 0) ?? this.collections.find((one) => one.documents > 0))?.name
    return html`<form class="sheet" @submit=${this.submit}>
      <div class="two">
        <label class="entry">${tell('dataset')}
          <select class="field" name="dataset" @change=${(event: Event) => (this.about = (event.target as HTMLSelectElement).value)}>
            ${datasets.map((one) => html`<option value=${one.id} ?selected=${one.id === this.about} ?disabled=${one.cases === 0}>${one.name} (${count(one.cases)})</option>`)}
          </select></label>
        <label class="entry">${tell('collection')}
          <select class="field" name="collection">${this.collections.map((one) => html`<option value=${one.name} ?selected=${one.name === first}>${one.name}</option>`)}</select></label>
      </div>
      <fieldset><legend>${tell('variants')}</legend><p class="hint">${tell('variantsHint')}</p>
        <div class="options">${this.variants.map((one) => this.option(named(faceOf({ ...one, kind: 'variant' })), hintOf(one), this.chosen.has(one.name), () => (this.chosen = toggled(this.chosen, one.name))))}</div>
      </fieldset>
      <fieldset><legend>${tell('references')}</legend><p class="hint">${tell('referencesHint')}</p>
        <div class="options">${references.map((one) => this.reference(one))}</div>
      </fieldset>
      <details>
        <summary>${tell('advanced')}</summary>
        <div class="two">
          ${this.entry('repeats', tell('repeats'), tell('repeatsHint'), '1', 1, 20, (value) => (this.repeats = value ?? 1))}
          ${this.entry('limit', tell('limit'), tell('limitHint'), '', 1, 20_000, (value) => (this.limit = value))}
          ${this.entry('seed', tell('seed'), tell('seedHint'), '', 0, 2 ** 53, () => undefined)}
          ${this.entry('at_once', tell('atOnce'), tell('atOnceHint'), '', 1, 16, () => undefined)}
          <label class="entry">${tell('judge')}<select class="field" name="judge"><option value="">${tell('noJudge')}</option>${this.models.filter((one) => one.task === 'chat' && one.deployed).map((one) => html`<option value=${one.name}>${one.name}</option>`)}</select><small>${tell('judgeHint')}</small></label>
        </div>
        <fieldset><span class="legend">${tell('metrics')}</span><p class="hint">${tell('metricsHint')}</p>
          <div class="options">${this.metrics.map((one) => html`<label class="option"><input type="checkbox" name="metrics" value=${one.name} /><span>${metricName(one)}</span><small>${one.meaning}</small></label>`)}</div>
        </fieldset>
      </details>
      <div class="submit"><button class="button primary" ?disabled=${this.busy || this.chosen.size === 0}>${tell('begin')}</button><span class="hint num" aria-live="polite">${this.estimate()}</span></div>
    </form>`
  }

  private reference(one: Reference): TemplateResult {
    const why = this.why(one)
    return this.option(html`${report(one)}`, why ?? report(`${one}Hint`), this.wanted().includes(one), () => (this.alongside = toggled(this.alongside, one)), one === 'oracle' && !this.askable)
  }

  /** Why a reference arm cannot be asked, or not of all questions, or adds nothing; null when nothing is to be said. */
  private why(one: Reference): string | null {
    const dataset = this.datasets?.find((set) => set.id === this.about)
    if (one === 'oracle' && dataset && dataset.with_passages < dataset.cases) return this.askable ? tell('somePassages', { n: count(dataset.with_passages), all: count(dataset.cases) }) : tell('noPassages')
    if (one === 'closed_book' && this.chosen.has('plain')) return tell('plainIsAlone')
    return null
  }

  /** Whether any question names a passage that a perfect search would find. */
  private get askable(): boolean {
    return this.datasets?.find((set) => set.id === this.about)?.with_passages !== 0
  }

  /** The reference arms that are asked: ticked, and able to be asked. */
  private wanted(): readonly Reference[] {
    return references.filter((one) => this.alongside.has(one) && (one !== 'oracle' || this.askable))
  }

  private option(label: TemplateResult, hint: string, checked: boolean, change: () => void, disabled = false): TemplateResult {
    return html`<label class="option"><input type="checkbox" .checked=${checked} ?disabled=${disabled} @change=${change} /><span>${label}</span>${hint ? html`<small>${hint}</small>` : nothing}</label>`
  }

  private entry(name: string, label: string, hint: string, value: string, min: number, max: number, change: (value: number | null) => void): TemplateResult {
    const read = (event: Event): void => {
      const given = (event.target as HTMLInputElement).valueAsNumber
      change(Number.isFinite(given) ? given : null)
    }
    return html`<label class="entry">${label}<input class="field" type="number" name=${name} min=${min} max=${max} step="1" value=${value} @input=${read} /><small>${hint}</small></label>`
  }

  private estimate(): string {
    if (this.chosen.size === 0) return tell('pickVariant')
    const dataset = this.datasets?.find((one) => one.id === this.about) ?? null
    const answers = answersOf(dataset, { variants: [...this.chosen], references: this.wanted(), repeats: this.repeats, limit: this.limit })
    const each = secondsAnAnswer(this.runs, [...this.chosen])
    const time = each === null ? tell('estimateUnknown') : tell('estimateTime', { time: duration(each * answers) })
    return `${tell('estimate', { n: count(answers) })}; ${time}`
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    const number = (name: string): number | null => (form.get(name) ? Number(form.get(name)) : null)
    const wanted: NewRun = {
      dataset: String(form.get('dataset') ?? this.about),
      collection: String(form.get('collection') ?? 'default'),
      variants: this.variants.map((one) => one.name).filter((name) => this.chosen.has(name)),
      references: [...this.wanted()],
      metrics: form.getAll('metrics').map(String),
      repeats: number('repeats') ?? 1,
      limit: number('limit'),
      seed: number('seed'),
      at_once: number('at_once'),
      judge: String(form.get('judge') ?? '') || null,
    }
    this.busy = true
    this.failure = null
    try {
      go(path('evaluate', (await this.bench.begin(wanted)).id))
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
      const [datasets, variants, collections, models, metrics, runs] = await Promise.all([this.bench.datasets(), this.client.variants(), this.client.collections(), this.client.models(), this.bench.metrics(), this.bench.runs()])
      this.variants = variants
      this.collections = collections
      this.models = models
      this.metrics = metrics
      this.runs = runs.items
      const asked = this.route.query.get('dataset')
      this.about = (datasets.items.find((one) => one.id === asked) ?? datasets.items.find((one) => one.cases > 0))?.id ?? ''
      const presets = variants.map((one) => one.name).filter((name) => PRESETS.includes(name))
      this.chosen = new Set(presets.length > 0 ? presets : variants.slice(0, 3).map((one) => one.name))
      this.datasets = datasets.items
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

function toggled<T>(chosen: ReadonlySet<T>, one: T): ReadonlySet<T> {
  const next = new Set(chosen)
  if (!next.delete(one)) next.add(one)
  return next
}

define('px-new-run-page', NewRunPage)
