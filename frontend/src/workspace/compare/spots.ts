import { placeOf, type Place } from '../../answer/places'
import type { Citation } from '../../api/types'

const known = new WeakMap<Citation, Place>()

/** The place of a citation: the same value for the same citation, so that a document is not read anew with every drawing. */
export function spotOf(citation: Citation | undefined): Place | null {
  if (!citation) return null
  const spot = known.get(citation) ?? placeOf(citation)
  known.set(citation, spot)
  return spot
}
