import { html, type TemplateResult } from 'lit'
import '../../charts/curves-chart'
import type { Curve, Mark } from '../../charts/curves-chart'
import { tell } from '../../i18n/tune'
import { bestOf, leading, lossOf } from './figures'
import type { Job, Point } from './types'

type Line = readonly (readonly [number, number])[]

const lineOf = (loss: readonly Point[], setting: number, part: 'train' | 'validation', from = 0): Line =>
  loss.flatMap((one) => (one.setting === setting && one[part] !== null ? [[one.step - from, one[part]] as const] : []))

/** Steps are numbered over the whole job: those of a sweep's second setting begin where the first's ended. */
const beginOf = (loss: readonly Point[], setting: number): number =>
  Math.max(0, ...loss.filter((one) => one.setting < setting).map((one) => one.step))

/** Whether the steps of each setting go on counting where those before ended. */
const counted = (loss: readonly Point[]): boolean => {
  const settings = [...new Set(loss.map((one) => one.setting))].sort((a, b) => a - b)
  return settings.slice(1).every((setting) => Math.min(...loss.filter((one) => one.setting === setting).map((one) => one.step)) > beginOf(loss, setting))
}

const shiftOf = (loss: readonly Point[], setting: number): number => (counted(loss) ? beginOf(loss, setting) : 0)

/** Train and validation loss of one job. Of a sweep, the one that leads; the others' validation beside it. */
export function curvesOf(job: Pick<Job, 'loss'>): { readonly curves: readonly Curve[]; readonly marks: readonly Mark[] } {
  const { loss } = job
  const settings = [...new Set(loss.map((one) => one.setting))].sort((a, b) => a - b)
  const lead = leading(loss)
  const from = shiftOf(loss, lead)
  const others: readonly Curve[] = settings
    .filter((one) => one !== lead)
    .map((one) => ({ name: tell('settingNumber', { n: one + 1 }), points: lineOf(loss, one, 'validation', shiftOf(loss, one)), tone: 'aside', fine: true }))
  const many = settings.length > 1
  const curves: readonly Curve[] = [
    ...others,
    { name: tell('split_train'), points: lineOf(loss, lead, 'train', from), tone: 'aside', fine: true },
    { name: many ? tell('settingNumber', { n: lead + 1 }) : tell('split_validation'), points: lineOf(loss, lead, 'validation', from), tone: 'first' },
  ]
  const best = bestOf(loss, lead)
  return { curves, marks: best ? [{ x: best.step - from, y: best.value, said: tell('best', { loss: lossOf(best.value) }), tone: 'first' }] : [] }
}

/** Both jobs' losses over the same axis. */
export function bothCurves(a: Job, b: Job): readonly Curve[] {
  const of = (job: Job, tone: 'first' | 'second'): readonly Curve[] => {
    const lead = leading(job.loss)
    const from = shiftOf(job.loss, lead)
    return [
      { name: tell('split_train'), points: lineOf(job.loss, lead, 'train', from), tone, fine: true },
      { name: job.name, points: lineOf(job.loss, lead, 'validation', from), tone },
    ]
  }
  return [...of(a, 'first'), ...of(b, 'second')]
}

/** In words what the drawing says, for those who hear it. */
export function saidOf(job: Pick<Job, 'name' | 'loss'>): string {
  const lead = leading(job.loss)
  const line = lineOf(job.loss, lead, 'validation')
  const first = line[0]?.[1]
  const best = bestOf(job.loss, lead)
  const train = lineOf(job.loss, lead, 'train').at(-1)?.[1]
  if (first === undefined || best === null) return tell('curvesEarly', { name: job.name, train: lossOf(train) })
  return tell('curvesSaid', { name: job.name, first: lossOf(first), best: lossOf(best.value), step: best.step, train: lossOf(train) })
}

export function lossChart(job: Job): TemplateResult {
  const { curves, marks } = curvesOf(job)
  const one = new Set(job.loss.map((point) => point.setting)).size < 2 && !job.settings.sweep?.length
  return html`<px-curves .caption=${saidOf(job)} .curves=${curves} .marks=${marks} .until=${one && job.status !== 'finished' ? job.steps : 0} .written=${lossOf} acrossName=${tell('step')} upName=${tell('lossAxis')}></px-curves>`
}
