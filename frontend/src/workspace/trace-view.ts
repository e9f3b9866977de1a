import { css, html, nothing, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { Answer } from '../api/types'
import { seconds } from '../i18n/tongue'
import { tell } from '../i18n/workspace'
import { base, define, Part } from '../ui/part'
import { styled } from '../ui/styled'
import { wordsOf, type Told } from './trace-words'

export interface Bar {
  readonly from: number
  readonly share: number
}

/** Where each step's bar stands, as shares of the whole: one after the other, or all from zero when steps overlapped. */
export function waterfall(steps: readonly { readonly seconds: number }[], total: number): readonly Bar[] {
  const sum = steps.reduce((all, step) => all + step.seconds, 0)
  const whole = Math.max(total, Math.max(0, ...steps.map((step) => step.seconds)), 1e-9)
  const overlapping = sum > whole * 1.05
  let at = 0
  return steps.map((step) => {
    const bar = { from: overlapping ? 0 : at / Math.max(whole, sum), share: step.seconds / Math.max(whole, overlapping ? 0 : sum) }
    at += step.seconds
    return bar
  })
}

/** The steps of an answer with their times, as a small waterfall. */
export class TraceView extends Part {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        padding: 16px;
      }
      ol {
        display: grid;
        gap: 16px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .row {
        display: flex;
        justify-content: space-between;
        gap: 8px;
      }
      .time {
        color: var(--px-text-soft);
      }
      .track {
        height: 6px;
        margin-top: 4px;
        border-radius: 3px;
        background: var(--px-hover);
        overflow: hidden;
      }
      .bar {
        min-width: 2px;
        height: 100%;
        border-radius: 3px;
        background: var(--px-accent);
      }
      strong {
        font-weight: 600;
      }
      .detail {
        margin: 4px 0 0;
        padding: 0;
        list-style: none;
        font-size: var(--px-size-1);
        line-height: 16px;
        color: var(--px-text-faint);
        overflow-wrap: anywhere;
      }
      .total {
        margin-top: 16px;
        padding-top: 12px;
        border-top: 1px solid var(--px-line);
        font-weight: 600;
      }
    `,
  ]

  @property({ attribute: false }) answer!: Answer

  override render(): TemplateResult {
    const { trace, timings } = this.answer
    const bars = waterfall(trace, timings.total ?? 0)
    const words = wordsOf(this.answer)
    const width = (share: number): string => `${(share * 100).toFixed(2)}%`
    return html`<ol>
        ${trace.map((step, index) => {
          const bar = bars[index] ?? { from: 0, share: 0 }
          return html`<li>
            <div class="row num"><strong>${words[index]?.name}</strong><span class="time">${seconds(step.seconds)}</span></div>
            <div class="track"><div class="bar" ${styled({ width: width(bar.share), 'margin-inline-start': `min(${width(bar.from)}, calc(100% - 2px))` })}></div></div>
            ${this.detail(words[index])}
          </li>`
        })}
      </ol>
      <div class="row total num"><span>${tell('traceTotal')}</span><span>${seconds(timings.total)}</span></div>`
  }

  private detail(told: Told | undefined): TemplateResult | typeof nothing {
    return told && told.lines.length > 0 ? html`<ul class="detail num">${told.lines.map((line) => html`<li>${line}</li>`)}</ul>` : nothing
  }
}

define('px-trace', TraceView)
