import type { components } from '../../api/schema.gen'

export type Board = components['schemas']['Leaderboard']
export type Standing = components['schemas']['Standing']
/** On the logit scale, with its 95 % interval. */
export type Effect = components['schemas']['Effect']

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

/** Whether every vote so far said that no answer was good, which puts nobody before anybody. */
export const allBad = ({ votes, both_bad }: Pick<Board, 'votes' | 'both_bad'>): boolean => votes > 0 && both_bad.votes === votes

/** Those of whom more votes are wanted before their strength can be told. */
export const wanting = ({ items }: Pick<Board, 'items'>): readonly Standing[] => items.filter((one) => one.more_votes > 0)

/** Whether the votes say so little that there is nothing but counts. */
export const isEarly = ({ connected, items }: Pick<Board, 'connected' | 'items'>): boolean => connected && items.every((one) => one.strength === null)

/** An effect that can be told, or null: a style whose numbers are unknown is as one that is not there. */
export const toldOf = (effect: Board['style'][number] | Effect | null): Effect | null =>
  effect !== null && effect.estimate !== null && effect.low !== null && effect.high !== null ? { estimate: effect.estimate, low: effect.low, high: effect.high } : null
