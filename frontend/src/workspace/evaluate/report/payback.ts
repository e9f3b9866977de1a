import type { BreakEvenArm, Report } from '../types'

/** What training costs once, and an answer before and after it. */
export interface Payback {
  readonly training: number
  readonly before: number
  readonly after: number
}

/** Months until training is paid by cheaper answers at so many questions a month; null where they are not cheaper. */
export function monthsToPayBack({ training, before, after }: Payback, questionsAMonth: number): number | null {
  const saved = (before - after) * questionsAMonth
  if (training <= 0) return 0
  return saved > 0 ? training / saved : null
}

/** Questions a month from which training pays back within so many months; null where no number does. */
export function questionsAMonth({ training, before, after }: Payback, months: number): number | null {
  if (training <= 0) return 0
  return before > after ? Math.ceil(training / months / (before - after) - 1e-9) : null
}

/** A slider over powers of ten: its places and what they stand for, rounded to two digits. */
export const questionsAt = (place: number): number => Number((10 ** (place / 20)).toPrecision(2))
export const placeOf = (questions: number): number => Math.round(20 * Math.log10(Math.max(1, questions)))

/**
 * What answers now and what would afterwards: the arm that others are compared with, or the first that is not tuned, and
 * one that is tuned. Without a tuned one there is nothing to pay back.
 */
export function armsOf({ baseline, break_even: { arms } }: Pick<Report, 'baseline' | 'break_even'>): readonly [BreakEvenArm | null, BreakEvenArm | null] {
  const untuned = arms.filter((one) => !one.tuned)
  return [untuned.find((one) => one.variant === baseline) ?? untuned[0] ?? null, arms.find((one) => one.tuned) ?? null]
}
