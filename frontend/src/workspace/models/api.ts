import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { components } from '../../api/schema.gen'
import type { Page } from '../../api/types'

type Schemas = components['schemas']
export type Model = Schemas['Model']
export type ModelCard = Schemas['ModelCard']
export type Measured = Schemas['Measured']
export type Tried = Schemas['Tried']

export type Piece = { readonly text: string } | { readonly tried: Tried }

const at = (name: string, rest = ''): string => `/api/models/${encodeURIComponent(name)}${rest}`

/** The catalogue of models of one service. Every method throws `Failure`. */
export class Catalogue {
  constructor(private readonly client: Client) {}

  async all(): Promise<readonly Model[]> {
    return (await this.client.json<Page<Model>>('GET', '/api/models')).items
  }

  one(name: string): Promise<ModelCard> {
    return this.client.json('GET', at(name))
  }

  async measured(name: string): Promise<readonly Measured[]> {
    return (await this.client.json<Page<Measured>>('GET', at(name, '/measured'))).items
  }

  deploy(name: string, as: { readonly approach?: string; readonly variant?: string } = {}): Promise<ModelCard> {
    return this.client.json('POST', at(name, '/deploy'), { body: as })
  }

  retire(name: string): Promise<ModelCard> {
    return this.client.json('POST', at(name, '/retire'))
  }

  makeCurrent(name: string): Promise<ModelCard> {
    return this.client.json('PATCH', at(name), { body: { current: true } })
  }

  pull(name: string): Promise<ModelCard> {
    return this.client.json('POST', at(name, '/pull'))
  }

  /** What the model says, piece by piece, and at last what became of it. */
  async *attempt(name: string, prompt: string, signal: AbortSignal): AsyncGenerator<Piece> {
    let over = false
    for await (const { event, data } of this.client.events(at(name, '/try'), { prompt }, signal)) {
      const body = JSON.parse(data) as Record<string, unknown>
      if (event === 'delta') yield { text: String(body.text ?? '') }
      else if (event === 'failed') throw Failure.of(body)
      else if (event === 'finished') {
        over = true
        yield { tried: body as unknown as Tried }
      }
    }
    if (!over) throw Failure.here('stream_cut')
  }
}
