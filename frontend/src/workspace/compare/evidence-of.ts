import { html, type TemplateResult } from 'lit'
import type { Place } from '../../answer/places'
import type { Turn } from '../../chat/turn'
import '../evidence'
import type { View } from '../evidence'
import type { ComparePage } from './compare-page'

/** The panel beside the lanes: what one of them rests on. */
export function evidenceOf(page: ComparePage, turn: Turn): TemplateResult {
  return html`<px-evidence
    .client=${page.client}
    .turn=${turn}
    .place=${page.spotShown(turn)}
    .view=${(page.route.query.get('view') ?? 'passages') as View}
    @view=${(event: CustomEvent<View>) => page.show(event.detail, page.laneShown)}
    @place=${(event: CustomEvent<Place>) => page.showSpot(event.detail)}
    @close=${page.onEscape}
  ></px-evidence>`
}
