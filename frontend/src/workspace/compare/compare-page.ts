import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { property, query, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { Place as Spot } from '../../answer/places'
import type { Client } from '../../api/client'
import { Failure } from '../../api/failure'
import type { Citation, Collection, Page, Variant } from '../../api/types'
import '../../chat/composer'
import type { Composer } from '../../chat/composer'
import type { Turn } from '../../chat/turn'
import type { LaneView } from '../../compare/lane-view'
import { lanesOfText, MOST, place, wantedOf, type Place } from '../../compare/plan'
import type { ApproachInfo, Values, Winner } from '../../compare/types'
import { tell } from '../../i18n/compare'
import { controls } from '../../ui/controls'
import { hueStyle } from '../../ui/hue'
import { base, define, Part } from '../../ui/part'
import { styled } from '../../ui/styled'
import type { View } from '../evidence'
import { go, path, type Route } from '../router'
import { evidenceStyle, titleStyle } from '../shared-style'
import { addColumn } from './add-column'
import { bands } from './bands'
import { columnsOf, type Column, type Seats } from './columns'
import { columnsStyle } from './columns-style'
import { Comparison } from './comparison'
import { compareStyle } from './compare-style'
import { evidenceOf } from './evidence-of'
import { foot } from './foot'
import { head } from './head'
import { laneColumn } from './lane-column'
import './prompts-dialog'
import './recents'
import { keepSetup, present, readSetup, twins, type Setup } from './setup'
import { Spoken } from './spoken'
import { spotOf } from './spots'
import { voteByKey } from './vote-by-key'

/** Compare: one question, its lanes side by side, a blind vote when asked for, and the evidence on the right. */
export class ComparePage extends Part {
  static override styles = [base, controls, hueStyle, titleStyle, evidenceStyle, compareStyle, columnsStyle]

  @property({ attribute: false }) client!: Client
  @property({ attribute: false }) route!: Route
  @state() variants: readonly Variant[] = []
  @state() collections: readonly Collection[] = []
  @state() setup: Setup = readSetup()
  @state() adding = false
  @state() approaches: readonly ApproachInfo[] = []
  @state() editing: string | null = null
  /** The lane that is a copy of another one, while nothing of it was changed. */
  @state() fresh: string | null = null
  @state() refused: Failure | null = null
  @state() draft = ''
  @state() shared = false
  @state() private opened: Spot | null = null
  @query('px-composer') private composer!: Composer | null
  comparison!: Comparison
  private seats: Seats = new Map()
  private readonly spoken = new Spoken()

  override connectedCallback(): void {
    super.connectedCallback()
    this.comparison = new Comparison(this.client, () => this.onChange())
    addEventListener('px-focus-question', this.onFocus)
    addEventListener('px-escape', this.onEscape)
    addEventListener('keydown', this.onKey)
    void this.learn()
  }

  override disconnectedCallback(): void {
    removeEventListener('px-focus-question', this.onFocus)
    removeEventListener('px-escape', this.onEscape)
    removeEventListener('keydown', this.onKey)
    this.comparison.clear()
    super.disconnectedCallback()
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('setup')) keepSetup(this.setup)
    if (!changed.has('route')) return
    const { id, query } = this.route
    if (!query.get('view')) this.opened = null
    if (id !== null && id !== this.comparison.id) void this.load(id)
    else if (id === null) this.begin(query)
  }

  override firstUpdated(): void {
    if (this.route.id === null && matchMedia('(pointer: fine)').matches) this.composer?.focus()
  }

  /** A lane beyond the edge comes into sight when it is added or changed, or its evidence opened. */
  override updated(changed: PropertyValues<this>): void {
    const nth = changed.has('editing') && this.editing ? this.columns.findIndex(({ key }) => key === this.editing) : changed.has('route') && this.route.query.has('lane') ? this.laneShown : null
    const wanted = changed.has('adding') && this.adding ? 'li.add' : nth === null ? null : `li:nth-child(${nth + 1})`
    if (wanted) requestAnimationFrame(() => this.renderRoot.querySelector(`.lanes > ${wanted}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' }))
  }

  get columns(): readonly Column[] {
    return columnsOf(this.comparison, this.setup, this.seats, this.variants)
  }

  /** Whether lanes can be added, changed and removed now: they are shown, and nothing is on its way. */
  get plannable(): boolean {
    const { lanes, blind, busy } = this.comparison
    return !busy && (lanes.length > 0 ? !blind : !(this.setup.blind && this.setup.byLot))
  }

  /** Whether the plan has to be changed before it can be asked. */
  get twinned(): boolean {
    return !(this.setup.blind && this.setup.byLot) && twins(this.setup.plan)
  }

  override render(): TemplateResult {
    const turn = this.shownTurn()
    const start = this.comparison.lanes.length === 0 && !this.route.id
    return html`<section class="main ${start ? 'start' : ''}">
        ${head(this)}
        <div class="scroll">
          ${bands(this)} ${this.comparison.failure && this.comparison.id ? nothing : this.lanes()}
          ${start ? html`<div class="recents"><px-recents .client=${this.client} .variants=${this.variants}></px-recents></div>` : nothing}
        </div>
        ${foot(this)}
        <div class="visually-hidden" role="log" aria-live="polite" aria-relevant="additions">${this.spoken.lines.map((line) => html`<p>${line}</p>`)}</div>
      </section>
      ${turn ? evidenceOf(this, turn) : nothing}
      ${this.route.query.get('view') === 'prompts' && this.comparison.id && this.comparison.open
        ? html`<px-prompts .client=${this.client} .id=${this.comparison.id} .columns=${this.columns} .route=${this.route} @close=${this.onEscape}></px-prompts>`
        : nothing}`
  }

  private lanes(): TemplateResult {
    const columns = this.columns
    const { busy, blind } = this.comparison
    const room = (this.plannable || (busy && !blind)) && columns.length < MOST
    return html`<ul class="lanes" aria-label=${tell('lanes')} ${styled({ '--lanes': String(columns.length) })}>
      ${repeat(columns, (one) => one.key, (one) => html`<li>${laneColumn(this, one, columns.length)}</li>`)}
      ${room ? addColumn(this) : nothing}
    </ul>`
  }

  plan(plan: readonly Place[], more: Partial<Setup> = {}): void {
    this.setup = { ...this.setup, ...more, plan }
  }

  /** Adds a lane; one that would be a twin opens to be changed. */
  addLane(variant: string, parameters: Values = {}, after: string | null = null): void {
    const fresh = place(variant, parameters)
    const at = after === null ? this.setup.plan.length : this.setup.plan.findIndex(({ key }) => key === after) + 1
    this.plan([...this.setup.plan.slice(0, at), fresh, ...this.setup.plan.slice(at)])
    this.adding = false
    this.editing = this.fresh = twins(this.setup.plan) ? fresh.key : null
  }

  /** Opens the settings of a lane, or closes them; a copy that nobody changed goes again. */
  edit(key: string | null): void {
    const { fresh } = this
    this.fresh = null
    this.editing = key
    if (fresh !== null) this.plan(this.setup.plan.filter((one) => one.key !== fresh))
  }

  changeLane(key: string, parameters: Values): void {
    this.plan(this.setup.plan.map((one) => (one.key === key ? { ...one, parameters } : one)))
    this.editing = this.fresh = null
  }

  ask(question: string): void {
    // What stands in an open form is meant, whether Apply was pressed or not.
    const applied = [...this.renderRoot.querySelectorAll<LaneView>('px-lane')].every((one) => one.apply())
    if (!applied || this.twinned) {
      this.draft = question
      return
    }
    const { plan, blind, byLot, collection } = this.setup
    const drawn = blind && byLot
    this.draft = ''
    this.refused = null
    this.editing = null
    this.adding = false
    this.spoken.clear()
    this.renderRoot.querySelector('.scroll')?.scrollTo(0, 0)
    this.seats = new Map(plan.map((as, lane) => [as.key, { lane, as }]))
    const wanted = plan.map(({ variant, parameters }) => ({ variant, parameters }))
    void this.comparison.ask(question, drawn ? null : wanted, { collection, blind })
  }

  readonly vote = async (winner: Winner, reason = ''): Promise<void> => {
    try {
      this.refused = null
      const there = this.renderRoot.querySelector('px-vote:focus-within') !== null
      await this.comparison.vote(winner, reason)
      await this.updateComplete
      if (there) this.composer?.focus()
    } catch (error) {
      this.refused = Failure.of(error)
    }
  }

  private async load(id: string): Promise<void> {
    this.refused = null
    this.adding = false
    this.spoken.clear()
    await this.comparison.load(id)
    const { comparison } = this
    if (comparison.id !== id || comparison.lanes.length === 0) return
    const arms = comparison.blind ? [] : comparison.lanes.map(({ arm }) => (arm ? wantedOf(arm, this.variants) : null))
    const plan = arms.flatMap((one) => (one ? [place(one.variant, one.parameters)] : []))
    this.seats = new Map(plan.map((as, lane) => [as.key, { lane, as }]))
    this.plan(plan.length > 1 ? plan : this.setup.plan, { blind: comparison.blind, collection: comparison.collection ?? this.setup.collection })
  }

  /** An address without a comparison: what it says is prepared, and asked when whoever led here wants that. */
  private begin(query: URLSearchParams): void {
    if (this.comparison.id !== null || this.comparison.lanes.length > 0) this.comparison.clear()
    this.refused = null
    const lanes = lanesOfText(query.get('lanes') ?? '')
    const collection = query.get('collection') ?? this.setup.collection
    if (lanes.length > 1) this.plan(lanes, { blind: query.has('blind'), byLot: false, collection })
    else if (query.has('blind')) this.plan(this.setup.plan, { blind: true, collection })
    this.draft = query.get('q') ?? this.draft
    if (!query.has('ask')) return
    const question = this.draft
    // The address forgets it at once, so that a reload does not ask again.
    history.replaceState(null, '', '/compare')
    queueMicrotask(() => question.trim() && this.ask(question))
  }

  private onChange(): void {
    this.requestUpdate()
    const { id, lanes } = this.comparison
    this.spoken.hear(this.comparison, (lane) => this.columns.find((one) => one.lane?.lane === lane)?.face?.name ?? null)
    if (id && lanes.length > 0 && this.isConnected && this.route.section === 'compare' && this.route.id !== id) {
      queueMicrotask(() => this.comparison.id === id && go(path('compare', id), this.route.id === null))
    }
  }

  get laneShown(): number {
    return Number(this.route.query.get('lane') ?? -1)
  }

  private shownTurn(): Turn | null {
    const view = this.route.query.get('view')
    if (!view || view === 'prompts' || !this.comparison.open) return null
    return this.comparison.lanes[this.laneShown]?.turn ?? null
  }

  spotShown(turn: Turn): Spot | null {
    const index = this.route.query.get('cite')
    return this.opened ?? spotOf(index === null ? undefined : turn.citations[Number(index)])
  }

  show(view: View | 'prompts' | null, lane: number, cite: string | null = null): void {
    const kept = cite ?? (lane === this.laneShown ? this.route.query.get('cite') : null)
    if (lane !== this.laneShown) this.opened = null
    go(path('compare', this.route.id, view ? { view, lane: String(lane), cite: kept } : {}), this.route.query.has('view'))
  }

  showCitation({ citation, turn }: { citation: Citation; turn: Turn }, lane: number): void {
    this.opened = null
    this.show('document', lane, String(turn.citations.indexOf(citation)))
  }

  showSpot(spot: Spot): void {
    this.opened = spot
    this.show('document', this.laneShown)
  }

  private readonly onFocus = (): void => this.composer?.focus()

  readonly onEscape = (): void => {
    if (this.adding) this.adding = false
    else if (this.route.query.get('view')) go(path('compare', this.route.id), true)
  }

  private readonly onKey = (event: KeyboardEvent): void => voteByKey(event, this)

  private async learn(): Promise<void> {
    const approaches = this.client.json<Page<ApproachInfo>>('GET', '/api/approaches')
    const [variants, collections, known] = await Promise.allSettled([this.client.variants(), this.client.collections(), approaches])
    if (variants.status === 'fulfilled') this.variants = variants.value
    if (collections.status === 'fulfilled') this.collections = collections.value
    if (known.status === 'fulfilled') this.approaches = known.value.items
    if (this.comparison.lanes.length === 0) this.plan(present(this.setup.plan, this.variants))
  }

  readonly share = async (): Promise<void> => {
    await navigator.clipboard?.writeText(location.origin + path('compare', this.comparison.id)).catch(() => undefined)
    this.shared = true
    setTimeout(() => (this.shared = false), 1600)
  }

  /** A lane's name for people, or its letter while it is secret. */
  nameOf(lane: number): string {
    return this.columns.find((one) => one.lane?.lane === lane)?.face?.name ?? ''
  }
}

define('px-compare-page', ComparePage)
