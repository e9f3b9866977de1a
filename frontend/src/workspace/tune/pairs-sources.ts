import { css, html, nothing, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Collection, Document } from '../../api/types'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { pageStyle } from '../page-style'
import { zoneStyle } from '../zone-style'
import type { Workshop } from './api'
import { badLines } from './bad-lines'
import { tuneStyle } from './tune-style'
import type { PairSet } from './types'

/** Three ways to training pairs: a file, what people rated, and a draft from documents. Fires `made`. */
export class PairsSources extends Part {
  static override styles = [
    base,
    controls,
    pageStyle,
    evaluateStyle,
    zoneStyle,
    tuneStyle,
    css`
      :host {
        height: auto;
        overflow: visible;
      }
      .others {
        margin-top: 12px;
      }
      .documents {
        display: grid;
        gap: 4px;
        max-height: 168px;
        margin: 0;
        padding: 8px 12px;
        overflow-y: auto;
        border: 1px solid var(--px-line-strong);
        border-radius: var(--px-radius);
      }
      .documents label {
        display: flex;
        gap: 8px;
        align-items: center;
        min-width: 0;
      }
      .documents input {
        flex: none;
        margin: 0;
        accent-color: var(--px-accent);
      }
      .failure ol {
        grid-column: 2;
        display: grid;
        gap: 2px;
        max-height: 240px;
        margin: 8px 0 0;
        padding: 0;
        overflow-y: auto;
        list-style: none;
        overflow-wrap: anywhere;
      }
    `,
  ]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) workshop!: Workshop
  @state() private collections: readonly Collection[] = []
  @state() private collection = ''
  @state() private documents: readonly Document[] | null = null
  @state() private chosen: ReadonlySet<string> = new Set()
  @state() private over = false
  @state() private busy: 'file' | 'draft' | 'feedback' | null = null
  @state() private failure: Failure | null = null
  @state() private refused = ''
  @query('input[type=file]') private input!: HTMLInputElement

  override connectedCallback(): void {
    super.connectedCallback()
    this.client.collections().then((found) => {
      this.collections = found
      this.collection = (found.find((one) => one.name === 'default' && one.documents > 0) ?? found.find((one) => one.documents > 0))?.name ?? ''
    }, () => undefined)
  }

  override render(): TemplateResult {
    return html`<button type="button" class=${this.over ? 'zone over' : 'zone'} ?disabled=${this.busy !== null} @click=${() => this.input.click()} @dragover=${this.onOver} @dragleave=${() => (this.over = false)} @drop=${this.onDrop}>
        ${icon.upload(28)}<span><strong>${this.busy === 'file' ? tell('sending') : this.over ? tell('uploadNow') : tell('upload')}</strong>${tell('uploadHint')}</span>
      </button>
      <input type="file" hidden accept=".jsonl,.json,.csv,.tsv,application/json,text/csv" aria-label=${tell('upload')} @change=${() => this.give(this.input.files)} />
      ${this.failure ? this.problem(this.failure) : nothing}
      <div class="others">${this.drafting()}
        <form class="card" @submit=${this.fromFeedback}>
          <div><h2 class="legend">${tell('feedback')}</h2><p class="hint">${tell('feedbackHint')}</p></div>
          <div class="row"><button class="button" ?disabled=${this.busy !== null}>${tell('feedbackBegin')}</button></div>
        </form>
      </div>`
  }

  private drafting(): TemplateResult {
    const empty = this.collections.length > 0 && this.collection === ''
    return html`<form class="card" @submit=${this.draft}>
      <div><h2 class="legend">${tell('draft')}</h2><p class="hint">${tell('draftHint')}</p></div>
      ${empty
        ? html`<p class="hint">${tell('noDocuments')}</p><div class="row"><a class="button" href="/documents" data-inside="yes">${tell('toDocuments')}</a></div>`
        : html`<div class="row">
              <label class="entry">${tell('collection')}<select class="field" name="collection" @change=${this.another}>${this.collections.map((one) => html`<option value=${one.name} ?selected=${one.name === this.collection} ?disabled=${one.documents === 0}>${one.name}</option>`)}</select></label>
              <label class="entry count">${tell('pairCount')}<input class="field" type="number" name="count" min="1" max="200" value="20" required /></label>
              <button class="button" ?disabled=${this.busy !== null}>${tell('draftBegin')}</button>
            </div>
            <details @toggle=${this.openDocuments}>
              <summary>${this.chosen.size > 0 ? tell('someDocuments', { n: this.chosen.size }) : tell('allDocuments')}</summary>
              ${this.documents === null
                ? html`<span class="skeleton">&nbsp;</span>`
                : html`<div class="documents" role="group" aria-label=${tell('chooseDocuments')}>${this.documents.map(
                    (one) => html`<label><input type="checkbox" .checked=${this.chosen.has(one.id)} @change=${() => this.toggle(one.id)} /><span class="cut" title=${one.name}>${one.name}</span></label>`,
                  )}</div>`}
            </details>`}
    </form>`
  }

  private problem(failure: Failure): TemplateResult {
    const lines = badLines(failure)
    return html`<div class="failure" role="alert">
      ${icon.warn()}<span><strong>${this.refused ? tell('badFile', { name: this.refused }) : failure.message}</strong> ${this.refused && lines.length === 0 ? failure.message : nothing} ${failure.hint}</span>
      <button type="button" class="icon" aria-label=${say('close')} @click=${() => (this.failure = null)}>${icon.close()}</button>
      ${lines.length > 0 ? html`<ol>${lines.map((one) => html`<li>${one}</li>`)}</ol>` : nothing}
    </div>`
  }

  private another(event: Event): void {
    this.collection = (event.target as HTMLSelectElement).value
    this.documents = null
    this.chosen = new Set()
    if (this.renderRoot.querySelector('details')?.open) void this.learn()
  }

  private openDocuments(event: Event): void {
    if ((event.target as HTMLDetailsElement).open && this.documents === null) void this.learn()
  }

  private async learn(): Promise<void> {
    const wanted = this.collection
    try {
      const found = await this.client.documents(wanted)
      if (wanted === this.collection) this.documents = found.filter((one) => one.status === 'indexed')
    } catch (error) {
      this.refused = ''
      this.failure = Failure.of(error)
    }
  }

  private toggle(id: string): void {
    const next = new Set(this.chosen)
    if (!next.delete(id)) next.add(id)
    this.chosen = next
  }

  private onOver(event: DragEvent): void {
    event.preventDefault()
    this.over = true
  }

  private onDrop(event: DragEvent): void {
    event.preventDefault()
    this.over = false
    this.give(event.dataTransfer?.files)
  }

  private give(files: FileList | null | undefined): void {
    const file = files?.[0]
    if (!file) return
    void this.make('file', () => this.workshop.upload(file), file.name).then(() => (this.input.value = ''))
  }

  private draft(event: SubmitEvent): void {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    const documents = this.chosen.size > 0 ? [...this.chosen] : null
    void this.make('draft', () => this.workshop.draft({ collection: this.collection, documents, count: Number(form.get('count')) }))
  }

  private fromFeedback(event: SubmitEvent): void {
    event.preventDefault()
    void this.make('feedback', () => this.workshop.fromFeedback(tell('feedback')))
  }

  private async make(kind: 'file' | 'draft' | 'feedback', make: () => Promise<PairSet>, file = ''): Promise<void> {
    this.busy = kind
    this.failure = null
    this.refused = file
    try {
      this.emit('made', await make())
    } catch (error) {
      this.failure = Failure.of(error)
    } finally {
      this.busy = null
    }
  }
}

define('px-pairs-sources', PairsSources)
