import { html, nothing, type TemplateResult } from 'lit'
import { tell } from '../../i18n/evaluate'
import { count, percent } from '../../i18n/tongue'
import { icon } from '../../ui/icons'
import { styled } from '../../ui/styled'
import { duration, statusOf } from './status'
import { isRunning, type Run } from './types'

/** How far a run is, what it waits for, and why it ended when it did not end well. */
export function progress(run: Run, soFar: () => void, shown: boolean): TemplateResult | typeof nothing {
  if (run.status === 'failed') return html`<div class="failure" role="alert">${icon.warn()}<span><strong>${run.error?.message ?? statusOf('failed')}</strong> ${run.error?.hint ?? nothing}</span></div>`
  if (run.status === 'cancelled') return run.done > 0 ? html`<p class="note">${icon.stop()}${tell('cancelledNote')}</p>` : nothing
  if (!isRunning(run)) return nothing
  const left = run.status === 'queued' ? '' : run.seconds_left === null ? tell('leftUnknown') : tell('left', { time: duration(run.seconds_left) })
  const failed = run.failed_answers > 0 ? tell('failedSome', { n: count(run.failed_answers) }) : ''
  const words = [tell('answersOf', { done: count(run.done), total: count(run.total) }), failed, left].filter(Boolean).join(' · ')
  return html`<div class="panel">
    ${statusOf(run.status)} <span class="faint num">${words}</span>
    <div class="bar" role="progressbar" aria-label=${tell('progress')} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(run.progress * 100)} aria-valuetext="${percent(run.progress)}. ${words}"><i ${styled({ '--share': `${(run.progress * 100).toFixed(1)}%` })}></i></div>
    ${run.waiting ? html`<p class="waits" role="status">${run.waiting.message} ${run.waiting.hint}</p>` : nothing}
    ${run.done > 0 && !shown ? html`<button type="button" class="button bare" @click=${soFar}>${tell('soFar')}</button>` : nothing}
  </div>`
}
