import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/evaluate'
import { count, when } from '../../i18n/tongue'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { styled } from '../../ui/styled'
import { statusStyle } from '../documents/status'
import { pageStyle } from '../page-style'
import { path, type Route } from '../router'
import { Bench } from './api'
import './case-card'
import type { CaseCard } from './case-card'
import { evaluateStyle } from './evaluate-style'
import './new-case'
import { Poll } from './poll'
import { statusOf } from './status'
import type { Case, CaseStatus, Dataset } from './types'

const views: readonly CaseStatus[] = ['accepted', 'draft', 'rejected']

/** One dataset: its cases, those that wait for review, and those that were turned down. */
export class DatasetPage extends Part {
  static override styles = [base, controls, pageStyle, statusStyle, evaluateStyle, css`
    .cases {
      display: grid;
      gap: 8px;
    }
    .cases.dense {
      --case-room: 2px 4px 2px 12px;
      gap: 4px;
    }
    h1 {
      min-width: 0;
      overflow-wrap: anywhere;
    }
  `]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private found: Dataset | null = null
  @state() private cases: readonly Case[] | null = null
  @state() private next: string | null = null
  @state() private failure: Failure | null = null
  @state() private told = ''
  @state() private adding = false
  private bench!: Bench
  private loaded = ''
  private readonly poll = new Poll(() => this.follow())

  private get status(): CaseStatus {
    return views.find((one) => one === this.route.query.get('status')) ?? 'accepted'
  }

  override disconnectedCallback(): void {
    this.poll.stop()
    super.disconnectedCallback()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) this.bench = new Bench(this.client)
    const wanted = `${this.route.id} ${this.status}`
    if (wanted === this.loaded) return
    this.loaded = wanted
    this.cases = null
    void this.load()
  }

  override render(): TemplateResult {
    const dataset = this.found
    return html`<div class="page">
      <div class="head">
        <a class="icon" href=${path('evaluate', 'datasets')} data-inside="yes" aria-label=${say('back')}>${icon.back()}</a>
        <h1>${dataset?.name ?? html`<span class="skeleton">&nbsp;</span>`}</h1>
        ${dataset && dataset.status === 'ready' && !this.adding ? html`<button type="button" class="button push" @click=${() => (this.adding = true)}>${icon.plus()}${tell('addQuestion')}</button>` : nothing}
        ${dataset && dataset.cases > 0 ? html`<a class=${this.adding || dataset.status !== 'ready' ? 'button primary push' : 'button primary'} href=${path('evaluate', 'new', { dataset: dataset.id })} data-inside="yes">${tell('runIt')}</a>` : nothing}
      </div>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span></div>` : nothing}
      ${dataset ? this.about(dataset) : nothing}
      <span class="visually-hidden" role="status">${this.told}</span>
      ${dataset && this.adding ? html`<px-new-case .bench=${this.bench} .set=${dataset.id} @leave=${() => (this.adding = false)} @added=${(event: CustomEvent<string>) => this.added(event.detail)}></px-new-case>` : nothing}
      ${this.list()}
    </div>`
  }

  private about(dataset: Dataset): TemplateResult {
    const numbers: Readonly<Record<CaseStatus, number>> = { accepted: dataset.cases, draft: dataset.drafts, rejected: dataset.rejected }
    return html`${dataset.status === 'drafting'
        ? html`<div class="panel">${statusOf('drafting')} <span class="faint num">${tell('drafting', { tried: dataset.tried, wanted: dataset.wanted })}</span>
            <div class="bar"><i ${styled({ '--share': `${dataset.wanted > 0 ? Math.min(100, Math.round((100 * dataset.tried) / dataset.wanted)) : 0}%` })}></i></div>
            ${dataset.waiting ? html`<p class="waits">${dataset.waiting.message} ${dataset.waiting.hint}</p>` : nothing}</div>`
        : nothing}
      ${dataset.error ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${dataset.error.message}</strong> ${dataset.error.hint}</span></div>` : nothing}
      <p class="facts-line num"><span>${tell(`origin_${dataset.origin}`)}</span><span>${when(dataset.created_at)}</span>${dataset.unasked > 0 ? html`<span>${tell('unasked', { n: count(dataset.unasked) })}</span>` : nothing}</p>
      <nav class="tabs" aria-label=${tell('cases')}>
        ${views.map((one) => html`<a class="num" href=${path('evaluate', dataset.id, { status: one === 'accepted' ? null : one })} data-inside="yes" aria-current=${one === this.status ? 'page' : 'false'}>${tell(`cases_${one}`)} (${count(numbers[one])})</a>`)}
      </nav>`
  }

  private list(): TemplateResult | typeof nothing {
    if (!this.cases) return this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3, 4].map(() => html`<span class="skeleton"></span>`)}</div>`
    if (this.cases.length === 0) return html`<div class="empty">${icon.check(40)}<span>${tell(`none_${this.status}`)}</span></div>`
    return html`${this.status === 'draft' ? html`<p class="hint">${tell('reviewKeys')}</p>` : nothing}
      <div class=${this.status === 'draft' ? 'cases' : 'cases dense'} @changed=${this.onChanged}>
        ${repeat(this.cases, (one) => one.id, (one) => html`<px-case .bench=${this.bench} .set=${this.found?.id ?? ''} .case=${one} aria-label=${one.question}></px-case>`)}
      </div>
      ${this.next ? html`<button type="button" class="button bare" @click=${() => this.load(this.next)}>${tell('more')}</button>` : nothing}`
  }

  private async added(question: string): Promise<void> {
    this.told = tell('addedOne', { question })
    await this.load()
  }

  /** A case that was judged leaves this list; the next one gets the focus, so that keys go on working. */
  private async onChanged(event: CustomEvent<Case>): Promise<void> {
    const kept = event.detail
    const at = this.cases?.findIndex((one) => one.id === kept.id) ?? -1
    if (kept.status === this.status) {
      this.cases = this.cases?.map((one) => (one.id === kept.id ? kept : one)) ?? null
    } else {
      this.cases = this.cases?.filter((one) => one.id !== kept.id) ?? null
      this.told = tell('moved', { name: tell(`cases_${kept.status}`) })
      await this.updateComplete
      const cards = this.renderRoot.querySelectorAll<CaseCard>('px-case')
      cards[Math.min(at, cards.length - 1)]?.focus()
    }
    this.found = await this.bench.dataset(this.route.id ?? '').catch(() => this.found)
  }

  private async load(cursor: string | null = null): Promise<void> {
    const id = this.route.id ?? ''
    const wanted = this.loaded
    try {
      const [dataset, page] = await Promise.all([this.bench.dataset(id), this.bench.cases(id, this.status, cursor)])
      if (wanted !== this.loaded) return
      this.found = dataset
      this.cases = [...(cursor ? (this.cases ?? []) : []), ...page.items]
      this.next = page.next ?? null
      this.failure = null
      if (dataset.status === 'drafting') this.poll.start()
    } catch (error) {
      if (wanted === this.loaded) this.failure = Failure.of(error)
    }
  }

  /** While a model drafts: what has come since is put at the end. */
  private async follow(): Promise<boolean> {
    const wanted = this.loaded
    const dataset = await this.bench.dataset(this.route.id ?? '')
    const page = await this.bench.cases(dataset.id, this.status, this.cases?.length ? String(this.cases.at(-1)?.ordinal) : null)
    if (wanted !== this.loaded) return true
    this.found = dataset
    this.cases = [...(this.cases ?? []), ...page.items]
    this.next = page.next ?? null
    return dataset.status === 'drafting'
  }
}

define('px-dataset-page', DatasetPage)
