import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { spanIn, type Place } from '../answer/places'
import type { Client } from '../api/client'
import { Failure, isAbort } from '../api/failure'
import { say } from '../i18n/common'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import { documentStyle } from './document-style'
import { layoutOf, softened, type Layout } from './layout'
import { Reading } from './reading'
import { stripsOf, type Drawn, type Part as Stretch, type Strip, type Table } from './strips'

/** A cell this short is a code, a number or a date, and never broken; characters. */
const SHORT = 12

/** A document as text, opened at a place with the cited span highlighted. Fires `lost`: why the place is not there, or null. */
export class DocumentView extends Part {
  static override styles = [base, controls, documentStyle, css`:host { display: block; container-type: inline-size; min-height: 0; overflow: auto; overscroll-behavior: contain; }`]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) place!: Place
  @state() private reading: Reading | null = null
  @state() private failure: Failure | null = null
  @state() private busy = false
  private control = new AbortController()

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('place')
    if (!changed.has('place') && !changed.has('client')) return
    const read = (this.reading?.chunks.length ?? 0) > 0
    if (!read || before?.document_id !== this.place.document_id || before.version !== this.place.version) {
      this.control.abort()
      this.control = new AbortController()
      this.reading = new Reading(this.client, this.place.document_id, this.place.version)
    }
    void this.open()
  }

  override disconnectedCallback(): void {
    this.control.abort()
    super.disconnectedCallback()
  }

  override render(): TemplateResult {
    const lost = this.lost()
    if (lost) return this.keepsake(lost)
    if (this.failure) {
      return html`<div class="failure" role="alert">${icon.warn()}<strong>${say('documentGone')}</strong><span>${this.failure.message} ${this.failure.hint}</span></div>`
    }
    const chunks = this.reading?.chunks ?? []
    if (chunks.length === 0) return this.busy ? this.skeleton() : html`<p class="empty">${say('documentEmpty')}</p>`
    const layout = layoutOf(this.place.name)
    const strips = stripsOf(chunks, layout)
    return html`<div class="text ${layout.rows || layout.sheets ? 'wide' : ''}">${strips.map((strip, index) => this.strip(strip, strips[index - 1], layout))}</div>
      ${this.reading?.more
        ? html`<button type="button" class="button more" ?disabled=${this.busy} @click=${this.onMore}>${say('loadMore')}</button>`
        : nothing}`
  }

  /** What became of the place since it was cited, or null while there is still hope of it. */
  private lost(): 'documentDeleted' | 'documentReplaced' | null {
    if (!this.place.kept) return null
    if (this.failure) return this.failure.status === 404 ? 'documentDeleted' : null
    const { chunks = [], more = true } = this.reading ?? {}
    return more || this.busy || chunks.some((chunk) => spanIn(chunk, this.place)) ? null : 'documentReplaced'
  }

  private keepsake(why: 'documentDeleted' | 'documentReplaced'): TemplateResult {
    return html`<div class="keepsake" role="status">
      <p>${icon.history()}<strong>${say(why)}</strong></p>
      <p>${say(this.place.cited ? 'keptQuote' : 'keptPassage')}</p>
      <blockquote>${this.place.kept}</blockquote>
    </div>`
  }

  private strip({ first, chunks, drawn }: Strip, before: Strip | undefined, layout: Layout): TemplateResult {
    const last = before?.chunks.at(-1)
    const turned = first.page != null && first.page !== last?.page
    const path = layout.sheets && turned ? [] : first.heading
    const heading = path.join(' › ')
    const named = drawn[0]?.kind === 'title' && (layout.titles || drawn.length > 1)
    return html`${turned ? html`<div class="page num" role="separator">${(layout.sheets && first.heading[0]) || say('page', { n: first.page ?? '' })}</div>` : nothing}
      ${heading && !named && heading !== last?.heading.join(' › ') ? html`<div class="heading">${heading}</div>` : nothing}
      <div class="chunk ${chunks.some(({ id }) => id === this.place.chunk_id) ? 'cited' : ''}">${drawn.map((one) => this.drawn(one, layout, turned ? first.heading[0] : undefined))}</div>`
  }

  private drawn(one: Drawn, layout: Layout, sheet: string | undefined): TemplateResult | typeof nothing {
    if (one.kind === 'table') return this.table(one)
    if (one.kind === 'text') return html`<div class="plain">${this.marked(one, layout.wrapped)}</div>`
    // The sheet's name stands in the line that parts it from the one before.
    if (layout.sheets && one.chunk.text.slice(one.from, one.to) === sheet) return nothing
    return html`<div class="title" role="heading" aria-level="3">${this.marked(one)}</div>`
  }

  private table({ head, rows }: Table): TemplateResult {
    return html`<div class="table" tabindex="0"><table>
      <thead><tr>${head.map((cell) => html`<th scope="col" class=${fit(cell)}>${this.marked(cell)}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td class=${fit(cell)}>${this.marked(cell)}</td>`)}</tr>`)}</tbody>
    </table></div>`
  }

  private marked({ chunk, from, to }: Stretch, wrapped = false): TemplateResult | string {
    const text = wrapped ? softened(chunk.text) : chunk.text
    const span = spanIn(chunk, this.place)
    const start = Math.max(from, span?.from ?? to)
    const end = Math.min(to, span?.to ?? from)
    if (start >= end) return text.slice(from, to)
    return html`${text.slice(from, start)}<mark tabindex="-1">${text.slice(start, end)}</mark>${text.slice(end, to)}`
  }

  private skeleton(): TemplateResult {
    return html`<div class="loading" aria-busy="true">${[96, 88, 92, 60, 0, 90, 94, 72].map((width) => html`<span class="skeleton w${width}"></span>`)}</div>`
  }

  private async open(): Promise<void> {
    const { reading, control } = this
    if (!reading) return
    await this.load(() => (this.place.chunk_id ? reading.until(this.place.chunk_id, control.signal) : reading.chunks.length > 0 ? Promise.resolve() : reading.next(control.signal)))
    this.emit('lost', this.lost())
    await this.updateComplete
    const mark = this.renderRoot.querySelector<HTMLElement>('mark')
    if (mark) await centred(mark)
  }

  private readonly onMore = (): void => {
    void this.load(() => this.reading?.next(this.control.signal) ?? Promise.resolve())
  }

  private async load(act: () => Promise<void>): Promise<void> {
    const { control } = this
    this.busy = true
    this.failure = null
    try {
      await act()
    } catch (error) {
      if (!isAbort(error)) this.failure = Failure.of(error)
    } finally {
      // One that was given up for another leaves that one's signs alone.
      if (control === this.control) this.busy = false
    }
  }
}

const fit = ({ from, to }: Stretch): string => (to - from > SHORT ? '' : 'short')

/** Scroll to it until it stays: blocks above have estimated heights (`content-visibility`) until they come near. */
async function centred(mark: HTMLElement): Promise<void> {
  let before = Number.NaN
  for (let tries = 0; tries < TRIES; tries++) {
    mark.scrollIntoView({ block: 'center' })
    await new Promise((resolve) => requestAnimationFrame(resolve))
    const { top } = mark.getBoundingClientRect()
    if (Math.abs(top - before) < 1) return
    before = top
  }
}

const TRIES = 12

define('px-document', DocumentView)
