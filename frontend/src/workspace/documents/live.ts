import type { Client } from '../../api/client'
import { isAbort } from '../../api/failure'
import type { Document } from '../../api/types'

const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 15_000

/** Follows every document's progress; comes back by itself, with growing pauses, when the stream breaks. */
export class Live {
  private control: AbortController | null = null

  constructor(
    private readonly client: Client,
    private readonly seen: (document: Document) => void,
    private readonly gone: (id: string) => void,
    /** Called with true when the stream stands (events may have been missed), false when it broke. */
    private readonly stands: (well: boolean) => void,
  ) {}

  start(): void {
    document.addEventListener('visibilitychange', this.look)
    this.open()
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.look)
    this.close()
  }

  private open(): void {
    if (this.control) return
    this.control = new AbortController()
    void this.follow(this.control.signal)
  }

  private close(): void {
    this.control?.abort()
    this.control = null
  }

  /** A browser has few connections for one server: a tab that nobody sees gives its one back. */
  private readonly look = (): void => {
    if (document.hidden) return this.close()
    if (this.control) return
    this.open()
    this.stands(true)
  }

  private async follow(signal: AbortSignal): Promise<void> {
    let pause = FIRST_PAUSE
    let broken = false
    while (!signal.aborted) {
      try {
        for await (const news of this.client.watchDocuments(signal)) {
          if (broken) this.stands(true)
          broken = false
          pause = FIRST_PAUSE
          if ('gone' in news) this.gone(news.gone)
          else this.seen(news)
        }
      } catch (error) {
        if (isAbort(error)) return
        broken = true
        this.stands(false)
      }
      await new Promise((resolve) => setTimeout(resolve, pause))
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    }
  }
}
