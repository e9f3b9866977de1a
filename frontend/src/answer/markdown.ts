import { html, nothing, type TemplateResult } from 'lit'
import { Lexer, Tokenizer, type Token, type Tokens } from 'marked'
import { say } from '../i18n/common'

type Drawing = TemplateResult | string | typeof nothing | Drawing[]

/** Draws our own citation mark `[n]`; `nth` counts the marks of the same number from 0. */
export type MarkDrawer = (n: number, nth: number) => Drawing

/** Beyond this many characters a text is shown as it stands: no answer is that long, and lexing costs. */
const LONGEST = 60_000

/** What could make a browser fetch or run something is no token at all here: it stays the text that it is. */
class InertTokenizer extends Tokenizer {
  override html(): undefined {}
  override tag(): undefined {}
  override def(): undefined {}
  override reflink(): undefined {}
  override autolink(): undefined {}
  override url(): undefined {}
}

/**
 * Markdown as Lit templates. Text only ever becomes text nodes, and no attribute comes from the text:
 * images are named, links show where they would lead, and neither can be followed.
 */
export function markdown(text: string, mark: MarkDrawer = (n) => `[${n}]`): Drawing {
  if (text.length > LONGEST) return html`<p class="raw">${text}</p>`
  let tokens: Token[]
  try {
    tokens = new Lexer({ gfm: true, breaks: true, tokenizer: new InertTokenizer() }).lex(text)
  } catch {
    return html`<p class="raw">${text}</p>`
  }
  return new Drawer(mark).blocks(tokens)
}

class Drawer {
  private readonly seen = new Map<number, number>()

  constructor(private readonly mark: MarkDrawer) {}

  blocks(tokens: readonly Token[]): Drawing[] {
    return tokens.map((token) => this.block(token as Tokens.Generic))
  }

  private block(token: Tokens.Generic): Drawing {
    switch (token.type) {
      case 'space':
        return nothing
      case 'paragraph':
        return html`<p>${this.inline(token.tokens)}</p>`
      case 'heading':
        return html`<p class="heading" role="heading" aria-level=${Math.min(6, token.depth + 2)}>${this.inline(token.tokens)}</p>`
      case 'code':
        return html`<pre><code>${token.text}</code></pre>`
      case 'blockquote':
        return html`<blockquote>${this.blocks(token.tokens ?? [])}</blockquote>`
      case 'hr':
        return html`<hr />`
      case 'list':
        return this.list(token as Tokens.List)
      case 'table':
        return this.table(token as Tokens.Table)
      case 'text':
        return token.tokens ? this.inline(token.tokens) : this.text(token.text)
      case 'checkbox':
        return token.checked ? '☑ ' : '☐ '
      default:
        return token.raw
    }
  }

  private list(token: Tokens.List): Drawing {
    const items = token.items.map((item) => html`<li>${this.blocks(item.tokens)}</li>`)
    return token.ordered ? html`<ol start=${Number(token.start) || 1}>${items}</ol>` : html`<ul>${items}</ul>`
  }

  private table(token: Tokens.Table): Drawing {
    const cell = (c: Tokens.TableCell): Drawing =>
      c.header
        ? html`<th scope="col" class=${c.align ?? ''}>${this.inline(c.tokens)}</th>`
        : html`<td class=${c.align ?? ''}>${this.inline(c.tokens)}</td>`
    return html`<div class="table" tabindex="0"><table>
      <thead><tr>${token.header.map(cell)}</tr></thead>
      <tbody>${token.rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody>
    </table></div>`
  }

  private inline(tokens: readonly Token[] | undefined): Drawing[] {
    return (tokens ?? []).map((token) => this.span(token as Tokens.Generic))
  }

  private span(token: Tokens.Generic): Drawing {
    switch (token.type) {
      case 'text':
        return token.tokens ? this.inline(token.tokens) : this.text(token.text)
      case 'escape':
        return token.text
      case 'strong':
        return html`<strong>${this.inline(token.tokens)}</strong>`
      case 'em':
        return html`<em>${this.inline(token.tokens)}</em>`
      case 'del':
        return html`<del>${this.inline(token.tokens)}</del>`
      case 'codespan':
        return html`<code>${token.text}</code>`
      case 'br':
        return html`<br />`
      case 'image':
        return html`<span class="dropped">[${say('imageDropped', { alt: token.text || host(token.href) })}]</span>`
      case 'link':
        return html`${this.inline(token.tokens)}<span class="dropped"> (${host(token.href)})</span>`
      case 'checkbox':
        return token.checked ? '☑ ' : '☐ '
      default:
        return token.raw
    }
  }

  /** Plain text, with `[1]` and `[1, 2]` as citation marks. */
  private text(text: string): Drawing {
    const parts = decoded(text).split(/(\s?\[\d{1,2}(?:\s*,\s*\d{1,2})*\])/)
    return parts.map((part, index) => {
      if (index % 2 === 0) return part
      return (part.match(/\d+/g) ?? []).map((digits) => {
        const n = Number(digits)
        const nth = this.seen.get(n) ?? 0
        this.seen.set(n, nth + 1)
        return this.mark(n, nth)
      })
    })
  }
}

/** Where a link would lead: the whole host, so that nothing hides behind its text; other schemes in full. */
function host(href: string): string {
  try {
    const url = new URL(href)
    return url.host || href
  } catch {
    return href
  }
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }

/** Character references as the characters they name. They end in text nodes, so `&lt;` is safe to decode. */
function decoded(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name) return entities[name.toLowerCase()] ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16)
    return code > 31 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole
  })
}
