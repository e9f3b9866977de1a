import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Collection, Document, Formats } from '../../api/types'
import './delete-dialog'
import type { DeleteDialog } from './delete-dialog'
import './document-table'
import type { Deed } from './document-table'
import './drop-zone'
import { Live } from './live'
import { Uploads } from './uploads'
import { put } from '../../i18n/suggest'
import { count, plural } from '../../i18n/tongue'
import { tell } from '../../i18n/workspace'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import './collection-picker'
import './suggest-dialog'
import type { SuggestDialog } from './suggest-dialog'
import { documentsStyle } from './documents-style'
import { pageStyle } from '../page-style'
import { go, path, type Route } from '../router'

/** Documents: a collection, one drop zone and one table that moves by itself. */
export class DocumentsPage extends Part {
  static override styles = [base, controls, pageStyle, documentsStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private collections: readonly Collection[] = []
  @state() private formats: Formats | null = null
  @state() private documents: readonly Document[] | null = null
  @state() private failure: Failure | null = null
  @state() private live = true
  @state() private filter = ''
  @query('px-delete-dialog') private dialog!: DeleteDialog
  @query('px-suggest-dialog') private suggestions!: SuggestDialog
  private uploads!: Uploads
  private stream!: Live
  private loaded = ''

  private get collection(): string {
    return this.route.query.get('collection') ?? 'default'
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.uploads = new Uploads(this.client, () => this.requestUpdate(), (item) => void this.refresh(item.id))
    this.stream = new Live(
      this.client,
      (document) => this.seen(document),
      (id) => this.gone(id),
      (well) => {
        this.live = well
        if (well) void this.load()
      },
    )
    this.stream.start()
    void this.learn()
  }

  override disconnectedCallback(): void {
    this.stream.stop()
    super.disconnectedCallback()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('route') || this.loaded === this.collection) return
    this.loaded = this.collection
    this.documents = null
    void this.load()
  }

  override render(): TemplateResult {
    return html`<div class="page" @dragover=${(event: Event) => event.preventDefault()} @drop=${(event: Event) => event.preventDefault()}>
      <div class="head">
        <h1>${tell('documents')}</h1>
        <px-collections
          .client=${this.client}
          .collections=${this.collections}
          .chosen=${this.collection}
          @collection=${(event: CustomEvent<string>) => go(path('documents', null, { collection: event.detail }))}
          @created=${(event: CustomEvent<Collection>) => (this.collections = [...this.collections, event.detail])}
        ></px-collections>
        <button type="button" class="button bare" @click=${() => this.suggestions.open()}>${icon.chat()}${put('open')}</button>
        ${this.documents && this.documents.length > 5
          ? html`<label class="filter push">${icon.search()}<input class="field" type="search" placeholder=${tell('filter')} aria-label=${tell('filter')} .value=${this.filter} @input=${(event: Event) => (this.filter = (event.target as HTMLInputElement).value)} /></label>`
          : nothing}
      </div>
      <px-drop-zone
        .collection=${this.collection}
        .formats=${this.formats}
        .uploads=${this.uploads.items}
        .names=${new Map(this.documents?.map((one) => [one.id, one.name]))}
        @files=${(event: CustomEvent<File[]>) => this.uploads.add(event.detail, this.collection)}
        @dismiss=${(event: CustomEvent<number>) => this.uploads.dismiss(event.detail)}
      ></px-drop-zone>
      ${this.failure ? this.problem(this.failure) : nothing}
      <div class="list">${this.list()}</div>
      <px-suggest-dialog .client=${this.client} .collection=${this.collection}></px-suggest-dialog>
      <px-delete-dialog .client=${this.client} @removed=${(event: CustomEvent<string>) => this.gone(event.detail)}></px-delete-dialog>
    </div>`
  }

  private list(): TemplateResult | typeof nothing {
    if (!this.documents) return this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3, 4].map(() => html`<span class="skeleton"></span>`)}</div>`
    if (this.documents.length === 0) return html`<div class="empty">${icon.documents(40)}<strong>${tell('emptyCollection', { name: this.collection })}</strong><span>${tell('emptyHint')}</span></div>`
    const wanted = this.filter.trim().toLowerCase()
    const shown = this.documents.filter((one) => one.name.toLowerCase().includes(wanted))
    return html`<div class="summary num"><span>${tell(plural(this.documents.length, 'countDocument', 'countDocuments'), { n: count(this.documents.length) })}</span>${this.live ? nothing : html`<span class="lost" role="status">${tell('liveLost')}</span>`}</div>
      ${shown.length > 0
        ? html`<px-document-table .client=${this.client} .documents=${shown} @deed=${this.onDeed}></px-document-table>`
        : html`<p class="none">${tell('noneMatch', { text: this.filter })}</p>`}`
  }

  private problem(failure: Failure): TemplateResult {
    return html`<div class="failure" role="alert">
      ${icon.warn()}<span><strong>${failure.message}</strong> ${failure.hint}</span>
      <button type="button" class="button" @click=${() => this.load()}>${tell('retry')}</button>
    </div>`
  }

  private readonly onDeed = async (event: CustomEvent<{ deed: Deed; document: Document }>): Promise<void> => {
    const { deed, document } = event.detail
    if (deed === 'remove') return this.dialog.ask(document)
    try {
      await (deed === 'retry' ? this.client.retryDocument(document.id) : this.client.cancelDocument(document.id))
      await this.refresh(document.id)
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  private seen(document: Document): void {
    if (document.collection !== this.collection || !this.documents) return
    const known = this.documents.some((one) => one.id === document.id)
    this.documents = known ? this.documents.map((one) => (one.id === document.id ? document : one)) : [document, ...this.documents]
  }

  private gone(id: string): void {
    this.documents = this.documents?.filter((one) => one.id !== id) ?? null
  }

  private async refresh(id: string): Promise<void> {
    try {
      this.seen(await this.client.document(id))
    } catch {
      await this.load()
    }
  }

  private async load(): Promise<void> {
    const wanted = this.collection
    try {
      const documents = await this.client.documents(wanted)
      if (wanted !== this.collection) return
      this.documents = documents
      this.failure = null
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  private async learn(): Promise<void> {
    try {
      ;[this.collections, this.formats] = await Promise.all([this.client.collections(), this.client.formats()])
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

define('px-documents-page', DocumentsPage)
