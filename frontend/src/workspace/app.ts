import { html, type TemplateResult } from 'lit'
import { query, state } from 'lit/decorators.js'
import { Client } from '../api/client'
import { tell as compare } from '../i18n/compare'
import { tell } from '../i18n/workspace'
import { say } from '../i18n/common'
import { controls } from '../ui/controls'
import { icon, sign } from '../ui/icons'
import { base, define, Part } from '../ui/part'
import { appStyle } from './app-style'
import { follow, path, type Route } from './router'
import { sections } from './sections'
import { dialogStyle, emptyStyle, titleStyle } from './shared-style'

/** What has a place of its own in the rail. */
const rail = sections.filter((one) => !sections.some((other) => other.name === one.within))

/** The workspace: the rail, the page of the section that the address names, and the keys that work everywhere. */
export class App extends Part {
  static override styles = [base, controls, titleStyle, emptyStyle, dialogStyle, appStyle]

  @state() private route!: Route
  @query('dialog') private help!: HTMLDialogElement
  private readonly client = new Client()
  private unfollow: (() => void) | null = null

  override connectedCallback(): void {
    super.connectedCallback()
    this.unfollow = follow(this, (route) => (this.route = route))
    addEventListener('keydown', this.onKey)
  }

  override disconnectedCallback(): void {
    this.unfollow?.()
    removeEventListener('keydown', this.onKey)
    super.disconnectedCallback()
  }

  override render(): TemplateResult {
    const section = sections.find((one) => one.name === this.route.section)
    document.title = section ? `${section.label()} · Parallax` : 'Parallax'
    return html`<nav aria-label=${tell('sections')}>
        <a class="home" href="/chat" data-inside="yes" aria-label="Parallax">${sign(24)}</a>
        <ul>
          ${rail.map(
            (one) => html`<li>
              <a href=${path(one.name)} data-inside="yes" aria-current=${one === section || one.name === section?.within ? 'page' : 'false'}>${one.sign(20)}<span>${one.label()}</span></a>
            </li>`,
          )}
        </ul>
        <button type="button" class="icon help" aria-label=${tell('shortcuts')} title="${tell('shortcuts')} (?)" @click=${() => this.help.showModal()}>${icon.help(18)}</button>
      </nav>
      <main>${section ? section.page(this.client, this.route) : this.missing()}</main>
      <dialog aria-labelledby="keys" @click=${(event: Event) => event.target === this.help && this.help.close()}>${this.keys()}</dialog>`
  }

  private missing(): TemplateResult {
    return html`<div class="empty">
      ${sign(40)}
      <h1>${tell('notFound')}</h1>
      <p>${tell('notFoundHint')}</p>
      <a class="button" href="/chat" data-inside="yes">${tell('toChat')}</a>
    </div>`
  }

  private keys(): TemplateResult {
    const rows = [
      ['/', tell('keyFocus')],
      ['Enter', tell('keySend')],
      ['Shift Enter', tell('keyBreak')],
      ['1 2 0 x', compare('keyVote')],
      ['Esc', tell('keyClose')],
      ['?', tell('keyHelp')],
    ] as const
    return html`<header>
        <h2 id="keys">${tell('shortcuts')}</h2>
        <button type="button" class="icon" aria-label=${say('close')} @click=${() => this.help.close()}>${icon.close()}</button>
      </header>
      <dl>
        ${rows.map(([keys, what]) => html`<div><dt>${what}</dt><dd>${keys.split(' ').map((key) => html`<kbd>${key}</kbd>`)}</dd></div>`)}
      </dl>`
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0]
    const writing = target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (event.key === '?' && !writing) {
      event.preventDefault()
      this.help.showModal()
    } else if (event.key === '/' && !writing && !this.help.open) {
      event.preventDefault()
      dispatchEvent(new CustomEvent('px-focus-question'))
    } else if (event.key === 'Escape' && !event.defaultPrevented && !this.help.open) {
      dispatchEvent(new CustomEvent('px-escape'))
    }
  }
}

define('px-app', App)
