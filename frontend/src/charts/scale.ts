/** An axis with round numbers: its ends and where it is labelled. */
export interface Axis {
  readonly from: number
  readonly to: number
  readonly ticks: readonly number[]
}

/** The shortest axis of round steps that holds all values, with about `most` labels at most. */
export function axisOf(values: readonly number[], most = 6): Axis {
  const known = values.filter(Number.isFinite)
  const low = known.length > 0 ? Math.min(...known) : 0
  const high = known.length > 0 ? Math.max(...known) : 1
  const step = roundStep((high - low || Math.abs(high) || 1) / Math.max(1, most - 1))
  const from = Math.floor(low / step + 1e-9) * step
  const to = Math.max(from + step, Math.ceil(high / step - 1e-9) * step)
  const n = Math.round((to - from) / step)
  return { from: clean(from), to: clean(to), ticks: Array.from({ length: n + 1 }, (_, at) => clean(from + at * step)) }
}

/** The next of 1, 2, 5, 10, 20, ... that is at least `size`. */
function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size))
  const lead = size / power
  return power * (lead <= 1 + 1e-9 ? 1 : lead <= 2 + 1e-9 ? 2 : lead <= 5 + 1e-9 ? 5 : 10)
}

const clean = (value: number): number => Number(value.toPrecision(12)) + 0

/** Where a value lies on an axis, as a share of its length; outside it, at its end. */
export function share(value: number, { from, to }: Axis): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)))
}

export const percentOf = (part: number): string => `${(part * 100).toFixed(3)}%`
