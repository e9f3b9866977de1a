import { css, html, nothing, svg, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import { controls } from '../ui/controls'
import { hueStyle } from '../ui/hue'
import { base, define, Part } from '../ui/part'
import { chartStyle, planeStyle } from './chart-style'
import { hueOf, type Face } from './face'
import { percentOf, share, type Axis } from './scale'

/** A point with the interval of its height. `leading`: no other point is better in every way. */
export interface Spot {
  readonly face: Face
  readonly x: number
  readonly y: number
  readonly low: number | null
  readonly high: number | null
  readonly leading: boolean
  /** All of it in words. */
  readonly said: string
}

/** Quality against what it costs: points labelled where they stand, those that lead joined by a line. */
export class ScatterChart extends Part {
  static override styles = [
    base,
    controls,
    hueStyle,
    chartStyle,
    planeStyle,
    css`
      figure {
        grid-template-rows: 260px auto;
      }
      .levels {
        width: 40px;
      }
      .front {
        stroke: var(--px-text-faint);
        stroke-dasharray: 3 4;
      }
      .name {
        fill: currentColor;
        font-size: var(--px-size-2);
        font-weight: 600;
        paint-order: stroke;
        stroke: var(--px-canvas);
        stroke-width: 4;
        stroke-linejoin: round;
      }
      .spread {
        stroke: currentColor;
        stroke-width: 1.5;
        opacity: 0.55;
      }
    `,
  ]

  @property() caption = ''
  @property({ attribute: false }) spots: readonly Spot[] = []
  @property({ attribute: false }) across: Axis = { from: 0, to: 1, ticks: [] }
  @property({ attribute: false }) up: Axis = { from: 0, to: 1, ticks: [] }
  @property({ attribute: false }) writtenAcross: (value: number) => string = String
  @property({ attribute: false }) writtenUp: (value: number) => string = String
  @property() acrossName = ''

  override render(): TemplateResult {
    const front = this.spots.filter((one) => one.leading).sort((a, b) => a.x - b.x || a.y - b.y)
    return html`<figure role="img" aria-label="${this.caption} ${this.spots.map((one) => one.said).join('; ')}">
      <svg class="plot levels" aria-hidden="true">${this.up.ticks.map((tick) => svg`<text class="tick" x="40" y=${this.y(tick)} dy="4" text-anchor="end">${this.writtenUp(tick)}</text>`)}</svg>
      <svg class="plot" aria-hidden="true">
        ${this.up.ticks.map((tick) => svg`<line class="gridline" x1="0" x2="100%" y1=${this.y(tick)} y2=${this.y(tick)}/>`)}
        ${this.across.ticks.map((tick) => svg`<line class="gridline" x1=${this.x(tick)} x2=${this.x(tick)} y1="0" y2="100%"/>`)}
        ${front.slice(1).map((to, at) => svg`<line class="front" x1=${this.x(front[at]!.x)} y1=${this.y(front[at]!.y)} x2=${this.x(to.x)} y2=${this.y(to.y)}/>`)}
        ${this.spots.map((one) => this.spot(one, this.crowd(one)))}
      </svg>
      <svg class="plot below" aria-hidden="true">
        ${this.across.ticks.map((tick, at) => svg`<text class="tick" x=${this.x(tick)} y="12" text-anchor=${at === 0 ? 'start' : at === this.across.ticks.length - 1 ? 'end' : 'middle'}>${this.writtenAcross(tick)}</text>`)}
        <text class="axis-name" x="100%" y="30" text-anchor="end">${this.acrossName}</text>
      </svg>
    </figure>`
  }

  /** How many points before this one stand so near that their names would cover each other. */
  private crowd(one: Spot): number {
    const near = (a: number, b: number, axis: Axis, reach: number): boolean => Math.abs(share(a, axis) - share(b, axis)) < reach
    return this.spots.slice(0, this.spots.indexOf(one)).filter((other) => near(one.x, other.x, this.across, 0.15) && near(one.y, other.y, this.up, 0.06)).length
  }

  private spot({ face, x, y, low, high, leading }: Spot, before: number): TemplateResult {
    const right = share(x, this.across) < 0.7
    return svg`<g class=${hueOf(face)}>
      ${low === null || high === null ? nothing : svg`<line class="spread" x1=${this.x(x)} x2=${this.x(x)} y1=${this.y(low)} y2=${this.y(high)}/>`}
      <circle class=${leading ? 'point' : 'point open'} cx=${this.x(x)} cy=${this.y(y)} r="6"/>
      <text class="name" x=${this.x(x)} y=${this.y(y)} dx=${right ? 12 : -12} dy=${4 - 16 * before} text-anchor=${right ? 'start' : 'end'}>${face.name}</text>
    </g>`
  }

  private x(value: number): string {
    return percentOf(share(value, this.across))
  }

  private y(value: number): string {
    return percentOf(1 - share(value, this.up))
  }
}

define('px-scatter', ScatterChart)
