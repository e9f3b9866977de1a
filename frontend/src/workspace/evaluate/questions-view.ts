import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import { Failure } from '../../api/failure'
import { chartStyle } from '../../charts/chart-style'
import { named, signOf } from '../../charts/face'
import { tell as evaluate } from '../../i18n/evaluate'
import { tell } from '../../i18n/report'
import { seconds, tongue } from '../../i18n/tongue'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { icon } from '../../ui/icons'
import { base, define, Part } from '../../ui/part'
import type { Bench } from './api'
import { faceOf } from './figures'
import { flipsStyle } from './report/flips-style'
import type { Answered, Asked, Report, Run } from './types'

export interface Filter {
  readonly arm: string | null
  readonly cell: string | null
  readonly tag: string | null
}

/** Every question with what each arm said to it. Fires `filter` with what is to be shown instead. */
export class QuestionsView extends Part {
  static override styles = [
    base,
    controls,
    hueStyle,
    chartStyle,
    flipsStyle,
    css`
      .filters {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 20px;
        margin: 4px 0 12px;
      }
      .right {
        color: var(--px-good);
      }
      .wrong {
        color: var(--px-bad);
      }
      .mark {
        display: inline-flex;
        align-items: center;
        gap: 4px;
        font-size: var(--px-size-1);
      }
      summary > .seens {
        display: inline-flex;
        flex-wrap: wrap;
        gap: 2px 10px;
        float: inline-end;
        min-height: 20px;
        margin-inline-start: 12px;
        font-variant-numeric: tabular-nums;
      }
      .seen {
        display: inline-flex;
        align-items: center;
        gap: 3px;
        min-width: 26px;
        font-weight: 400;
        color: var(--px-text-faint);
      }
      .seen.right {
        color: var(--px-good);
      }
      .seen.wrong {
        color: var(--px-bad);
      }
      .lines {
        display: grid;
        gap: 12px;
        padding: 16px 0;
      }
      .lines .skeleton {
        height: 20px;
      }
    `,
  ]

  @property({ attribute: false }) bench!: Bench
  @property({ attribute: false }) run!: Run
  @property({ attribute: false }) report: Report | null = null
  @property({ attribute: false }) filter: Filter = { arm: null, cell: null, tag: null }
  @state() private asked: readonly Asked[] | null = null
  @state() private next: string | null = null
  @state() private failure: Failure | null = null
  private loaded = ''

  override willUpdate(changed: PropertyValues<this>): void {
    const wanted = JSON.stringify([this.run.id, this.filter])
    if (wanted === this.loaded && !changed.has('bench')) return
    this.loaded = wanted
    this.asked = null
    void this.load()
  }

  override render(): TemplateResult {
    return html`<div class="filters">${this.filters()}</div>
      ${this.failure ? html`<p class="wrong" role="alert">${this.failure.message} ${this.failure.hint}</p>` : nothing}
      ${this.asked
        ? this.asked.length === 0
          ? html`<p class="quiet">${tell('noQuestions')}</p>`
          : repeat(this.asked, (one) => one.case.id, (one) => this.question(one))
        : this.failure ? nothing : html`<div class="lines" aria-busy="true">${[1, 2, 3, 4].map(() => html`<span class="skeleton"></span>`)}</div>`}
      ${this.next ? html`<button type="button" class="button bare" @click=${() => this.load(this.next)}>${tell('more')}</button>` : nothing}`
  }

  private filters(): TemplateResult {
    const said = (words: Readonly<Record<string, string>>): string => words[tongue.language] ?? words.en ?? ''
    const kinds = this.report?.diagnosis.kinds ?? []
    return html`${this.pick('arm', tell('filterArm'), this.run.arms.map((arm) => [arm.name, faceOf(arm).name]))}
      ${kinds.length > 0 ? this.pick('cell', tell('filterCell'), kinds.map((kind) => [kind.name, said(kind.label)])) : nothing}
      ${this.report && this.report.slices.length > 0 ? this.pick('tag', tell('filterTag'), this.report.slices.map(({ tag }) => [tag, tag])) : nothing}`
  }

  private pick(name: keyof Filter, label: string, choices: readonly (readonly [string, string])[]): TemplateResult {
    const choose = (event: Event): void => this.emit('filter', { ...this.filter, [name]: (event.target as HTMLSelectElement).value || null })
    return html`<label class="pick"><span>${label}</span><select class="field" @change=${choose}>
      <option value="">${tell('any')}</option>
      ${choices.map(([value, words]) => html`<option value=${value} ?selected=${value === this.filter[name]}>${words}</option>`)}
    </select></label>`
  }

  private question({ case: one, answers }: Asked): TemplateResult {
    return html`<details ?open=${this.filter.cell !== null}>
      <summary>${this.marks(answers)}${one.question}</summary>
      <p class="expected"><span>${tell('reference')}</span> ${one.answerable === false ? tell('unanswerable') : one.answers.join(' / ') || evaluate('noAnswers')} <span class="tags">${one.tags.join(' · ')}</span></p>
      <div class="sides">${answers.map((answer) => this.answer(answer))}</div>
    </details>`
  }

  /** Which arm was right, to be seen without opening the question; one that declines everything tells nothing here. */
  private marks(answers: readonly Answered[]): TemplateResult {
    const telling = this.run.arms.filter((arm) => (arm.kind === 'variant' || arm.kind === 'oracle') && (this.filter.arm ?? arm.name) === arm.name)
    const shown = telling.map((arm) => {
      const scores = answers.filter((one) => one.arm === arm.name).map((one) => one.scores.correct ?? null)
      const [right, graded] = [scores.filter((one) => one === 1).length, scores.filter((one) => one !== null).length]
      const words = graded === 0 ? evaluate('notGraded') : right === graded ? evaluate('isRight') : right === 0 ? evaluate('isWrong') : evaluate('partlyRight', { n: right, all: graded })
      const sign = graded === 0 ? '–' : right === graded ? icon.check(12) : right === 0 ? icon.close(12) : '±'
      const { name, ...face } = faceOf(arm)
      return html`<span class="seen ${graded === 0 ? '' : right === graded ? 'right' : right === 0 ? 'wrong' : ''}" role="img" aria-label="${name}: ${words}" title="${name}: ${words}">${signOf(face)}${sign}</span>`
    })
    return html`<span class="seens">${shown}</span>`
  }

  private answer(answer: Answered): TemplateResult {
    const arm = this.run.arms.find((one) => one.name === answer.arm)
    const right = answer.scores.correct
    const kind = this.report?.diagnosis.kinds.find((one) => one.name === answer.cell)
    const words = kind?.label[tongue.language] ?? kind?.label.en ?? (answer.finish === 'declined' ? tell('said_declined') : right === 1 ? evaluate('isRight') : right === 0 ? evaluate('isWrong') : null)
    return html`<div class=${right === 1 ? 'side right' : 'side'}>
      <span class="who">${arm ? named(faceOf(arm)) : answer.arm}
        <span class="mark ${right === 1 ? 'right' : right === 0 ? 'wrong' : ''}">${right === 1 ? icon.check(12) : right === 0 ? icon.close(12) : nothing}${words ?? nothing}</span></span>
      <p>${answer.text || (answer.error ? `${answer.error.message} ${answer.error.hint}` : '–')}</p>
      <small class="faint num">${[this.run.repeats > 1 ? tell('repeatN', { n: answer.repeat + 1 }) : '', seconds(answer.timings.total), ...new Set(answer.citations.map((citation) => citation.name))].filter(Boolean).join(' · ')}</small>
    </div>`
  }

  private async load(cursor: string | null = null): Promise<void> {
    const wanted = this.loaded
    try {
      const page = await this.bench.asked(this.run.id, { ...this.filter, cursor })
      if (wanted !== this.loaded) return
      this.asked = [...(cursor ? (this.asked ?? []) : []), ...page.items]
      this.next = page.next ?? null
      this.failure = null
    } catch (error) {
      if (wanted === this.loaded) this.failure = Failure.of(error)
    }
  }
}

define('px-questions', QuestionsView)
