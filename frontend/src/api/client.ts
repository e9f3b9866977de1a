import { answerOf, type ChatEvent } from './chat-events'
import { Failure, isAbort } from './failure'
import { eventsOf, type ServerEvent } from './sse'
import type { Accepted, Chunk, Collection, Document, Formats, Model, Page, Question, Readiness, Receipt, Suggestions, Transcript, Uploaded, Variant, Version } from './types'

/** How long a plain request may take; streams have the silence limit of `eventsOf` instead. */
const ANSWER_SECONDS = 30
const UPLOAD_SECONDS = 900
const PROBE_SECONDS = 5

type Query = Readonly<Record<string, string | number | null | undefined>>

/** The Parallax API at one base URL. Every method throws `Failure`, or `AbortError` when its signal fired. */
export class Client {
  constructor(readonly base: string = '') {}

  url(path: string, query: Query = {}): string {
    const pairs = Object.entries(query).filter(([, value]) => value != null && value !== '')
    const search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()
    return this.base + path + (search && `?${search}`)
  }

  async *ask(question: Omit<Question, 'stream'>, signal: AbortSignal): AsyncGenerator<ChatEvent> {
    const response = await this.send('POST', '/api/chat', { body: { ...question, stream: true }, signal, accept: 'text/event-stream' })
    yield* answerOf(this.stream(response))
  }

  /** A conversation as the server keeps it, for an address that came from another browser. */
  conversation(id: string): Promise<Transcript> {
    return this.json('GET', `/api/conversations/${encodeURIComponent(id)}`)
  }

  /** Every document as it changes; one that was deleted comes as its id alone. */
  async *watchDocuments(signal: AbortSignal): AsyncGenerator<Document | { readonly gone: string }> {
    const response = await this.send('GET', '/api/documents/events', { signal, accept: 'text/event-stream' })
    for await (const { event, data } of this.stream(response)) {
      if (event === 'document') yield JSON.parse(data) as Document
      else if (event === 'gone') yield { gone: (JSON.parse(data) as { id: string }).id }
      else if (event === 'failed') throw Failure.of(JSON.parse(data))
    }
  }

  rate(answer: string, rating: 1 | -1, reason?: string, comment?: string): Promise<unknown> {
    return this.json('POST', `/api/answers/${encodeURIComponent(answer)}/feedback`, { body: { rating, reason, comment } })
  }

  unrate(answer: string): Promise<unknown> {
    return this.json('DELETE', `/api/answers/${encodeURIComponent(answer)}/feedback`)
  }

  variants(): Promise<readonly Variant[]> {
    return this.all<Variant>('/api/variants')
  }

  models(): Promise<readonly Model[]> {
    return this.all<Model>('/api/models')
  }

  formats(): Promise<Formats> {
    return this.json('GET', '/api/formats')
  }

  collections(): Promise<readonly Collection[]> {
    return this.all<Collection>('/api/collections')
  }

  createCollection(name: string): Promise<Collection> {
    return this.json('POST', '/api/collections', { body: { name } })
  }

  /** What could be asked first, what is known, and whether all that may answer reads the documents. */
  suggestions(collection: string, variant: string | null, language: string): Promise<Suggestions> {
    return this.json('GET', `/api/collections/${encodeURIComponent(collection)}/suggestions`, { query: { variant, language } })
  }

  documents(collection: string): Promise<readonly Document[]> {
    return this.all<Document>('/api/documents', { collection })
  }

  document(id: string, signal?: AbortSignal): Promise<Document> {
    return this.json('GET', this.at(id), { signal })
  }

  chunks(id: string, query: { cursor?: string | null; limit?: number; version?: number | null } = {}, signal?: AbortSignal): Promise<Page<Chunk>> {
    return this.json('GET', this.at(id, '/chunks'), { query, signal })
  }

  async versions(id: string): Promise<readonly Version[]> {
    return (await this.json<Page<Version>>('GET', this.at(id, '/versions'))).items
  }

  fileUrl(id: string): string {
    return this.url(this.at(id, '/file'))
  }

  removeDocument(id: string): Promise<Receipt> {
    return this.json('DELETE', this.at(id))
  }

  cancelDocument(id: string): Promise<unknown> {
    return this.json('POST', this.at(id, '/cancel'))
  }

  retryDocument(id: string): Promise<unknown> {
    return this.json('POST', this.at(id, '/retry'))
  }

  /** 503 with a body is an answer here: it names what is not ready. */
  async readiness(): Promise<Readiness> {
    const response = await this.reach(this.url('/readyz'), { headers: { Accept: 'application/json' }, signal: within(ANSWER_SECONDS, undefined) })
    const body = (await response.json().catch(() => null)) as Readiness | null
    if (body && typeof body === 'object' && 'checks' in body) return body
    throw Failure.of(body, response.status)
  }

  /** One file; XMLHttpRequest, because fetch does not tell how much has been sent. */
  upload(file: File, collection: string, onProgress: (share: number) => void, signal?: AbortSignal): Promise<Accepted> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      const form = new FormData()
      form.append('files', file, file.name)
      form.append('collection', collection)
      request.open('POST', this.url('/api/documents'))
      request.responseType = 'json'
      request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total)
      request.timeout = UPLOAD_SECONDS * 1000
      request.ontimeout = () => reject(Failure.here('timeout'))
      request.onerror = () => reject(Failure.here('unreachable'))
      request.onabort = () => reject(new DOMException('stopped', 'AbortError'))
      request.onload = () => {
        const body = request.response as { items?: Uploaded[] } | null
        const item = body?.items?.[0]
        if (item && 'error' in item) reject(Failure.of(item.error, request.status))
        else if (item && request.status < 300) resolve(item)
        else reject(Failure.of(body, request.status))
      }
      signal?.addEventListener('abort', () => request.abort())
      request.send(form)
    })
  }

  private at(id: string, rest = ''): string {
    return `/api/documents/${encodeURIComponent(id)}${rest}`
  }

  private async all<T>(path: string, query: Query = {}): Promise<readonly T[]> {
    const items: T[] = []
    let cursor: string | null | undefined = null
    do {
      const page: Page<T> = await this.json('GET', path, { query: { ...query, cursor, limit: 100 } })
      items.push(...page.items)
      cursor = page.next
    } while (cursor)
    return items
  }

  /** One request with a JSON answer; for parts of the API that have a client of their own. */
  async json<T>(method: string, path: string, options: { body?: unknown; query?: Query; signal?: AbortSignal } = {}): Promise<T> {
    const response = await this.send(method, path, { ...options, signal: within(ANSWER_SECONDS, options.signal), accept: 'application/json' })
    return (response.status === 204 ? {} : await response.json()) as T
  }

  /** One form, files and all. */
  async form<T>(path: string, form: FormData): Promise<T> {
    const response = await this.reach(this.url(path), { method: 'POST', headers: { Accept: 'application/json' }, body: form, signal: within(UPLOAD_SECONDS, undefined) })
    if (!response.ok) throw Failure.of(await response.json().catch(() => null), response.status)
    return (await response.json()) as T
  }

  /** The events of one POST, as they come. */
  async *events(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<ServerEvent> {
    yield* this.stream(await this.send('POST', path, { body, signal, accept: 'text/event-stream' }))
  }

  private async send(
    method: string,
    path: string,
    { body, query, signal, accept }: { body?: unknown; query?: Query; signal?: AbortSignal; accept: string },
  ): Promise<Response> {
    const headers: Record<string, string> = { Accept: accept }
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    const response = await this.reach(this.url(path, query), { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal })
    if (response.ok) return response
    const problem: unknown = await response.json().catch(() => null)
    throw Failure.of(problem, response.status)
  }

  private async reach(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init)
    } catch (error) {
      if (isAbort(error)) throw error
      if (error instanceof DOMException && error.name === 'TimeoutError') throw Failure.here('timeout')
      throw Failure.here((await this.refusesUs()) ? 'origin' : 'unreachable')
    }
  }

  /** Whether the server is there and just does not talk to pages of this origin: then the browser hides why a request failed. */
  private async refusesUs(): Promise<boolean> {
    if (new URL(this.base, location.href).origin === location.origin) return false
    try {
      await fetch(this.url('/healthz'), { mode: 'no-cors', signal: within(PROBE_SECONDS, undefined) })
      return true
    } catch {
      return false
    }
  }

  private async *stream(response: Response): AsyncGenerator<ServerEvent> {
    if (!response.body) throw Failure.here('stream_cut')
    try {
      yield* eventsOf(response.body)
    } catch (error) {
      throw error instanceof TypeError ? Failure.here('stream_cut') : error
    }
  }
}

/** The caller's signal and the clock, whichever comes first. */
function within(seconds: number, signal: AbortSignal | undefined): AbortSignal {
  const clock = AbortSignal.timeout(seconds * 1000)
  return signal ? AbortSignal.any([signal, clock]) : clock
}
