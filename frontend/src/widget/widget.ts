import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { Client } from '../api/client'
import { say } from '../i18n/common'
import { tongue } from '../i18n/tongue'
import { icon } from '../ui/icons'
import { base, Part } from '../ui/part'
import { accented, inkOn, theme } from '../ui/tokens'
import type { Options } from './options'
import './panel'
import type { Panel } from './panel'
import { widgetStyle } from './widget-style'

/** The element a host page gets: a launcher, and the panel it opens. */
export class Widget extends Part {
  static override styles = [theme(':host'), base, accented, widgetStyle]

  @property({ attribute: false }) options!: Options
  @state() private open = false
  @state() private opened = false
  private client!: Client

  override connectedCallback(): void {
    const { base, theme, language, accent, position } = this.options
    this.client = new Client(base)
    this.dataset.theme = theme
    this.setAttribute('position', position)
    if (accent) {
      this.style.setProperty('--parallax-accent', accent)
      this.style.setProperty('--parallax-on-accent', inkOn(accent))
    }
    tongue.choose(language)
    super.connectedCallback()
    this.tint()
  }

  /** The page's style may come, or change, after the widget: looked at again whenever the panel opens. */
  private tint(): void {
    this.toggleAttribute('accented', getComputedStyle(this).getPropertyValue('--parallax-accent').trim() !== '')
  }

  override willUpdate(): void {
    this.lang = tongue.language
  }

  override render(): TemplateResult {
    // Once opened the panel stays, hidden, so that closing it does not cut an answer that is on its way.
    return html`${this.opened
      ? html`<section class="panel" role="dialog" aria-label=${this.options.title} ?hidden=${!this.open} @keydown=${this.onKey}>
          <px-panel .client=${this.client} .options=${this.options} @close=${this.hide}></px-panel>
        </section>`
      : nothing}${this.open
      ? nothing
      : html`<button type="button" class="launcher" aria-haspopup="dialog" aria-label=${say('open')} title=${this.options.title} @click=${this.show}>${icon.chat(24)}</button>`}`
  }

  override updated(changed: PropertyValues): void {
    if (!changed.has('open')) return
    if (this.open) this.renderRoot.querySelector<Panel>('px-panel')?.focus()
    else if (changed.get('open') === true) this.renderRoot.querySelector<HTMLElement>('.launcher')?.focus()
  }

  private readonly show = (): void => {
    this.tint()
    this.open = true
    this.opened = true
  }

  private readonly hide = (): void => {
    this.open = false
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    if (!this.renderRoot.querySelector<Panel>('px-panel')?.back()) this.hide()
  }
}
