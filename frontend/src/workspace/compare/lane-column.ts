import { html, type TemplateResult } from 'lit'
import type { Citation } from '../../api/types'
import type { Turn } from '../../chat/turn'
import '../../compare/lane-view'
import { MOST, wantedOf } from '../../compare/plan'
import type { Values } from '../../compare/types'
import { tell } from '../../i18n/compare'
import { listed } from '../../i18n/tongue'
import { variantName } from '../../ui/approach'
import { answering, type Column } from './columns'
import type { ComparePage } from './compare-page'

/** A column of the page with what its lane may do now. */
export function laneColumn(page: ComparePage, one: Column, all: number): TemplateResult {
  const { ballot, blind, lanes } = page.comparison
  const asked = one.place ?? (one.lane?.arm ? wantedOf(one.lane.arm, page.variants) : null)
  const variant = page.variants.find(({ name }) => name === asked?.variant)
  const approach = page.approaches.find(({ name }) => name === variant?.approach)
  return html`<px-lane
    .number=${one.number}
    .face=${one.face}
    .lane=${one.lane}
    .lettered=${blind && lanes.length > 0}
    .teach=${one.face ? tell(`teach_${one.face.approach}`) : tell('drawHint', { names: listed(page.variants.map(variantName)) })}
    .plannable=${page.plannable}
    .removable=${all > 2}
    .clonable=${all < MOST}
    .editing=${one.place !== null && page.editing === one.key && page.plannable}
    .fresh=${page.fresh === one.key}
    .ahead=${one.lane?.turn.id === null ? answering(page.columns) : []}
    .stale=${one.stale}
    .winner=${ballot !== null && ballot.winner === one.lane?.lane}
    .parameters=${approach?.parameters ?? []}
    .own=${(variant?.parameters ?? {}) as Values}
    @edit=${(event: CustomEvent<boolean>) => page.edit(event.detail ? one.key : null)}
    @values=${(event: CustomEvent<Values>) => page.changeLane(one.key, event.detail)}
    @clone=${() => one.place && page.addLane(one.place.variant, one.place.parameters, one.key)}
    @remove=${() => page.plan(page.setup.plan.filter(({ key }) => key !== one.key))}
    @again=${() => one.lane && page.comparison.again(one.lane.lane)}
    @evidence=${() => one.lane && page.show('passages', one.lane.lane)}
    @cite=${(event: CustomEvent<{ citation: Citation; turn: Turn }>) => one.lane && page.showCitation(event.detail, one.lane.lane)}
  ></px-lane>`
}
