import { css, html, type PropertyValues, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { Client } from '../api/client'
import { base, define, Part } from '../ui/part'
import { accented, inkOn, theme } from '../ui/tokens'
import type { Options } from '../widget/options'
import '../widget/panel'

/** The widget's own panel in a small frame, with the theme and accent that were chosen. It answers, but keeps nothing. */
export class WidgetPreview extends Part {
  static override styles = [
    theme(':host'),
    base,
    accented,
    css`
      :host {
        display: block;
        height: 480px;
        overflow: hidden;
        border: 1px solid var(--px-line);
        border-radius: 12px;
        box-shadow: var(--px-shadow-2);
      }
    `,
  ]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) options!: Options

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('options')) return
    const { accent, theme: chosen } = this.options
    const page = document.documentElement.dataset.theme
    this.dataset.theme = chosen === 'auto' ? (page ?? 'auto') : chosen
    this.style.setProperty('--parallax-accent', accent)
    this.style.setProperty('--parallax-on-accent', accent && inkOn(accent))
    this.toggleAttribute('accented', accent !== null)
  }

  override render(): TemplateResult {
    return html`<px-panel preview .client=${this.client} .options=${this.options}></px-panel>`
  }
}

define('px-widget-preview', WidgetPreview)
