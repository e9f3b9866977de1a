import { html, svg, type TemplateResult } from 'lit'
import type { Variant } from '../api/types'
import { say } from '../i18n/common'
import type { Approach } from './tokens'

/** A shape for each approach beside its colour, so that neither is needed to know it. */
const shapes: Readonly<Record<Approach, TemplateResult>> = {
  plain: svg`<circle cx="5" cy="5" r="3" fill="none" stroke="currentColor" stroke-width="2"/>`,
  few_shot: svg`<path d="M1.5 2h7v1.8h-7zM1.5 6.2h7V8h-7z" fill="currentColor"/>`,
  rag: svg`<path d="M5 1 9 5 5 9 1 5z" fill="currentColor"/>`,
  fine_tuned: svg`<path d="M5 1.2 9.2 8.5H.8z" fill="currentColor"/>`,
  rag_fine_tuned: svg`<rect x="1.5" y="1.5" width="7" height="7" rx="1" fill="currentColor"/>`,
}

export const glyph = (approach: Approach): TemplateResult =>
  html`<svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true" focusable="false">${shapes[approach]}</svg>`

/** The kind of answer a variant gives, as drawn; one that this page does not know yet is drawn as `plain`. */
export function approachOf(variant: Pick<Variant, 'name' | 'approach'>): Approach {
  return Object.hasOwn(shapes, variant.approach) ? (variant.approach as Approach) : 'plain'
}

export const approachName = (approach: Approach): string => say(`approach_${approach}`)

/** What a variant is called on screen. Our presets are translated, a person's own names are not. */
export function variantName(variant: Pick<Variant, 'name' | 'label' | 'approach'>): string {
  return variant.name === approachOf(variant) ? approachName(approachOf(variant)) : variant.label || variant.name
}

/** All there is to say of a variant in a tooltip: its whole name, its approach and its model, each once. */
export function variantTitle(variant: Pick<Variant, 'name' | 'label' | 'approach' | 'model'>, model = variant.model): string {
  return [...new Set([variantName(variant), approachName(approachOf(variant)), model])].filter(Boolean).join(' · ')
}
