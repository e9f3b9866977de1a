import { html, type TemplateResult } from 'lit'
import { evaluation, tell } from '../../i18n/evaluate'

/** How a run or a dataset stands; drawn with the signs of the documents' states. */
const looks: Readonly<Record<string, string>> = { queued: 'queued', running: 'embedding', drafting: 'embedding', finished: 'indexed', ready: 'indexed', failed: 'failed', cancelled: 'cancelled' }

export function statusOf(status: string): TemplateResult {
  const key = `status_${status}`
  return html`<span class="status ${looks[status] ?? ''}">${key in evaluation.en ? tell(key as 'status_queued') : status}</span>`
}

/** A length of time as people say it. */
export function duration(value: number): string {
  if (value < 90) return `${Math.max(1, Math.round(value))} s`
  const minutes = value / 60
  return minutes < 90 ? tell('minutes', { n: Math.round(minutes) }) : tell('hours', { n: (minutes / 60).toFixed(1).replace(/\.0$/, '') })
}
