import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Collection } from '../../api/types'
import { say } from '../../i18n/common'
import { count } from '../../i18n/tongue'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { money } from '../evaluate/figures'
import { pageStyle } from '../page-style'
import { go, path, type Route } from '../router'
import { Workshop } from './api'
import { findingList, split } from './findings'
import { MOST_SWEPT, recipeOf, settingsForm, sweepIn } from './recipe'
import { tuneSign } from './sign'
import { tuneStyle } from './tune-style'
import type { Check, Estimate, Job, NewJob, PairSet, Trainer } from './types'

/** A job's name out of its data's: what a model can be called. */
export const nameOf = (text: string): string =>
  text.toLowerCase().replace(/\.[a-z]+$/, '').replace(/[^a-z0-9._-]+/g, '-').replace(/^[-._]+|[-._]+$/g, '').slice(0, 60) || 'tuned'

/** A new training: what is learnt, from which base, where, and how. */
export class NewJobPage extends Part {
  static override styles = [base, controls, pageStyle, evaluateStyle, tuneStyle, css`
    .sheet .panel {
      margin: 0;
    }
    .problem {
      display: grid;
      grid-template-columns: 16px minmax(0, 1fr);
      gap: 8px;
      padding: 12px 16px;
      border-radius: var(--px-radius);
      background: var(--px-warn-soft);
    }
    .problem svg {
      margin-top: 2px;
      color: var(--px-warn);
    }
    .price {
      font-size: var(--px-size-3);
      font-weight: 600;
    }
    details > .hint {
      margin-bottom: 12px;
    }
    .sweep {
      margin-top: 16px;
    }
  `]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private sets: readonly PairSet[] | null = null
  @state() private trainers: readonly Trainer[] = []
  @state() private collections: readonly Collection[] = []
  @state() private set: PairSet | null = null
  @state() private trainer: Trainer | null = null
  @state() private scratch = false
  @state() private check: Check | null = null
  @state() private estimate: Estimate | null = null
  @state() private swept = 0
  @state() private busy = false
  @state() private failure: Failure | null = null
  /** The job whose settings this one begins with. */
  @state() private model: Job | null = null
  @query('form') private form!: HTMLFormElement
  private workshop!: Workshop
  private asked = 0

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('client')) return
    this.workshop = new Workshop(this.client)
    void this.learn()
  }

  override render(): TemplateResult {
    const usable = this.sets?.some((one) => one.pairs > 1)
    return html`<div class="page">
      <div class="head"><a class="icon" href=${path('tune')} data-inside="yes" aria-label=${say('back')}>${icon.back()}</a><h1>${tell('newJob')}</h1></div>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span></div>` : nothing}
      ${this.sets === null ? (this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3, 4].map(() => html`<span class="skeleton"></span>`)}</div>`) : usable && this.trainer ? this.sheet(this.sets, this.trainer) : this.noData()}
    </div>`
  }

  private noData(): TemplateResult {
    return html`<div class="empty">${tuneSign(40)}<strong>${tell('noSets')}</strong><p>${tell('noJobsNoData')}</p><a class="button primary" href=${path('tune', 'data')} data-inside="yes">${tell('toData')}</a></div>`
  }

  private sheet(sets: readonly PairSet[], trainer: Trainer): TemplateResult {
    const { set, scratch } = this
    const wanted = this.model?.base ?? this.route.query.get('base') ?? trainer.default_base
    const many = this.swept > MOST_SWEPT
    return html`<form class="sheet" @submit=${this.submit} @change=${() => this.weigh()}>
      <div class="two">
        <label class="entry">${tell('trainingData')}
          <select class="field" name="pairs" @change=${(event: Event) => (this.set = sets.find((one) => one.id === (event.target as HTMLSelectElement).value) ?? null)}>
            ${sets.map((one) => html`<option value=${one.id} ?selected=${one.id === set?.id} ?disabled=${one.pairs < 2}>${one.name} (${count(one.pairs)})</option>`)}
          </select></label>
        <label class="entry">${tell('name')}<input class="field" name="name" required maxlength="60" pattern="[a-zA-Z0-9._ \\-]+" autocomplete="off" .defaultValue=${nameOf(this.model?.name ?? set?.name ?? '')} /><small>${tell('nameHint')}</small></label>
      </div>
      ${this.check ? html`<div class="panel" role="region" aria-label=${tell('checks')}>${split(this.check)}${findingList(this.check.findings)}${this.check.refused ? html`<p class="waits">${tell('refusedHint')} <a href=${path('tune', set?.id ?? null)} data-inside="yes">${set?.name}</a></p>` : nothing}</div>` : nothing}
      <fieldset><legend>${tell('where')}</legend>
        <div class="options">
          ${this.trainers.map((one) => html`<label class="option"><input type="radio" name="trainer" value=${one.name} .checked=${one === trainer} @change=${() => this.choose(one)} /><span>${tell(`trainer_${one.name}`)}</span><small>${tell(`trainer_${one.name}_hint`)}</small></label>`)}
        </div>
        ${trainer.problem ? html`<div class="problem" role="status">${icon.warn()}<span><strong>${trainer.problem.message}</strong> ${withCode(trainer.problem.hint)}</span></div>` : nothing}
      </fieldset>
      <fieldset><legend>${tell('begin_with')}</legend>
        ${trainer.name === 'local'
          ? html`<div class="options">
              ${this.way(false, tell('fromBase'), tell('fromBaseHint'))}${this.way(true, tell('fromScratch'), tell('fromScratchHint'))}
            </div>`
          : nothing}
        <div class="two">
          ${scratch
            ? html`<label class="entry">${tell('collection')}<select class="field" name="collection">${this.collections.map((one) => html`<option value=${one.name} ?selected=${one.name === (this.model?.collection ?? 'default')}>${one.name}</option>`)}</select><small>${tell('scratchCollection')}</small></label>`
            : html`<label class="entry">${tell('base')}<select class="field" name="base">${trainer.bases.map((one) => html`<option value=${one.name} ?selected=${one.name === wanted}>${one.label || one.name}</option>`)}</select></label>`}
        </div>
      </fieldset>
      <details ?open=${this.model !== null}>
        <summary>${tell('settings')}</summary>
        <p class="hint">${tell('settingsHint')}</p>
        ${settingsForm(trainer, scratch, this.model?.settings)}
      </details>
      ${this.estimate ? this.price(this.estimate) : !trainer.local && trainer.ready && this.check ? this.unpriced() : nothing}
      <div class="submit"><button class="button primary" ?disabled=${this.busy || !trainer.ready || this.check?.refused === true || many}>${tell(this.busy ? 'beginning' : 'begin')}</button>
        <span class="hint num" aria-live="polite">${many ? tell('sweepTooMany', { n: this.swept, most: MOST_SWEPT }) : this.swept > 0 ? tell('sweepCount', { n: this.swept }) : trainer.name === 'local' ? tell('beginHint') : nothing}</span></div>
    </form>`
  }

  private way(scratch: boolean, label: string, hint: string): TemplateResult {
    return html`<label class="option"><input type="radio" name="way" value=${scratch ? 'scratch' : 'base'} .checked=${this.scratch === scratch} @change=${() => (this.scratch = scratch)} /><span>${label}</span><small>${hint}</small></label>`
  }

  private price(estimate: Estimate): TemplateResult {
    return html`<div class="panel" role="region" aria-label=${tell('price')}><span class="price num">${tell('priceAbout', { usd: money(estimate.usd) })}</span>
      <p class="hint num">${tell('priceOf', { tokens: count(estimate.tokens), epochs: estimate.epochs, rate: money(estimate.per_million), day: estimate.as_of })} <a href=${estimate.source} target="_blank" rel="noreferrer">${tell('priceSource')}</a></p></div>`
  }

  private unpriced(): TemplateResult {
    return html`<div class="panel" role="region" aria-label=${tell('price')}><span class="price">${tell('priceUnknown')}</span><p class="hint">${tell('priceUnknownHint')}</p></div>`
  }

  private choose(trainer: Trainer): void {
    this.trainer = trainer
    if (trainer.name !== 'local') this.scratch = false
  }

  private wanted(): NewJob {
    const form = new FormData(this.form)
    const trainer = this.trainer
    return {
      name: String(form.get('name') ?? '').trim(),
      pairs_id: String(form.get('pairs') ?? this.set?.id ?? ''),
      base: String(form.get('base') ?? ''),
      trainer: trainer?.name ?? 'local',
      settings: recipeOf(form, trainer?.settings ?? []),
      from_scratch: this.scratch,
      collection: String(form.get('collection') ?? this.model?.collection ?? 'default'),
    }
  }

  /** What the pairs look like to the checks, and what it costs, each time something that matters was changed. */
  private async weigh(): Promise<void> {
    await this.updateComplete
    if (!this.form || !this.set) return
    this.swept = this.trainer?.settings.includes('sweep') ? sweepIn(new FormData(this.form)).length : 0
    const turn = (this.asked += 1)
    try {
      const found = await this.found()
      if (turn !== this.asked) return
      this.check = found.check
      this.estimate = found.estimate
    } catch {
      const check = await this.workshop.check(this.set.id).catch(() => null)
      if (turn !== this.asked) return
      this.check = check
      this.estimate = null
    }
  }

  /** A trainer that is not there is not asked what it would take: then the checks alone. */
  private async found(): Promise<{ readonly estimate: Estimate | null; readonly check: Check | null }> {
    if (this.trainer?.ready) return this.workshop.estimate({ ...this.wanted(), name: 'estimate' })
    return { estimate: null, check: this.set ? await this.workshop.check(this.set.id) : null }
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    this.busy = true
    this.failure = null
    try {
      go(path('tune', (await this.workshop.begin(this.wanted())).id))
    } catch (error) {
      this.failure = Failure.of(error)
      await this.updateComplete
      this.renderRoot.querySelector('.failure')?.scrollIntoView({ block: 'center' })
    } finally {
      this.busy = false
    }
  }

  private async learn(): Promise<void> {
    const like = this.route.query.get('like')
    try {
      const [sets, trainers, collections, model] = await Promise.all([this.workshop.sets(), this.workshop.trainers(), this.client.collections(), like ? this.workshop.job(like) : null])
      const asked = this.route.query.get('pairs') ?? model?.pairs_id
      this.trainers = trainers
      this.collections = collections
      this.model = model
      this.scratch = model?.kind === 'scratch'
      this.trainer = trainers.find((one) => one.name === (model?.trainer ?? 'local')) ?? trainers[0] ?? null
      this.set = sets.items.find((one) => one.id === asked) ?? sets.items.find((one) => one.pairs > 1) ?? null
      this.sets = sets.items
      await this.weigh()
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

/** A hint with what is to be typed set as code: between backticks. */
export function withCode(hint: string): TemplateResult {
  return html`${hint.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))}`
}

define('px-new-job-page', NewJobPage)
