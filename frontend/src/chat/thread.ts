import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import { whyDeclined } from '../answer/account'
import type { Variant } from '../api/types'
import { say } from '../i18n/common'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import { plainly, ready } from './spoken'
import { isOpen, type Turn } from './turn'
import './turn-view'
import type { TurnView } from './turn-view'

/** The turns of a conversation, scrolled with the answer as it grows, and read out statement by statement. */
export class Thread extends Part {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: block;
        position: relative;
        min-height: 0;
        overflow: clip;
      }
      .scroll {
        height: 100%;
        container-type: size;
        position: relative;
        overflow-y: auto;
        overscroll-behavior: contain;
        scrollbar-gutter: stable both-edges;
      }
      .column {
        max-width: 768px;
        margin: 0 auto;
        padding: 24px;
      }
      :host([compact]) .column {
        padding: 16px;
      }
      px-turn + px-turn {
        margin-top: 32px;
        padding-top: 32px;
        border-top: 1px solid var(--px-line);
      }
      :host([compact]) px-turn + px-turn {
        margin-top: 24px;
        padding-top: 0;
        border-top: 0;
      }
      px-turn + px-turn:last-of-type {
        min-height: calc(50cqh - 24px);
      }
      .visually-hidden {
        top: 0;
      }
      .newest {
        position: absolute;
        inset-inline-end: 16px;
        bottom: 12px;
        border: 1px solid var(--px-line);
        border-radius: 50%;
        background: var(--px-surface);
        box-shadow: var(--px-shadow-1);
      }
    `,
  ]

  @property({ attribute: false }) turns: readonly Turn[] = []
  @property({ attribute: false }) variants: readonly Variant[] = []
  @property({ attribute: false }) rate!: TurnView['rate']
  @property({ type: Boolean, reflect: true }) compact = false
  @state() private away = false
  @state() private spoken: readonly string[] = []
  private left = false
  private heard: { key: string; length: number; open: boolean } = { key: '', length: 0, open: false }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('turns')) this.listen()
  }

  override render(): TemplateResult {
    const busy = this.turns.some(isOpen)
    return html`<div class="scroll" @scroll=${this.look} @wheel=${this.leave} @touchmove=${this.leave} @keydown=${this.leave}>
        <div class="column">
          ${this.turns.length === 0 ? html`<slot></slot>` : nothing}
          ${repeat(this.turns, (turn) => turn.key, (turn, index) => html`<px-turn class=${repeated(turn, this.turns[index - 1]) ? 'repeated' : ''} .turn=${turn} .variants=${this.variants} .rate=${this.rate} .compact=${this.compact} .repeated=${repeated(turn, this.turns[index - 1])} .busy=${busy}></px-turn>`)}
        </div>
      </div>
      <div class="visually-hidden" role="log" aria-live="polite" aria-relevant="additions">${this.spoken.map((line) => html`<p>${line}</p>`)}</div>
      ${this.away ? html`<button type="button" class="icon newest" aria-label=${say('scrollDown')} title=${say('scrollDown')} @click=${this.toEnd}>${icon.down()}</button>` : nothing}`
  }

  override updated(changed: PropertyValues<this>): void {
    if (!changed.has('turns')) return
    const before = changed.get('turns') as readonly Turn[] | undefined
    const asked = this.turns.at(-1)?.key !== before?.at(-1)?.key
    if (asked) this.toNewest(before !== undefined && before.length > 0)
    else this.follow()
  }

  /**
   * Brings the newest question into the upper half, with the end of the answer before it still in sight, and leaves it
   * there: a short answer has room below it, and nothing jumps.
   */
  private toNewest(smooth: boolean): void {
    this.left = false
    requestAnimationFrame(() => {
      const box = this.renderRoot.querySelector('.scroll')
      const turns = [...this.renderRoot.querySelectorAll<TurnView>('px-turn')]
      const newest = turns.at(-1)
      const before = turns.at(-2)
      if (!box || !newest || !before) return
      const above = Math.min(before.offsetHeight, box.clientHeight * ABOVE)
      box.scrollTo({ top: newest.offsetTop - above, behavior: this.manner(smooth) })
    })
  }

  /** An answer that outgrows its room is followed until its question has reached the top, unless somebody scrolled. */
  private follow(): void {
    const turn = this.turns.at(-1)
    requestAnimationFrame(() => {
      const box = this.renderRoot.querySelector('.scroll')
      const newest = [...this.renderRoot.querySelectorAll<TurnView>('px-turn')].at(-1)
      if (box && newest && turn?.state === 'streaming' && !this.left) {
        const wanted = Math.min(newest.offsetTop, newest.offsetTop + newest.offsetHeight + BELOW - box.clientHeight)
        if (wanted > box.scrollTop) box.scrollTo({ top: wanted, behavior: 'instant' })
      }
      this.look()
    })
  }

  /** The wheel, a finger or a key moves the page: from then on the answer grows where it is. */
  private readonly leave = (): void => {
    this.left = true
  }

  private readonly toEnd = (): void => {
    const box = this.renderRoot.querySelector('.scroll')
    box?.scrollTo({ top: box.scrollHeight, behavior: this.manner(true) })
  }

  private manner(smooth: boolean): ScrollBehavior {
    return smooth && !matchMedia('(prefers-reduced-motion: reduce)').matches ? 'smooth' : 'instant'
  }

  /** Is there more below than can be seen? */
  private readonly look = (): void => {
    requestAnimationFrame(() => {
      const box = this.renderRoot.querySelector('.scroll')
      this.away = box !== null && box.scrollHeight - box.scrollTop - box.clientHeight > 120
    })
  }

  /** Puts whole sentences that have arrived since the last time where a screen reader hears them, and how it ended. */
  private listen(): void {
    const turn = this.turns.at(-1)
    if (!turn) return
    if (turn.key !== this.heard.key) {
      this.heard = { key: turn.key, length: isOpen(turn) ? 0 : turn.text.length, open: isOpen(turn) }
      this.spoken = []
    }
    const length = ready(turn.text, this.heard.length, !isOpen(turn))
    const ended = this.heard.open && !isOpen(turn)
    const lines = [plainly(turn.text.slice(this.heard.length, length)), ended ? this.ending(turn) : ''].filter((line) => line !== '')
    if (lines.length > 0) this.spoken = [...this.spoken, ...lines]
    this.heard = { key: turn.key, length, open: isOpen(turn) }
  }

  private ending(turn: Turn): string {
    if (turn.state === 'failed') return ''
    if (turn.state === 'declined') return turn.answer ? whyDeclined(turn.answer) : say('declined')
    return say(turn.state === 'answered' ? 'answered' : turn.text ? 'stopped' : 'stoppedEarly')
  }
}

/** Share of the height that what came before the newest question keeps at most. */
const ABOVE = 0.45
/** Room left below an answer that is followed; pixels. */
const BELOW = 24

const repeated = (turn: Turn, before: Turn | undefined): boolean => turn.question === before?.question

define('px-thread', Thread)
