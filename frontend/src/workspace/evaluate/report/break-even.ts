import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import '../../../charts/lines-chart'
import { axisOf } from '../../../charts/scale'
import { tell } from '../../../i18n/report'
import { count } from '../../../i18n/tongue'
import { controls } from '../../../ui/controls'
import { base, define, Part } from '../../../ui/part'
import { money } from '../figures'
import type { BreakEvenArm } from '../types'
import { faceIn, type Context } from './context'
import { armsOf, monthsToPayBack, placeOf, questionsAMonth, questionsAt, type Payback } from './payback'

const YEAR = 12
const LONG = 36

/** When training pays back: a slider over questions a month, with costs from the run that anybody may correct. */
export class BreakEvenView extends Part {
  static override styles = [
    base,
    controls,
    css`
      .costs {
        display: flex;
        flex-wrap: wrap;
        gap: 12px 24px;
        margin-bottom: 16px;
      }
      label {
        display: grid;
        gap: 4px;
        color: var(--px-text-soft);
      }
      label small {
        min-height: 16px;
        font-size: var(--px-size-1);
        line-height: 16px;
        color: var(--px-text-faint);
      }
      .costs .field {
        width: 152px;
        font-variant-numeric: tabular-nums;
      }
      .only {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      input[type='range'] {
        width: min(480px, 100%);
        accent-color: var(--px-accent);
      }
      output {
        display: block;
        margin: 12px 0 4px;
        font-size: var(--px-size-4);
        line-height: 28px;
        font-weight: 600;
      }
      .quiet {
        margin: 0;
        color: var(--px-text-faint);
      }
    `,
  ]

  @property({ attribute: false }) context!: Context
  @state() private typed: Partial<Record<keyof Payback, number>> = {}
  @state() private onlyCorrect = false
  @state() private place = placeOf(10_000)

  override render(): TemplateResult {
    const [now, then] = armsOf(this.context.report)
    if (!then) return html`<p class="quiet">${tell('nothingTuned')}</p>`
    const given: Readonly<Record<keyof Payback, number | null>> = {
      training: this.typed.training ?? this.context.report.break_even.training_cost,
      before: this.typed.before ?? this.costOf(now),
      after: this.typed.after ?? this.costOf(then),
    }
    const { training, before, after } = given
    const payback: Payback | null = training === null || before === null || after === null ? null : { training, before, after }
    const volume = questionsAt(this.place)
    return html`<div class="costs">
        ${this.field('training', tell('trainingCost'), given.training, null)} ${this.field('before', tell('before'), given.before, now)} ${this.field('after', tell('after'), given.after, then)}
        <label class="only"><input type="checkbox" .checked=${this.onlyCorrect} @change=${(event: Event) => (this.onlyCorrect = (event.target as HTMLInputElement).checked)} />${tell('onlyCorrect')}</label>
      </div>
      <label>${tell('volume')}: ${tell('aMonth', { n: count(volume) })}
        <input type="range" min="20" max="140" step="1" .value=${String(this.place)} aria-valuetext=${tell('aMonth', { n: count(volume) })} @input=${(event: Event) => (this.place = Number((event.target as HTMLInputElement).value))} />
      </label>
      <output aria-live="polite">${payback ? this.sentence(payback, volume) : tell('fillIn')}</output>
      ${payback ? html`${this.yearly(payback)} ${this.chart(payback, volume)}` : nothing}`
  }

  private costOf(arm: BreakEvenArm | null): number | null {
    if (!arm || arm.cost === null) return null
    return this.onlyCorrect && arm.correct ? arm.cost / arm.correct : arm.cost
  }

  private field(name: keyof Payback, label: string, value: number | null, from: BreakEvenArm | null): TemplateResult {
    const set = (event: Event): void => {
      const given = (event.target as HTMLInputElement).valueAsNumber
      this.typed = { ...this.typed, [name]: Number.isFinite(given) && given >= 0 ? given : undefined }
    }
    return html`<label>${label} ($)
      <input class="field" type="number" min="0" step="any" name=${name} .value=${value === null ? '' : String(Number(value.toPrecision(6)))} placeholder="?" @change=${set} />
      <small>${from && value !== null && this.typed[name] === undefined ? tell('fromArm', { name: faceIn(this.context, from.variant).name }) : nothing}</small>
    </label>`
  }

  private sentence(payback: Payback, volume: number): string {
    if (payback.training <= 0) return tell('setTraining')
    const months = monthsToPayBack(payback, volume)
    if (months === null) return tell('neverPays')
    if (months <= 1) return tell('paysBackOne')
    return tell(months > LONG ? 'paysLate' : 'paysBack', { months: count(months < 10 ? Math.round(months * 10) / 10 : Math.round(months)) })
  }

  private yearly(payback: Payback): TemplateResult | typeof nothing {
    const needed = questionsAMonth(payback, YEAR)
    return needed === null || needed === 0 ? nothing : html`<p class="quiet">${tell('within', { n: count(needed) })}</p>`
  }

  private chart(payback: Payback, volume: number): TemplateResult | typeof nothing {
    const months = monthsToPayBack(payback, volume)
    if (months === null || payback.training <= 0) return nothing
    const span = months > 24 ? LONG : months > 12 ? 24 : 12
    const [without, withIt] = [payback.before * volume * span, payback.training + payback.after * volume * span]
    const meets = { at: months, said: tell('paysBack', { months: count(Math.round(months * 10) / 10) }) }
    return html`<px-lines
        .caption="${tell('keepOn')}: ${money(without)}; ${tell('trained')}: ${money(withIt)}"
        .lines=${[
          { face: { name: tell('keepOn'), approach: 'rag', title: '' }, from: 0, to: without },
          { face: { name: tell('trained'), approach: 'fine_tuned', title: '' }, from: payback.training, to: withIt },
        ]}
        .across=${{ from: 0, to: span, ticks: [0, span / 4, span / 2, (span * 3) / 4, span] }}
        .up=${axisOf([0, without, withIt], 5)}
        .written=${(value: number) => money(value)}
        .acrossName=${tell('monthsName')}
        .meets=${meets}
      ></px-lines>`
  }
}

define('px-break-even', BreakEvenView)
