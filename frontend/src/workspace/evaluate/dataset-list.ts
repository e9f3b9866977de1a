import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import { tell } from '../../i18n/evaluate'
import { count, when } from '../../i18n/tongue'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { styled } from '../../ui/styled'
import '../ask-dialog'
import type { AskDialog } from '../ask-dialog'
import { statusStyle } from '../documents/status'
import { tableStyle } from '../documents/table-style'
import { pageStyle } from '../page-style'
import { go, path } from '../router'
import type { Bench } from './api'
import './dataset-sources'
import { evaluateStyle } from './evaluate-style'
import { Poll } from './poll'
import { statusOf } from './status'
import type { Dataset } from './types'

/** All datasets, and the three ways to make one. */
export class DatasetList extends Part {
  static override styles = [base, controls, pageStyle, statusStyle, tableStyle, evaluateStyle, css`:host { height: auto; overflow: visible; } .list { margin-top: 24px; }`]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) bench!: Bench
  @state() private datasets: readonly Dataset[] | null = null
  @state() private next: string | null = null
  @state() private failure: Failure | null = null
  private readonly poll = new Poll(() => this.refresh())

  override connectedCallback(): void {
    super.connectedCallback()
    void this.load()
  }

  override disconnectedCallback(): void {
    this.poll.stop()
    super.disconnectedCallback()
  }

  override render(): TemplateResult {
    return html`<px-dataset-sources .client=${this.client} .bench=${this.bench} @made=${(event: CustomEvent<Dataset>) => go(path('evaluate', event.detail.id))}></px-dataset-sources>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span><button type="button" class="button" @click=${() => this.load()}>${tell('retry')}</button></div>` : nothing}
      <div class="list">${this.list()}</div>
      <px-ask></px-ask>`
  }

  private list(): TemplateResult | typeof nothing {
    if (!this.datasets) return this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3].map(() => html`<span class="skeleton"></span>`)}</div>`
    if (this.datasets.length === 0) return html`<div class="empty">${icon.evaluate(40)}<strong>${tell('noDatasets')}</strong><p>${tell('noDatasetsHint')}</p></div>`
    return html`<table>
        <thead><tr><th scope="col">${tell('name')}</th><th scope="col" class="wide">${tell('origin')}</th><th scope="col" class="number">${tell('cases')}</th><th scope="col" class="number">${tell('toReview')}</th><th scope="col" class="wide">${tell('added')}</th><th scope="col"><span class="visually-hidden">${tell('actions')}</span></th></tr></thead>
        <tbody>${repeat(this.datasets, (one) => one.id, (one) => this.row(one))}</tbody>
      </table>
      ${this.next ? html`<button type="button" class="button bare" @click=${() => this.load(this.next)}>${tell('more')}</button>` : nothing}`
  }

  private row(one: Dataset): TemplateResult {
    const moving = one.status === 'drafting'
    return html`<tr class=${moving ? 'moving' : ''} ${styled({ '--share': moving && one.wanted > 0 ? `${Math.round((100 * one.tried) / one.wanted)}%` : null })}>
      <td class="name"><div class="line"><a href=${path('evaluate', one.id, { status: one.cases === 0 && one.drafts > 0 ? 'draft' : null })} data-inside="yes">${one.name}</a>${moving || one.status === 'failed' ? statusOf(one.status) : nothing}</div>
        ${one.error ? html`<div class="why">${one.error.message} ${one.error.hint}</div>` : nothing}</td>
      <td class="wide">${tell(`origin_${one.origin}`)}</td>
      <td class="number">${count(one.cases)}</td>
      <td class="number">${one.drafts > 0 ? html`<a href=${path('evaluate', one.id, { status: 'draft' })} data-inside="yes">${count(one.drafts)}</a>` : '–'}</td>
      <td class="wide soft">${when(one.created_at)}</td>
      <td class="deeds">
        ${one.cases > 0 ? html`<a class="button bare" href=${path('evaluate', 'new', { dataset: one.id })} data-inside="yes">${tell('runIt')}</a>` : nothing}
        <button type="button" class="icon" aria-label="${tell('removeDataset')}: ${one.name}" title=${tell('removeDataset')} @click=${() => this.forget(one)}>${icon.trash()}</button>
      </td>
    </tr>`
  }

  private async forget(one: Dataset): Promise<void> {
    const ask = this.renderRoot.querySelector<AskDialog>('px-ask')
    if (!(await ask?.ask(tell('removeDatasetAsk', { name: one.name }), tell('removeDataset'), tell('keep')))) return
    try {
      await this.bench.removeDataset(one.id)
      this.datasets = this.datasets?.filter((other) => other.id !== one.id) ?? null
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  private async load(cursor: string | null = null): Promise<void> {
    try {
      const page = await this.bench.datasets(cursor)
      this.datasets = [...(cursor ? (this.datasets ?? []) : []), ...page.items]
      this.next = page.next ?? null
      this.failure = null
      if (this.datasets.some((one) => one.status === 'drafting')) this.poll.start()
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  private async refresh(): Promise<boolean> {
    const { items } = await this.bench.datasets()
    const fresh = new Set(items.map((one) => one.id))
    this.datasets = [...items, ...(this.datasets ?? []).filter((one) => !fresh.has(one.id))]
    return items.some((one) => one.status === 'drafting')
  }
}

define('px-dataset-list', DatasetList)
