import type { TemplateResult } from 'lit'
import { html } from 'lit'
import type { Client } from '../api/client'
import { tell as compare } from '../i18n/compare'
import { tell as evaluate } from '../i18n/evaluate'
import { tell as experiments } from '../i18n/experiments'
import { tell as tune } from '../i18n/tune'
import { tell as models } from '../i18n/models'
import { tell } from '../i18n/workspace'
import { icon } from '../ui/icons'
import './chat-page'
import './compare/compare-page'
import './documents/document-page'
import './documents/documents-page'
import './evaluate/dataset-page'
import './evaluate/evaluate-page'
import './evaluate/new-run-page'
import './evaluate/run-page'
import './experiments/experiment-page'
import './experiments/experiments-page'
import './experiments/new-experiment-page'
import './leaderboard/leaderboard-page'
import './models/model-page'
import './models/models-page'
import './settings-page'
import './tune/compare-jobs-page'
import './tune/job-page'
import './tune/new-job-page'
import './tune/pairs-page'
import { tuneSign } from './tune/sign'
import './tune/tune-page'
import type { Route } from './router'

/** A section of the workspace: a place in the rail and the page behind it. A new one is one more entry. */
export interface Section {
  readonly name: string
  readonly label: () => string
  readonly sign: (size?: number) => TemplateResult
  readonly page: (client: Client, route: Route) => TemplateResult
  /** The section whose place in the rail it shares. */
  readonly within?: string
}

export const sections: readonly Section[] = [
  {
    name: 'chat',
    label: () => tell('chat'),
    sign: icon.chat,
    page: (client, route) => html`<px-chat-page .client=${client} .route=${route}></px-chat-page>`,
  },
  {
    name: 'compare',
    label: () => compare('compare'),
    sign: icon.compare,
    page: (client, route) =>
      route.id === 'leaderboard'
        ? html`<px-leaderboard-page .client=${client} .route=${route}></px-leaderboard-page>`
        : html`<px-compare-page .client=${client} .route=${route}></px-compare-page>`,
  },
  {
    name: 'documents',
    label: () => tell('documents'),
    sign: icon.documents,
    page: (client, route) =>
      route.id
        ? html`<px-document-page .client=${client} .route=${route}></px-document-page>`
        : html`<px-documents-page .client=${client} .route=${route}></px-documents-page>`,
  },
  {
    name: 'evaluate',
    label: () => evaluate('evaluate'),
    sign: icon.evaluate,
    page: (client, route) => {
      if (route.id === null || route.id === 'datasets') return html`<px-evaluate-page .client=${client} .route=${route}></px-evaluate-page>`
      if (route.id === 'new') return html`<px-new-run-page .client=${client} .route=${route}></px-new-run-page>`
      return route.id.startsWith('run_')
        ? html`<px-run-page .client=${client} .route=${route}></px-run-page>`
        : html`<px-dataset-page .client=${client} .route=${route}></px-dataset-page>`
    },
  },
  {
    name: 'experiments',
    label: () => experiments('experiments'),
    sign: icon.experiments,
    page: (client, route) =>
      route.id === null
        ? html`<px-experiments-page .client=${client}></px-experiments-page>`
        : route.id === 'new'
          ? html`<px-new-experiment-page .client=${client} .route=${route}></px-new-experiment-page>`
          : html`<px-experiment-page .client=${client} .route=${route}></px-experiment-page>`,
  },
  {
    name: 'models',
    label: () => models('models'),
    sign: icon.models,
    page: (client, route) =>
      route.id === null
        ? html`<px-models-page .client=${client} .route=${route}></px-models-page>`
        : html`<px-model-page .client=${client} .route=${route}></px-model-page>`,
  },
  {
    name: 'tune',
    within: 'models',
    label: () => tune('tune'),
    sign: tuneSign,
    page: (client, route) => {
      if (route.id === null || route.id === 'data') return html`<px-tune-page .client=${client} .route=${route}></px-tune-page>`
      if (route.id === 'new') return html`<px-new-job-page .client=${client} .route=${route}></px-new-job-page>`
      if (route.id === 'compare') return html`<px-compare-jobs-page .client=${client} .route=${route}></px-compare-jobs-page>`
      return route.id.startsWith('ft_')
        ? html`<px-job-page .client=${client} .route=${route}></px-job-page>`
        : html`<px-pairs-page .client=${client} .route=${route}></px-pairs-page>`
    },
  },
  {
    name: 'settings',
    label: () => tell('settings'),
    sign: icon.settings,
    page: (client, route) => html`<px-settings-page .client=${client} .route=${route}></px-settings-page>`,
  },
]
