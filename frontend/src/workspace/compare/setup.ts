import type { Variant } from '../../api/types'
import { lanesOfText, lanesToText, place, same, type Place } from '../../compare/plan'

/** What the next question is asked of: kept in this browser. */
export interface Setup {
  readonly plan: readonly Place[]
  readonly blind: boolean
  /** Blind lanes are drawn by the service, not chosen. */
  readonly byLot: boolean
  readonly collection: string
}

const NAME = 'parallax.comparing'
const FIRST = ['plain', 'few_shot', 'rag']

export function readSetup(): Setup {
  try {
    const kept = JSON.parse(localStorage.getItem(NAME) ?? '{}') as Record<string, unknown>
    return {
      plan: lanesOfText(typeof kept.lanes === 'string' ? kept.lanes : ''),
      blind: kept.blind === true,
      byLot: kept.byLot === true,
      collection: typeof kept.collection === 'string' ? kept.collection : 'default',
    }
  } catch {
    return { plan: [], blind: false, byLot: false, collection: 'default' }
  }
}

export function keepSetup({ plan, ...rest }: Setup): void {
  try {
    localStorage.setItem(NAME, JSON.stringify({ ...rest, lanes: lanesToText(plan) }))
  } catch {
    // Then it holds until the page is left.
  }
}

/** The lanes that are left when variants went away; the presets where none are. */
export function present(plan: readonly Place[], variants: readonly Variant[]): readonly Place[] {
  if (variants.length === 0) return plan
  const left = plan.filter((one) => variants.some(({ name }) => name === one.variant))
  if (left.length > 0) return left
  const presets = variants.filter(({ name }) => FIRST.includes(name))
  return (presets.length > 1 ? presets : variants.slice(0, 3)).map(({ name }) => place(name))
}

export const twins = (plan: readonly Place[]): boolean => plan.some((a, at) => plan.slice(at + 1).some((b) => same(a, b)))
