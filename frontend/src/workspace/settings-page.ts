import { html, nothing, type TemplateResult } from 'lit'
import { property, state } from 'lit/decorators.js'
import type { Client } from '../api/client'
import { Failure } from '../api/failure'
import type { Collection, Model, Readiness, Variant } from '../api/types'
import { count } from '../i18n/tongue'
import { tell, workspace } from '../i18n/workspace'
import { controls } from '../ui/controls'
import { icon } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import { pageStyle } from './page-style'
import { preferences, type Theme } from './preferences'
import { settingsStyle } from './settings-style'
import './widget-settings'

/** Settings: health, the models in use, the widget's tag, and how this browser shows it all. */
export class SettingsPage extends Part {
  static override styles = [base, controls, pageStyle, settingsStyle]

  @property({ attribute: false }) client!: Client
  @state() private readiness: Readiness | null = null
  @state() private models: readonly Model[] | null = null
  @state() private variants: readonly Variant[] = []
  @state() private collections: readonly Collection[] = []
  @state() private failure: Failure | null = null

  override connectedCallback(): void {
    super.connectedCallback()
    void this.check()
    void this.learn()
  }

  override render(): TemplateResult {
    return html`<div class="page">
      <div class="head"><h1>${tell('settings')}</h1></div>
      ${this.failure
        ? html`<div class="failure" role="alert">${icon.warn()}<span><strong>${this.failure.message}</strong> ${this.failure.hint}</span>
            <button type="button" class="button" @click=${() => [this.check(), this.learn()]}>${tell('retry')}</button></div>`
        : nothing}
      <section>
        <header><h2>${tell('health')}</h2><p>${tell('healthHint')}</p></header>
        ${this.health()}
      </section>
      <section>
        <header><h2>${tell('models')}</h2><p>${tell('modelsHint')}</p></header>
        ${this.catalogue()}
      </section>
      <section>
        <header><h2>${tell('widget')}</h2><p>${tell('widgetHint')}</p></header>
        <px-widget-settings .client=${this.client} .variants=${this.variants} .collections=${this.collections}></px-widget-settings>
      </section>
      <section>
        <header><h2>${tell('appearance')}</h2><p>${tell('appearanceHint')}</p></header>
        <div class="looks">
          ${this.segments('theme', preferences.theme, [['auto', tell('themeAuto')], ['light', tell('light')], ['dark', tell('dark')]], (theme) => (preferences.theme = theme as Theme))}
          ${this.segments('language', preferences.language, [['auto', tell('auto')], ['en', 'English'], ['zh-TW', '繁體中文']], (language) => (preferences.language = language))}
        </div>
      </section>
    </div>`
  }

  private health(): TemplateResult | typeof nothing {
    if (!this.readiness) return this.failure ? nothing : html`<div class="lines"><span class="skeleton"></span><span class="skeleton"></span></div>`
    const checks = Object.entries(this.readiness.checks)
    const well = checks.every(([, check]) => check.ok)
    return html`<div class="verdict ${well ? 'well' : 'ill'}" role="status">
        ${well ? icon.check() : icon.warn()}<strong>${tell(well ? 'ready' : 'notReady')}</strong>
        <button type="button" class="button bare push" @click=${() => this.check()}>${icon.again()}${tell('refresh')}</button>
      </div>
      <ul class="checks">
        ${checks.map(([name, check]) => html`<li class=${check.ok ? 'well' : 'ill'}>${check.ok ? icon.check() : icon.warn()}<strong>${name.replaceAll('_', ' ')}</strong><span>${check.detail}</span></li>`)}
      </ul>`
  }

  private catalogue(): TemplateResult | typeof nothing {
    if (!this.models) return this.failure ? nothing : html`<div class="lines"><span class="skeleton"></span></div>`
    return html`<ul class="models">${this.models.filter((model) => model.deployed).map((model) => this.model(model))}</ul>`
  }

  private model(model: Model): TemplateResult {
    const key = `task_${model.task}`
    const facts: readonly (readonly [string, string | null])[] = [
      [tell('source'), model.source],
      [tell('license'), model.license ?? null],
      [tell('context'), model.context ? tell('tokenCount', { n: count(model.context) }) : null],
    ]
    return html`<li>
      <span class="task">${key in workspace.en ? tell(key as 'task_chat') : model.task}</span>
      <strong>${model.name}</strong>
      <dl class="num">${facts.map(([name, value]) => (value ? html`<div><dt>${name}</dt><dd>${value}</dd></div>` : nothing))}</dl>
    </li>`
  }

  private segments(key: 'theme' | 'language', value: string, choices: readonly (readonly [string, string])[], choose: (value: string) => void): TemplateResult {
    return html`<fieldset class="segments">
      <legend>${tell(key)}</legend>
      <div>
        ${choices.map(
          ([name, said]) => html`<label><input class="visually-hidden" type="radio" name=${key} .checked=${name === value} @change=${() => { choose(name); this.requestUpdate() }} />${said}</label>`,
        )}
      </div>
    </fieldset>`
  }

  private async check(): Promise<void> {
    try {
      this.readiness = await this.client.readiness()
      this.failure = null
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }

  private async learn(): Promise<void> {
    try {
      ;[this.models, this.variants, this.collections] = await Promise.all([this.client.models(), this.client.variants(), this.client.collections()])
    } catch (error) {
      this.failure = Failure.of(error)
    }
  }
}

define('px-settings-page', SettingsPage)
