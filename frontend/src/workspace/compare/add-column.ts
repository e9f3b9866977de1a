import { html, type TemplateResult } from 'lit'
import { say } from '../../i18n/common'
import { tell } from '../../i18n/compare'
import { approachOf, glyph, variantName } from '../../ui/approach'
import { icon } from '../../ui/icons'
import type { ComparePage } from './compare-page'

/** The narrow last column: a plus that opens to the variants there are. */
export function addColumn(page: ComparePage): TemplateResult {
  if (!page.adding || !page.plannable) {
    // It keeps its place while lanes answer, so that they do not grow narrower when they have ended.
    return html`<li class="add"><button type="button" class="plus" ?disabled=${!page.plannable} aria-label=${tell('addLane')} title=${tell('addLane')} @click=${() => (page.adding = true)}>${icon.plus(18)}</button></li>`
  }
  return html`<li class="add wide">
    <div class="menu" role="group" aria-label=${tell('addLane')}>
      <header>${tell('addLane')}<button type="button" class="icon" aria-label=${say('close')} @click=${() => (page.adding = false)}>${icon.close()}</button></header>
      <p>${tell('addHint')}</p>
      ${page.variants.map((one) => {
        const approach = approachOf(one)
        const taken = page.setup.plan.some((other) => other.variant === one.name && Object.keys(other.parameters ?? {}).length === 0)
        return html`<button type="button" class="pick hue-${approach}" @click=${() => page.addLane(one.name)}>
          ${glyph(approach)}<strong>${variantName(one)}</strong><small>${taken ? tell('sameBut') : tell(`teach_${approach}`)}</small>
        </button>`
      })}
    </div>
  </li>`
}
