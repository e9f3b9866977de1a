import { html, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import { tell } from '../../i18n/tune'
import { controls } from '../../ui/controls'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import { evaluateStyle } from '../evaluate/evaluate-style'
import { pageStyle } from '../page-style'
import { path, type Route } from '../router'
import { Workshop } from './api'
import './job-list'
import './pairs-list'
import { modelTabs } from './tabs'

/** Fine-tune: all training jobs, and all training data. */
export class TunePage extends Part {
  static override styles = [base, controls, pageStyle, evaluateStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route

  override render(): TemplateResult {
    const workshop = new Workshop(this.client)
    const data = this.route.id === 'data'
    return html`<div class="page">
      <div class="head">
        <h1>${tell('models')}</h1>
        <a class="button primary push" href=${path('tune', 'new')} data-inside="yes">${icon.plus()}${tell('newJob')}</a>
      </div>
      ${modelTabs(data ? 'data' : 'tune')}
      ${data ? html`<px-pairs-list .client=${this.client} .workshop=${workshop}></px-pairs-list>` : html`<px-job-list .workshop=${workshop}></px-job-list>`}
    </div>`
  }
}

define('px-tune-page', TunePage)
