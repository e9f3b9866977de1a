import { css, html, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { Variant } from '../api/types'
import { say } from '../i18n/common'
import { approachName, approachOf, glyph, variantName } from '../ui/approach'
import { hueStyle } from '../ui/hue'
import { base, define, Part } from '../ui/part'

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
        min-width: 0;
        max-width: 100%;
        margin: 0;
        padding: 2px;
        overflow-x: auto;
        scrollbar-width: none;
        border: 0;
        border-radius: var(--px-radius);
        background: var(--px-hover);
      }
      label {
        position: relative;
        display: inline-flex;
        align-items: center;
        gap: 6px;
        height: 24px;
        padding: 0 10px;
        border-radius: 6px;
        font-size: var(--px-size-2);
        color: var(--px-text-soft);
        white-space: nowrap;
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
      .dot {
        display: grid;
      }
    `,
  ]

  @property({ attribute: false }) variants: readonly Variant[] = []
  @property() chosen: string | null = null

  override render(): TemplateResult {
    return html`<fieldset>
      <legend class="visually-hidden">${say('variant')}</legend>
      ${this.variants.map((variant) => this.segment(variant))}
    </fieldset>`
  }

  private segment(variant: Variant): TemplateResult {
    const approach = approachOf(variant)
    const chosen = variant.name === this.chosen
    return html`<label class=${chosen ? `hue-${approach}` : ''} title=${`${approachName(approach)} · ${variant.model}`}>
      <input class="visually-hidden" type="radio" name="variant" value=${variant.name} .checked=${chosen} @change=${() => this.emit('variant', variant.name)} />
      <span class="dot hue-${approach}">${glyph(approach)}</span>${variantName(variant)}
    </label>`
  }
}

define('px-variants', VariantSwitch)
