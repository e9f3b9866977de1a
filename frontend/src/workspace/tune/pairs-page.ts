import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import { say } from '../../i18n/common'
import { count, when } from '../../i18n/tongue'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { styled } from '../../ui/styled'
import { statusStyle } from '../documents/status'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { Poll } from '../evaluate/poll'
import { pageStyle } from '../page-style'
import { path, type Route } from '../router'
import { Workshop } from './api'
import { byPair, findingList, split, type Found } from './findings'
import './new-pair'
import './pair-row'
import type { PairRow } from './pair-row'
import { statusOf } from './standing'
import { tuneStyle } from './tune-style'
import type { Check, Pair, PairSet, PairStatus } from './types'

const views: readonly PairStatus[] = ['accepted', 'draft', 'rejected']

/** One set of training pairs: what is wrong with it, how it is divided, and every pair to be reviewed. */
export class PairsPage extends Part {
  static override styles = [base, controls, pageStyle, statusStyle, evaluateStyle, tuneStyle, css`
    h1 {
      min-width: 0;
      overflow-wrap: anywhere;
    }
    .heads {
      display: grid;
      grid-template-columns: minmax(0, 2fr) minmax(0, 3fr) 88px;
      gap: 24px;
      padding: 8px 8px 8px 12px;
      border-bottom: 1px solid var(--px-line);
      color: var(--px-text-faint);
      font-size: var(--px-size-1);
      line-height: 16px;
      font-weight: 600;
    }
    .above {
      display: flex;
      flex-wrap: wrap;
      gap: 8px 16px;
      align-items: center;
      min-height: 32px;
      color: var(--px-text-faint);
    }
    @media (max-width: 720px) {
      .heads,
      .above > span {
        display: none;
      }
    }
  `]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private found: PairSet | null = null
  @state() private check: Check | null = null
  @state() private checked: ReadonlyMap<string, readonly Found[]> = new Map()
  @state() private pairs: readonly Pair[] | null = null
  @state() private next: string | null = null
  @state() private failure: Failure | null = null
  @state() private told = ''
  @state() private adding = false
  @state() private busy = false
  private workshop!: Workshop
  private loaded = ''
  private readonly poll = new Poll(() => this.follow())

  private get status(): PairStatus {
    return views.find((one) => one === this.route.query.get('status')) ?? 'accepted'
  }

  override disconnectedCallback(): void {
    this.poll.stop()
    super.disconnectedCallback()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) this.workshop = new Workshop(this.client)
    const wanted = `${this.route.id} ${this.status}`
    if (wanted === this.loaded) return
    if (this.found?.id !== this.route.id) this.found = this.check = null
    this.loaded = wanted
    this.pairs = null
    void this.load()
  }

  override render(): TemplateResult {
    const set = this.found
    return html`<div class="page">
      <div class="head">
        <a class="icon" href=${path('tune', 'data')} data-inside="yes" aria-label=${say('back')}>${icon.back()}</a>
        <h1>${set?.name ?? html`<span class="skeleton">&nbsp;</span>`}</h1>
        ${set && set.status === 'ready' && !this.adding ? html`<button type="button" class="button push" @click=${() => (this.adding = true)}>${icon.plus()}${tell('addPair')}</button>` : nothing}
        ${set && set.pairs > 1 ? html`<a class=${this.adding || set.status !== 'ready' ? 'button primary push' : 'button primary'} href=${path('tune', 'new', { pairs: set.id })} data-inside="yes">${tell('trainIt')}</a>` : nothing}
      </div>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span></div>` : nothing}
      ${set ? this.about(set) : nothing}
      <span class="visually-hidden" role="status">${this.told}</span>
      ${set && this.adding ? html`<px-new-pair .workshop=${this.workshop} .set=${set.id} @leave=${() => (this.adding = false)} @added=${(event: CustomEvent<string>) => this.added(event.detail)}></px-new-pair>` : nothing}
      ${this.list()}
    </div>`
  }

  private about(set: PairSet): TemplateResult {
    const numbers: Readonly<Record<PairStatus, number>> = { accepted: set.pairs, draft: set.drafts, rejected: set.rejected }
    return html`<p class="facts-line num"><span>${tell(`origin_${set.origin}`)}</span><span>${when(set.created_at)}</span></p>
      ${set.status === 'drafting' ? this.drafting(set) : nothing}
      ${set.error ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${set.error.message}</strong> ${set.error.hint}</span></div>` : nothing}
      ${this.check && set.pairs > 0 ? html`<div class="panel" role="region" aria-label=${tell('checks')}>${split(this.check)}${findingList(this.check.findings)}</div>` : nothing}
      <nav class="tabs" aria-label=${tell('pairs')}>
        ${views.map((one) => html`<a class="num" href=${path('tune', set.id, { status: one === 'accepted' ? null : one })} data-inside="yes" aria-current=${one === this.status ? 'page' : 'false'}>${tell(`pairs_${one}`)} (${count(numbers[one])})</a>`)}
      </nav>`
  }

  private drafting(set: PairSet): TemplateResult {
    const made = set.pairs + set.drafts + set.rejected
    const share = set.wanted > 0 ? Math.min(100, Math.round((100 * made) / set.wanted)) : 0
    const words = tell('drafting', { made: count(made), wanted: count(set.wanted), tried: count(set.tried) })
    return html`<div class="panel">${statusOf('drafting')} <span class="faint num">${words}</span>
      <div class="bar" role="progressbar" aria-label=${tell('draft')} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${share} aria-valuetext=${words}><i ${styled({ '--share': `${share}%` })}></i></div>
      ${set.waiting ? html`<p class="waits">${set.waiting.message} ${set.waiting.hint}</p>` : nothing}</div>`
  }

  private list(): TemplateResult | typeof nothing {
    if (!this.pairs) return this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3, 4].map(() => html`<span class="skeleton"></span>`)}</div>`
    if (this.pairs.length === 0) return this.nothingHere()
    const answered = this.pairs.some((one) => one.answer !== '')
    return html`<div class="above"><span>${tell('reviewKeys')}</span>
        ${this.status === 'draft' && answered ? html`<button type="button" class="button push" ?disabled=${this.busy || this.found?.status !== 'ready'} @click=${() => this.review()}>${icon.check()}${tell('acceptAll')}</button>` : nothing}</div>
      <div class="heads" aria-hidden="true"><span>${tell('question')}</span><span>${tell('answer')}</span></div>
      <div role="list" aria-label=${tell(`pairs_${this.status}`)} @changed=${this.onChanged}>
        ${repeat(this.pairs, (one) => one.id, (one) => html`<px-pair .workshop=${this.workshop} .set=${this.found?.id ?? ''} .pair=${one} .found=${this.checked.get(one.id) ?? []} aria-label=${one.question}></px-pair>`)}
      </div>
      ${this.next ? html`<button type="button" class="button bare" @click=${() => this.load(this.next)}>${tell('more')}</button>` : nothing}`
  }

  private nothingHere(): TemplateResult {
    const waits = this.status === 'accepted' && (this.found?.drafts ?? 0) > 0
    return html`<div class="empty"><strong>${tell(`none_${this.status}`)}</strong>
      ${waits ? html`<p>${tell('draftsWait')}</p><a class="button primary" href=${path('tune', this.found?.id ?? null, { status: 'draft' })} data-inside="yes">${tell('toDrafts')}</a>` : nothing}
      ${this.status === 'draft' && (this.found?.pairs ?? 0) > 1 ? html`<a class="button primary" href=${path('tune', 'new', { pairs: this.found?.id })} data-inside="yes">${tell('trainIt')}</a>` : nothing}</div>`
  }

  private async added(question: string): Promise<void> {
    this.told = tell('addedOne', { question })
    await this.load()
  }

  private async review(): Promise<void> {
    this.busy = true
    try {
      await this.workshop.review(this.found?.id ?? '', 'accepted')
      this.told = tell('moved', { name: tell('pairs_accepted') })
      await this.load()
    } catch (error) {
      this.failure = Failure.of(error)
    } finally {
      this.busy = false
    }
  }

  /** A pair that was judged leaves this list; the next one gets the focus, so that keys go on working. */
  private async onChanged(event: CustomEvent<Pair>): Promise<void> {
    const kept = event.detail
    const at = this.pairs?.findIndex((one) => one.id === kept.id) ?? -1
    if (kept.status === this.status) {
      this.pairs = this.pairs?.map((one) => (one.id === kept.id ? kept : one)) ?? null
    } else {
      this.pairs = this.pairs?.filter((one) => one.id !== kept.id) ?? null
      this.told = tell('moved', { name: tell(`pairs_${kept.status}`) })
      await this.updateComplete
      const rows = this.renderRoot.querySelectorAll<PairRow>('px-pair')
      rows[Math.min(at, rows.length - 1)]?.focus()
    }
    this.found = await this.workshop.set(this.route.id ?? '').catch(() => this.found)
    await this.examine(this.loaded)
  }

  private async load(cursor: string | null = null): Promise<void> {
    const id = this.route.id ?? ''
    const wanted = this.loaded
    try {
      const [set, page] = await Promise.all([this.workshop.set(id), this.workshop.pairs(id, this.status, cursor)])
      if (wanted !== this.loaded) return
      this.found = set
      this.pairs = [...(cursor ? (this.pairs ?? []) : []), ...page.items]
      this.next = page.next ?? null
      this.failure = null
      if (set.status === 'drafting') this.poll.start()
      await this.examine(wanted)
    } catch (error) {
      if (wanted === this.loaded) this.failure = Failure.of(error)
    }
  }

  /** What the checks say of it now; the pairs can be read without. */
  private async examine(wanted: string): Promise<void> {
    const check = (this.found?.pairs ?? 0) > 0 ? await this.workshop.check(this.route.id ?? '').catch(() => null) : null
    if (wanted !== this.loaded) return
    this.check = check
    this.checked = byPair(check?.findings ?? [])
  }

  /** While a model drafts: what has come since is put at the end. */
  private async follow(): Promise<boolean> {
    const wanted = this.loaded
    const set = await this.workshop.set(this.route.id ?? '')
    const page = await this.workshop.pairs(set.id, this.status)
    if (wanted !== this.loaded) return true
    this.found = set
    const known = new Set(this.pairs?.map((one) => one.id))
    this.pairs = [...(this.pairs ?? []), ...page.items.filter((one) => !known.has(one.id))]
    this.next = page.next ?? null
    return set.status === 'drafting'
  }
}

define('px-pairs-page', PairsPage)
