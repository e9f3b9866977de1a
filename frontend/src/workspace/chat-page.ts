import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import { placeOf, type Place } from '../answer/places'
import type { Client } from '../api/client'
import type { Citation, Collection, Passage, Variant } from '../api/types'
import '../chat/composer'
import type { Composer } from '../chat/composer'
import { Conversation } from '../chat/conversation'
import { Shelf } from '../chat/shelf'
import '../chat/suggestions'
import '../chat/thread'
import { keptTurn, type Turn } from '../chat/turn'
import '../chat/variant-switch'
import { lanesToText } from '../compare/plan'
import { say } from '../i18n/common'
import { tell } from '../i18n/workspace'
import { variantName } from '../ui/approach'
import { controls } from '../ui/controls'
import { icon, sign } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import { chatStyle } from './chat-style'
import './evidence'
import type { View } from './evidence'
import './history-list'
import { go, path, type Route } from './router'
import { evidenceStyle } from './shared-style'

const shelf = new Shelf('parallax.workspace')

/** Chat: the conversation, the switch above the composer, and the evidence on the right when asked for. */
export class ChatPage extends Part {
  static override styles = [base, controls, evidenceStyle, chatStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() private variants: readonly Variant[] = []
  @state() private collections: readonly Collection[] = []
  @state() private variant: string | null = null
  @state() private collection = 'default'
  @state() private listed = false
  /** A place opened from a passage; a citation's place comes from the address. */
  @state() private opened: Place | null = null
  @query('px-composer') private composer!: Composer
  private conversation!: Conversation

  override connectedCallback(): void {
    super.connectedCallback()
    this.conversation = new Conversation(this.client, shelf, () => this.onChange())
    addEventListener('px-focus-question', this.onFocus)
    addEventListener('px-escape', this.onEscape)
    void this.learn()
  }

  override disconnectedCallback(): void {
    removeEventListener('px-focus-question', this.onFocus)
    removeEventListener('px-escape', this.onEscape)
    this.conversation.load(null)
    super.disconnectedCallback()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('route')) return
    const wanted = this.route.id
    const { key, id, turns } = this.conversation
    if (wanted === null ? turns.length > 0 : wanted !== id && wanted !== key) {
      const kept = wanted === null ? null : shelf.get(wanted)
      this.conversation.load(kept)
      this.listed = false
      if (wanted !== null && !kept) void this.fetch(wanted)
    }
    if (!this.route.query.get('view')) this.opened = null
  }

  override firstUpdated(): void {
    if (matchMedia('(pointer: fine)').matches) this.composer.focus()
  }

  override render(): TemplateResult {
    const { turns, key } = this.conversation
    const turn = this.shownTurn()
    return html`<px-history class=${this.listed ? 'listed' : ''} .saved=${shelf.all()} .current=${key} @forget=${this.forget}></px-history>
      <section class="talk">
        <div class="bar">
          <button type="button" class="icon" aria-label=${tell('history')} aria-expanded=${this.listed} @click=${() => (this.listed = !this.listed)}>${icon.history(18)}</button>
          <a class="icon" href="/chat" data-inside="yes" aria-label=${say('newConversation')}>${icon.compose(18)}</a>
        </div>
        <px-thread
          .turns=${turns}
          .variants=${this.variants}
          .rate=${this.rate}
          @cite=${(event: CustomEvent<{ citation: Citation; turn: Turn }>) => this.showCitation(event.detail)}
          @place=${(event: CustomEvent<{ passage: Passage; turn: Turn }>) => this.showPlace(placeOf(event.detail.passage), event.detail.turn.key)}
          @regenerate=${(event: CustomEvent<string>) => this.conversation.regenerate(event.detail)}
          @compare=${(event: CustomEvent<Turn>) => this.compare(event.detail)}
          @evidence=${(event: CustomEvent<string>) => this.show('passages', event.detail)}
          >${this.greeting()}</px-thread
        >
        <footer><div class="column">${this.switches()}<px-composer .busy=${this.conversation.busy} @ask=${this.ask} @stop=${() => this.conversation.stop()}></px-composer><p class="quiet">${say('disclaimer')}</p></div></footer>
      </section>
      ${turn
        ? html`<px-evidence
            .client=${this.client}
            .turn=${turn}
            .place=${this.placeShown(turn)}
            .view=${(this.route.query.get('view') ?? 'passages') as View}
            @view=${(event: CustomEvent<View>) => this.show(event.detail, turn.key)}
            @place=${(event: CustomEvent<Place>) => this.showPlace(event.detail, turn.key)}
            @close=${this.onEscape}
          ></px-evidence>`
        : nothing}`
  }

  private greeting(): TemplateResult {
    const empty = this.collections.length > 0 && this.collections.every((one) => one.documents === 0)
    const lost = this.route.id !== null && this.conversation.id === null
    return html`<div class="greeting">
      ${sign(48)}
      <h1>${say('greeting')}</h1>
      ${lost || empty ? html`<p>${tell(lost ? 'notKept' : 'noDocuments')}</p>` : nothing}
      ${empty
        ? html`<a class="button primary" href="/documents" data-inside="yes">${tell('addDocuments')}</a>`
        : html`<px-suggestions .client=${this.client} .collection=${this.collection} .variant=${this.variant} @ask=${this.ask}></px-suggestions>`}
    </div>`
  }

  private switches(): TemplateResult {
    const last = this.conversation.last
    const chosen = this.variants.find((one) => one.name === this.variant)
    const again = chosen && last && !this.conversation.busy && last.variant !== chosen.name
    return html`<div class="switches">
      ${this.variants.length > 0
        ? html`<px-variants .variants=${this.variants} .chosen=${this.variant} @variant=${(event: CustomEvent<string>) => this.choose(event.detail)}></px-variants>`
        : html`<span class="skeleton switch"></span>`}
      ${again ? html`<button type="button" class="button again" title=${say('withVariant', { name: variantName(chosen) })} @click=${() => this.conversation.askAgainWith(chosen.name)}>${icon.again()}<span class="cut">${say('withVariant', { name: variantName(chosen) })}</span></button>` : nothing}
      ${this.collections.length > 1
        ? html`<label class="collection"><span class="visually-hidden">${tell('collection')}</span>
            <select class="field" @change=${(event: Event) => this.choose(this.variant, (event.target as HTMLSelectElement).value)}>
              ${this.collections.map((one) => html`<option value=${one.name} ?selected=${one.name === this.collection}>${one.name}</option>`)}
            </select></label>`
        : nothing}
    </div>`
  }

  private choose(variant: string | null, collection = this.collection): void {
    this.variant = variant
    this.collection = collection
    this.conversation.collection = collection
  }

  private shownTurn(): Turn | null {
    if (!this.route.query.get('view')) return null
    const wanted = this.route.query.get('turn')
    return this.conversation.turns.find((turn) => turn.id === wanted || turn.key === wanted) ?? null
  }

  private placeShown(turn: Turn): Place | null {
    const index = this.route.query.get('cite')
    const citation = index === null ? undefined : turn.citations[Number(index)]
    return this.opened ?? (citation ? placeOf(citation) : null)
  }

  private show(view: View | null, turn: string | null = null, cite: string | null = this.route.query.get('cite')): void {
    const shown = this.conversation.turns.find((one) => one.key === turn || one.id === turn)
    const same = shown !== undefined && shown === this.shownTurn()
    if (!same && view !== 'document') this.opened = null
    go(path('chat', this.route.id, view ? { turn: shown?.id ?? turn, view, cite: same || view === 'document' ? cite : null } : {}), this.route.query.has('view'))
  }

  private showCitation({ citation, turn }: { citation: Citation; turn: Turn }): void {
    this.opened = null
    this.show('document', turn.key, String(turn.citations.indexOf(citation)))
  }

  private showPlace(place: Place, turn: string): void {
    this.opened = place
    this.show('document', turn, null)
  }

  /** Puts the answer beside one without documents; a plain one beside RAG. */
  private compare({ question, variant }: Turn): void {
    const names = this.variants.map(({ name }) => name)
    const other = ['plain', 'rag', ...names].find((name) => names.includes(name) && name !== variant)
    const lanes = [other, variant].filter((name) => name != null).map((variant) => ({ variant }))
    go(path('compare', null, { q: question, lanes: lanesToText(lanes), collection: this.conversation.collection, ask: '1' }))
  }

  private readonly ask = (event: CustomEvent<string>): void => {
    void this.conversation.ask(event.detail, this.variant)
  }

  private readonly rate = (key: string, rating: 1 | -1 | null, reason?: string, comment?: string): Promise<void> =>
    this.conversation.rate(key, rating, reason, comment)

  private onChange(): void {
    this.requestUpdate()
    const { id, turns } = this.conversation
    if (id && turns.length > 0 && this.isConnected && this.route.section === 'chat' && this.route.id !== id) {
      queueMicrotask(() => this.conversation.id === id && go(path('chat', id) + (this.route.id ? location.search : ''), true))
    }
  }

  private readonly forget = (event: CustomEvent<string>): void => {
    shelf.remove(event.detail)
    if (event.detail === this.conversation.key) go('/chat')
    else this.requestUpdate()
  }

  private readonly onFocus = (): void => this.composer.focus()

  private readonly onEscape = (): void => {
    if (this.listed) this.listed = false
    else if (this.route.query.get('view')) this.show(null)
  }

  /** An address from elsewhere: the server may know the conversation that this browser does not. */
  private async fetch(id: string): Promise<void> {
    try {
      const { turns } = await this.client.conversation(id)
      if (this.route.id === id && turns.length > 0) this.conversation.load({ key: id, id, collection: null, at: Date.now(), turns: turns.map(keptTurn) })
    } catch {
      // Then the page says that it is not kept.
    }
  }

  private async learn(): Promise<void> {
    // The chat says itself what is wrong when the server cannot be reached; these two only dress it.
    const [variants, collections] = await Promise.allSettled([this.client.variants(), this.client.collections()])
    if (variants.status === 'fulfilled') this.variants = variants.value
    if (collections.status === 'fulfilled') this.collections = collections.value
    const names = this.variants.map((one) => one.name)
    this.choose(this.conversation.last?.variant ?? (names.includes('rag') ? 'rag' : names[0] ?? null), this.conversation.collection ?? this.collection)
  }
}

define('px-chat-page', ChatPage)
