import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import { count, when } from '../../i18n/tongue'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { styled } from '../../ui/styled'
import '../ask-dialog'
import type { AskDialog } from '../ask-dialog'
import { statusStyle } from '../documents/status'
import { tableStyle } from '../documents/table-style'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { Poll } from '../evaluate/poll'
import { pageStyle } from '../page-style'
import { go, path } from '../router'
import type { Workshop } from './api'
import './pairs-sources'
import { tuneSign } from './sign'
import { statusOf } from './standing'
import { tuneStyle } from './tune-style'
import type { PairSet } from './types'

/** All sets of training pairs, and the ways to make one. */
export class PairsList extends Part {
  static override styles = [base, controls, pageStyle, statusStyle, tableStyle, evaluateStyle, tuneStyle, css`
    :host {
      height: auto;
      overflow: visible;
    }
    @media (max-width: 480px) {
      .line {
        flex-wrap: wrap;
      }
      .name a {
        white-space: normal;
        overflow-wrap: anywhere;
      }
      .deeds a.button {
        display: none;
      }
    }
  `]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) workshop!: Workshop
  @state() private sets: readonly PairSet[] | null = null
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
    return html`<px-pairs-sources .client=${this.client} .workshop=${this.workshop} @made=${(event: CustomEvent<PairSet>) => this.open(event.detail)}></px-pairs-sources>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span><button type="button" class="button" @click=${() => this.load()}>${tell('retry')}</button></div>` : nothing}
      <section>${this.list()}</section>
      <px-ask></px-ask>`
  }

  private list(): TemplateResult | typeof nothing {
    if (!this.sets) return this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3].map(() => html`<span class="skeleton"></span>`)}</div>`
    if (this.sets.length === 0) return html`<div class="empty">${tuneSign(40)}<strong>${tell('noSets')}</strong><p>${tell('noSetsHint')}</p></div>`
    return html`<table>
        <thead><tr><th scope="col">${tell('name')}</th><th scope="col" class="wide">${tell('origin')}</th><th scope="col" class="number">${tell('pairs')}</th><th scope="col" class="number">${tell('toReview')}</th><th scope="col" class="wide">${tell('added')}</th><th scope="col"><span class="visually-hidden">${tell('actions')}</span></th></tr></thead>
        <tbody>${repeat(this.sets, (one) => one.id, (one) => this.row(one))}</tbody>
      </table>
      ${this.next ? html`<button type="button" class="button bare" @click=${() => this.load(this.next)}>${tell('more')}</button>` : nothing}`
  }

  private row(one: PairSet): TemplateResult {
    const moving = one.status === 'drafting'
    const share = moving && one.wanted > 0 ? Math.min(100, Math.round((100 * (one.pairs + one.drafts + one.rejected)) / one.wanted)) : 0
    return html`<tr class=${moving ? 'moving' : ''} ${styled({ '--share': moving ? `${share}%` : null })}>
      <td class="name"><div class="line"><a href=${path('tune', one.id, { status: one.pairs === 0 && one.drafts > 0 ? 'draft' : null })} data-inside="yes">${one.name}</a>${moving || one.status === 'failed' ? statusOf(one.status) : nothing}</div>
        ${one.error ? html`<div class="why">${one.error.message} ${one.error.hint}</div>` : nothing}</td>
      <td class="wide">${tell(`origin_${one.origin}`)}</td>
      <td class="number">${count(one.pairs)}</td>
      <td class="number">${one.drafts > 0 ? html`<a href=${path('tune', one.id, { status: 'draft' })} data-inside="yes">${count(one.drafts)}</a>` : '–'}</td>
      <td class="wide soft">${when(one.created_at)}</td>
      <td class="deeds">
        ${one.pairs > 1 ? html`<a class="button bare" href=${path('tune', 'new', { pairs: one.id })} data-inside="yes">${tell('trainIt')}</a>` : nothing}
        <button type="button" class="icon" aria-label="${tell('removeSet')}: ${one.name}" title=${tell('removeSet')} @click=${() => this.forget(one)}>${icon.trash()}</button>
      </td>
    </tr>`
  }

  private open(made: PairSet): void {
    go(path('tune', made.id, { status: made.pairs === 0 ? 'draft' : null }))
  }

  private async forget(one: PairSet): Promise<void> {
    const ask = this.renderRoot.querySelector<AskDialog>('px-ask')
    if (!(await ask?.ask(tell('removeSetAsk', { name: one.name }), tell('removeSet'), tell('keep')))) return
    try {
      await this.workshop.removeSet(one.id)
      this.sets = this.sets?.filter((other) => other.id !== one.id) ?? null
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  private async load(cursor: string | null = null): Promise<void> {
    try {
      const page = await this.workshop.sets(cursor)
      this.sets = [...(cursor ? (this.sets ?? []) : []), ...page.items]
      this.next = page.next ?? null
      this.failure = null
      if (this.sets.some((one) => one.status === 'drafting')) this.poll.start()
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  private async refresh(): Promise<boolean> {
    const { items } = await this.workshop.sets()
    const fresh = new Set(items.map((one) => one.id))
    this.sets = [...items, ...(this.sets ?? []).filter((one) => !fresh.has(one.id))]
    return items.some((one) => one.status === 'drafting')
  }
}

define('px-pairs-list', PairsList)
