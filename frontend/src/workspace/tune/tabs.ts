import { html, type TemplateResult } from 'lit'
import { tell } from '../../i18n/tune'
import { path } from '../router'

/** What stands over the pages of models: the catalogue, and how models are made. */
export function modelTabs(current: 'models' | 'tune' | 'data'): TemplateResult {
  const places = [
    ['models', path('models'), tell('models')],
    ['tune', path('tune'), tell('tune')],
    ['data', path('tune', 'data'), tell('trainingData')],
  ] as const
  return html`<nav class="tabs" aria-label=${tell('models')}>
    ${places.map(([name, address, label]) => html`<a href=${address} data-inside="yes" aria-current=${name === current ? 'page' : 'false'}>${label}</a>`)}
  </nav>`
}
