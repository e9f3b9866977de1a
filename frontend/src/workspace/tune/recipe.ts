import { html, type TemplateResult } from 'lit'
import { tell } from '../../i18n/tune'
import { settingName, type SettingName } from './figures'
import type { Recipe, Trainer } from './types'

interface Range {
  readonly from: number
  readonly to: number
  readonly step: string
  /** The trainer's own value when nothing is said, for a model tuned here, and for one made from nothing. */
  readonly lora: string
  readonly scratch: string
}

/** What can be set, its limits, and what the local trainer does without it (service/tune/local/job.py). */
export const ranges: Readonly<Partial<Record<SettingName, Range>>> = {
  epochs: { from: 1, to: 200, step: '1', lora: '12', scratch: '40' },
  learning_rate: { from: 0.000001, to: 1, step: 'any', lora: '0.0005', scratch: '0.002' },
  rank: { from: 1, to: 256, step: '1', lora: '16', scratch: '' },
  alpha: { from: 1, to: 1024, step: '1', lora: '32', scratch: '' },
  learning_rate_multiplier: { from: 0.01, to: 10, step: 'any', lora: '', scratch: '' },
  batch: { from: 1, to: 256, step: '1', lora: '8', scratch: '8' },
  max_tokens: { from: 32, to: 4096, step: '1', lora: '512', scratch: '512' },
  patience: { from: 1, to: 100, step: '1', lora: '4', scratch: '8' },
  seed: { from: 0, to: 2 ** 31 - 1, step: '1', lora: '0', scratch: '0' },
}

const SWEPT = ['learning_rate', 'rank', 'epochs'] as const

/** The values that were typed for a sweep: "0.0002, 0.0005"; whatever is no number is left out. */
export const listOf = (text: string): readonly number[] => [...new Set(text.split(/[,;，、\s]+/).filter(Boolean).map(Number).filter((value) => Number.isFinite(value) && value > 0))]

export const MOST_SWEPT = 8

/** Every combination of the values typed; none when there is only one. */
export function sweepOf(values: Readonly<Partial<Record<(typeof SWEPT)[number], readonly number[]>>>): readonly Readonly<Record<string, number>>[] {
  let made: readonly Readonly<Record<string, number>>[] = [{}]
  for (const name of SWEPT) {
    const given = values[name] ?? []
    if (given.length > 0) made = made.flatMap((one) => given.map((value) => ({ ...one, [name]: value })))
  }
  return made.length > 1 ? made : []
}

/** The sweep that a form asks for. */
export const sweepIn = (form: FormData): readonly Readonly<Record<string, number>>[] => sweepOf(Object.fromEntries(SWEPT.map((name) => [name, listOf(String(form.get(`sweep_${name}`) ?? ''))])))

/** What a form says of the settings that a trainer takes; empty fields are left to it. */
export function recipeOf(form: FormData, takes: readonly string[]): Recipe {
  const recipe: Record<string, unknown> = {}
  for (const name of Object.keys(ranges)) {
    const given = String(form.get(name) ?? '').trim()
    if (given !== '' && takes.includes(name)) recipe[name] = Number(given)
  }
  if (takes.includes('validation_share') && form.get('validation_share')) recipe.validation_share = Number(form.get('validation_share')) / 100
  if (takes.includes('paraphrase') && form.get('paraphrase')) recipe.paraphrase = form.get('paraphrase') === 'yes'
  const sweep = sweepIn(form)
  if (takes.includes('sweep') && sweep.length > 0) recipe.sweep = sweep
  return recipe
}

/** The fields of what a trainer takes, empty at first: its own values stand in them in grey. */
export function settingsForm(trainer: Trainer, scratch: boolean, given: Recipe = {}): TemplateResult {
  const takes = trainer.settings
  const local = trainer.name === 'local'
  const names = (Object.keys(ranges) as (keyof typeof ranges)[]).filter((name) => takes.includes(name) && !(scratch && (name === 'rank' || name === 'alpha')))
  const sweeps = SWEPT.filter((name) => names.includes(name))
  return html`<div class="two">
      ${names.map((name) => {
        const range = ranges[name]!
        const usual = local ? (scratch ? range.scratch : range.lora) : tell('providersChoice')
        return html`<label class="entry">${settingName(name)}<input class="field" type="number" name=${name} min=${range.from} max=${range.to} step=${range.step} placeholder=${usual} .value=${String(given[name] ?? '')} /><small>${tell(`about_${name}` as 'about_rank')}</small></label>`
      })}
      ${takes.includes('validation_share')
        ? html`<label class="entry">${settingName('validation_share')}<input class="field" type="number" name="validation_share" min="5" max="50" step="1" placeholder="10" .value=${given.validation_share ? String(Math.round(given.validation_share * 100)) : ''} /><small>${tell('about_validation_share')}</small></label>`
        : ''}
      ${takes.includes('paraphrase') && !scratch
        ? html`<label class="entry">${settingName('paraphrase')}<select class="field" name="paraphrase"><option value="">${tell('byDefault')}</option><option value="yes" ?selected=${given.paraphrase === true}>${tell('yes')}</option><option value="no" ?selected=${given.paraphrase === false}>${tell('no')}</option></select><small>${tell('about_paraphrase')}</small></label>`
        : ''}
    </div>
    ${takes.includes('sweep')
      ? html`<fieldset class="sweep"><span class="legend">${tell('sweep')}</span><p class="hint">${tell('sweepHint', { n: MOST_SWEPT })}</p>
          <div class="two">${sweeps.map((name) => html`<label class="entry">${settingName(name)}<input class="field" name="sweep_${name}" inputmode="decimal" autocomplete="off" placeholder=${name === 'learning_rate' ? '0.0002, 0.0005' : name === 'rank' ? '8, 16' : '6, 12'} /></label>`)}</div></fieldset>`
      : ''}`
}
