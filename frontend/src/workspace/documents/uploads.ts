import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Accepted, Problem } from '../../api/types'

export interface Upload {
  readonly key: number
  readonly file: File
  readonly collection: string
  readonly share: number
  readonly state: 'waiting' | 'sending' | 'done' | 'failed'
  readonly error: Problem | null
  readonly duplicate: string | null
}

const AT_ONCE = 3

/** Files on their way: a few at a time, each with its own progress and its own error. */
export class Uploads {
  items: readonly Upload[] = []
  private serial = 0

  constructor(
    private readonly client: Client,
    private readonly changed: () => void,
    private readonly accepted: (item: Accepted) => void,
  ) {}

  add(files: Iterable<File>, collection: string): void {
    const fresh = Array.from(files, (file): Upload => ({ key: ++this.serial, file, collection, share: 0, state: 'waiting', error: null, duplicate: null }))
    this.items = [...this.items, ...fresh]
    this.changed()
    this.pump()
  }

  dismiss(key: number): void {
    this.items = this.items.filter((item) => item.key !== key)
    this.changed()
  }

  private pump(): void {
    const sending = this.items.filter((item) => item.state === 'sending').length
    for (const item of this.items.filter((one) => one.state === 'waiting').slice(0, AT_ONCE - sending)) void this.send(item)
  }

  private async send(item: Upload): Promise<void> {
    this.set(item.key, { state: 'sending' })
    try {
      const uploaded = await this.client.upload(item.file, item.collection, (share) => this.set(item.key, { share }))
      this.accepted(uploaded)
      if (uploaded.duplicate_of) this.set(item.key, { state: 'done', share: 1, duplicate: uploaded.duplicate_of })
      else this.dismiss(item.key)
    } catch (error) {
      const { code, message, hint } = Failure.of(error)
      this.set(item.key, { state: 'failed', error: { code, message, hint } })
    }
    this.pump()
  }

  private set(key: number, change: Partial<Upload>): void {
    this.items = this.items.map((item) => (item.key === key ? { ...item, ...change } : item))
    this.changed()
  }
}
