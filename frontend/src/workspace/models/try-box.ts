import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { Failure, isAbort } from '../../api/failure'
import { tell } from '../../i18n/models'
import { count, seconds } from '../../i18n/tongue'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { money } from '../evaluate/figures'
import { pageStyle } from '../page-style'
import type { Catalogue, Tried } from './api'
import { insideStyle, modelsStyle } from './models-style'

/** Says something to a model itself and shows what it says, as it says it. */
export class TryBox extends Part {
  static override styles = [base, controls, pageStyle, modelsStyle, insideStyle]

  @property({ attribute: false }) catalogue!: Catalogue
  @property() model = ''
  @state() private prompt = ''
  @state() private said: string | null = null
  @state() private tried: Tried | null = null
  @state() private failure: Failure | null = null
  @state() private asking: AbortController | null = null

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('model')) {
      this.asking?.abort()
      this.said = this.tried = this.failure = null
    }
  }

  override disconnectedCallback(): void {
    this.asking?.abort()
    super.disconnectedCallback()
  }

  override render(): TemplateResult {
    return html`<form class="ask" @submit=${this.submit}>
        <textarea class="field" rows="3" maxlength="8000" aria-label=${tell('tryPlaceholder')} placeholder=${tell('tryPlaceholder')} .value=${this.prompt} @input=${(event: Event) => (this.prompt = (event.target as HTMLTextAreaElement).value)} @keydown=${this.key}></textarea>
        <div class="row">
          ${this.asking
            ? html`<button type="button" class="button" @click=${() => this.asking?.abort()}>${tell('stop')}</button>`
            : html`<button class="button primary" ?disabled=${this.prompt.trim() === ''}>${tell('ask')}</button>`}
          ${this.tried ? this.account(this.tried) : nothing}
        </div>
      </form>
      ${this.said !== null ? html`<div class="said" role="log" aria-live="polite" aria-busy=${this.asking !== null}>${this.said || '…'}</div>` : nothing}
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span></div>` : nothing}`
  }

  private account(tried: Tried): TemplateResult {
    const parts = [
      tried.first_token === null ? '' : tell('firstWord', { time: seconds(tried.first_token) }),
      tell('took', { time: seconds(tried.total) }),
      tried.usage.completion_tokens ? tell('wrote', { n: count(tried.usage.completion_tokens) }) : '',
      tried.cost === null ? '' : tell('cost', { money: money(tried.cost) }),
      tried.cut ? tell('cut') : '',
    ]
    return html`<span class="faint num">${parts.filter(Boolean).join(' · ')}</span>`
  }

  private readonly key = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault()
      void this.ask()
    }
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault()
    void this.ask()
  }

  private async ask(): Promise<void> {
    if (this.asking || this.prompt.trim() === '') return
    const asking = (this.asking = new AbortController())
    this.said = ''
    this.tried = this.failure = null
    try {
      for await (const piece of this.catalogue.attempt(this.model, this.prompt, asking.signal)) {
        if ('tried' in piece) this.tried = piece.tried
        else this.said += piece.text
      }
    } catch (error) {
      if (!isAbort(error) && !asking.signal.aborted) this.failure = Failure.of(error)
      if (this.said === '') this.said = null
    } finally {
      if (this.asking === asking) this.asking = null
    }
  }
}

define('px-try-box', TryBox)
