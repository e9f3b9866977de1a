import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { Failure } from '../../api/failure'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { base, define, Part } from '../../ui/part'
import type { Workshop } from './api'
import type { TrainedPair } from './types'

/** The job's own copy of its pairs, fetched when somebody wants to see it. */
export class TrainedPairs extends Part {
  static override styles = [base, controls, css`
    :host {
      display: block;
      margin-top: 12px;
    }
    summary {
      width: fit-content;
      color: var(--px-text-soft);
      cursor: pointer;
    }
    dl {
      display: grid;
      grid-template-columns: minmax(0, 2fr) minmax(0, 3fr);
      gap: 6px 24px;
      max-height: 320px;
      margin: 8px 0;
      padding-inline-end: 8px;
      overflow-y: auto;
    }
    dt,
    dd {
      margin: 0;
      overflow-wrap: anywhere;
    }
    dt {
      font-weight: 600;
    }
  `]

  @property({ attribute: false }) workshop!: Workshop
  @property() job = ''
  @property() half: TrainedPair['part'] = 'validation'
  @property() label = ''
  @state() private pairs: readonly TrainedPair[] | null = null
  @state() private next: string | null = null
  @state() private failure: Failure | null = null

  override render(): TemplateResult {
    return html`<details @toggle=${(event: Event) => (event.target as HTMLDetailsElement).open && this.pairs === null && this.load()}>
      <summary>${this.label}</summary>
      ${this.failure ? html`<p role="alert">${this.failure.message} ${this.failure.hint}</p>` : nothing}
      ${this.pairs ? html`<dl>${this.pairs.map((one) => html`<dt>${one.question}</dt><dd>${one.answer}</dd>`)}</dl>` : nothing}
      ${this.next ? html`<button type="button" class="button bare" @click=${() => this.load()}>${tell('more')}</button>` : nothing}
    </details>`
  }

  private async load(): Promise<void> {
    try {
      const page = await this.workshop.trained(this.job, this.half, this.next)
      this.pairs = [...(this.pairs ?? []), ...page.items]
      this.next = page.next ?? null
      this.failure = null
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

define('px-trained', TrainedPairs)
