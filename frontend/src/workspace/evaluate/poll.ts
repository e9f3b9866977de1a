/** Asks again and again while a page is looked at. One question at a time; a hidden tab asks nothing. */
export class Poll {
  private timer: ReturnType<typeof setTimeout> | null = null

  constructor(
    private readonly ask: () => Promise<boolean>,
    private readonly pause = 1_500,
  ) {}

  /** Goes on for as long as `ask` says true. */
  start(): void {
    if (this.timer === null) this.timer = setTimeout(() => void this.turn(), this.pause)
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
  }

  private async turn(): Promise<void> {
    const mine = this.timer
    const more = document.hidden || (await this.ask().catch(() => true))
    if (this.timer !== mine) return
    this.timer = null
    if (more) this.start()
  }
}
