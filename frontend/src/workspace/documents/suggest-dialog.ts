import { css, html, nothing, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import type { Suggestions } from '../../api/types'
import { put } from '../../i18n/suggest'
import { tongue } from '../../i18n/tongue'
import { tell } from '../../i18n/workspace'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define } from '../../ui/part'
import { Acting } from '../acting'
import { pageStyle } from '../page-style'

/** As many as the service keeps, and as long as each may be. */
const MOST = 12
const LONGEST = 160

/** What a person means to keep: without blanks around, empty rows and repetitions. */
export const meant = (rows: readonly string[]): readonly string[] => [...new Set(rows.map((one) => one.trim()).filter(Boolean))]

/** The questions that are written for a collection, which of them are shown, and what comes after them by itself. */
export class SuggestDialog extends Acting {
  static override styles = [
    base,
    controls,
    pageStyle,
    css`
      :host {
        display: contents;
      }
      dialog {
        width: min(560px, calc(100vw - 32px));
        max-height: calc(100dvh - 32px);
        overflow-y: auto;
      }
      dialog p {
        margin-bottom: 16px;
      }
      ol,
      ul {
        display: grid;
        gap: 8px;
        margin: 0 0 12px;
        padding: 0;
        list-style: none;
      }
      ol li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 28px;
        align-items: center;
        gap: 0 8px;
      }
      small {
        display: inline-flex;
        align-items: center;
        gap: 4px;
        font-size: var(--px-size-1);
        line-height: 20px;
        color: var(--px-text-faint);
      }
      small svg {
        flex: none;
        color: var(--px-good);
      }
      small.held {
        color: var(--px-warn);
      }
      section {
        margin-top: 20px;
        padding-top: 16px;
        border-top: 1px solid var(--px-line);
      }
      h3 {
        margin: 0 0 8px;
        font: 600 var(--px-size-2) / 20px var(--px-font);
      }
      ul li {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        gap: 0 12px;
        overflow-wrap: anywhere;
      }
      .choices {
        align-items: center;
        margin-top: 20px;
      }
      .choices span {
        margin-inline-end: auto;
        color: var(--px-text-soft);
      }
      .wrong {
        color: var(--px-bad);
      }
    `,
  ]

  @property({ attribute: false }) client!: Client
  @property() collection = 'default'
  @state() private rows: readonly string[] | null = null
  @state() private offer: Suggestions | null = null
  @state() private saved = false
  @query('dialog') private dialog!: HTMLDialogElement

  async open(): Promise<void> {
    this.rows = null
    this.failure = null
    this.saved = false
    this.dialog.showModal()
    await this.act(async () => {
      await this.learn()
      this.rows = this.offer?.chosen.length ? this.offer.chosen : ['']
    })
  }

  override render(): TemplateResult {
    const { rows } = this
    return html`<dialog aria-labelledby="title">
      <h2 id="title">${put('title', { name: this.collection })}</h2>
      <p>${put('hint', { most: MOST })}</p>
      ${rows
        ? html`<form @submit=${this.keep}>
            ${rows.length > 0 ? html`<ol>${rows.map((text, at) => this.row(text, at))}</ol>` : html`<p>${put('none')}</p>`}
            <button type="button" class="button bare" ?disabled=${rows.length >= MOST} @click=${() => this.add(rows.length)}>${icon.plus()}${put('add')}</button>
            ${this.others()}
            ${this.problem()}
            <div class="choices">
              <span role="status">${this.saved ? put('saved') : nothing}</span>
              <button type="button" class="button" @click=${() => this.dialog.close()}>${tell(this.saved ? 'done' : 'cancel')}</button>
              <button class="button primary" ?disabled=${this.busy}>${put('save')}</button>
            </div>
          </form>`
        : html`${this.failure ? this.problem() : html`<div class="lines" aria-busy="true"><span class="skeleton"></span><span class="skeleton"></span></div>`}
            <div class="choices"><button type="button" class="button" @click=${() => this.dialog.close()}>${tell('cancel')}</button></div>`}
    </dialog>`
  }

  private row(text: string, at: number): TemplateResult {
    const known = this.offer?.chosen.includes(text) ?? false
    const shown = this.offer?.items.some((one) => one.question === text) ?? false
    return html`<li>
      <input
        class="field"
        maxlength=${LONGEST}
        aria-label=${put('one', { n: at + 1 })}
        placeholder=${put('placeholder')}
        .value=${text}
        @input=${(event: Event) => this.write(at, (event.target as HTMLInputElement).value)}
      />
      <button type="button" class="icon" aria-label=${put('drop', { n: at + 1 })} title=${put('drop', { n: at + 1 })} @click=${() => this.change((this.rows ?? []).filter((_, other) => other !== at))}>${icon.trash()}</button>
      ${known ? html`<small class=${shown ? '' : 'held'}>${shown ? html`${icon.check(12)}${put('shown')}` : put('held')}</small>` : nothing}
    </li>`
  }

  /** What the service finds by itself. */
  private others(): TemplateResult | typeof nothing {
    const found = this.offer?.items.filter((one) => one.source !== 'chosen') ?? []
    if (found.length === 0) return nothing
    return html`<section><h3>${put('after')}</h3><ul>${found.map(({ question, source }) => html`<li><span>${question}</span><small>${put(source === 'asked' ? 'asked' : 'heading')}</small></li>`)}</ul></section>`
  }

  private problem(): TemplateResult | typeof nothing {
    return this.failure ? html`<p class="wrong" role="alert">${this.failure.message} ${this.failure.hint}</p>` : nothing
  }

  private change(rows: readonly string[]): void {
    this.rows = rows
    this.saved = false
  }

  private write(at: number, text: string): void {
    this.change((this.rows ?? []).map((one, other) => (other === at ? text : one)))
  }

  private async add(at: number): Promise<void> {
    this.change([...(this.rows ?? []), ''])
    await this.updateComplete
    this.renderRoot.querySelectorAll<HTMLInputElement>('input')[at]?.focus()
  }

  private readonly keep = async (event: Event): Promise<void> => {
    event.preventDefault()
    await this.act(async () => {
      const { questions } = await this.client.json<{ readonly questions: readonly string[] }>('PUT', this.address, { body: { questions: meant(this.rows ?? []) } })
      await this.learn()
      this.rows = questions
      this.saved = true
    })
  }

  private async learn(): Promise<void> {
    this.offer = await this.client.json<Suggestions>('GET', this.address, { query: { limit: MOST, language: tongue.language } })
  }

  private get address(): string {
    return `/api/collections/${encodeURIComponent(this.collection)}/suggestions`
  }
}

define('px-suggest-dialog', SuggestDialog)
