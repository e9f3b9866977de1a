import { html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { say } from '../../../i18n/common'
import { tell } from '../../../i18n/report'
import { controls } from '../../../ui/controls'
import { hueStyle } from '../../../ui/hue'
import { base, define, Part } from '../../../ui/part'
import { chartStyle } from '../../../charts/chart-style'
import { titleStyle } from '../../shared-style'
import type { Flip } from '../types'
import { armIn, faceIn, type Context } from './context'
import { flipsStyle } from './flips-style'

const AT_ONCE = 10

/** Questions that one arm has right and another wrong, with what both said. */
export class FlipList extends Part {
  static override styles = [base, controls, hueStyle, chartStyle, titleStyle, flipsStyle]

  @property({ attribute: false }) context!: Context
  /** The pair that was chosen; null: the first on which anything differs. */
  @state() private chosen: number | null = null
  @state() private shown = AT_ONCE

  override render(): TemplateResult {
    const { flips } = this.context.report
    const chosen = flips[this.at()]
    if (!chosen || chosen.regressed + chosen.improved === 0) {
      return html`${this.pairs()}<p class="quiet">${tell('noFlips')}</p>`
    }
    const { a, b } = chosen
    return html`${this.pairs()}
      ${this.group(a, chosen.improved, chosen.improvements, a, b)} ${this.group(b, chosen.regressed, chosen.regressions, a, b)}`
  }

  private at(): number {
    const { baseline, flips } = this.context.report
    const differs = flips.map((one, at) => ({ at, ...one })).filter((one) => one.improved + one.regressed > 0)
    const usual = differs.filter((one) => one.b === baseline).sort((a, b) => b.improved + b.regressed - a.improved - a.regressed)[0] ?? differs[0]
    return Math.min(this.chosen ?? usual?.at ?? 0, flips.length - 1)
  }

  private pairs(): TemplateResult | typeof nothing {
    const { flips } = this.context.report
    if (flips.length < 2) return nothing
    return html`<label class="pick"><span>${tell('pair')}</span>
      <select class="field" @change=${(event: Event) => { this.chosen = Number((event.target as HTMLSelectElement).value); this.shown = AT_ONCE }}>
        ${flips.map((one, at) => html`<option value=${at} ?selected=${at === this.at()}>${tell('versus', { a: faceIn(this.context, one.a).name, b: faceIn(this.context, one.b).name })}</option>`)}
      </select></label>`
  }

  private group(right: string, n: number, flips: readonly Flip[], a: string, b: string): TemplateResult | typeof nothing {
    if (n === 0) return nothing
    return html`<h3>${tell('lost', { name: faceIn(this.context, right).name, n })}</h3>
      ${flips.slice(0, this.shown).map((flip) => this.flip(flip, right, a, b))}
      ${flips.length > this.shown ? html`<button type="button" class="button bare" @click=${() => (this.shown += AT_ONCE)}>${tell('more')}</button>` : nothing}`
  }

  private flip(flip: Flip, right: string, a: string, b: string): TemplateResult {
    const side = (name: string, text: string, finish: string): TemplateResult => html`<div class=${name === right ? 'side right' : 'side'}>
      <span class="who">${armIn(this.context, name)}${finish === 'answered' ? nothing : html`<small>${finish === 'declined' || finish === 'failed' || finish === 'stopped' ? tell(`said_${finish}`) : finish}</small>`}</span>
      <p>${text}</p>
    </div>`
    return html`<details>
      <summary>${flip.question}</summary>
      <p class="expected"><span>${tell('reference')}</span> ${flip.references.length > 0 ? flip.references.join(' / ') : tell('unanswerable')} <span class="tags">${flip.tags.join(' · ')}</span></p>
      <div class="sides" role="group" aria-label=${say('answer')}>${side(a, flip.a_text, flip.a_finish)}${side(b, flip.b_text, flip.b_finish)}</div>
    </details>`
  }
}

define('px-flips', FlipList)
