import { css, html, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../api/client'
import type { Collection, Variant } from '../api/types'
import { say } from '../i18n/common'
import { call } from '../i18n/vote'
import { tell } from '../i18n/workspace'
import { variantName } from '../ui/approach'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import type { Options } from '../widget/options'
import './widget-preview'
import { DEFAULTS, widgetTag } from './widget-tag'

const initial: Options = { base: '', ...DEFAULTS, theme: 'auto', language: 'auto', accent: null, position: 'right', switch: false, vote: 'never' }

/** The widget's tag to copy, with its options and a live preview. */
export class WidgetSettings extends Part {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 360px;
        gap: 24px;
      }
      .options {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        gap: 12px 16px;
      }
      label {
        display: grid;
        gap: 4px;
        color: var(--px-text-soft);
      }
      label.check {
        grid-column: 1 / -1;
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .colour {
        display: flex;
        gap: 8px;
      }
      input[type='color'] {
        width: 40px;
        padding: 2px;
      }
      .colour .field:last-child {
        flex: 1;
      }
      pre {
        margin: 20px 0 12px;
        padding: 12px 16px;
        border: 1px solid var(--px-line);
        border-radius: var(--px-radius);
        background: var(--px-sunken);
        font: 12px / 20px var(--px-mono);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .origins {
        display: flex;
        gap: 8px;
        margin: 0 0 12px;
        color: var(--px-text-soft);
      }
      .origins svg {
        flex: none;
        margin-top: 2px;
        color: var(--px-warn);
      }
      .deeds {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      @media (max-width: 960px) {
        :host {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) variants: readonly Variant[] = []
  @property({ attribute: false }) collections: readonly Collection[] = []
  @state() private options: Options = initial
  @state() private copied = false

  override willUpdate(changed: PropertyValues): void {
    // The presets can be deleted: then the first there is, as the lists show it.
    if (changed.has('variants') || changed.has('collections')) {
      this.set({ variant: oneOf([{ name: DEFAULTS.variant }, ...this.variants], this.options.variant ?? DEFAULTS.variant), collection: oneOf(this.collections, this.options.collection) })
    }
    if (changed.has('options')) this.copied = false
  }

  override render(): TemplateResult {
    const { options } = this
    const tag = widgetTag(location.origin, options)
    return html`<div>
        <div class="options">
          ${this.text('widgetTitle', options.title, (title) => ({ title: title || DEFAULTS.title }))}
          ${this.choice(say('variant'), options.variant ?? DEFAULTS.variant, [[DEFAULTS.variant, tell('autoVariant')], ...this.variants.map((one) => [one.name, variantName(one)] as const)], (variant) => ({ variant }))}
          ${this.choice(tell('collection'), options.collection ?? DEFAULTS.collection, (this.collections.length > 0 ? this.collections.map((one) => one.name) : [DEFAULTS.collection]).map((name) => [name, name] as const), (collection) => ({ collection }))}
          ${this.choice(tell('language'), options.language, [['auto', tell('auto')], ['en', 'English'], ['zh-TW', '繁體中文']], (language) => ({ language }))}
          ${this.choice(tell('theme'), options.theme, [['auto', tell('auto')], ['light', tell('light')], ['dark', tell('dark')]], (theme) => ({ theme: theme as Options['theme'] }))}
          ${this.choice(tell('position'), options.position, [['right', tell('right')], ['left', tell('left')]], (position) => ({ position: position as Options['position'] }))}
          ${this.choice(call('votes'), options.vote, [['never', call('votesNever')], ['sometimes', call('votesSometimes')], ['always', call('votesAlways')]], (vote) => ({ vote: vote as Options['vote'] }))}
          <label>${tell('accent')}
            <span class="colour">
              <input class="field" type="color" aria-label=${tell('accent')} .value=${options.accent ?? '#3a50d9'} @input=${(event: Event) => this.set({ accent: (event.target as HTMLInputElement).value })} />
              <button type="button" class="button" ?disabled=${!options.accent} @click=${() => this.set({ accent: null })}>${tell('auto')}</button>
            </span></label>
          <label class="check"><input type="checkbox" .checked=${options.switch} @change=${(event: Event) => this.set({ switch: (event.target as HTMLInputElement).checked })} />${tell('showSwitch')}</label>
        </div>
        <pre><code>${tag}</code></pre>
        <p class="origins">${icon.warn()}<span>${tell('widgetOrigins')}</span></p>
        <div class="deeds">
          <button type="button" class="button primary" @click=${() => this.copy(tag)}>${this.copied ? icon.check() : icon.copy()}${this.copied ? say('copied') : tell('copyTag')}</button>
          <a class="button" href="/embed.html" target="_blank" rel="noopener">${icon.external()}${tell('tryPage')}</a>
        </div>
      </div>
      <px-widget-preview aria-label=${tell('preview')} .client=${this.client} .options=${options}></px-widget-preview>`
  }

  private text(key: 'widgetTitle', value: string, change: (value: string) => Partial<Options>): TemplateResult {
    return html`<label>${tell(key)}<input class="field" maxlength="40" .value=${value} @input=${(event: Event) => this.set(change((event.target as HTMLInputElement).value))} /></label>`
  }

  private choice(label: string, value: string, choices: readonly (readonly [string, string])[], change: (value: string) => Partial<Options>): TemplateResult {
    return html`<label>${label}
      <select class="field" @change=${(event: Event) => this.set(change((event.target as HTMLSelectElement).value))}>
        ${choices.map(([name, said]) => html`<option value=${name} ?selected=${name === value}>${said}</option>`)}
      </select></label>`
  }

  private set(change: Partial<Options>): void {
    this.options = { ...this.options, ...change }
  }

  private async copy(tag: string): Promise<void> {
    await navigator.clipboard?.writeText(tag).catch(() => undefined)
    this.copied = true
  }
}

const oneOf = (all: readonly { readonly name: string }[], name: string | null): string | null =>
  all.length === 0 || all.some((one) => one.name === name) ? name : (all[0]?.name ?? name)

define('px-widget-settings', WidgetSettings)
