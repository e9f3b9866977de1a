import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Variant } from '../../api/types'
import { named } from '../../charts/face'
import { tell } from '../../i18n/experiments'
import { percent, when } from '../../i18n/tongue'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { statusStyle } from '../documents/status'
import { tableStyle } from '../documents/table-style'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { pageStyle } from '../page-style'
import { path } from '../router'
import { Laboratory } from './api'
import { faceOfLane } from './faces'
import { isRunning, type Experiment } from './types'

/** All experiments, the newest first. */
export class ExperimentsPage extends Part {
  static override styles = [base, controls, hueStyle, pageStyle, statusStyle, tableStyle, evaluateStyle]

  @property({ attribute: false }) client!: Client
  @state() private experiments: readonly Experiment[] | null = null
  @state() private variants: readonly Variant[] = []
  @state() private next: string | null = null
  @state() private failure: Failure | null = null

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('client')) void this.load()
  }

  override render(): TemplateResult {
    return html`<div class="page">
      <div class="head"><h1>${tell('experiments')}</h1><a class="button primary push" href=${path('experiments', 'new')} data-inside="yes">${icon.plus()}${tell('newExperiment')}</a></div>
      ${this.failure ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span><button type="button" class="button" @click=${() => this.load()}>${tell('retry')}</button></div>` : nothing}
      ${this.list()}
    </div>`
  }

  private list(): TemplateResult | typeof nothing {
    if (!this.experiments) return this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3].map(() => html`<span class="skeleton"></span>`)}</div>`
    if (this.experiments.length === 0) {
      return html`<div class="empty">${icon.experiments(40)}<strong>${tell('none')}</strong><p>${tell('noneHint')}</p><a class="button primary" href=${path('experiments', 'new')} data-inside="yes">${tell('newExperiment')}</a></div>`
    }
    return html`<table>
        <thead><tr><th scope="col">${tell('name')}</th><th scope="col" class="wide">${tell('lanes')}</th><th scope="col" class="wide">${tell('metric')}</th><th scope="col">${tell('state')}</th></tr></thead>
        <tbody>${this.experiments.map((one) => this.row(one))}</tbody>
      </table>
      ${this.next ? html`<button type="button" class="button bare" @click=${() => this.load(this.next)}>${tell('more')}</button>` : nothing}`
  }

  private row(one: Experiment): TemplateResult {
    return html`<tr>
      <td class="name"><div class="line"><a href=${path('experiments', one.id)} data-inside="yes">${one.name}</a></div></td>
      <td class="wide"><span class="arms">${one.variants.map((lane) => html`<span>${named(faceOfLane(lane, this.variants))} <span class="faint num">${percent(lane.weight)}</span></span>`)}</span></td>
      <td class="wide soft">${one.aa ? tell('aa') : tell(`metric_${one.metric as 'feedback'}`)}</td>
      <td class="num">${standing(one)}</td>
    </tr>`
  }

  private async load(cursor: string | null = null): Promise<void> {
    try {
      const lab = new Laboratory(this.client)
      const [page, variants] = await Promise.all([lab.all(cursor), this.client.variants()])
      this.variants = variants
      this.experiments = [...(cursor ? (this.experiments ?? []) : []), ...page.items]
      this.next = page.next ?? null
      this.failure = null
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

/** Whether it runs, and since or until when. */
export const standing = (one: Experiment): TemplateResult =>
  isRunning(one)
    ? html`<span class="status embedding">${tell('running')}</span> <span class="faint">${tell('since', { when: when(one.created_at) })}</span>`
    : html`<span class="status cancelled">${tell('stopped')}</span> <span class="faint">${tell('until', { when: when(one.stopped_at ?? one.created_at) })}</span>`

define('px-experiments-page', ExperimentsPage)
