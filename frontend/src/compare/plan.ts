import type { Variant } from '../api/types'
import { approachOf, variantName } from '../ui/approach'
import type { Approach } from '../ui/tokens'
import type { Arm, Value, Values, Wanted } from './types'

export const FEWEST = 2
export const MOST = 6

/** A place for a lane: what is to answer there. The key stays while its parameters change. */
export interface Place extends Wanted {
  readonly key: string
}

let serial = 0
export const place = (variant: string, parameters: Values = {}): Place => ({ key: `p${(serial += 1)}`, variant, parameters })

/** Whether two places would do the very same. */
export const same = (a: Wanted, b: Wanted): boolean => a.variant === b.variant && written(a.parameters) === written(b.parameters)

const written = (values: Values = {}): string => JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)))

/** What a place is called: the variant's own name; its changes are said beside it. */
export interface Face {
  readonly name: string
  readonly approach: Approach
  readonly model: string
  readonly changes: Values
}

export function faceOf(wanted: Wanted, variants: readonly Variant[]): Face {
  const variant = variants.find((one) => one.name === wanted.variant)
  if (!variant) return { name: wanted.variant, approach: 'plain', model: '', changes: wanted.parameters ?? {} }
  return { name: variantName(variant), approach: approachOf(variant), model: variant.model, changes: wanted.parameters ?? {} }
}

/** The face of what answered, which may be a variant that is gone by now. */
export function faceOfArm(arm: Arm, variants: readonly Variant[]): Face {
  const wanted = wantedOf(arm, variants)
  const known = variants.some((one) => one.name === wanted.variant)
  const face = faceOf(wanted, variants)
  const own = { name: wanted.variant, label: arm.label.split(' · ')[0] ?? '', approach: arm.approach }
  return { ...face, name: known ? face.name : variantName(own), approach: approachOf(own), model: arm.model }
}

/** `rag (k=8)` is `rag` with k = 8, as the service names what was changed in place. */
export function wantedOf({ variant }: Pick<Arm, 'variant'>, variants: readonly Pick<Variant, 'name'>[]): Wanted {
  const changed = /^(.+) \(([a-z_]+=[^()]+)\)$/.exec(variant)
  if (!changed || variants.some((one) => one.name === variant)) return { variant }
  const pairs = (changed[2] ?? '').split(', ').map((pair) => pair.split('=') as [string, string])
  return { variant: changed[1] ?? variant, parameters: Object.fromEntries(pairs.map(([name, value]) => [name, valueOf(value)])) }
}

function valueOf(text: string): Value {
  try {
    return JSON.parse(text) as Value
  } catch {
    return text
  }
}

/** Lanes as one word of an address: `plain,rag~k:8`. */
export const lanesToText = (places: readonly Wanted[]): string =>
  places.map(({ variant, parameters = {} }) => [encodeURIComponent(variant).replaceAll('~', '%7E'), ...Object.entries(parameters).map(([name, value]) => `${name}:${value}`)].join('~')).join(',')

export function lanesOfText(text: string): Place[] {
  return text
    .split(',')
    .filter((part) => part !== '')
    .slice(0, MOST)
    .map((part) => {
      const [variant = '', ...changes] = part.split('~')
      const pairs = changes.map((one) => one.split(':')).filter((pair): pair is [string, string] => pair.length === 2)
      return place(safely(variant), Object.fromEntries(pairs.map(([name, value]) => [name, valueOf(value)])))
    })
}

function safely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
