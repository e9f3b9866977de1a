import { css, html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../../api/client'
import type { Variant } from '../../api/types'
import { faceOf, wantedOf } from '../../compare/plan'
import type { Listed } from '../../compare/types'
import { tell } from '../../i18n/compare'
import { plural, when } from '../../i18n/tongue'
import { glyph } from '../../ui/approach'
import { hueStyle } from '../../ui/hue'
import { base, define, Part } from '../../ui/part'
import { path } from '../router'
import { recent } from './comparison'

const SHOWN = 12

/** The newest comparisons, each a link to its own address. */
export class Recents extends Part {
  static override styles = [
    base,
    hueStyle,
    css`
      :host {
        display: block;
      }
      h2 {
        margin: 0 0 4px;
        font: 600 var(--px-size-1) / 16px var(--px-font);
        color: var(--px-text-faint);
      }
      p {
        margin: 0;
        color: var(--px-text-faint);
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      a {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto auto 88px;
        align-items: center;
        gap: 16px;
        padding: 8px 12px;
        margin: 0 -12px;
        border-radius: var(--px-radius);
        color: var(--px-text);
        text-decoration: none;
      }
      li + li a {
        border-top: 1px solid var(--px-line);
        border-radius: 0;
      }
      a:hover {
        background: var(--px-hover);
      }
      .asked {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-weight: 500;
      }
      .arms {
        display: inline-flex;
        align-items: center;
        gap: 6px;
      }
      .arms span {
        display: grid;
      }
      .faint {
        font-size: var(--px-size-1);
        white-space: nowrap;
      }
      .time {
        text-align: end;
      }
      @media (max-width: 720px) {
        a {
          grid-template-columns: minmax(0, 1fr) auto;
          gap: 8px;
        }
        .votes,
        .time {
          display: none;
        }
      }
    `,
  ]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) variants: readonly Variant[] = []
  @state() private items: readonly Listed[] | null = null

  override connectedCallback(): void {
    super.connectedCallback()
    void this.learn()
  }

  override render(): TemplateResult | typeof nothing {
    if (this.items === null) return nothing
    return html`<h2>${tell('recent')}</h2>
      ${this.items.length === 0 ? html`<p>${tell('noRecent')}</p>` : html`<ul>${this.items.map((one) => this.entry(one))}</ul>`}`
  }

  private entry(one: Listed): TemplateResult {
    return html`<li>
      <a href=${path('compare', one.id)} data-inside="yes">
        <span class="asked">${one.question}</span>
        <span class="faint votes num">${one.votes > 0 ? tell(plural(one.votes, 'votesN', 'votesMany'), { n: one.votes }) : ''}</span>
        <span class="arms">${one.variants.length === 0 ? html`<span class="faint">${tell('hidden')}</span>` : one.variants.map((name) => this.arm(name))}</span>
        <span class="faint time num">${when(one.created_at)}</span>
      </a>
    </li>`
  }

  private arm(name: string): TemplateResult {
    const face = faceOf(wantedOf({ variant: name }, this.variants), this.variants)
    return html`<span class="hue-${face.approach}" title=${[face.name, ...Object.entries(face.changes).map((pair) => pair.join(' = '))].join(', ')}>${glyph(face.approach)}</span>`
  }

  private async learn(): Promise<void> {
    try {
      this.items = await recent(this.client, SHOWN)
    } catch {
      // The list is an extra; asking says itself what is wrong.
      this.items = null
    }
  }
}

define('px-recents', Recents)
