import { css, html, nothing, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { Variant } from '../api/types'
import { say } from '../i18n/common'
import { approachOf, glyph, variantName, variantTitle } from '../ui/approach'
import { hueStyle } from '../ui/hue'
import { base, define, Part } from '../ui/part'

/** What the service chooses by itself: what a running experiment assigns, else the default. */
export const AUTO = 'auto'

/** The switch between ways of answering: one segment a variant, in the colour of its approach. Fires `variant`. */
export class VariantSwitch extends Part {
  static override styles = [
    base,
    hueStyle,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      fieldset {
        display: inline-flex;
        flex-wrap: wrap;
        gap: 2px 0;
        min-width: 0;
        max-width: 100%;
        margin: 0;
        padding: 2px;
        border: 0;
        border-radius: var(--px-radius);
        background: var(--px-hover);
      }
      label {
        position: relative;
        display: inline-flex;
        align-items: center;
        gap: 6px;
        min-width: 0;
        max-width: 100%;
        min-height: 24px;
        padding: 2px 10px;
        border-radius: 6px;
        font-size: var(--px-size-2);
        color: var(--px-text-soft);
        cursor: pointer;
        transition: background var(--px-quick);
      }
      label:hover {
        color: var(--px-text);
      }
      label:has(:checked) {
        background: var(--px-surface);
        box-shadow: var(--px-shadow-1);
        font-weight: 600;
      }
      label:has(:focus-visible) {
        outline: 2px solid var(--px-accent);
        outline-offset: -1px;
      }
      .name {
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
        overflow: hidden;
        overflow-wrap: anywhere;
      }
      .dot {
        flex: none;
        display: grid;
      }
    `,
  ]

  @property({ attribute: false }) variants: readonly Variant[] = []
  @property() chosen: string | null = null
  /** Whether the choice can be left to the service. */
  @property({ type: Boolean }) auto = false

  override render(): TemplateResult {
    return html`<fieldset>
      <legend class="visually-hidden">${say('variant')}</legend>
      ${this.auto ? this.leftOpen() : nothing}${this.variants.map((variant) => this.segment(variant))}
    </fieldset>`
  }

  private leftOpen(): TemplateResult {
    return html`<label title=${say('autoHint')}>
      <input class="visually-hidden" type="radio" name="variant" value=${AUTO} .checked=${this.chosen === AUTO} @change=${() => this.emit('variant', AUTO)} />
      <span class="name">${say('auto')}</span>
    </label>`
  }

  private segment(variant: Variant): TemplateResult {
    const approach = approachOf(variant)
    const chosen = variant.name === this.chosen
    return html`<label class=${chosen ? `hue-${approach}` : ''} title=${variantTitle(variant)}>
      <input class="visually-hidden" type="radio" name="variant" value=${variant.name} .checked=${chosen} @change=${() => this.emit('variant', variant.name)} />
      <span class="dot hue-${approach}">${glyph(approach)}</span><span class="name">${variantName(variant)}</span>
    </label>`
  }
}

define('px-variants', VariantSwitch)
