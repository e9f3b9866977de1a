import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../api/client'
import { Failure } from '../api/failure'
import type { Suggestions as Offer } from '../api/types'
import { say } from '../i18n/common'
import { count, plural, tongue } from '../i18n/tongue'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'

/**
 * Under the greeting of an empty chat: where answers come from, how much can be asked about, and questions to begin with.
 * Fires `ask` with the question that was chosen.
 */
export class Suggestions extends Part {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: grid;
        justify-items: center;
        gap: 20px;
        width: 100%;
      }
      p {
        max-width: 48ch;
        margin: 0;
        color: var(--px-text-soft);
        text-align: center;
        text-wrap: balance;
      }
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr));
        gap: 8px;
        width: 100%;
        max-width: 640px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li button {
        display: flex;
        align-items: center;
        gap: 12px;
        width: 100%;
        height: 100%;
        padding: 10px 12px;
        border: 1px solid var(--px-line);
        border-radius: var(--px-radius);
        background: var(--px-surface);
        color: var(--px-text);
        font: inherit;
        text-align: start;
        overflow-wrap: anywhere;
        cursor: pointer;
      }
      li button:hover {
        border-color: var(--px-accent);
      }
      li span {
        flex: 1;
      }
      li svg {
        flex: none;
        color: var(--px-text-faint);
      }
      .failure {
        display: grid;
        grid-template-columns: 16px 1fr;
        gap: 4px 8px;
        padding: 12px;
        border-radius: var(--px-radius);
        background: var(--px-bad-soft);
        text-align: start;
        overflow-wrap: anywhere;
      }
      .failure svg {
        margin-top: 2px;
        color: var(--px-bad);
      }
      .failure span {
        grid-column: 2;
      }
    `,
  ]

  @property({ attribute: false }) client!: Client
  @property() collection = 'default'
  /** What will be asked; null: whatever the server chooses. */
  @property() variant: string | null = null
  /** How answers are given is not said where that is to stay unknown: before a blind vote. */
  @property({ type: Boolean }) blind = false
  /** What was offered, and to which question: an older answer never takes the place of a newer one. */
  @state() private offer: Offer | null = null
  @state() private failure: Failure | null = null
  private wanted = ''

  override willUpdate(changed: PropertyValues<this>): void {
    const wanted = JSON.stringify([this.collection, this.variant, tongue.language])
    if (wanted !== this.wanted || changed.has('client')) void this.load(wanted)
  }

  override render(): TemplateResult | typeof nothing {
    if (this.failure?.code === 'origin') {
      return html`<div class="failure" role="alert">${icon.warn()}<strong>${this.failure.message}</strong><span>${this.failure.hint}</span></div>`
    }
    const { offer } = this
    if (!offer) return nothing
    const { documents, items } = offer
    return html`<p>${this.promise(offer)}${documents > 0 ? `${tongue.language === 'en' ? ' ' : ''}${say(plural(documents, 'knowsOne', 'knows'), { n: count(documents) })}` : ''}</p>
      ${items.length > 0
        ? html`<ul aria-label=${say('suggestions')}>
            ${items.map(({ question }) => html`<li><button type="button" @click=${() => this.emit('ask', question)}><span>${question}</span>${icon.send()}</button></li>`)}
          </ul>`
        : nothing}`
  }

  private promise({ from_documents }: Offer): string {
    if (this.blind || (!from_documents && (this.variant ?? 'auto') === 'auto')) return say('greetingMixed')
    return say(from_documents ? 'greetingHint' : 'modelAlone')
  }

  private async load(wanted: string): Promise<void> {
    this.wanted = wanted
    try {
      const offer = await this.client.suggestions(this.collection, this.variant, tongue.language)
      if (this.wanted === wanted) [this.offer, this.failure] = [offer, null]
    } catch (error) {
      // Suggestions are an extra: the chat says itself what is wrong; but a page that may not ask is told before it does.
      if (this.wanted === wanted) [this.offer, this.failure] = [null, Failure.of(error)]
    }
  }
}

define('px-suggestions', Suggestions)
