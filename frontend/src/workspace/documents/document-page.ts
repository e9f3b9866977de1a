import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Place } from '../../answer/places'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Document, Version } from '../../api/types'
import { formatOf } from './document-table'
import '../../document/document-view'
import { Live } from './live'
import { statusOf, statusStyle } from './status'
import { say } from '../../i18n/common'
import { bytes, count, plural, when } from '../../i18n/tongue'
import { tell } from '../../i18n/workspace'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { pageStyle } from '../page-style'
import { path, type Route } from '../router'

const views = ['text', 'versions', 'warnings'] as const

/** One document: its text with pages and headings, its versions, and what was odd about it. */
export class DocumentPage extends Part {
  static override styles = [
    base,
    controls,
    pageStyle,
    statusStyle,
    css`
      :host {
        display: flex;
        flex-direction: column;
        overflow: hidden;
      }
      .top {
        flex: none;
        padding: 16px 32px 0;
        border-bottom: 1px solid var(--px-line);
      }
      .top > * {
        max-width: 768px;
        margin-inline: auto;
      }
      .title {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      h1 {
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-size: var(--px-size-4);
        line-height: 28px;
      }
      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        margin-block: 4px 12px;
        padding-inline-start: 36px;
        color: var(--px-text-faint);
      }
      .tabs {
        display: flex;
        gap: 20px;
        padding-inline-start: 36px;
      }
      .tabs a {
        padding: 8px 0;
        border-bottom: 2px solid transparent;
        color: var(--px-text-faint);
        text-decoration: none;
      }
      .tabs a[aria-current='page'] {
        border-color: var(--px-accent);
        color: var(--px-text);
        font-weight: 600;
      }
      .body {
        flex: 1;
        min-height: 0;
        overflow-y: auto;
      }
      px-document {
        max-width: 800px;
        margin: 0 auto;
        padding-inline-start: 36px;
      }
      .sheet {
        max-width: 800px;
        margin: 0 auto;
        padding: 16px 28px 48px 52px;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 4px 16px;
        padding: 12px 0;
        border-bottom: 1px solid var(--px-line);
      }
      li strong {
        min-width: 32px;
      }
      code {
        font: var(--px-size-1) / 16px var(--px-mono);
        color: var(--px-text-faint);
      }
      .current {
        padding: 0 8px;
        border-radius: 8px;
        background: var(--px-accent-soft);
        color: var(--px-accent-text);
        font-size: var(--px-size-1);
        line-height: 16px;
      }
      @media (max-width: 720px) {
        .top {
          padding: 12px 16px 0;
        }
        .facts,
        .tabs {
          padding-inline-start: 0;
        }
        px-document {
          padding-inline-start: 0;
        }
        .sheet {
          padding: 8px 16px 32px;
        }
      }
    `,
  ]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private document: Document | null = null
  @state() private versions: readonly Version[] | null = null
  @state() private failure: Failure | null = null
  private place: Place | null = null
  private stream!: Live

  override connectedCallback(): void {
    super.connectedCallback()
    this.stream = new Live(
      this.client,
      (document) => document.id === this.route.id && this.take(document),
      (id) => id === this.route.id && void this.load(),
      () => undefined,
    )
    this.stream.start()
  }

  override disconnectedCallback(): void {
    this.stream.stop()
    super.disconnectedCallback()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('route') && this.route.id !== changed.get('route')?.id) void this.load()
  }

  override render(): TemplateResult {
    if (this.failure) {
      return html`<div class="page"><a class="button bare" href="/documents" data-inside="yes">${icon.back()}${tell('documents')}</a>
        <div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span></div></div>`
    }
    const { document } = this
    if (!document) return html`<div class="page"><div class="lines" aria-busy="true">${[1, 2, 3].map(() => html`<span class="skeleton"></span>`)}</div></div>`
    const view = this.view()
    return html`<div class="top">
        <div class="title">
          <a class="icon" href=${path('documents', null, { collection: document.collection === 'default' ? null : document.collection })} data-inside="yes" aria-label=${say('back')}>${icon.back()}</a>
          <h1 title=${document.name}>${document.name}</h1>
          <a class="icon push" href=${this.client.fileUrl(document.id)} target="_blank" rel="noopener" aria-label=${say('openOriginal')} title=${say('openOriginal')}>${icon.external()}</a>
        </div>
        <div class="facts num">
          ${statusOf(document.status)}<span>${formatOf(document.name)}</span><span>${bytes(document.bytes)}</span>
          ${document.pages == null ? nothing : html`<span>${tell(plural(document.pages, 'pageCount', 'pagesCount'), { n: count(document.pages) })}</span>`}
          <span>${tell(plural(document.chunks, 'chunkCount', 'chunksCount'), { n: count(document.chunks) })}</span><span>${say('version', { n: document.version })} · ${when(document.created_at)}</span>
        </div>
        <nav class="tabs">
          ${views.map((one) => html`<a href=${path('documents', document.id, { view: one === 'text' ? null : one })} data-inside="yes" aria-current=${one === view ? 'page' : 'false'}>${tell(one)}${one === 'warnings' && document.warnings.length > 0 ? ` (${document.warnings.length})` : ''}</a>`)}
        </nav>
      </div>
      <div class="body">
        ${document.error ? html`<div class="sheet"><div class="failure" role="alert">${icon.warn()}<span><strong>${tell('errorIn')}:</strong> ${document.error.message} ${document.error.hint}</span></div></div>` : nothing}
        ${view === 'text' ? this.text() : view === 'versions' ? this.history() : this.oddities(document)}
      </div>`
  }

  private view(): (typeof views)[number] {
    return views.find((one) => one === this.route.query.get('view')) ?? 'text'
  }

  private text(): TemplateResult | typeof nothing {
    return this.place && !this.document?.error ? html`<px-document .client=${this.client} .place=${this.place}></px-document>` : nothing
  }

  private history(): TemplateResult {
    if (!this.versions) return html`<div class="sheet"><div class="lines"><span class="skeleton"></span><span class="skeleton"></span></div></div>`
    return html`<div class="sheet"><ul>
      ${this.versions.map(
        (one) => html`<li class="num">
          <strong>${say('version', { n: one.version })}</strong>${statusOf(one.status === 'indexed' && !one.live ? 'retired' : one.status)}<span class="faint">${when(one.created_at)}</span><span class="faint">${bytes(one.bytes)}</span>
          <code title=${one.sha256}>${one.sha256.slice(0, 12)}</code>
          ${one.live ? html`<span class="current">${tell('current')}</span>` : nothing}
        </li>`,
      )}
    </ul></div>`
  }

  private oddities(document: Document): TemplateResult {
    if (document.warnings.length === 0) return html`<div class="empty">${icon.check(40)}<span>${tell('noWarnings')}</span></div>`
    return html`<div class="sheet"><ul>${document.warnings.map((warning) => html`<li>${String(warning)}</li>`)}</ul></div>`
  }

  private take(document: Document): void {
    this.document = document
    const { id, name, version } = document
    // Progress makes a new place only when there is other text to read.
    const key = `${id} ${version} ${document.status === 'indexed'}`
    if (this.shownKey === key) return
    this.shownKey = key
    this.place = { document_id: id, name, version, chunk_id: '', start: 0, end: 0, quote: '', kept: '', cited: false }
  }
  private shownKey = ''

  private async load(): Promise<void> {
    const id = this.route.id ?? ''
    try {
      const [document, versions] = await Promise.all([this.client.document(id), this.client.versions(id)])
      this.take(document)
      this.versions = versions
      this.failure = null
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

define('px-document-page', DocumentPage)
