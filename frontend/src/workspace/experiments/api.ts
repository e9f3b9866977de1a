import type { Client } from '../../api/client'
import type { Page } from '../../api/types'
import type { Language } from '../../i18n/tongue'
import type { Experiment, NewExperiment, Report } from './types'

const at = (id: string, rest = ''): string => `/api/experiments/${encodeURIComponent(id)}${rest}`

/** The live experiments of one service. Every method throws `Failure`. */
export class Laboratory {
  constructor(private readonly client: Client) {}

  all(cursor: string | null = null): Promise<Page<Experiment>> {
    return this.client.json('GET', '/api/experiments', { query: { cursor, limit: 100 } })
  }

  one(id: string): Promise<Experiment> {
    return this.client.json('GET', at(id))
  }

  report(id: string, language: Language): Promise<Report> {
    return this.client.json('GET', at(id, '/report'), { query: { language } })
  }

  start(wanted: NewExperiment): Promise<Experiment> {
    return this.client.json('POST', '/api/experiments', { body: wanted })
  }

  reweigh(id: string, weights: Readonly<Record<string, number>>): Promise<Experiment> {
    return this.client.json('PATCH', at(id), { body: { weights } })
  }

  stop(id: string, how: { readonly winner?: string; readonly reason?: string }): Promise<Experiment> {
    return this.client.json('POST', at(id, '/stop'), { body: how })
  }

  exportUrl(id: string): string {
    return this.client.url(at(id, '/export.csv'))
  }
}
