import { css, html, nothing, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Collection } from '../../api/types'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/evaluate'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { pageStyle } from '../page-style'
import type { Bench } from './api'
import { badLines } from './bad-lines'
import { evaluateStyle } from './evaluate-style'
import type { Dataset } from './types'
import { zoneStyle } from '../zone-style'

/** Three ways to a dataset: a file, a draft from documents, and what people rated. Fires `made`. */
export class DatasetSources extends Part {
  static override styles = [
    base,
    controls,
    pageStyle,
    evaluateStyle,
    zoneStyle,
    css`
      :host {
        height: auto;
        overflow: visible;
      }
      .others {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(320px, 100%), 1fr));
        gap: 12px;
        margin-top: 12px;
      }
      .others form {
        display: grid;
        gap: 10px;
        align-content: space-between;
        padding: 16px 20px;
        border: 1px solid var(--px-line);
        border-radius: 12px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        gap: 8px;
      }
      .row .entry:first-child {
        flex: 1;
      }
      .row .count {
        width: 88px;
      }
      .bad-lines {
        grid-column: 2;
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 2px 16px;
        max-height: 240px;
        margin: 8px 0 0;
        overflow-y: auto;
      }
      .bad-lines div {
        display: contents;
      }
      .bad-lines dt {
        font-weight: 600;
        font-variant-numeric: tabular-nums;
      }
      .bad-lines dd {
        margin: 0;
        overflow-wrap: anywhere;
      }
    `,
  ]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) bench!: Bench
  @state() private collections: readonly Collection[] = []
  @state() private over = false
  @state() private busy: 'file' | 'draft' | 'feedback' | null = null
  @state() private failure: Failure | null = null
  @state() private refused = ''
  @query('input[type=file]') private input!: HTMLInputElement

  override connectedCallback(): void {
    super.connectedCallback()
    this.client.collections().then((found) => (this.collections = found), () => undefined)
  }

  override render(): TemplateResult {
    return html`<button type="button" class=${this.over ? 'zone over' : 'zone'} ?disabled=${this.busy !== null} @click=${() => this.input.click()} @dragover=${this.onOver} @dragleave=${() => (this.over = false)} @drop=${this.onDrop}>
        ${icon.upload(28)}<span><strong>${this.busy === 'file' ? tell('sending') : this.over ? tell('uploadNow') : tell('upload')}</strong>${tell('uploadHint')}</span>
      </button>
      <input type="file" hidden accept=".jsonl,.json,.csv,.tsv,application/json,text/csv" aria-label=${tell('upload')} @change=${() => this.give(this.input.files)} />
      ${this.failure ? this.problem(this.failure) : nothing}
      <div class="others">
        <form @submit=${this.draft}>
          <div><h2 class="legend">${tell('draft')}</h2><p class="hint">${tell('draftHint')}</p></div>
          <div class="row">
            <label class="entry">${tell('collection')}<select class="field" name="collection">${this.collections.map((one) => html`<option value=${one.name} ?disabled=${one.documents === 0}>${one.name}</option>`)}</select></label>
            <label class="entry count">${tell('questionCount')}<input class="field" type="number" name="count" min="1" max="200" value="20" required /></label>
            <button class="button" ?disabled=${this.busy !== null}>${tell('draftBegin')}</button>
          </div>
        </form>
        <form @submit=${this.fromFeedback}>
          <div><h2 class="legend">${tell('feedback')}</h2><p class="hint">${tell('feedbackHint')}</p></div>
          <div class="row"><button class="button" ?disabled=${this.busy !== null}>${tell('feedbackBegin')}</button></div>
        </form>
      </div>`
  }

  private problem(failure: Failure): TemplateResult {
    const lines = badLines(failure)
    return html`<div class="failure" role="alert">
      ${icon.warn()}<span><strong>${this.refused ? tell('badFile', { name: this.refused }) : failure.message}</strong> ${this.refused && lines.length === 0 ? failure.message : nothing} ${failure.hint}</span>
      <button type="button" class="icon" aria-label=${say('close')} @click=${() => (this.failure = null)}>${icon.close()}</button>
      ${lines.length > 0 ? html`<dl class="bad-lines">${lines.map((one) => html`<div><dt>${one.line === null ? '…' : tell('line', { n: one.line })}</dt><dd>${one.reason}</dd></div>`)}</dl>` : nothing}
    </div>`
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
    void this.make('file', () => this.bench.upload(file, ''), file.name).then(() => (this.input.value = ''))
  }

  private draft(event: SubmitEvent): void {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    void this.make('draft', () => this.bench.draft({ collection: String(form.get('collection') ?? 'default'), count: Number(form.get('count')) }))
  }

  private fromFeedback(event: SubmitEvent): void {
    event.preventDefault()
    void this.make('feedback', () => this.bench.fromFeedback({ name: tell('feedback') }))
  }

  private async make(kind: 'file' | 'draft' | 'feedback', make: () => Promise<Dataset>, file = ''): Promise<void> {
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

define('px-dataset-sources', DatasetSources)
