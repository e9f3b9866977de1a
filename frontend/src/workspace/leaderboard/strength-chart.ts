import { css, html, svg, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { Variant } from '../../api/types'
import { faceOfArm } from '../../compare/plan'
import { rankly } from '../../i18n/leaderboard'
import { glyph } from '../../ui/approach'
import { hueStyle } from '../../ui/hue'
import { base, define, Part } from '../../ui/part'
import { axis, type Standing } from './board'

/** Strengths with their intervals, best first: a line and a point an arm, in the colour of its approach, labelled where they are. */
export class StrengthChart extends Part {
  static override styles = [
    base,
    hueStyle,
    css`
      :host {
        display: block;
      }
      figure {
        margin: 0;
      }
      .row,
      .axis {
        display: grid;
        grid-template-columns: 168px minmax(0, 1fr) 168px;
        align-items: center;
        gap: 16px;
        min-height: 40px;
      }
      .name {
        display: flex;
        align-items: center;
        gap: 8px;
        min-width: 0;
        font-weight: 600;
      }
      .name svg {
        flex: none;
      }
      .name span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .plot {
        display: block;
        width: 100%;
        height: 40px;
        overflow: visible;
      }
      .grid {
        stroke: var(--px-line);
      }
      .grid.middle {
        stroke: var(--px-line-strong);
      }
      .whisker {
        stroke: currentColor;
        stroke-width: 2;
        stroke-linecap: round;
      }
      .point {
        fill: currentColor;
        stroke: var(--px-canvas);
        stroke-width: 2;
      }
      .label {
        display: grid;
        font-variant-numeric: tabular-nums;
      }
      .label strong {
        font-size: var(--px-size-3);
        line-height: 20px;
      }
      .label span,
      .axis text {
        font-size: var(--px-size-1);
        line-height: 16px;
        color: var(--px-text-faint);
        fill: var(--px-text-faint);
      }
      .axis {
        min-height: 20px;
      }
      .axis .plot {
        height: 20px;
      }
      @media (max-width: 720px) {
        .row,
        .axis {
          grid-template-columns: minmax(0, 1fr) auto;
          gap: 0 12px;
        }
        .row .plot-cell,
        .axis .plot-cell {
          grid-column: 1 / -1;
          grid-row: 2;
        }
        .axis > :not(.plot-cell) {
          display: none;
        }
      }
    `,
  ]

  @property({ attribute: false }) items: readonly Standing[] = []
  @property({ attribute: false }) variants: readonly Variant[] = []

  override render(): TemplateResult {
    const known = this.items.filter((one) => one.strength !== null)
    const { from, to, ticks } = axis(known.map((one) => one.low ?? 1000), known.map((one) => one.high ?? 1000))
    const at = (value: number): string => `${(((value - from) / (to - from)) * 100).toFixed(3)}%`
    return html`<figure aria-label=${rankly('strengthHint')}>
      ${known.map((one) => this.row(one, at, ticks))}
      <div class="axis" aria-hidden="true">
        <span></span>
        <div class="plot-cell"><svg class="plot">${ticks.map((tick) => svg`<text x=${at(tick)} y="14" text-anchor="middle">${tick}</text>`)}</svg></div>
        <span></span>
      </div>
    </figure>`
  }

  private row(one: Standing, at: (value: number) => string, ticks: readonly number[]): TemplateResult {
    const face = faceOfArm({ ...one, model: '', parameters: {} }, this.variants)
    const [strength, low, high] = [one.strength ?? 0, one.low ?? 0, one.high ?? 0].map(Math.round) as [number, number, number]
    const rank = one.rank_low === one.rank_high ? rankly('rankOne', { n: one.rank_low ?? 0 }) : rankly('rankRange', { low: one.rank_low ?? 0, high: one.rank_high ?? 0 })
    const changes = Object.entries(face.changes).map((pair) => pair.join(' = ')).join(', ')
    return html`<div class="row">
      <div class="name hue-${face.approach}" title=${one.label}>${glyph(face.approach)}<span>${face.name}${changes ? ` · ${changes}` : ''}</span></div>
      <div class="plot-cell hue-${face.approach}">
        <svg class="plot" aria-hidden="true">
          ${ticks.map((tick) => svg`<line class=${tick === 1000 ? 'grid middle' : 'grid'} x1=${at(tick)} x2=${at(tick)} y1="0" y2="100%"/>`)}
          ${svg`<line class="whisker" x1=${at(one.low ?? 0)} x2=${at(one.high ?? 0)} y1="50%" y2="50%"/><circle class="point" cx=${at(one.strength ?? 0)} cy="50%" r="6"/>`}
        </svg>
      </div>
      <div class="label"><strong>${strength}</strong><span>${rankly('between', { low, high })} · ${rank} · n = ${one.games}</span></div>
    </div>`
  }
}

define('px-strengths', StrengthChart)
