import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import { placeOf, type Place } from '../answer/places'
import type { Client } from '../api/client'
import type { Citation, Passage, Variant } from '../api/types'
import '../chat/composer'
import type { Composer } from '../chat/composer'
import { Conversation } from '../chat/conversation'
import { Shelf } from '../chat/shelf'
import type { Turn } from '../chat/turn'
import '../chat/suggestions'
import '../chat/thread'
import { AUTO } from '../chat/variant-switch'
import { Battle } from '../compare/battle'
import '../document/document-view'
import { say } from '../i18n/common'
import { variantName } from '../ui/approach'
import { controls } from '../ui/controls'
import { icon, sign } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import type { Options } from './options'
import { panelStyle } from './panel-style'
import { due, outcome } from './vote'
import './vote-view'

/** The inside of the widget: the conversation, and the document a citation opens over it. Fires `close`. */
export class Panel extends Part {
  static override styles = [base, controls, panelStyle, css`:host { display: block; height: 100%; }`]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) options!: Options
  /** A preview starts empty and is kept apart from the page's own history. */
  @property({ type: Boolean }) preview = false
  @state() private place: Place | null = null
  @state() private lost = false
  @state() private variants: readonly Variant[] = []
  @state() private variant: string | null = null
  @state() private battle: Battle | null = null
  @state() private tick = 0
  @state() private said = ''
  @query('px-composer') private composer!: Composer
  private conversation!: Conversation
  private shelf!: Shelf

  override connectedCallback(): void {
    super.connectedCallback()
    this.shelf = new Shelf(`parallax.widget.${this.preview ? 'preview' : this.options.collection ?? 'default'}`)
    this.conversation = new Conversation(this.client, this.shelf, () => this.requestUpdate(), this.options.collection)
    this.variant = this.options.variant
    const kept = this.shelf.all()[0]
    if (kept && !this.preview) this.conversation.load(kept)
    if (this.options.switch) void this.learnVariants()
  }

  /** Only a preview is given other options while it is there. */
  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.get('options')) return
    this.variant = this.options.variant
    this.conversation.collection = this.options.collection
    if (this.options.switch) void this.learnVariants()
    else this.variants = []
  }

  override disconnectedCallback(): void {
    this.battle?.clear()
    this.conversation.load(null)
    super.disconnectedCallback()
  }

  override focus(): void {
    void this.updateComplete.then(() => this.composer?.focus())
  }

  /** Closes what lies over the conversation; false when nothing did. */
  back(): boolean {
    if (!this.place) return false
    this.place = null
    this.focus()
    return true
  }

  override render(): TemplateResult {
    return this.place ? this.document(this.place) : this.chat()
  }

  private chat(): TemplateResult {
    const { turns, busy } = this.conversation
    return html`<header>
        <span class="sign">${sign(20)}</span>
        <h1>${this.options.title}</h1>
        ${turns.length > 0
          ? html`<button type="button" class="icon" aria-label=${say('newConversation')} title=${say('newConversation')} @click=${this.restart}>${icon.compose()}</button>`
          : nothing}
        ${this.preview ? nothing : html`<button type="button" class="icon" aria-label=${say('close')} title=${say('close')} @click=${() => this.emit('close')}>${icon.close()}</button>`}
      </header>
      ${this.battle ? html`<px-vote-view .battle=${this.battle} .tick=${this.tick} @voted=${this.onVoted} @skip=${() => this.askAlone()}></px-vote-view>` : html`${this.thread(turns)}${this.footer(busy)}`}`
  }

  private thread(turns: readonly Turn[]): TemplateResult {
    return html`<px-thread
        compact
        .turns=${turns}
        .variants=${this.variants}
        .rate=${this.rate}
        @cite=${(event: CustomEvent<{ citation: Citation }>) => this.show(placeOf(event.detail.citation))}
        @place=${(event: CustomEvent<{ passage: Passage }>) => this.show(placeOf(event.detail.passage))}
        @regenerate=${(event: CustomEvent<string>) => this.conversation.regenerate(event.detail)}
      >
        <div class="greeting">${sign(36)}<strong>${say('greeting')}</strong>
          <px-suggestions .client=${this.client} .collection=${this.options.collection ?? 'default'} .variant=${this.variant} .blind=${this.options.vote !== 'never'} @ask=${this.ask}></px-suggestions></div>
      </px-thread>`
  }

  private footer(busy: boolean): TemplateResult {
    return html`<footer>
        ${this.said ? html`<p role="status">${this.said}</p>` : nothing}
        ${this.variants.length > 1
          ? html`<px-variants .variants=${this.variants} .auto=${this.auto} .chosen=${this.variant ?? AUTO} @variant=${(event: CustomEvent<string>) => (this.variant = event.detail)}></px-variants>`
          : nothing}
        ${this.again()}
        <px-composer .busy=${busy} @ask=${this.ask} @stop=${() => this.conversation.stop()}></px-composer>
        <p>${say('disclaimer')}</p>
      </footer>`
  }

  /** Whether the page leaves the choice to the service. */
  private get auto(): boolean {
    return (this.options.variant ?? AUTO) === AUTO
  }

  private again(): TemplateResult | typeof nothing {
    const { last, busy } = this.conversation
    const chosen = this.variants.find((one) => one.name === this.variant)
    if (!chosen || !last || busy || last.variant === chosen.name) return nothing
    return html`<button type="button" class="button again" title=${say('withVariant', { name: variantName(chosen) })} @click=${() => this.conversation.askAgainWith(chosen.name)}>${icon.again()}<span class="cut">${say('withVariant', { name: variantName(chosen) })}</span></button>`
  }

  private document(place: Place): TemplateResult {
    return html`<header>
        <button type="button" class="icon" aria-label=${say('backToAnswer')} title=${say('backToAnswer')} @click=${() => this.back()}>${icon.back()}</button>
        <h1 title=${place.name}>${place.name}</h1>
        ${this.lost ? nothing : html`<a class="icon" href=${this.client.fileUrl(place.document_id)} target="_blank" rel="noopener" aria-label=${say('openOriginal')} title=${say('openOriginal')}>${icon.external()}</a>`}
        <button type="button" class="icon" aria-label=${say('close')} title=${say('close')} @click=${() => this.emit('close')}>${icon.close()}</button>
      </header>
      <px-document .client=${this.client} .place=${place} @lost=${(event: CustomEvent<string | null>) => (this.lost = event.detail !== null)}></px-document>`
  }

  /** The keyboard follows into the document, so that Escape and Tab go on from there. */
  private show(place: Place): void {
    this.place = place
    this.lost = false
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('header .icon')?.focus())
  }

  private readonly ask = (event: CustomEvent<string>): void => {
    this.said = ''
    if (!this.preview && due(this.options.vote)) void this.askBlind(event.detail)
    else void this.conversation.ask(event.detail, this.variant)
  }

  /** Two answers drawn by lot; where they cannot both be had, one as always. */
  private async askBlind(question: string): Promise<void> {
    const battle = new Battle(this.client, () => (this.tick += 1), 'widget')
    this.battle = battle
    await battle.ask(question, null, { collection: this.options.collection, blind: true, conversation: this.conversation.id })
    if (this.battle === battle && !battle.canVote) this.askAlone()
  }

  private askAlone(): void {
    const question = this.battle?.question
    this.battle?.clear()
    this.battle = null
    if (question) void this.conversation.ask(question, this.variant)
    this.focus()
  }

  private readonly onVoted = (): void => {
    const came = this.battle && outcome(this.battle)
    if (!came) return this.askAlone()
    this.battle = null
    this.said = came.said
    this.conversation.adopt(came.turn)
    this.focus()
  }

  private readonly restart = (): void => {
    this.said = ''
    this.conversation.load(null)
    // Kept as it is, empty, so that a reload does not bring the old one back.
    this.shelf.put({ key: this.conversation.key, id: null, collection: this.options.collection, at: Date.now(), turns: [] })
    this.focus()
  }

  private readonly rate = (key: string, rating: 1 | -1 | null, reason?: string, comment?: string): Promise<void> =>
    this.conversation.rate(key, rating, reason, comment)

  private async learnVariants(): Promise<void> {
    try {
      this.variants = await this.client.variants()
    } catch {
      // The switch is an extra; the chat works without it and will say what is wrong.
      this.variants = []
    }
  }
}

define('px-panel', Panel)
