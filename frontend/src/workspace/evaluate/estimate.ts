import type { Dataset, Run } from './types'

/** How many answers a run would ask for at most: the oracle arm may skip cases, an arm may stand for two. */
export function answersOf(dataset: Pick<Dataset, 'cases'> | null, wanted: { readonly arms: number; readonly repeats: number; readonly limit: number | null }): number {
  const questions = Math.min(dataset?.cases ?? 0, wanted.limit ?? Number.POSITIVE_INFINITY)
  return questions * wanted.arms * wanted.repeats
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
