import { noChange } from 'lit'
import { Directive, directive, PartType, type ElementPart, type PartInfo } from 'lit/directive.js'

type Styles = Readonly<Record<string, string | null>>

/**
 * Sets style properties of an element through the CSSOM: `<i ${styled({ width: '40%' })}>`. Lit's styleMap writes a
 * style attribute at first, which a page whose policy is `style-src 'self'` refuses.
 */
class StyledDirective extends Directive {
  constructor(part: PartInfo) {
    super(part)
    if (part.type !== PartType.ELEMENT) throw new Error('styled() stands on an element')
  }

  override render(_styles: Styles): typeof noChange {
    return noChange
  }

  override update(part: ElementPart, [styles]: [Styles]): typeof noChange {
    const { style } = part.element as HTMLElement
    for (const [name, value] of Object.entries(styles)) {
      if (value === null) style.removeProperty(name)
      else style.setProperty(name, value)
    }
    return noChange
  }
}

export const styled = directive(StyledDirective)
