import { css, html, nothing, svg, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { styled } from '../ui/styled'
import { base, define, Part } from '../ui/part'
import { chartStyle, planeStyle } from './chart-style'
import { axisOf, percentOf, share, type Axis } from './scale'

/** A line through points, in the order of x. */
export interface Curve {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** What it is drawn in: the first or second of two things compared, or what is only there beside them. */
  readonly tone: 'first' | 'second' | 'aside'
  /** A fine line: what wavers, and is not what counts. */
  readonly fine?: boolean
}

/** A place on a curve that is worth a word. */
export interface Mark {
  readonly x: number
  readonly y: number
  readonly said: string
  readonly tone: Curve['tone']
}

/** Lines of twelve pixels each, apart as far as their labels need. */
const LABEL = 0.075

/** Curves over an axis that goes on growing, each named at its end; where the pointer is, what each has there. */
export class CurvesChart extends Part {
  static override styles = [
    base,
    chartStyle,
    planeStyle,
    css`
      figure {
        position: relative;
        padding-top: 28px;
        grid-template-columns: auto minmax(0, 1fr) max-content;
        grid-template-rows: 240px auto;
      }
      .levels {
        width: 40px;
      }
      .area {
        position: relative;
        touch-action: pan-y;
      }
      .area > svg {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        overflow: visible;
      }
      .line {
        fill: none;
        stroke: currentColor;
        stroke-width: 2.25;
        stroke-linejoin: round;
        vector-effect: non-scaling-stroke;
      }
      .line.fine {
        stroke-width: 1.25;
        opacity: 0.65;
      }
      .first {
        color: var(--px-accent-text);
      }
      .second {
        color: var(--px-hue-few-shot);
      }
      .aside {
        color: var(--px-text-faint);
      }
      .ends {
        position: relative;
        width: 96px;
      }
      :host(.roomy) .ends {
        width: 168px;
      }
      .ends span {
        position: absolute;
        inset-inline-start: 0;
        translate: 0 -50%;
        max-width: 100%;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 600;
      }
      .ends .fine {
        font-weight: 400;
      }
      .said {
        fill: currentColor;
        font-size: var(--px-size-1);
        font-weight: 600;
        paint-order: stroke;
        stroke: var(--px-canvas);
        stroke-width: 4;
        stroke-linejoin: round;
      }
      .cross {
        stroke: var(--px-line-strong);
      }
      .readout {
        position: absolute;
        top: 0;
        z-index: 1;
        display: grid;
        gap: 2px;
        padding: 6px 10px;
        border: 1px solid var(--px-line);
        border-radius: var(--px-radius);
        background: var(--px-surface);
        box-shadow: var(--px-shadow-1);
        font-size: var(--px-size-1);
        line-height: 16px;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
        pointer-events: none;
      }
      .readout.left {
        translate: -100% 0;
      }
      @media (max-width: 720px) {
        :host(.roomy) .ends {
          width: 84px;
        }
        figure {
          grid-template-rows: 200px auto;
        }
        .levels {
          width: 28px;
        }
        .ends {
          width: 76px;
          font-size: var(--px-size-1);
        }
      }
    `,
  ]

  /** What is shown, for those who hear it. */
  @property() caption = ''
  @property({ attribute: false }) curves: readonly Curve[] = []
  @property({ attribute: false }) marks: readonly Mark[] = []
  /** How far the axis goes where it is known before the curves get there. */
  @property({ type: Number }) until = 0
  @property({ attribute: false }) written: (value: number) => string = String
  @property() acrossName = ''
  @property() upName = ''
  @state() private at: number | null = null

  override render(): TemplateResult {
    const across = this.across()
    const up = axisOf([0, ...this.curves.flatMap((one) => one.points.map(([, y]) => y))], 5)
    const drawn = this.curves.filter((one) => one.points.length > 0)
    return html`<figure role="img" aria-label=${this.caption}>
      <svg class="plot levels" aria-hidden="true">
        ${up.ticks.map((tick) => svg`<text class="tick" x="100%" y=${top(tick, up)} dy="4" text-anchor="end">${this.written(tick)}</text>`)}
      </svg>
      <div class="area" aria-hidden="true" @pointermove=${(event: PointerEvent) => this.point(event, across)} @pointerleave=${() => (this.at = null)}>
        <svg>
          ${up.ticks.map((tick) => svg`<line class="gridline" x1="0" x2="100%" y1=${top(tick, up)} y2=${top(tick, up)}/>`)}
          ${this.upName ? svg`<text class="axis-name" x="0" y="-8">${this.upName}</text>` : nothing}
        </svg>
        <svg viewBox="0 0 1000 1000" preserveAspectRatio="none">
          ${drawn.map((one) => svg`<polyline class="line ${one.tone}${one.fine ? ' fine' : ''}" points=${pathOf(one, across, up)}/>`)}
        </svg>
        <svg>
          ${drawn.filter((one) => one.points.length === 1).map((one) => this.dot(one.points[0]![0], one.points[0]![1], one.tone, across, up))}
          ${this.marks.map((mark) => this.mark(mark, across, up))}
          ${this.at === null ? nothing : svg`<line class="cross" x1=${left(this.at, across)} x2=${left(this.at, across)} y1="0" y2="100%"/>`}
        </svg>
        ${this.at === null ? nothing : this.readout(this.at, across)}
      </div>
      <div class="ends" aria-hidden="true">
        ${endsOf(drawn, up).map(({ curve, y }) => html`<span class="${curve.tone} ${curve.fine ? 'fine' : ''}" title=${curve.name} ${styled({ top: percentOf(y) })}>${curve.name}</span>`)}
      </div>
      <svg class="plot below" aria-hidden="true">
        ${across.ticks.map((tick, at) => svg`<text class="tick" x=${left(tick, across)} y="12" text-anchor=${at === 0 ? 'start' : share(tick, across) > 0.97 ? 'end' : 'middle'}>${tick}</text>`)}
        <text class="axis-name" x="100%" y="30" text-anchor="end">${this.acrossName}</text>
      </svg>
    </figure>`
  }

  /** From 0 to the last step there will be: its end is not rounded up, so that a full curve fills the plot. */
  private across(): Axis {
    const to = Math.max(1, this.until, ...this.curves.flatMap((one) => one.points.map(([x]) => x)))
    return { from: 0, to, ticks: axisOf([0, to], 6).ticks.filter((tick) => tick <= to && Number.isInteger(tick)) }
  }

  private mark(mark: Mark, across: Axis, up: Axis): TemplateResult {
    const early = share(mark.x, across) < 0.7
    return svg`${this.dot(mark.x, mark.y, mark.tone, across, up)}
      <text class="said ${mark.tone}" x=${left(mark.x, across)} y=${top(mark.y, up)} dx=${early ? 4 : -4} dy=${share(mark.y, up) < 0.15 ? -10 : 20} text-anchor=${early ? 'start' : 'end'}>${mark.said}</text>`
  }

  private dot(x: number, y: number, tone: Curve['tone'], across: Axis, up: Axis): TemplateResult {
    return svg`<circle class="point ${tone}" cx=${left(x, across)} cy=${top(y, up)} r="4.5"/>`
  }

  private readout(x: number, across: Axis): TemplateResult {
    const rows = this.curves.flatMap((one) => {
      const found = nearest(one.points, x)
      return found ? [html`<span class=${one.tone}>${one.name} ${this.written(found[1])}</span>`] : []
    })
    return html`<div class=${share(x, across) > 0.6 ? 'readout left' : 'readout'} ${styled({ left: left(x, across) })}><strong>${this.acrossName} ${x}</strong>${rows}</div>`
  }

  private point(event: PointerEvent, across: Axis): void {
    const { left: from, width } = (event.currentTarget as HTMLElement).getBoundingClientRect()
    const wanted = across.from + ((event.clientX - from) / width) * (across.to - across.from)
    const all = this.curves.flatMap((one) => nearest(one.points, wanted)?.[0] ?? [])
    this.at = all.sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0] ?? null
  }
}

const left = (x: number, across: Axis): string => percentOf(share(x, across))
const top = (y: number, up: Axis): string => percentOf(1 - share(y, up))

const pathOf = ({ points }: Curve, across: Axis, up: Axis): string =>
  points.map(([x, y]) => `${(share(x, across) * 1000).toFixed(1)},${((1 - share(y, up)) * 1000).toFixed(1)}`).join(' ')

/** The last point at or before `x`, else the first: what is known there. */
export function nearest(points: Curve['points'], x: number): readonly [number, number] | null {
  let found = points[0] ?? null
  for (const one of points) {
    if (one[0] > x && found !== null && one[0] - x > x - found[0]) break
    found = one
  }
  return found
}

/** Where the names of the curves stand, from above, none over another: as shares of the plot's height. */
export function endsOf(curves: readonly Curve[], up: Axis): readonly { readonly curve: Curve; readonly y: number }[] {
  const ends = curves.map((curve) => ({ curve, y: 1 - share(curve.points.at(-1)?.[1] ?? 0, up) })).sort((a, b) => a.y - b.y)
  let below = -LABEL
  const pushed = ends.map(({ curve, y }) => ({ curve, y: (below = Math.max(y, below + LABEL)) }))
  let above = 1 + LABEL
  return pushed.reverse().map(({ curve, y }) => ({ curve, y: (above = Math.min(y, above - LABEL)) })).reverse()
}

define('px-curves', CurvesChart)
