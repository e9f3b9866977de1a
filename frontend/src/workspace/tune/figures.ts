import { count, tongue } from '../../i18n/tongue'
import { tell, tuning } from '../../i18n/tune'
import type { Finding, Job, Point } from './types'

/** A loss as it is written: nats a token, two digits after the point. */
export const lossOf = (value: number | null | undefined): string =>
  value == null ? '–' : new Intl.NumberFormat(tongue.language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value)

export const messageOf = (finding: Pick<Finding, 'message' | 'message_zh'>): string => (tongue.language === 'zh-TW' ? finding.message_zh : finding.message)

/** The names of settings in the order they are shown. */
export const SETTINGS = ['rank', 'alpha', 'learning_rate', 'learning_rate_multiplier', 'epochs', 'batch', 'max_tokens', 'patience', 'seed', 'paraphrase', 'validation_share'] as const
export type SettingName = (typeof SETTINGS)[number]

export function settingName(name: string): string {
  const key = `setting_${name}`
  return key in tuning.en ? tell(key as 'setting_rank') : name
}

export function settingValue(value: unknown, name = ''): string {
  if (value === null || value === undefined) return tell('byDefault')
  if (typeof value === 'boolean') return tell(value ? 'yes' : 'no')
  if (typeof value === 'number' && name === 'validation_share') return count(Math.round(value * 100))
  if (typeof value === 'number') return Math.abs(value) > 0 && Math.abs(value) < 0.01 ? String(value) : count(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What a job really was trained with: its manifest says it once it has finished, with the defaults filled in. */
export function settingsOf(job: Pick<Job, 'settings' | 'manifest'>): Readonly<Record<string, unknown>> {
  const used = (job.manifest?.settings ?? {}) as Readonly<Record<string, unknown>>
  return { ...job.settings, ...used }
}

/** The values of one setting of a sweep, as people read them: "rank 8, learning rate 0.0005". */
export const sweepName = (one: Readonly<Record<string, unknown>>): string =>
  Object.entries(one)
    .map(([name, value]) => `${settingName(name)} ${settingValue(value)}`)
    .join(', ')

/** The lowest validation loss of a setting and where it was; null before the first validation. */
export function bestOf(loss: readonly Point[], setting: number): { readonly step: number; readonly value: number } | null {
  let best: { step: number; value: number } | null = null
  for (const { setting: of, step, validation } of loss) {
    if (of === setting && validation !== null && (best === null || validation < best.value)) best = { step, value: validation }
  }
  return best
}

/** The setting that is chosen, or would be now: the lowest validation loss; the first where nothing was validated. */
export function leading(loss: readonly Point[]): number {
  const settings = [...new Set(loss.map((one) => one.setting))]
  const rated = settings.map((setting) => ({ setting, value: bestOf(loss, setting)?.value ?? Number.POSITIVE_INFINITY }))
  return rated.sort((a, b) => a.value - b.value || a.setting - b.setting)[0]?.setting ?? 0
}

/** What differs between two jobs: [name, of the first, of the second], in words. */
export function differences(a: Job, b: Job): readonly (readonly [string, string, string])[] {
  const facts = (job: Job): readonly (readonly [string, string])[] => {
    const used = settingsOf(job)
    return [
      [tell('base'), job.base],
      [tell('trainer'), tell(`trainer_${job.trainer}`)],
      [tell('kind'), tell(`kind_${job.kind}`)],
      ...SETTINGS.map((name) => [settingName(name), settingValue(used[name], name)] as const),
      [tell('sweep'), (job.settings.sweep ?? []).map(sweepName).join('; ') || tell('none')],
      [tell('dataHash'), job.data.hash.slice(0, 12)],
      [tell('split_train'), count(job.data.train)],
      [tell('split_validation'), count(job.data.validation)],
      [tell('collection'), job.kind === 'scratch' ? job.collection : ''],
    ]
  }
  const there = new Map(facts(b))
  return facts(a).flatMap(([name, value]) => (value === there.get(name) ? [] : [[name, value, there.get(name) ?? ''] as const]))
}
