import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { spanIn, type Place, type Span } from '../answer/places'
import type { Client } from '../api/client'
import { Failure, isAbort } from '../api/failure'
import type { Chunk } from '../api/types'
import { say } from '../i18n/common'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import { blocksOf, type Piece, type TableBlock } from './blocks'
import { documentStyle } from './document-style'
import { Reading } from './reading'

/** A cell this short is a code, a number or a date, and never broken; characters. */
const SHORT = 12

/** A document as text, opened at a place with the cited span highlighted. Fires `lost`: why the place is not there, or null. */
export class DocumentView extends Part {
  static override styles = [base, controls, documentStyle, css`:host { display: block; min-height: 0; overflow-y: auto; overscroll-behavior: contain; }`]

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
    return html`<div class="text">${chunks.map((chunk, index) => this.chunk(chunk, chunks[index - 1]))}</div>
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

  private chunk(chunk: Chunk, before: Chunk | undefined): TemplateResult {
    const heading = chunk.heading.join(' › ')
    const turned = chunk.page != null && chunk.page !== before?.page
    return html`${turned ? html`<div class="page num" role="separator">${say('page', { n: chunk.page ?? '' })}</div>` : nothing}
      ${heading && heading !== before?.heading.join(' › ') ? html`<div class="heading">${heading}</div>` : nothing}
      <div class="chunk ${chunk.id === this.place.chunk_id ? 'cited' : ''}">${this.body(chunk)}</div>`
  }

  private body({ text, ...chunk }: Chunk): TemplateResult[] {
    const span = spanIn({ text, ...chunk }, this.place)
    return blocksOf(text).map((block) =>
      block.kind === 'text' ? html`<div class="plain">${this.marked(text, unbroken(text, block), span)}</div>` : this.table(text, block, span),
    )
  }

  private table(text: string, { rows }: TableBlock, span: Span | null): TemplateResult {
    const [head = [], ...body] = rows
    return html`<div class="table" tabindex="0"><table>
      <thead><tr>${head.map((cell) => html`<th scope="col" class=${cell.to - cell.from > SHORT ? '' : 'short'}>${this.marked(text, cell, span)}</th>`)}</tr></thead>
      <tbody>${body.map((row) => html`<tr>${row.map((cell) => html`<td class=${cell.to - cell.from > SHORT ? '' : 'short'}>${this.marked(text, cell, span)}</td>`)}</tr>`)}</tbody>
    </table></div>`
  }

  private marked(text: string, { from, to }: Piece, span: Span | null): TemplateResult | string {
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

/** Text without the empty lines at its ends: the space around a table is the table's own. */
function unbroken(text: string, { from, to }: Piece): Piece {
  while (from < to && text[from] === '\n') from += 1
  while (to > from && text[to - 1] === '\n') to -= 1
  return { from, to }
}

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
