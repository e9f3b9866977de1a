import { css, html, nothing, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Collection } from '../../api/types'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/workspace'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'

/** Which collection is shown, and a place to make another. Fires `collection` with a name and `created`. */
export class CollectionPicker extends Part {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        min-width: 0;
      }
      form {
        display: flex;
        gap: 8px;
        min-width: 0;
      }
      .wrong {
        flex-basis: 100%;
        color: var(--px-bad);
      }
    `,
  ]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) collections: readonly Collection[] = []
  @property() chosen = 'default'
  @state() private making = false
  @state() private failure: Failure | null = null
  @query('input') private input!: HTMLInputElement | null

  override render(): TemplateResult {
    const names = new Set([...this.collections.map((one) => one.name), this.chosen])
    return html`<select class="field" aria-label=${tell('collection')} @change=${(event: Event) => this.emit('collection', (event.target as HTMLSelectElement).value)}>
        ${[...names].map((name) => html`<option value=${name} ?selected=${name === this.chosen}>${name}</option>`)}
      </select>
      ${this.making
        ? html`<form @submit=${this.create} @keydown=${(event: KeyboardEvent) => event.key === 'Escape' && (this.making = false)}>
            <input class="field" required maxlength="60" aria-label=${tell('collectionName')} placeholder=${tell('collectionName')} />
            <button class="button primary">${tell('create')}</button>
            <button type="button" class="icon" aria-label=${say('close')} @click=${() => (this.making = false)}>${icon.close()}</button>
          </form>`
        : html`<button type="button" class="button bare" @click=${this.begin}>${icon.plus()}${tell('newCollection')}</button>`}
      ${this.failure ? html`<span class="wrong" role="alert">${this.failure.message} ${this.failure.hint}</span>` : nothing}`
  }

  private async begin(): Promise<void> {
    this.making = true
    await this.updateComplete
    this.input?.focus()
  }

  private async create(event: Event): Promise<void> {
    event.preventDefault()
    const name = this.input?.value.trim() ?? ''
    if (name === '') return
    try {
      const made = await this.client.createCollection(name)
      this.making = false
      this.failure = null
      this.emit('created', made)
      this.emit('collection', made.name)
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

define('px-collections', CollectionPicker)
