import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import '../../../charts/scatter-chart'
import type { Spot } from '../../../charts/scatter-chart'
import { axisOf } from '../../../charts/scale'
import { tell } from '../../../i18n/report'
import { seconds } from '../../../i18n/tongue'
import { controls } from '../../../ui/controls'
import { base, define, Part } from '../../../ui/part'
import { money, valueAxis, written } from '../figures'
import { faceIn, metricOf, type Context } from './context'

type Across = 'seconds' | 'cost'

/** Quality against time or cost. */
export class ParetoView extends Part {
  static override styles = [
    base,
    controls,
    css`
      .switch {
        display: inline-flex;
        gap: 4px;
      }
      .button {
        height: 28px;
      }
      .button[aria-pressed='true'] {
        background: var(--px-accent-soft);
        color: var(--px-accent-text);
      }
      .quiet {
        color: var(--px-text-faint);
      }
    `,
  ]

  @property({ attribute: false }) context!: Context
  @state() private across: Across = 'seconds'

  override render(): TemplateResult {
    const { report } = this.context
    const metric = metricOf(this.context, report.headline)
    const priced = report.pareto.some((one) => (one.cost ?? 0) > 0)
    const across = priced ? this.across : 'seconds'
    const spots = report.pareto.flatMap((one): Spot[] => {
      const x = one[across]
      if (x === null) return []
      const mean = report.arms.find((arm) => arm.variant === one.variant)?.metrics[report.headline]
      const face = faceIn(this.context, one.variant)
      const said = tell('paretoOf', { name: face.name, quality: written(one.quality, metric), x: across === 'cost' ? money(x) : seconds(x) })
      return [{ face, x, y: one.quality, low: mean?.low ?? null, high: mean?.high ?? null, leading: one.efficient, said }]
    })
    return html`${priced
        ? html`<div class="switch" role="group">${(['seconds', 'cost'] as const).map((one) => html`<button type="button" class="button bare" aria-pressed=${across === one} @click=${() => (this.across = one)}>${tell(one === 'seconds' ? 'byTime' : 'byCost')}</button>`)}</div>`
        : report.pareto.length > 0 && report.pareto.every((one) => one.cost === 0) ? html`<p class="quiet">${tell('allFree')}</p>` : nothing}
      ${spots.length === 0
        ? html`<p class="quiet">${tell('noPareto')}</p>`
        : html`<px-scatter
            .caption=${tell('pareto')}
            .spots=${spots}
            .across=${axisOf([0, ...spots.map((one) => one.x * 1.1)], 5)}
            .up=${valueAxis(spots.flatMap((one) => [one.y, one.low, one.high]), metric)}
            .writtenAcross=${(value: number) => (across === 'cost' ? money(value) : `${value} s`)}
            .writtenUp=${(value: number) => written(value, metric)}
            .acrossName=${tell(across === 'cost' ? 'costName' : 'secondsName')}
          ></px-scatter>`}`
  }
}

define('px-pareto', ParetoView)
