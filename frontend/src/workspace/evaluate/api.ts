import type { Client } from '../../api/client'
import type { Page } from '../../api/types'
import type { Against, Asked, Case, CaseChange, CaseStatus, Dataset, Metric, NewCase, NewRun, Report, Run } from './types'

type Query = Readonly<Record<string, string | number | null | undefined>>

const set = (id: string, rest = ''): string => `/api/datasets/${encodeURIComponent(id)}${rest}`
const at = (id: string, rest = ''): string => `/api/runs/${encodeURIComponent(id)}${rest}`

/** Datasets, runs and reports of one service. Every method throws `Failure`. */
export class Bench {
  constructor(private readonly client: Client) {}

  datasets(cursor: string | null = null): Promise<Page<Dataset>> {
    return this.client.json('GET', '/api/datasets', { query: { cursor, limit: 100 } })
  }

  dataset(id: string): Promise<Dataset> {
    return this.client.json('GET', set(id))
  }

  /** A file of cases; all of it is kept or nothing. */
  upload(file: File, name: string): Promise<Dataset> {
    const form = new FormData()
    form.append('file', file, file.name)
    if (name.trim() !== '') form.append('name', name.trim())
    return this.client.form('/api/datasets', form)
  }

  draft(wanted: { readonly collection: string; readonly count: number; readonly name?: string; readonly model?: string }): Promise<Dataset> {
    return this.client.json('POST', '/api/datasets/draft', { body: wanted })
  }

  fromFeedback(wanted: { readonly name?: string; readonly collection?: string }): Promise<Dataset> {
    return this.client.json('POST', '/api/datasets/from-feedback', { body: wanted })
  }

  removeDataset(id: string): Promise<unknown> {
    return this.client.json('DELETE', set(id))
  }

  cases(id: string, status: CaseStatus, cursor: string | null = null): Promise<Page<Case>> {
    return this.client.json('GET', set(id, '/cases'), { query: { status, cursor, limit: 50 } })
  }

  add(id: string, one: NewCase): Promise<Dataset> {
    return this.client.json('POST', set(id, '/cases'), { body: { cases: [one] } })
  }

  change(id: string, kept: string, change: CaseChange): Promise<Case> {
    return this.client.json('PATCH', set(id, `/cases/${encodeURIComponent(kept)}`), { body: change })
  }

  async metrics(): Promise<readonly Metric[]> {
    return (await this.client.json<Page<Metric>>('GET', '/api/evaluation/metrics')).items
  }

  runs(query: { readonly dataset?: string; readonly cursor?: string | null } = {}): Promise<Page<Run>> {
    return this.client.json('GET', '/api/runs', { query: { ...query, limit: 50 } })
  }

  run(id: string): Promise<Run> {
    return this.client.json('GET', at(id))
  }

  begin(wanted: NewRun): Promise<Run> {
    return this.client.json('POST', '/api/runs', { body: wanted })
  }

  cancel(id: string): Promise<Run> {
    return this.client.json('POST', at(id, '/cancel'))
  }

  /** Lets a run that failed or was cancelled go on where it ended. */
  resume(id: string): Promise<Run> {
    return this.client.json('POST', at(id, '/resume'))
  }

  again(id: string): Promise<Run> {
    return this.client.json('POST', at(id, '/again'))
  }

  removeRun(id: string): Promise<unknown> {
    return this.client.json('DELETE', at(id))
  }

  report(id: string, baseline: string | null): Promise<Report> {
    return this.client.json('GET', at(id, '/report'), { query: { baseline } })
  }

  asked(id: string, query: Query): Promise<Page<Asked>> {
    return this.client.json('GET', at(id, '/cases'), { query: { ...query, limit: 20 } })
  }

  against(id: string, other: string): Promise<Against> {
    return this.client.json('GET', at(id, `/against/${encodeURIComponent(other)}`))
  }

  /** Where the whole report can be fetched, as a page, a table or data. */
  downloads(id: string, baseline: string | null, lang: string): { readonly html: string; readonly csv: string; readonly json: string } {
    return {
      html: this.client.url(at(id, '/report.html'), { baseline, lang, download: 'true' }),
      csv: this.client.url(at(id, '/report.csv')),
      json: this.client.url(at(id, '/report'), { baseline }),
    }
  }
}
