import type { Variant } from '../../api/types'
import type { Face } from '../../charts/face'
import { approachOf, variantName, variantTitle } from '../../ui/approach'

/** How a lane is shown: by its own label where it has one, in the colour of its approach. */
export function faceOfLane(lane: { readonly label: string; readonly variant: string }, variants: readonly Variant[]): Face {
  const known = variants.find((one) => one.name === lane.variant)
  if (!known) return { name: lane.label, approach: null, title: lane.variant }
  const name = variantName(known)
  return { name: lane.label === lane.variant ? name : `${lane.label} · ${name}`, approach: approachOf(known), title: variantTitle(known) }
}
