import { css, html, nothing, svg, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import { hueStyle } from '../ui/hue'
import { base, define, Part } from '../ui/part'
import { chartStyle, planeStyle } from './chart-style'
import { hueOf, type Face } from './face'
import { percentOf, share, type Axis } from './scale'

/** A straight line from the left edge to the right one. */
export interface Straight {
  readonly face: Face
  readonly from: number
  readonly to: number
}

/** Straight lines over an axis, labelled at their right end, and the place where they meet. */
export class LinesChart extends Part {
  static override styles = [
    base,
    hueStyle,
    chartStyle,
    planeStyle,
    css`
      figure {
        grid-template-rows: 180px auto;
      }
      .levels {
        width: 56px;
      }
      .line {
        stroke: currentColor;
        stroke-width: 2;
      }
      .end {
        fill: currentColor;
        font-size: var(--px-size-2);
        font-weight: 600;
      }
      .meets {
        stroke: var(--px-text);
        stroke-dasharray: 2 3;
      }
      .where {
        fill: var(--px-text);
        font-size: var(--px-size-1);
        font-weight: 600;
      }
    `,
  ]

  @property() caption = ''
  @property({ attribute: false }) lines: readonly Straight[] = []
  @property({ attribute: false }) across: Axis = { from: 0, to: 1, ticks: [] }
  @property({ attribute: false }) up: Axis = { from: 0, to: 1, ticks: [] }
  @property({ attribute: false }) written: (value: number) => string = String
  @property() acrossName = ''
  /** Where on the axis the lines meet, and how that is written. */
  @property({ attribute: false }) meets: { readonly at: number; readonly said: string } | null = null

  override render(): TemplateResult {
    const { meets } = this
    return html`<figure role="img" aria-label=${this.caption}>
      <svg class="plot levels" aria-hidden="true">${this.up.ticks.map((tick) => svg`<text class="tick" x="56" y=${this.y(tick)} dy="4" text-anchor="end">${this.written(tick)}</text>`)}</svg>
      <svg class="plot" aria-hidden="true">
        ${this.up.ticks.map((tick) => svg`<line class="gridline" x1="0" x2="100%" y1=${this.y(tick)} y2=${this.y(tick)}/>`)}
        ${this.lines.map(({ face, from, to }) => svg`<line class="line ${hueOf(face)}" x1="0" x2="100%" y1=${this.y(from)} y2=${this.y(to)}/>`)}
        ${this.lines.map(({ face, to }, at) => svg`<text class="end ${hueOf(face)}" x="100%" y=${this.y(to)} dy=${this.above(at) ? -8 : 16} text-anchor="end">${face.name}</text>`)}
        ${meets && meets.at <= this.across.to
          ? svg`<line class="meets" x1=${this.x(meets.at)} x2=${this.x(meets.at)} y1="0" y2="100%"/>
              <text class="where" x=${this.x(meets.at)} y="10" dx=${share(meets.at, this.across) < 0.6 ? 6 : -6} text-anchor=${share(meets.at, this.across) < 0.6 ? 'start' : 'end'}>${meets.said}</text>`
          : nothing}
      </svg>
      <svg class="plot below" aria-hidden="true">
        ${this.across.ticks.map((tick, at) => svg`<text class="tick" x=${this.x(tick)} y="12" text-anchor=${at === 0 ? 'start' : at === this.across.ticks.length - 1 ? 'end' : 'middle'}>${tick}</text>`)}
        <text class="axis-name" x="100%" y="30" text-anchor="end">${this.acrossName}</text>
      </svg>
    </figure>`
  }

  /** The name of the line that ends highest stands over it, the others under theirs. */
  private above(at: number): boolean {
    return this.lines.every((other) => other.to <= (this.lines[at]?.to ?? 0))
  }

  private x(value: number): string {
    return percentOf(share(value, this.across))
  }

  private y(value: number): string {
    return percentOf(1 - share(value, this.up))
  }
}

define('px-lines', LinesChart)
