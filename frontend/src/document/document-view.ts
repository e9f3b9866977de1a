import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { spanIn, type Place } from '../answer/places'
import type { Client } from '../api/client'
import { Failure, isAbort } from '../api/failure'
import type { Chunk } from '../api/types'
import { say } from '../i18n/common'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import { documentStyle } from './document-style'
import { Reading } from './reading'

/** A document as text, opened at a place with the cited span highlighted. */
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

  private chunk(chunk: Chunk, before: Chunk | undefined): TemplateResult {
    const heading = chunk.heading.join(' › ')
    const turned = chunk.page != null && chunk.page !== before?.page
    return html`${turned ? html`<div class="page num" role="separator">${say('page', { n: chunk.page ?? '' })}</div>` : nothing}
      ${heading && heading !== before?.heading.join(' › ') ? html`<div class="heading">${heading}</div>` : nothing}
      <div class="chunk ${chunk.id === this.place.chunk_id ? 'cited' : ''}">${this.marked(chunk)}</div>`
  }

  private marked(chunk: Chunk): TemplateResult | string {
    const span = spanIn(chunk, this.place)
    if (!span) return chunk.text
    return html`${chunk.text.slice(0, span.from)}<mark tabindex="-1">${chunk.text.slice(span.from, span.to)}</mark>${chunk.text.slice(span.to)}`
  }

  private skeleton(): TemplateResult {
    return html`<div class="loading" aria-busy="true">${[96, 88, 92, 60, 0, 90, 94, 72].map((width) => html`<span class="skeleton w${width}"></span>`)}</div>`
  }

  private async open(): Promise<void> {
    const { reading, control } = this
    if (!reading) return
    await this.load(() => (this.place.chunk_id ? reading.until(this.place.chunk_id, control.signal) : reading.chunks.length > 0 ? Promise.resolve() : reading.next(control.signal)))
    await this.updateComplete
    const mark = this.renderRoot.querySelector<HTMLElement>('mark')
    mark?.scrollIntoView({ block: 'center' })
  }

  private readonly onMore = (): void => {
    void this.load(() => this.reading?.next(this.control.signal) ?? Promise.resolve())
  }

  private async load(act: () => Promise<void>): Promise<void> {
    this.busy = true
    this.failure = null
    try {
      await act()
    } catch (error) {
      if (isAbort(error)) return
      this.failure = Failure.of(error)
    } finally {
      this.busy = false
    }
  }
}

define('px-document', DocumentView)
