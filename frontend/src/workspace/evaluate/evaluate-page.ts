import { html, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { tell } from '../../i18n/evaluate'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { pageStyle } from '../page-style'
import { path, type Route } from '../router'
import { Bench } from './api'
import './dataset-list'
import { evaluateStyle } from './evaluate-style'
import './run-list'

/** Evaluate: all runs, and all datasets. */
export class EvaluatePage extends Part {
  static override styles = [base, controls, pageStyle, evaluateStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route

  override render(): TemplateResult {
    const bench = new Bench(this.client)
    const datasets = this.route.id === 'datasets'
    return html`<div class="page">
      <div class="head">
        <h1>${tell('evaluate')}</h1>
        <a class="button primary push" href=${path('evaluate', 'new')} data-inside="yes">${icon.plus()}${tell('newRun')}</a>
      </div>
      <nav class="tabs" aria-label=${tell('evaluate')}>
        <a href=${path('evaluate')} data-inside="yes" aria-current=${datasets ? 'false' : 'page'}>${tell('runs')}</a>
        <a href=${path('evaluate', 'datasets')} data-inside="yes" aria-current=${datasets ? 'page' : 'false'}>${tell('datasets')}</a>
      </nav>
      ${datasets ? html`<px-dataset-list .client=${this.client} .bench=${bench}></px-dataset-list>` : html`<px-run-list .bench=${bench}></px-run-list>`}
    </div>`
  }
}

define('px-evaluate-page', EvaluatePage)
