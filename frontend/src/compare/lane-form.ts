import { html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { say } from '../i18n/common'
import { parameterMeaning, parameterName, tell } from '../i18n/compare'
import { count } from '../i18n/tongue'
import { controls } from '../ui/controls'
import { base, define, Part } from '../ui/part'
import { laneFormStyle } from './lane-form-style'
import { asShown, roomFor } from './settings'
import type { Parameter, Value, Values } from './types'

/** The settings of one lane, changed in place. Fires `values` with those that differ from the variant's, and `cancel`. */
export class LaneForm extends Part {
  static override styles = [base, controls, laneFormStyle]

  @property() name = ''
  @property({ attribute: false }) parameters: readonly Parameter[] = []
  /** The variant's own values: what a field shows when nothing was changed. */
  @property({ attribute: false }) own: Values = {}
  @property({ attribute: false }) values: Values = {}
  /** The lane is a copy: something has to differ before it is applied. */
  @property({ type: Boolean }) copied = false
  /** Numbers as they stand in their fields. */
  @state() private typed: Values = {}
  @state() private alike = false

  override render(): TemplateResult {
    return html`<form aria-label=${tell('changesOf', { name: this.name })} @submit=${this.submit} @input=${this.onInput} @keydown=${this.onKey}>
      ${this.parameters.length === 0 ? html`<p>${tell('nothingToChange')}</p>` : asShown(this.parameters).map((one) => html`${this.row(one)}${one.name === 'k' ? this.room(one) : nothing}`)}
      <div class="end">
        ${this.alike ? html`<p class="alike" role="alert">${tell('alike')}</p>` : nothing}
        <button type="button" class="button bare" @click=${() => this.emit('cancel')}>${this.copied ? tell('discard') : say('close')}</button>
        <button class="button primary">${tell('apply')}</button>
      </div>
    </form>`
  }

  override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('input')?.focus()
  }

  /** What stands in the fields is applied; false where that cannot be, which the form says itself. */
  apply(): boolean {
    const form = this.renderRoot.querySelector('form')
    if (!form?.reportValidity()) return false
    const given = new FormData(form)
    const read = (one: Parameter): Value => (one.kind === 'boolean' ? given.has(one.name) : Number(given.get(one.name)))
    const differs = (one: Parameter): boolean => read(one) !== (this.values[one.name] ?? this.usual(one))
    if (this.copied && !this.parameters.some(differs)) {
      this.alike = true
      return false
    }
    const changed = this.parameters.filter((one) => read(one) !== this.usual(one)).map((one) => [one.name, read(one)] as const)
    this.emit('values', Object.fromEntries(changed))
    return true
  }

  private row(one: Parameter): TemplateResult {
    const value = this.shown(one)
    const range = one.kind === 'boolean' ? '' : `${one.low}–${one.high} · ${tell('usually', { value: String(this.usual(one)) })}`
    const meaning = parameterMeaning(one.name)
    return html`<label title="${one.name}: ${one.meaning}">
      <span>${parameterName(one.name)}${[meaning, range].map((said) => (said ? html`<small>${said}</small>` : nothing))}</span>
      ${one.kind === 'boolean'
        ? html`<input type="checkbox" name=${one.name} .checked=${value === true} />`
        : html`<input class="field" type="number" name=${one.name} required min=${one.low} max=${one.high} step=${one.kind === 'integer' ? 1 : 'any'} .value=${String(value)} />`}
    </label>`
  }

  /** More passages say more only where they are given the room: told beside their number, and given with one click. */
  private room(passages: Parameter): TemplateResult | typeof nothing {
    const characters = this.parameters.find(({ name }) => name === 'passage_chars')
    const k = Number(this.shown(passages))
    const has = characters ? Number(this.shown(characters)) : 0
    const room = characters ? roomFor(k, passages, characters) : 0
    if (!characters || room <= has) return nothing
    return html`<p class="room" role="status">
      ${tell('roomShort', { k, has: count(has) })}
      <button type="button" class="button" @click=${() => (this.typed = { ...this.typed, [characters.name]: room })}>${tell('roomRaise', { room: count(room) })}</button>
    </p>`
  }

  private shown(one: Parameter): Value {
    return this.typed[one.name] ?? this.values[one.name] ?? this.usual(one)
  }

  private usual(one: Parameter): Value {
    return this.own[one.name] ?? one.default
  }

  private onInput(event: Event): void {
    const field = event.target as HTMLInputElement
    this.alike = false
    if (field.type === 'number' && field.value !== '') this.typed = { ...this.typed, [field.name]: Number(field.value) }
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault()
    this.apply()
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    event.preventDefault()
    this.emit('cancel')
  }
}

define('px-lane-form', LaneForm)
