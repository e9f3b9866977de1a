import type { Client } from '../api/client'
import type { Chunk } from '../api/types'

const PAGE = 100
/** Pages fetched at once to reach a place far inside a document. */
const REACH = 60

/** The chunks of one document, read page by page in order. */
export class Reading {
  chunks: readonly Chunk[] = []
  private cursor: string | null = null
  private ended = false

  constructor(
    private readonly client: Client,
    readonly document: string,
    private readonly version: number | null = null,
  ) {}

  get more(): boolean {
    return !this.ended
  }

  async next(signal: AbortSignal): Promise<void> {
    if (this.ended) return
    const page = await this.client.chunks(this.document, { cursor: this.cursor, limit: PAGE, version: this.version }, signal)
    this.chunks = [...this.chunks, ...page.items]
    this.cursor = page.next ?? null
    this.ended = this.cursor === null
  }

  /** Reads on until the chunk is there, or the document ends. */
  async until(chunk: string, signal: AbortSignal): Promise<void> {
    for (let page = 0; page < REACH && this.more; page += 1) {
      if (this.chunks.some((one) => one.id === chunk)) return
      await this.next(signal)
    }
  }
}
