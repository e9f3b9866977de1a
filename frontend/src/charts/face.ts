import { html, svg, type TemplateResult } from 'lit'
import { glyph } from '../ui/approach'
import type { Approach } from '../ui/tokens'

/** Who a line of a chart is about. Arms that only set the scale (references) have no approach and no colour. */
export interface Face {
  readonly name: string
  readonly approach: Approach | null
  readonly title: string
}

export const hueOf = ({ approach }: Pick<Face, 'approach'>): string => (approach ? `hue-${approach}` : 'hue-none')

const ring = svg`<circle cx="5" cy="5" r="3.2" fill="none" stroke="currentColor" stroke-width="1.4" stroke-dasharray="2 1.6"/>`

const drawn = ({ approach }: Pick<Face, 'approach'>): TemplateResult => (approach ? glyph(approach) : html`<svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" focusable="false">${ring}</svg>`)

/** The sign of an arm in its colour, where there is no room for its name. */
export const signOf = (face: Pick<Face, 'approach'>): TemplateResult => html`<span class=${hueOf(face)}>${drawn(face)}</span>`

/** The sign and the name of an arm, the same in charts, tables and lists. */
export function named(face: Face): TemplateResult {
  return html`<span class="arm ${hueOf(face)}" title=${face.title}>${drawn(face)}<span class="cut">${face.name}</span></span>`
}
