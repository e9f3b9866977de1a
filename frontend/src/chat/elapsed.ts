import { css, html, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { seconds } from '../i18n/tongue'
import { base, define, Part } from '../ui/part'

/** Says nothing while an answer is quick; later, how long it has been: a small model on a busy machine takes a while. */
const QUIET_SECONDS = 3

/** Seconds since an instant, counted up. */
export class Elapsed extends Part {
  static override styles = [base, css`:host { font-size: inherit; font-variant-numeric: tabular-nums; color: inherit; }`]

  @property({ type: Number }) since = Date.now()
  @state() private now = Date.now()
  private timer: ReturnType<typeof setInterval> | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    this.timer = setInterval(() => (this.now = Date.now()), 1000)
  }

  override disconnectedCallback(): void {
    clearInterval(this.timer)
    super.disconnectedCallback()
  }

  override render(): TemplateResult | string {
    const past = Math.floor((this.now - this.since) / 1000)
    return past < QUIET_SECONDS ? '' : html`<span aria-hidden="true">${seconds(past).replace('.0', '')}</span>`
  }
}

define('px-elapsed', Elapsed)
