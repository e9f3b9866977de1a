export interface Standing {
  readonly variant: string
  readonly label: string
  readonly approach: string
  readonly strength: number | null
  readonly low: number | null
  readonly high: number | null
  readonly rank_low: number | null
  readonly rank_high: number | null
  readonly games: number
  readonly wins: number
  readonly losses: number
  readonly ties: number
  readonly both_bad: number
  readonly configurations: number
}

/** On the logit scale, with its 95 % interval. */
export interface Effect {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

export interface Board {
  readonly connected: boolean
  readonly sentence: string
  readonly verdict: 'no_votes' | 'apart' | 'preferred' | 'undecided'
  readonly lead: { readonly variant: string; readonly chose: number; readonly voters: number } | null
  readonly items: readonly Standing[]
  readonly groups: readonly (readonly string[])[]
  readonly position_bias: Effect | null
  readonly style: readonly (Effect & { readonly feature: string })[]
  readonly win_matrix: { readonly variants: readonly string[]; readonly wins: readonly (readonly number[])[]; readonly games: readonly (readonly number[])[]; readonly probability: readonly (readonly number[])[] }
  readonly both_bad: { readonly votes: number; readonly rate: number }
  readonly votes: number
  readonly voters: number
  readonly left_out: { readonly open: number; readonly reveals: number }
  readonly resampled: 'voters' | 'votes' | 'nothing'
}

/** Round ends of an axis that holds these intervals, and its ticks. */
export function axis(lows: readonly number[], highs: readonly number[]): { readonly from: number; readonly to: number; readonly ticks: readonly number[] } {
  const low = Math.min(...lows, 1000)
  const high = Math.max(...highs, 1000)
  const step = [10, 20, 50, 100, 200, 500, 1000].find((one) => (high - low) / one <= 6) ?? 2000
  const from = Math.floor((low - step / 4) / step) * step
  const to = Math.ceil((high + step / 4) / step) * step
  return { from, to, ticks: Array.from({ length: Math.round((to - from) / step) + 1 }, (_, n) => from + n * step) }
}

/** What a coefficient of the logit scale says: how many times as likely; 0 in its interval says nothing. */
export function oddsOf({ estimate, low, high }: Effect): { readonly sure: boolean; readonly times: number; readonly low: number; readonly high: number } {
  return { sure: low > 0 || high < 0, times: Math.exp(estimate), low: Math.exp(low), high: Math.exp(high) }
}

export const timesOf = (value: number): string => `${value >= 9.95 ? Math.round(value) : value.toFixed(value < 0.1 ? 2 : 1)}×`
