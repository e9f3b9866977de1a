import { html, nothing, type TemplateResult } from 'lit'
import { count, percent } from '../../i18n/tongue'
import { tell, tuning } from '../../i18n/tune'
import { icon } from '../../ui/icons'
import { styled } from '../../ui/styled'
import { duration } from '../evaluate/status'
import { goesOn, type Job } from './types'

/** How a job or a set stands; drawn with the signs of the documents' states. */
const looks: Readonly<Record<string, string>> = {
  queued: 'queued', preparing: 'embedding', training: 'embedding', exporting: 'embedding', drafting: 'embedding',
  finished: 'indexed', ready: 'indexed', failed: 'failed', cancelled: 'cancelled',
}

export function statusOf(status: string): TemplateResult {
  const key = `status_${status}`
  return html`<span class="status ${looks[status] ?? ''}">${key in tuning.en ? tell(key as 'status_queued') : status}</span>`
}

/** How far it is, in words: what a screen reader is told as well. */
export function wordsOf(job: Pick<Job, 'status' | 'step' | 'steps' | 'epoch' | 'tokens_per_second' | 'seconds_left'>): string {
  if (job.status === 'queued') return ''
  const left = job.seconds_left === null ? '' : tell('left', { time: duration(job.seconds_left) })
  return [
    job.steps > 0 ? tell('stepOf', { step: count(job.step), steps: count(job.steps) }) : '',
    job.epoch === null || job.epoch === undefined ? '' : tell('epochNow', { n: job.epoch.toFixed(1) }),
    job.tokens_per_second === null ? '' : tell('tokensPerSecond', { n: count(Math.round(job.tokens_per_second)) }),
    left,
  ]
    .filter(Boolean)
    .join(' · ')
}

/** How far a job is, what it waits for, and why it ended when it did not end well. */
export function standing(job: Job): TemplateResult | typeof nothing {
  if (job.status === 'failed') {
    return html`<div class="failure" role="alert">${icon.warn()}<span><strong>${job.error?.message ?? tell('status_failed')}</strong> ${job.error?.hint ?? nothing} ${tell('failedNote')}</span></div>`
  }
  if (job.status === 'cancelled') return html`<p class="note">${icon.stop()}${tell('cancelledNote')}</p>`
  if (!goesOn(job)) return nothing
  const words = wordsOf(job)
  return html`<div class="panel">
    ${statusOf(job.status)} <span class="faint num">${words}</span>
    <div class="bar" role="progressbar" aria-label=${tell('progress')} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(job.progress * 100)} aria-valuetext="${percent(job.progress)}. ${words}"><i ${styled({ '--share': `${(job.progress * 100).toFixed(1)}%` })}></i></div>
    ${job.detail ? html`<span class="faint">${job.detail}</span>` : nothing}
    ${job.waiting ? html`<p class="waits" role="status">${job.waiting.message} ${job.waiting.hint}</p>` : nothing}
  </div>`
}
