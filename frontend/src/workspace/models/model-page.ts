import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Variant } from '../../api/types'
import { tell } from '../../i18n/models'
import { bytes, when } from '../../i18n/tongue'
import { approachOf, glyph, variantName } from '../../ui/approach'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { statusStyle } from '../documents/status'
import { tableStyle } from '../documents/table-style'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { pageStyle } from '../page-style'
import { path, type Route } from '../router'
import { modelTabs } from '../tune/tabs'
import { Catalogue, type Measured, type ModelCard } from './api'
import './deploy-box'
import { cardOf, factsOf, labelOf, standingOf } from './facts'
import { modelsStyle } from './models-style'
import { trackRecord } from './track-record'
import './try-box'

const POLL_MS = 1000

/** One model: what it is, trying it, how it did here, and making it a way of answering. */
export class ModelPage extends Part {
  static override styles = [base, controls, hueStyle, pageStyle, statusStyle, tableStyle, evaluateStyle, modelsStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private model: ModelCard | null = null
  @state() private measured: readonly Measured[] | null = null
  @state() private variants: readonly Variant[] = []
  @state() private failure: Failure | null = null
  @state() private copied = ''
  private clock = 0
  private catalogue!: Catalogue

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) this.catalogue = new Catalogue(this.client)
    if (changed.has('client') || (changed.has('route') && changed.get('route')?.id !== this.route.id)) void this.load()
  }

  override disconnectedCallback(): void {
    clearTimeout(this.clock)
    super.disconnectedCallback()
  }

  override render(): TemplateResult {
    const { model } = this
    return html`<div class="page">
      <div class="head"><h1>${model ? labelOf(model) : (this.route.id ?? '')}</h1>${model ? this.badges(model) : nothing}<a class="button bare push" href=${path('models')} data-inside="yes">${tell('all')}</a></div>
      ${modelTabs('models')}
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span><button type="button" class="button" @click=${() => this.load()}>${tell('retry')}</button></div>` : nothing}
      ${model ? this.card(model) : this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3].map(() => html`<span class="skeleton"></span>`)}</div>`}
    </div>`
  }

  private badges(model: ModelCard): TemplateResult {
    const standing = standingOf(model)
    return html`<span class="status ${standing.look}">${standing.word}</span>${model.default ? html`<span class="badge">${tell('standard')}</span>` : nothing}${model.current ? html`<span class="badge">${tell('current')}</span>` : nothing}`
  }

  private card(model: ModelCard): TemplateResult {
    const card = cardOf(model)
    const chat = model.task === 'chat'
    return html`<p class="about flush">${card['about'] ?? ''}</p>
      ${model.problem ? html`<div class="failure" role="alert">${icon.warn()}<span>${model.problem}</span></div>` : nothing}
      <div class="columns">
        <div class="stack">
          ${model.deployed ? nothing : this.missing(model)}
          ${card['use'] ? html`<section class="part"><h2>${tell('use')}</h2><p>${card['use']}</p></section>` : nothing}
          ${card['limits'] ? html`<section class="part"><h2>${tell('limits')}</h2><p>${card['limits']}</p></section>` : nothing}
          ${chat && model.deployed
            ? html`<section class="part"><h2>${tell('tryIt')}</h2><p class="faint">${tell('tryHint')}</p><px-try-box .catalogue=${this.catalogue} .model=${model.name}></px-try-box></section>`
            : nothing}
          ${chat ? html`<section class="part"><h2>${tell('measured')}</h2><p class="faint">${tell('measuredHint')}</p>${trackRecord(model, this.measured)}</section>` : nothing}
          ${model.training ? this.training(model, model.training) : nothing}
          ${Object.keys(model.samples).length > 0 ? html`<section class="part"><h2>${tell('program')}</h2>${Object.entries(model.samples).map(([name, text]) => this.code(name, text))}</section>` : nothing}
        </div>
        <div class="stack">
          ${chat ? html`<section class="part"><h2>${tell('variants')}</h2>${this.answering(model)}<px-deploy-box .catalogue=${this.catalogue} .model=${model} .variants=${this.variants} @px-model=${(event: CustomEvent<ModelCard>) => this.changed(event.detail)}></px-deploy-box></section>` : nothing}
          <section class="part">
            <h2>${tell('facts')}</h2>
            <dl class="known">${factsOf(model).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}${model.created_at ? html`<div><dt>${tell('made')}</dt><dd>${when(model.created_at)}</dd></div>` : nothing}</dl>
          </section>
        </div>
      </div>`
  }

  private answering(model: ModelCard): TemplateResult {
    const mine = this.variants.filter((one) => model.variants.includes(one.name))
    if (mine.length === 0) return html`<p class="faint">${tell('noVariants')}</p>`
    return html`<span class="arms">${mine.map((one) => html`<a class="arm hue-${approachOf(one)}" href=${path('chat', null, { variant: one.name })} data-inside="yes">${glyph(approachOf(one))}${variantName(one)}</a>`)}</span>`
  }

  /** What it takes before it can be asked. */
  private missing(model: ModelCard): TemplateResult | typeof nothing {
    const going = model.pulling && !model.pulling.error ? model.pulling : null
    if (going) {
      const share = going.total > 0 ? going.done / going.total : 0
      return html`<section class="part"><p role="status">${tell('fetching', { done: bytes(going.done), total: bytes(going.total) })}</p><progress max="1" .value=${share} aria-label=${tell('fetching', { done: '', total: '' })}></progress></section>`
    }
    if (model.here === false) {
      return html`<section class="part">
        ${model.pulling?.error ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${tell('fetchFailed')}</strong> ${model.pulling.error}</span></div>` : nothing}
        <div class="doing"><button type="button" class="button primary" @click=${() => this.pull()}>${tell('fetch', { size: bytes(model.bytes ?? 0) })}</button><span class="faint">${tell('fetchByHand')}</span></div>
        <code class="line">parallax models pull ${model.name}</code>
      </section>`
    }
    if (!model.needs) return nothing
    return html`<section class="part"><p>${tell(model.here ? 'toRun' : 'toAsk')}</p><code class="line">${model.needs}</code></section>`
  }

  private training(model: ModelCard, training: Readonly<Record<string, unknown>>): TemplateResult {
    const settings = training['settings'] as Readonly<Record<string, unknown>> | null | undefined
    const rows = [
      [tell('trainer'), String(training['trainer'] ?? '')],
      [tell('pairs'), String(training['pairs'] ?? '')],
      [tell('data'), String(training['data_hash'] ?? '')],
      [tell('settings'), Object.entries(settings ?? {}).filter(([, value]) => value !== null && typeof value !== 'object').map(([name, value]) => `${name} ${String(value)}`).join(' · ')],
    ] as const
    return html`<section class="part"><h2>${tell('training')}</h2>
      <dl class="known">${rows.filter(([, value]) => value !== '').map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
      ${model.finetune_id ? html`<a href=${path('tune', model.finetune_id)} data-inside="yes">${tell('job')}</a>` : nothing}
    </section>`
  }

  private code(name: string, text: string): TemplateResult {
    return html`<div class="code"><pre tabindex="0" aria-label=${name}>${text}</pre><button type="button" class="button" @click=${() => this.copy(name, text)}>${this.copied === name ? tell('copied') : tell('copy')}</button></div>`
  }

  private async copy(name: string, text: string): Promise<void> {
    await navigator.clipboard.writeText(text).catch(() => undefined)
    this.copied = name
  }

  private async pull(): Promise<void> {
    try {
      this.changed(await this.catalogue.pull(this.route.id ?? ''))
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  private changed(model: ModelCard): void {
    this.model = model
    void this.client.variants().then((found) => (this.variants = found), () => undefined)
    clearTimeout(this.clock)
    if (model.pulling && !model.pulling.error && this.isConnected) this.clock = window.setTimeout(() => void this.look(), POLL_MS)
  }

  private async look(): Promise<void> {
    const name = this.route.id ?? ''
    try {
      const found = await this.catalogue.one(name)
      if (this.route.id === name) this.changed(found)
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  private async load(): Promise<void> {
    const name = this.route.id ?? ''
    this.model = this.measured = this.failure = null
    try {
      const [model, variants] = await Promise.all([this.catalogue.one(name), this.client.variants()])
      if (this.route.id !== name) return
      this.variants = variants
      this.changed(model)
      const measured = model.task === 'chat' ? await this.catalogue.measured(name) : []
      if (this.route.id === name) this.measured = measured
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

define('px-model-page', ModelPage)
