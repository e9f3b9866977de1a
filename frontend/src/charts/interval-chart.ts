import { css, html, nothing, svg, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import { controls } from '../ui/controls'
import { hueStyle } from '../ui/hue'
import { base, define, Part } from '../ui/part'
import { chartStyle } from './chart-style'
import { hueOf, named, type Face } from './face'
import { percentOf, share, type Axis } from './scale'

/** One line of the chart. `open` draws a hollow point: nothing is decided about it. */
export interface Interval {
  readonly face: Face
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  readonly open: boolean
  /** The value, its interval and its n, as they are written beside the line. */
  readonly said: string
  readonly between: string
  readonly n: string
  readonly note?: string
}

/**
 * Values with their intervals, one a row, labelled where they stand. A zero line wherever zero is on the axis.
 * A table to a screen reader: the drawing is beside the numbers, never instead of them.
 */
export class IntervalChart extends Part {
  static override styles = [
    base,
    controls,
    hueStyle,
    chartStyle,
    css`
      .row {
        display: grid;
        grid-template-columns: minmax(88px, 148px) minmax(0, 1fr) 140px;
        align-items: center;
        gap: 0 16px;
        min-height: 60px;
      }
      .row.foot {
        min-height: 20px;
      }
      .track {
        align-self: stretch;
      }
      .track .plot {
        height: 60px;
      }
      .foot .track .plot {
        height: 20px;
        min-height: 0;
      }
      .label {
        display: grid;
        font-variant-numeric: tabular-nums;
      }
      .label strong {
        font-size: var(--px-size-3);
        font-weight: 600;
      }
      .label small {
        font-size: var(--px-size-1);
        line-height: 16px;
        color: var(--px-text-faint);
      }
      .band {
        fill: var(--px-hover);
      }
      .sides {
        display: flex;
        justify-content: space-between;
        gap: 12px;
        color: var(--px-text-faint);
        font-size: var(--px-size-1);
        line-height: 16px;
      }
      @media (max-width: 720px) {
        .row {
          grid-template-columns: minmax(0, 1fr) max-content;
          padding: 8px 0 4px;
        }
        .track .plot {
          height: 28px;
        }
        .row .track {
          grid-area: 2 / 1 / 3 / 3;
        }
        .label {
          width: auto;
          grid-template-columns: auto auto;
          gap: 0 8px;
          align-items: baseline;
          justify-items: end;
        }
        .label small:last-of-type {
          grid-column: 1 / -1;
        }
        .foot > :not(.track) {
          display: none;
        }
      }
    `,
  ]

  /** What is shown, for those who hear it. */
  @property() caption = ''
  @property({ attribute: false }) rows: readonly Interval[] = []
  @property({ attribute: false }) axis: Axis = { from: 0, to: 1, ticks: [] }
  @property({ attribute: false }) written: (value: number) => string = String
  /** Differences nobody would act on: drawn as a band about zero. */
  @property({ attribute: false }) margin: number | null = null
  /** What lies left and right of zero. */
  @property({ attribute: false }) sides: readonly [string, string] | null = null

  override render(): TemplateResult {
    return html`<div role="table" aria-label=${this.caption}>
        ${this.rows.map((row) => this.row(row))}
      </div>
      <div class="row foot" aria-hidden="true">
        <span></span>
        <div class="track">
          <svg class="plot">${this.axis.ticks.map((tick, at) => svg`<text class="tick" x=${this.at(tick)} y="14" text-anchor=${this.anchor(at)}>${this.written(tick)}</text>`)}</svg>
          ${this.sides ? html`<div class="sides"><span>← ${this.sides[0]}</span><span>${this.sides[1]} →</span></div>` : nothing}
        </div>
        <span class="label"></span>
      </div>`
  }

  private row({ face, value, low, high, open, said, between, n, note }: Interval): TemplateResult {
    return html`<div class="row" role="row">
      <span role="rowheader">${named(face)}</span>
      <div class="track ${hueOf(face)}" role="presentation">
        <svg class="plot" aria-hidden="true">
          ${this.margin === null ? nothing : svg`<rect class="band" x=${this.at(-this.margin)} width=${percentOf(share(this.margin, this.axis) - share(-this.margin, this.axis))} y="0" height="100%"/>`}
          ${this.axis.ticks.map((tick) => svg`<line class=${tick === 0 ? 'zero' : 'gridline'} x1=${this.at(tick)} x2=${this.at(tick)} y1="0" y2="100%"/>`)}
          ${low === null || high === null ? nothing : svg`<line class="whisker" x1=${this.at(low)} x2=${this.at(high)} y1="50%" y2="50%"/>`}
          ${value === null ? nothing : svg`<circle class=${open ? 'point open' : 'point'} cx=${this.at(value)} cy="50%" r="6"/>`}
        </svg>
      </div>
      <span class="label" role="cell"><strong>${said}</strong><small>${between}</small><small>${[n, note].filter(Boolean).join(' · ')}</small></span>
    </div>`
  }

  private at(value: number): string {
    return percentOf(share(value, this.axis))
  }

  private anchor(at: number): string {
    return at === 0 ? 'start' : at === this.axis.ticks.length - 1 ? 'end' : 'middle'
  }
}

define('px-intervals', IntervalChart)
