import type { Dataset, Reference, Run } from './types'

interface Wanted {
  readonly variants: readonly string[]
  readonly references: readonly Reference[]
  readonly repeats: number
  readonly limit: number | null
}

/**
 * How many answers a run would ask for, at most. The arm with a perfect search is asked only what names a passage, and
 * plain's answers stand for the model alone.
 */
export function answersOf(dataset: Pick<Dataset, 'cases' | 'with_passages'> | null, { variants, references, repeats, limit }: Wanted): number {
  const among = (cases: number): number => Math.min(cases, limit ?? Number.POSITIVE_INFINITY)
  const asked = references.filter((one) => one !== 'oracle' && !(one === 'closed_book' && variants.includes('plain')))
  const oracle = references.includes('oracle') ? among(dataset?.with_passages ?? 0) : 0
  return repeats * (among(dataset?.cases ?? 0) * (variants.length + asked.length) + oracle)
}

/** Seconds an answer took in the newest run that ended with answers and is most alike; null when there is none. */
export function secondsAnAnswer(runs: readonly Run[], variants: readonly string[]): number | null {
  const alike = (run: Run): number => run.arms.filter((arm) => variants.includes(arm.name)).length
  const ended = runs.filter((run) => run.done > 0 && run.started_at !== null && run.finished_at !== null)
  const [nearest] = ended.map((run, at) => ({ run, at })).sort((a, b) => alike(b.run) - alike(a.run) || a.at - b.at)
  if (!nearest) return null
  const { done, started_at, finished_at } = nearest.run
  return Math.max(0, Date.parse(finished_at ?? '') - Date.parse(started_at ?? '')) / 1000 / done
}
