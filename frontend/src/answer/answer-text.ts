import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Citation } from '../api/types'
import { isOpen, type Turn } from '../chat/turn'
import { say } from '../i18n/common'
import { controls } from '../ui/controls'
import { base, define, Part } from '../ui/part'
import { styled } from '../ui/styled'
import { markdown } from './markdown'
import { citationFor } from './places'
import { prose } from './prose'
import { quoteCard, quoteCardStyle, verdictOf } from './quote-card'

/** The text of an answer with its citation marks. Fires `cite` with the citation that was chosen. */
export class AnswerText extends Part {
  static override styles = [base, controls, prose, quoteCardStyle, css`:host { display: block; position: relative; }`]

  @property({ attribute: false }) turn!: Turn
  @state() private shown: { readonly citation: Citation; readonly left: number; readonly top: number } | null = null

  override render(): TemplateResult {
    return html`<div class="prose" @keydown=${this.onKey}>
        ${markdown(this.turn.text, (n, nth) => this.mark(n, nth))}
      </div>
      ${this.shown
        ? html`<span class="card" id="card" role="tooltip" ${styled({ left: `${this.shown.left}px`, top: `${this.shown.top}px` })}>${quoteCard(this.shown.citation)}</span>`
        : nothing}`
  }

  private mark(n: number, nth: number): TemplateResult | string {
    const citation = citationFor(this.turn.citations, n, nth)
    if (!citation) return isOpen(this.turn) ? html`<span class="mark">${n}</span>` : `[${n}]`
    return html`<button
      type="button"
      class="mark ${verdictOf(citation)}"
      aria-label=${say('citation', { n, name: citation.name })}
      @click=${() => this.choose(citation)}
      @pointerenter=${(event: PointerEvent) => event.pointerType === 'mouse' && this.show(citation, event)}
      @pointerleave=${this.hide}
      @focus=${(event: FocusEvent) => (event.target as Element).matches(':focus-visible') && this.show(citation, event)}
      @blur=${this.hide}
    >${n}</button>`
  }

  private choose(citation: Citation): void {
    this.hide()
    this.emit('cite', { citation, turn: this.turn })
  }

  private show(citation: Citation, event: Event): void {
    const mark = (event.currentTarget as HTMLElement).getBoundingClientRect()
    const own = this.getBoundingClientRect()
    const width = Math.min(320, own.width)
    const left = Math.max(0, Math.min(mark.left - own.left - 24, own.width - width))
    this.shown = { citation, left, top: mark.bottom - own.top + 6 }
  }

  private readonly hide = (): void => {
    this.shown = null
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.shown) {
      event.stopPropagation()
      this.hide()
    }
  }
}

define('px-answer-text', AnswerText)
