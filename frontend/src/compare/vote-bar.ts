import { css, html, nothing, type TemplateResult } from 'lit'
import { property } from 'lit/decorators.js'
import { call } from '../i18n/vote'
import { controls } from '../ui/controls'
import { base, define, Part } from '../ui/part'
import { letter } from './lane'
import type { Winner } from './types'

/** What a key of the keyboard votes for: 1, 2, … a lane, 0 a tie, x that none is good; null when it is none of these. */
export function winnerOf(key: string, lanes: number): Winner | null {
  if (key === '0') return 'tie'
  if (key === 'x' || key === 'X') return 'both_bad'
  const lane = Number(key) - 1
  return /^[1-9]$/.test(key) && lane < lanes ? lane : null
}

/** Where a blind vote is given. Fires `vote` with {winner, reason}. */
export class VoteBar extends Part {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: block;
      }
      [role='group'] {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: center;
        gap: 8px;
      }
      .question {
        flex-basis: 100%;
        margin: 0;
        text-align: center;
        font: 600 var(--px-size-3) / 24px var(--px-font);
      }
      .button {
        height: 40px;
        padding: 0 16px;
        border-radius: 10px;
      }
      .lane {
        min-width: 120px;
        font-weight: 600;
      }
      .lane:hover:not(:disabled) {
        border-color: var(--px-accent);
        background: var(--px-accent-soft);
        color: var(--px-accent-text);
      }
      .field {
        flex: 1 1 240px;
        max-width: 480px;
        height: 32px;
      }
      .reason {
        display: flex;
        flex-basis: 100%;
        justify-content: center;
      }
      :host([compact]) .button {
        flex: 1 1 40%;
        min-width: 0;
        padding: 0 8px;
      }
      :host([compact]) kbd {
        display: none;
      }
      @media (max-width: 720px) {
        .question {
          order: -2;
        }
        .lane {
          order: -1;
        }
        .button {
          flex: 1 1 40%;
          padding: 0 8px;
        }
        kbd {
          display: none;
        }
      }
    `,
  ]

  @property({ type: Number }) lanes = 2
  @property({ type: Boolean }) busy = false
  @property({ type: Boolean, reflect: true }) compact = false
  @property() reason = ''

  override render(): TemplateResult {
    const two = this.lanes === 2
    const lanes = Array.from({ length: this.lanes }, (_, lane) => this.choice(lane, call('better', { letter: letter(lane) }), String(lane + 1)))
    const middle = [this.choice('tie', call('tie'), '0'), this.choice('both_bad', call(two ? 'bothBad' : 'allBad'), 'x')]
    const order = two && !this.compact ? [lanes[0], ...middle, lanes[1]] : [...lanes, ...middle]
    return html`<div role="group" aria-labelledby="question">
      <p class="question" id="question">${call(two ? 'whichBetter' : 'whichBest')}</p>
      ${order}
      ${this.compact
        ? nothing
        : html`<span class="reason"><input class="field" maxlength="500" aria-label=${call('whyBetter')} placeholder=${call('whyBetter')} .value=${this.reason} @input=${(event: Event) => (this.reason = (event.target as HTMLInputElement).value)} /></span>`}
    </div>`
  }

  /** Puts the keyboard where the vote is given. */
  override focus(): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.button')?.focus())
  }

  choose(winner: Winner): void {
    if (!this.busy) this.emit('vote', { winner, reason: this.reason })
  }

  private choice(winner: Winner, said: string, key: string): TemplateResult {
    return html`<button type="button" class="button ${typeof winner === 'number' ? 'lane' : ''}" aria-keyshortcuts=${key} ?disabled=${this.busy} @click=${() => this.choose(winner)}>${said}<kbd aria-hidden="true">${key}</kbd></button>`
  }
}

define('px-vote', VoteBar)
