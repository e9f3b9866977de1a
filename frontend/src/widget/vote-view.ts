import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import '../answer/answer-text'
import { Failure } from '../api/failure'
import '../chat/elapsed'
import { plainly } from '../chat/spoken'
import type { Battle } from '../compare/battle'
import { letter, type Lane } from '../compare/lane'
import type { Winner } from '../compare/types'
import '../compare/vote-bar'
import { call } from '../i18n/vote'
import { controls } from '../ui/controls'
import { base, define, Part } from '../ui/part'

/** Two blind answers in place of one, and the vote on them. Fires `voted` with the battle, and `skip`. */
export class VoteView extends Part {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
      }
      .scroll {
        flex: 1;
        min-height: 0;
        padding: 16px;
        overflow-y: auto;
      }
      .question {
        width: fit-content;
        max-width: 88%;
        margin: 0 0 16px auto;
        padding: 8px 12px;
        border-radius: 12px 12px 4px 12px;
        background: var(--px-accent-soft);
        font: 400 var(--px-size-3) / 22px var(--px-font);
        overflow-wrap: anywhere;
        white-space: pre-line;
      }
      article {
        margin-bottom: 12px;
        padding: 12px;
        border: 1px solid var(--px-line);
        border-radius: var(--px-radius);
      }
      h3 {
        margin: 0 0 4px;
        font: 600 var(--px-size-1) / 16px var(--px-font);
        color: var(--px-text-faint);
      }
      article .skeleton {
        height: 12px;
        margin-top: 8px;
      }
      footer {
        flex: none;
        display: grid;
        gap: 8px;
        padding: 8px 12px;
        padding-bottom: max(8px, env(safe-area-inset-bottom));
        border-top: 1px solid var(--px-line);
      }
      footer p {
        margin: 0;
        text-align: center;
        font-size: var(--px-size-1);
        line-height: 16px;
        color: var(--px-text-faint);
      }
      .wrong {
        color: var(--px-bad);
      }
      .skip {
        justify-self: center;
        height: 24px;
        border: 0;
        background: none;
        color: var(--px-text-faint);
        font-size: var(--px-size-1);
        text-decoration: underline;
        text-underline-offset: 3px;
      }
    `,
  ]

  @property({ attribute: false }) battle!: Battle
  /** Changes with the battle, so that it is drawn again. */
  @property({ type: Number }) tick = 0
  @state() private wrong = ''

  override render(): TemplateResult {
    const { question, lanes, ended, canVote, voting } = this.battle
    const due = canVote || voting
    return html`<div class="scroll">
        <h2 class="question">${question}</h2>
        ${lanes.map((lane) => this.answer(lane, due))}
      </div>
      <footer>
        ${due
          ? html`<px-vote compact .lanes=${lanes.length} .busy=${voting} @vote=${(event: CustomEvent<{ winner: Winner }>) => this.vote(event.detail.winner)}></px-vote>`
          : html`<p role="status">${call('progress', { ended, lanes: lanes.length })}</p><p>${call('together')}</p>`}
        ${this.wrong ? html`<p class="wrong" role="alert">${this.wrong}</p>` : nothing}
        <button type="button" class="skip" @click=${() => this.emit('skip')}>${call('goOn')}</button>
      </footer>
      <div class="visually-hidden" role="log" aria-live="polite">${due ? lanes.map((lane) => html`<p>${call('answerOf', { letter: letter(lane.lane) })}: ${plainly(lane.turn.text)}</p>`) : nothing}</div>`
  }

  private answer({ lane, turn }: Lane, shown: boolean): TemplateResult {
    return html`<article aria-busy=${!shown} aria-label=${call('answerOf', { letter: letter(lane) })}>
      <h3>${call('answerOf', { letter: letter(lane) })}</h3>
      ${shown ? html`<px-answer-text .turn=${turn}></px-answer-text>` : html`<span class="skeleton"></span><span class="skeleton"></span>`}
    </article>`
  }

  private async vote(winner: Winner): Promise<void> {
    try {
      await this.battle.vote(winner)
      this.emit('voted', this.battle)
    } catch (error) {
      const failure = Failure.of(error)
      this.wrong = call('voteFailed', { message: failure.message })
      // Refused for good: then the question is answered as any other.
      if (failure.status === 409) this.emit('skip')
    }
  }
}

define('px-vote-view', VoteView)
