import { css, html, nothing, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Formats } from '../../api/types'
import { tell } from '../../i18n/workspace'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { accepted } from './formats'
import type { Upload } from './uploads'
import { zoneStyle } from '../zone-style'

/** Where files are dropped or chosen, with what became of each. Fires `files` and `dismiss`. */
export class DropZone extends Part {
  static override styles = [
    base,
    controls,
    zoneStyle,
    css`
      :host {
        display: block;
      }
      .zone .skeleton {
        width: min(480px, 60vw);
        height: 12px;
        margin: 4px 0;
      }
      ul {
        display: grid;
        gap: 4px;
        margin: 8px 0 0;
        padding: 0;
        list-style: none;
      }
      li {
        position: relative;
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: 36px;
        padding: 6px 8px 6px 16px;
        overflow: hidden;
        border: 1px solid var(--px-line);
        border-radius: var(--px-radius);
      }
      li.failed {
        border-color: transparent;
        background: var(--px-bad-soft);
      }
      li > * {
        position: relative;
      }
      progress {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        appearance: none;
        border: 0;
        background: none;
      }
      progress::-webkit-progress-bar {
        background: none;
      }
      progress::-webkit-progress-value {
        background: var(--px-accent-soft);
        transition: width var(--px-quick);
      }
      progress::-moz-progress-bar {
        background: var(--px-accent-soft);
      }
      .name {
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 600;
      }
      .said {
        flex: 1;
        min-width: 40%;
        color: var(--px-text-soft);
        overflow-wrap: anywhere;
      }
      .failed .said strong {
        color: var(--px-bad);
        font-weight: 600;
      }
    `,
  ]

  @property() collection = ''
  /** What the service accepts; null while it has not said. */
  @property({ attribute: false }) formats: Formats | null = null
  @property({ attribute: false }) uploads: readonly Upload[] = []
  /** Names of documents by id, to say which one a duplicate is. */
  @property({ attribute: false }) names: ReadonlyMap<string, string> = new Map()
  @state() private over = false
  @query('input') private input!: HTMLInputElement

  override render(): TemplateResult {
    return html`<button
        type="button"
        class="zone ${this.over ? 'over' : ''}"
        @click=${() => this.input.click()}
        @dragover=${this.onOver}
        @dragleave=${() => (this.over = false)}
        @drop=${this.onDrop}
      >
        ${icon.upload(28)}
        <span><strong>${this.over ? tell('dropNow', { name: this.collection }) : tell('drop')}</strong>${this.hint()}</span>
      </button>
      <input type="file" multiple hidden aria-label=${tell('choose')} @change=${this.onChoose} />
      ${this.uploads.length > 0 ? html`<ul aria-live="polite">${this.uploads.map((upload) => this.row(upload))}</ul>` : nothing}`
  }

  private hint(): TemplateResult {
    if (!this.formats) return html`<span class="skeleton"></span>`
    const { hint, extensions } = accepted(this.formats)
    return html`<span title=${extensions}>${hint}</span>`
  }

  private row(upload: Upload): TemplateResult {
    const ended = upload.state === 'failed' || upload.state === 'done'
    return html`<li class=${upload.state}>
      ${upload.state === 'sending' ? html`<progress max="1" .value=${upload.share} aria-label=${upload.file.name}></progress>` : nothing}
      <span class="name" title=${upload.file.name}>${upload.file.name}</span>
      <span class="said num">${this.said(upload)}</span>
      ${ended ? html`<button type="button" class="icon" aria-label=${tell('dismiss')} @click=${() => this.emit('dismiss', upload.key)}>×</button>` : nothing}
    </li>`
  }

  private said({ state: now, share, error, duplicate }: Upload): TemplateResult | string {
    if (now === 'waiting') return tell('waitingToSend')
    if (now === 'sending') return tell('sending', { share: `${Math.round(share * 100)} %` })
    if (now === 'failed') return html`<strong>${tell('uploadFailed')}.</strong> ${error?.message} ${error?.hint}`
    return tell('duplicate', { name: this.names.get(duplicate ?? '') ?? duplicate ?? '' })
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

  private onChoose(): void {
    this.give(this.input.files)
    this.input.value = ''
  }

  private give(files: FileList | null | undefined): void {
    if (files && files.length > 0) this.emit('files', [...files])
  }
}

define('px-drop-zone', DropZone)
