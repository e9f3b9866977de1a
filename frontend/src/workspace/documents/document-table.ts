import { css, html, nothing, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { Client } from '../../api/client'
import type { Document } from '../../api/types'
import { say } from '../../i18n/common'
import { bytes, count, when } from '../../i18n/tongue'
import { tell } from '../../i18n/workspace'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { styled } from '../../ui/styled'
import { path } from '../router'
import { statusOf, statusStyle } from './status'
import { tableStyle } from './table-style'

export type Deed = 'retry' | 'cancel' | 'remove'

export const isMoving = ({ status }: Document): boolean => status === 'queued' || status === 'parsing' || status === 'embedding'

/** The documents of a collection; a row's progress is its background. Fires `deed` {deed, document}. */
export class DocumentTable extends Part {
  static override styles = [base, controls, statusStyle, tableStyle, css`:host { display: block; }`]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) documents: readonly Document[] = []

  override render(): TemplateResult {
    return html`<table>
      <thead>
        <tr>
          <th scope="col">${tell('name')}</th>
          <th scope="col" class="wide">${tell('format')}</th>
          <th scope="col">${tell('status')}</th>
          <th scope="col" class="number wide">${tell('chunks')}</th>
          <th scope="col" class="number wide">${tell('pages')}</th>
          <th scope="col" class="number wide">${tell('size')}</th>
          <th scope="col" class="wide">${tell('added')}</th>
          <th scope="col"><span class="visually-hidden">${tell('actions')}</span></th>
        </tr>
      </thead>
      <tbody>
        ${repeat(this.documents, (document) => document.id, (document) => this.row(document))}
      </tbody>
    </table>`
  }

  private row(document: Document): TemplateResult {
    const moving = isMoving(document)
    const share = `${Math.round(document.progress * 100)}%`
    return html`<tr class=${moving ? 'moving' : ''} ${styled({ '--share': moving ? share : null })}>
      <td class="name">
        <div class="line"><a href=${path('documents', document.id)} data-inside="yes" title=${document.name}>${document.name}</a>
        ${document.version > 1 ? html`<span class="version num">${say('version', { n: document.version })}</span>` : nothing}
        ${document.warnings.length > 0 ? html`<span class="warned" title=${document.warnings.map(String).join('\n')}>${icon.warn(12)}<span class="num">${document.warnings.length}</span></span>` : nothing}</div>
        ${document.error ? html`<div class="why">${document.error.message} ${document.error.hint}</div>` : nothing}
      </td>
      <td class="wide format">${formatOf(document.name)}</td>
      <td>${statusOf(document.status)}${moving && document.progress > 0 ? html` <span class="faint num">${share}</span>` : nothing}</td>
      <td class="number wide">${document.chunks > 0 ? count(document.chunks) : '–'}</td>
      <td class="number wide">${document.pages ?? '–'}</td>
      <td class="number wide">${bytes(document.bytes)}</td>
      <td class="wide soft">${when(document.created_at)}</td>
      <td class="deeds">
        ${document.status === 'failed' || document.status === 'cancelled' ? this.deed('retry', document, tell('retry'), icon.again()) : nothing}
        ${moving ? this.deed('cancel', document, tell('stopIngest'), icon.close()) : nothing}
        <a class="icon" href=${this.client.fileUrl(document.id)} target="_blank" rel="noopener" aria-label="${say('openOriginal')}: ${document.name}" title=${say('openOriginal')}>${icon.external()}</a>
        ${this.deed('remove', document, tell('remove'), icon.trash())}
      </td>
    </tr>`
  }

  private deed(deed: Deed, document: Document, label: string, drawing: TemplateResult): TemplateResult {
    return html`<button type="button" class="icon" aria-label="${label}: ${document.name}" title=${label} @click=${() => this.emit('deed', { deed, document })}>${drawing}</button>`
  }
}

export function formatOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 && name.length - dot <= 6 ? name.slice(dot + 1).toUpperCase() : '–'
}

define('px-document-table', DocumentTable)
