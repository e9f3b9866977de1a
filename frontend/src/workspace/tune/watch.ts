import { isAbort } from '../../api/failure'
import type { Workshop } from './api'
import { goesOn, type Job, type Point } from './types'

const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 15_000

/** The points known so far with new ones; a step that was done again after a resume takes its new values. */
export function merged(known: readonly Point[], fresh: readonly Point[]): readonly Point[] {
  if (fresh.length === 0) return known
  const by = new Map(known.map((one) => [`${one.setting} ${one.step}`, one]))
  for (const one of fresh) {
    const key = `${one.setting} ${one.step}`
    const before = by.get(key)
    by.set(key, { ...one, train: one.train ?? before?.train ?? null, validation: one.validation ?? before?.validation ?? null })
  }
  return [...by.values()].sort((a, b) => a.setting - b.setting || a.step - b.step)
}

/** Follows one job until it has ended; comes back by itself, with growing pauses, when the stream breaks. */
export class Watch {
  private control: AbortController | null = null

  constructor(
    private readonly workshop: Workshop,
    private readonly id: string,
    private readonly seen: (job: Job) => void,
    /** Called with false when the stream broke, true when it stands again. */
    private readonly stands: (well: boolean) => void,
  ) {}

  start(): void {
    document.addEventListener('visibilitychange', this.look)
    this.open()
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.look)
    this.control?.abort()
    this.control = null
  }

  private open(): void {
    if (this.control) return
    this.control = new AbortController()
    void this.follow(this.control.signal)
  }

  /** A browser has few connections for one server: a tab that nobody sees gives its one back. */
  private readonly look = (): void => {
    if (!document.hidden) return this.open()
    this.control?.abort()
    this.control = null
  }

  private async follow(signal: AbortSignal): Promise<void> {
    let pause = FIRST_PAUSE
    while (!signal.aborted) {
      let loss: readonly Point[] | null = null
      try {
        for await (const { job, ended } of this.workshop.follow(this.id, signal)) {
          loss = ended || loss === null ? job.loss : merged(loss, job.loss)
          pause = FIRST_PAUSE
          this.stands(true)
          this.seen({ ...job, loss })
          if (!goesOn(job)) return this.stop()
        }
      } catch (error) {
        if (signal.aborted || isAbort(error)) return
        this.stands(false)
      }
      await new Promise((resolve) => setTimeout(resolve, pause))
      pause = Math.min(pause * 2, LONGEST_PAUSE)
    }
  }
}
