import { tell } from '../../i18n/models'
import { bytes, count, listed, tongue } from '../../i18n/tongue'
import { money } from '../evaluate/figures'
import type { Model } from './api'

export const MOST_SIDE_BY_SIDE = 3

export interface Filters {
  readonly task: string
  readonly license: string
  readonly provider: string
  readonly open: string
  readonly ready: boolean
  readonly q: string
}

export function filtersOf(query: URLSearchParams): Filters {
  const given = (name: string): string => query.get(name) ?? ''
  return { task: given('task'), license: given('license'), provider: given('provider'), open: given('open'), ready: given('ready') === 'yes', q: given('q') }
}

export const isFiltered = (by: Filters): boolean => [by.task, by.license, by.provider, by.open, by.q].some((one) => one !== '') || by.ready

/** What an address says of these filters; the empty ones are left out by `path`. */
export const asQuery = ({ ready, ...rest }: Filters): Record<string, string> => ({ ...rest, ready: ready ? 'yes' : '' })

export function fits(model: Model, by: Filters): boolean {
  const words = [model.name, ...Object.values(model.texts).flatMap((card) => Object.values(card))].join(' ').toLowerCase()
  return (
    (!by.task || tasksOf(model).includes(by.task)) &&
    (!by.license || model.license === by.license) &&
    (!by.provider || model.provider === by.provider) &&
    (!by.open || model.open === (by.open === 'yes')) &&
    (!by.ready || model.deployed) &&
    by.q.toLowerCase().split(/\s+/).every((word) => words.includes(word))
  )
}

export const tasksOf = (model: Model): readonly string[] => (model.tasks.length > 0 ? model.tasks : [model.task])

/** What the card says in the language of the page, else in English. */
export const cardOf = (model: Model): Readonly<Record<string, string>> => ({ ...model.card, ...model.texts[tongue.language] })

export const labelOf = (model: Model): string => cardOf(model)['label'] || model.name

const TASKS = ['chat', 'embedding', 'speech', 'image', 'multimodal'] as const

export const taskName = (task: string): string => (TASKS.includes(task as 'chat') ? tell(`task_${task as 'chat'}`) : task)

/** How it stands, in a word, with the sign of the documents' states. */
export function standingOf(model: Model): { readonly word: string; readonly look: string } {
  if (model.pulling && !model.pulling.error) return { word: tell('fetching', { done: bytes(model.pulling.done), total: bytes(model.pulling.total) }), look: 'embedding' }
  if (model.deployed) return { word: model.variants.length > 0 || model.default ? tell('inUse') : tell('ready'), look: 'indexed' }
  if (model.tuned) return { word: tell('retired'), look: model.problem ? 'failed' : 'cancelled' }
  if (model.here === false) return { word: tell('notHere'), look: 'cancelled' }
  if (model.here) return { word: tell('notRunning'), look: 'cancelled' }
  return { word: tell('needsKey'), look: 'cancelled' }
}

export function openness(model: Model): string {
  return model.open === null ? '' : tell(model.open ? 'open' : 'proprietary')
}

export const licenceOf = (model: Model): string => (model.license === 'proprietary' ? tell('proprietary') : model.license === "its provider's terms" ? tell('terms') : model.license)

export function priceOf(model: Model): string {
  const { price } = model
  if (!price) return '–'
  if (!price.as_of) return tell('freeHere')
  return `${tell('perMillion', { in: money(price.input), out: money(price.output) })} (${tell('asOf', { date: price.as_of })})`
}

const kinds: Readonly<Record<string, 'kind_encoder' | 'kind_decoder' | 'kind_both'>> = { encoder: 'kind_encoder', decoder: 'kind_decoder', 'encoder-decoder': 'kind_both' }

function architectureOf(model: Model): string {
  const kind = kinds[model.architecture ?? '']
  return [kind ? tell(kind) : '', model.family ? `(${model.family})` : ''].filter(Boolean).join(' ')
}

function languageNames(model: Model): string {
  const names = new Intl.DisplayNames(tongue.language, { type: 'language' })
  const name = (code: string): string => {
    try {
      return names.of(code) ?? code
    } catch {
      return code
    }
  }
  return model.languages.length > 0 ? listed(model.languages.map(name)) : ''
}

/** Every fact that is known, in the order they are shown. */
export function factsOf(model: Model): readonly (readonly [string, string])[] {
  const facts = [
    [tell('task'), tasksOf(model).map(taskName).join(' · ')],
    [tell('licence'), [licenceOf(model), licenceOf(model) === openness(model) ? '' : openness(model)].filter(Boolean).join(' · ')],
    [tell('provider'), model.provider === 'this machine' ? tell('here') : model.provider],
    [tell('base'), model.base ?? ''],
    [tell('architecture'), architectureOf(model)],
    [tell('weights'), model.parameters ? tell('million', { n: count(Math.round(model.parameters / 1e6)) }) : ''],
    [tell('precision'), model.quantisation ?? ''],
    [tell('context'), model.context ? tell('tokens', { n: count(model.context) }) : ''],
    [tell('languages'), languageNames(model)],
    [tell('price'), model.price ? priceOf(model) : ''],
    [tell('size'), model.bytes ? bytes(model.bytes) : ''],
    [tell('source'), model.source],
    [tell('hash'), model.sha256 ?? ''],
  ] as const
  return facts.filter(([, value]) => value !== '')
}
