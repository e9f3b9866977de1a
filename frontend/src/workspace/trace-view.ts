import { css, html, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { Answer } from '../api/types'
import { seconds } from '../i18n/tongue'
import { tell } from '../i18n/workspace'
import { base, define, Part } from '../ui/part'
import { styled } from '../ui/styled'

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

/** What a step says of itself, short: amounts rounded, lists counted, nothing said about nothing. */
export function detailLines(detail: unknown): readonly string[] {
  if (detail == null || typeof detail !== 'object') return detail == null || detail === '' ? [] : [String(detail)]
  return Object.entries(detail).flatMap(([name, value]): readonly string[] => {
    const label = name.replaceAll('_', ' ')
    if (value == null || value === '' || (Array.isArray(value) && value.length === 0)) return []
    if (Array.isArray(value)) return [`${value.length} ${label}`]
    if (typeof value === 'number') return [`${label} ${Number.isInteger(value) ? value : Number(value.toPrecision(3))}`]
    if (typeof value === 'object') return detailLines(value).map((line) => `${label} ${line}`)
    return [`${label} ${String(value)}`]
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
        gap: 12px;
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
      .detail {
        margin-top: 4px;
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
    const percent = (share: number): string => `${(share * 100).toFixed(2)}%`
    return html`<ol>
        ${trace.map((step, index) => {
          const bar = bars[index] ?? { from: 0, share: 0 }
          return html`<li>
            <div class="row num"><span>${step.step.replaceAll('_', ' ')}</span><span class="time">${seconds(step.seconds)}</span></div>
            <div class="track"><div class="bar" ${styled({ width: percent(bar.share), 'margin-inline-start': `min(${percent(bar.from)}, calc(100% - 2px))` })}></div></div>
            ${this.detail(step.detail)}
          </li>`
        })}
      </ol>
      <div class="row total num"><span>${tell('traceTotal')}</span><span>${seconds(timings.total)}</span></div>`
  }

  private detail(detail: unknown): TemplateResult | string {
    const said = detailLines(detail).join(' · ')
    return said ? html`<div class="detail num">${said}</div>` : ''
  }
}

define('px-trace', TraceView)
