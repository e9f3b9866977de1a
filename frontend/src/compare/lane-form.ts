import { css, html, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import { say } from '../i18n/common'
import { parameterName, tell } from '../i18n/compare'
import { controls } from '../ui/controls'
import { base, define, Part } from '../ui/part'
import type { Parameter, Value, Values } from './types'

/** The settings of one lane, changed in place. Fires `values` with those that differ from the variant's, and `cancel`. */
export class LaneForm extends Part {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: block;
        flex: 0 1 auto;
        min-height: 120px;
        overflow-y: auto;
        padding: 12px 16px;
        border-top: 1px solid var(--px-line);
        background: var(--px-sunken);
      }
      form {
        display: grid;
        gap: 6px;
      }
      label {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 88px;
        align-items: center;
        gap: 8px;
        min-height: 32px;
      }
      small {
        display: block;
        font-size: var(--px-size-1);
        line-height: 16px;
        color: var(--px-text-faint);
        overflow-wrap: anywhere;
      }
      .field {
        height: 28px;
        width: 100%;
        padding: 0 6px 0 8px;
        text-align: end;
        font-variant-numeric: tabular-nums;
      }
      .field:invalid {
        border-color: var(--px-bad);
      }
      input[type='checkbox'] {
        justify-self: end;
        width: 16px;
        height: 16px;
      }
      .end {
        display: flex;
        justify-content: flex-end;
        gap: 8px;
        margin-top: 6px;
      }
      p {
        margin: 0;
        color: var(--px-text-soft);
      }
    `,
  ]

  @property() name = ''
  @property({ attribute: false }) parameters: readonly Parameter[] = []
  /** The variant's own values: what a field shows when nothing was changed. */
  @property({ attribute: false }) own: Values = {}
  @property({ attribute: false }) values: Values = {}

  override render(): TemplateResult {
    return html`<form aria-label=${tell('changesOf', { name: this.name })} @submit=${this.submit} @keydown=${this.onKey}>
      ${this.parameters.length === 0 ? html`<p>${tell('nothingToChange')}</p>` : this.parameters.map((one) => this.row(one))}
      <div class="end">
        <button type="button" class="button bare" @click=${() => this.emit('cancel')}>${say('close')}</button>
        <button class="button primary">${tell('apply')}</button>
      </div>
    </form>`
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('input')?.focus()
  }

  private row(one: Parameter): TemplateResult {
    const usual = this.usual(one)
    const value = this.values[one.name] ?? usual
    const hint = one.kind === 'boolean' ? one.name : `${one.name} · ${one.low}–${one.high} · ${tell('usually', { value: String(usual) })}`
    return html`<label title=${one.meaning}>
      <span>${parameterName(one.name)}<small>${hint}</small></span>
      ${one.kind === 'boolean'
        ? html`<input type="checkbox" name=${one.name} .checked=${value === true} />`
        : html`<input class="field" type="number" name=${one.name} required min=${one.low} max=${one.high} step=${one.kind === 'integer' ? 1 : 'any'} .value=${String(value)} />`}
    </label>`
  }

  private usual(one: Parameter): Value {
    return this.own[one.name] ?? one.default
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault()
    const form = new FormData(event.target as HTMLFormElement)
    const read = (one: Parameter): Value => (one.kind === 'boolean' ? form.has(one.name) : Number(form.get(one.name)))
    const changed = this.parameters.filter((one) => read(one) !== this.usual(one)).map((one) => [one.name, read(one)] as const)
    this.emit('values', Object.fromEntries(changed))
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    event.preventDefault()
    this.emit('cancel')
  }
}

define('px-lane-form', LaneForm)
