import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import { Failure } from '../../api/failure'
import type { Variant } from '../../api/types'
import { tell } from '../../i18n/models'
import { approachName } from '../../ui/approach'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import type { Approach } from '../../ui/tokens'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { pageStyle } from '../page-style'
import type { Catalogue, ModelCard } from './api'
import { labelOf } from './facts'
import { insideStyle, modelsStyle } from './models-style'

const APPROACHES: readonly Approach[] = ['rag', 'plain', 'few_shot']

/** Makes a model a way of answering, and takes that back. Emits `px-model` with the card as it is then. */
export class DeployBox extends Part {
  static override styles = [base, controls, pageStyle, evaluateStyle, modelsStyle, insideStyle]

  @property({ attribute: false }) catalogue!: Catalogue
  @property({ attribute: false }) model!: ModelCard
  @property({ attribute: false }) variants: readonly Variant[] = []
  @state() private busy = false
  @state() private failure: Failure | null = null
  @query('dialog.deploy') private making!: HTMLDialogElement
  @query('dialog.retire') private asking!: HTMLDialogElement

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('model') && changed.get('model')?.name !== this.model.name) this.failure = null
  }

  override render(): TemplateResult {
    const { model } = this
    const own = this.own()
    const retirable = model.tuned ? model.deployed : own.length > 0
    return html`<div class="doing">
        ${model.tuned && !model.deployed
          ? html`<button type="button" class="button primary" ?disabled=${this.busy} @click=${() => this.change(() => this.catalogue.deploy(model.name))}>${tell('deploy')}</button>`
          : model.deployed
            ? html`<button type="button" class="button" ?disabled=${this.busy} @click=${() => this.making.showModal()}>${icon.plus()}${tell('deployAs')}</button>`
            : nothing}
        ${model.tuned && model.deployed && !model.current ? html`<button type="button" class="button" ?disabled=${this.busy} @click=${() => this.change(() => this.catalogue.makeCurrent(model.name))}>${tell('makeCurrent')}</button>` : nothing}
        ${retirable ? html`<button type="button" class="button bare" ?disabled=${this.busy} @click=${() => this.asking.showModal()}>${tell('retire')}</button>` : nothing}
        ${model.tuned ? nothing : html`<a class="button bare" href="/tune/new?base=${encodeURIComponent(model.name)}" data-inside="yes" ?hidden=${!model.here}>${tell('tuneIt')}</a>`}
      </div>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span></div>` : nothing}
      <dialog class="deploy" aria-labelledby="deploy">${this.form()}</dialog>
      <dialog class="retire" aria-labelledby="retire">
        <h2 id="retire">${tell('retireAsk', { name: labelOf(model) })}</h2>
        <p>${own.length > 0 ? tell('retireHint', { names: own.join(', ') }) : ''} ${model.tuned ? tell('retireTuned') : ''}</p>
        <div class="choices">
          <button type="button" class="button" @click=${() => this.asking.close()}>${tell('cancel')}</button>
          <button type="button" class="button danger" @click=${this.retire}>${tell('retire')}</button>
        </div>
      </dialog>`
  }

  private form(): TemplateResult {
    const suggested = this.model.name.replace(/^.*:/, '').toLowerCase().replace(/[^a-z0-9_.-]+/g, '-')
    return html`<form @submit=${this.make}>
      <h2 id="deploy">${tell('deployAs')}</h2>
      <p>${tell('deployHint')}</p>
      <div class="stack close">
        <label class="entry">${tell('approach')}<select class="field" name="approach">${APPROACHES.map((one) => html`<option value=${one}>${approachName(one)}</option>`)}</select></label>
        <label class="entry">${tell('asName')}<input class="field" name="variant" required maxlength="63" pattern="[a-z0-9][a-z0-9_.\\-]*" .value=${`rag-${suggested}`.slice(0, 63)} /></label>
        <div class="choices">
          <button type="button" class="button" @click=${() => this.making.close()}>${tell('cancel')}</button>
          <button class="button primary">${tell('deploy')}</button>
        </div>
      </div>
    </form>`
  }

  /** Those that people made of it: what retiring takes away. */
  private own(): readonly string[] {
    return this.variants.filter((one) => one.model === this.model.name && one.origin !== 'preset').map((one) => one.name)
  }

  private readonly make = (event: SubmitEvent): void => {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    this.making.close()
    void this.change(() => this.catalogue.deploy(this.model.name, { approach: String(form.get('approach')), variant: String(form.get('variant')) }))
  }

  private readonly retire = (): void => {
    this.asking.close()
    void this.change(() => this.catalogue.retire(this.model.name))
  }

  private async change(work: () => Promise<ModelCard>): Promise<void> {
    this.busy = true
    this.failure = null
    try {
      this.emit('px-model', await work())
    } catch (error) {
      this.failure = Failure.of(error)
    } finally {
      this.busy = false
    }
  }
}

define('px-deploy-box', DeployBox)
