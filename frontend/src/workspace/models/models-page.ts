import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import { tell } from '../../i18n/models'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { statusStyle } from '../documents/status'
import { tableStyle } from '../documents/table-style'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { pageStyle } from '../page-style'
import { go, path, type Route } from '../router'
import { modelTabs } from '../tune/tabs'
import { Catalogue, type Model } from './api'
import { asQuery, cardOf, filtersOf, fits, isFiltered, labelOf, licenceOf, MOST_SIDE_BY_SIDE, openness, standingOf, taskName, tasksOf, type Filters } from './facts'
import { modelsStyle } from './models-style'
import { sideBySide } from './side-by-side'

/** The catalogue: filters, cards, and up to three models side by side. The address keeps all of it. */
export class ModelsPage extends Part {
  static override styles = [base, controls, pageStyle, statusStyle, tableStyle, evaluateStyle, modelsStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private models: readonly Model[] | null = null
  @state() private failure: Failure | null = null

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) void this.load()
  }

  override render(): TemplateResult {
    const side = this.route.query.get('view') === 'side'
    return html`<div class="page">
      <div class="head"><h1>${tell('models')}</h1></div>
      ${modelTabs('models')}
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span><button type="button" class="button" @click=${() => this.load()}>${tell('retry')}</button></div>` : nothing}
      ${this.models ? (side ? this.side(this.models) : this.grid(this.models)) : this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3].map(() => html`<span class="skeleton"></span>`)}</div>`}
    </div>`
  }

  private grid(models: readonly Model[]): TemplateResult {
    const by = filtersOf(this.route.query)
    const shown = models.filter((one) => fits(one, by))
    const ticked = this.ticked(models)
    return html`${this.filters(models, by)}
      <div class="tally">
        <span role="status">${tell('shown', { n: shown.length, all: models.length })}</span>
        ${ticked.length > 1
          ? html`<a class="button" href=${this.address(by, ticked.map((one) => one.name), 'side')} data-inside="yes">${icon.compare()}${tell('compareSome', { n: ticked.length })}</a>`
          : html`<span>${tell('compareHint')}</span>`}
      </div>
      ${shown.length > 0
        ? html`<ul class="grid">${shown.map((one) => html`<li>${this.tile(one, by, ticked)}</li>`)}</ul>`
        : html`<div class="empty">${icon.models(40)}<strong>${tell('none')}</strong><p>${tell('noneHint')}</p>${isFiltered(by) ? html`<a class="button" href=${path('models')} data-inside="yes">${tell('clear')}</a>` : nothing}</div>`}`
  }

  private filters(models: readonly Model[], by: Filters): TemplateResult {
    const values = (of: (model: Model) => readonly string[]): readonly string[] => [...new Set(models.flatMap(of))].filter(Boolean).sort()
    const pick = (name: 'task' | 'license' | 'provider' | 'open', any: string, label: string, options: readonly (readonly [string, string])[]): TemplateResult => html`<select
      class="field"
      aria-label=${label}
      .value=${by[name]}
      @change=${(event: Event) => this.filter({ ...by, [name]: (event.target as HTMLSelectElement).value })}
    >
      <option value="" ?selected=${by[name] === ''}>${any}</option>
      ${options.map(([value, text]) => html`<option value=${value} ?selected=${by[name] === value}>${text}</option>`)}
    </select>`
    const licences = values((one) => [one.license]).map((value) => [value, licenceOf({ license: value } as Model)] as const)
    return html`<form class="filters" role="search" @submit=${(event: Event) => event.preventDefault()}>
      <input class="field" type="search" placeholder=${tell('search')} aria-label=${tell('search')} .value=${by.q} @input=${(event: Event) => this.filter({ ...by, q: (event.target as HTMLInputElement).value })} />
      ${pick('task', tell('anyTask'), tell('task'), values(tasksOf).map((value) => [value, taskName(value)] as const))}
      ${pick('open', tell('anyOpenness'), tell('openness'), [['yes', tell('openOnly')], ['no', tell('closedOnly')]])}
      ${pick('license', tell('anyLicence'), tell('licence'), licences)}
      ${pick('provider', tell('anyProvider'), tell('provider'), values((one) => [one.provider]).map((value) => [value, value === 'this machine' ? tell('here') : value] as const))}
      <label class="tick"><input type="checkbox" .checked=${by.ready} @change=${(event: Event) => this.filter({ ...by, ready: (event.target as HTMLInputElement).checked })} />${tell('readyOnly')}</label>
      ${isFiltered(by) ? html`<a class="button bare" href=${path('models')} data-inside="yes">${tell('clear')}</a>` : nothing}
    </form>`
  }

  private tile(model: Model, by: Filters, ticked: readonly Model[]): TemplateResult {
    const standing = standingOf(model)
    const chosen = ticked.some((one) => one.name === model.name)
    const label = labelOf(model)
    return html`<article class="tile">
      <h2><a href=${path('models', model.name)} data-inside="yes">${label}</a> ${model.default ? html`<span class="badge">${tell('standard')}</span>` : nothing}${model.current ? html`<span class="badge">${tell('current')}</span>` : nothing}</h2>
      <div class="marks">
        <span>${tasksOf(model).map(taskName).join(' · ')}</span>
        <span>${licenceOf(model)}</span>
        ${openness(model) && openness(model) !== licenceOf(model) ? html`<span>${openness(model)}</span>` : nothing}
      </div>
      <p>${cardOf(model)['about'] ?? ''}</p>
      <div class="foot">
        <span class="status ${standing.look}">${standing.word}</span>
        <label class="tick" title=${tell('tick', { name: label })}>
          <input type="checkbox" aria-label=${tell('tick', { name: label })} .checked=${chosen} ?disabled=${!chosen && ticked.length >= MOST_SIDE_BY_SIDE} @change=${() => this.tick(by, ticked, model)} />${tell('compare')}
        </label>
      </div>
    </article>`
  }

  private side(models: readonly Model[]): TemplateResult {
    const ticked = this.ticked(models)
    return html`<div class="tally"><a class="button" href=${this.address(filtersOf(this.route.query), ticked.map((one) => one.name))} data-inside="yes">${tell('back')}</a></div>
      ${ticked.length > 0 ? sideBySide(ticked) : html`<div class="empty">${icon.models(40)}<strong>${tell('compareHint')}</strong></div>`}`
  }

  private ticked(models: readonly Model[]): readonly Model[] {
    const names = this.route.query.getAll('with').flatMap((one) => one.split(','))
    return [...new Set(names)].flatMap((name) => models.filter((one) => one.name === name)).slice(0, MOST_SIDE_BY_SIDE)
  }

  private tick(by: Filters, ticked: readonly Model[], model: Model): void {
    const names = ticked.map((one) => one.name)
    go(this.address(by, names.includes(model.name) ? names.filter((one) => one !== model.name) : [...names, model.name]), true)
  }

  private filter(by: Filters): void {
    go(this.address(by, this.ticked(this.models ?? []).map((one) => one.name)), true)
  }

  private address(by: Filters, names: readonly string[], view = ''): string {
    return path('models', null, { ...asQuery(by), with: names.join(','), view })
  }

  private async load(): Promise<void> {
    try {
      this.models = await new Catalogue(this.client).all()
      this.failure = null
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

define('px-models-page', ModelsPage)
