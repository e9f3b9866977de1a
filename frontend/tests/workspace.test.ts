// @vitest-environment happy-dom
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Client } from '../src/api/client'
import { Failure } from '../src/api/failure'
import type { Accepted, Formats } from '../src/api/types'
import { tongue } from '../src/i18n/tongue'
import { formatOf } from '../src/workspace/documents/document-table'
import { accepted } from '../src/workspace/documents/formats'
import { receiptLines, receiptSentence } from '../src/workspace/documents/receipt'
import { meant } from '../src/workspace/documents/suggest-dialog'
import { Uploads } from '../src/workspace/documents/uploads'
import { approachOf } from '../src/ui/approach'
import { optionsOf } from '../src/widget/options'
import { path, routeOf } from '../src/workspace/router'
import { waterfall } from '../src/workspace/trace-view'
import { widgetTag } from '../src/workspace/widget-tag'

const route = (address: string): [string, string | null] => {
  const { section, id } = routeOf(new URL(address, 'http://here'))
  return [section, id]
}

describe('addresses', () => {
  it('name the section and the thing', () => {
    expect([route('/'), route('/documents'), route('/chat/c%201?view=trace')]).toEqual([['chat', null], ['documents', null], ['chat', 'c 1']])
    expect(route('/chat/%E0%A4%A')).toEqual(['chat', '%E0%A4%A'])
  })

  it('come back as they were made', () => {
    const address = path('documents', 'a/b ?', { view: 'text', none: null, empty: '' })
    expect(address).toBe('/documents/a%2Fb%20%3F?view=text')
    expect(route(address)).toEqual(['documents', 'a/b ?'])
  })
})

describe('the widget tag', () => {
  const parsed = (tag: string): HTMLScriptElement => {
    const script = new DOMParser().parseFromString(tag, 'text/html').querySelector('script')
    if (!script) throw new Error(tag)
    return script
  }

  it('reads back as the options it was made from', () => {
    const options = { base: 'https://host.example/sub', variant: 'plain', collection: 'hr', theme: 'dark', language: 'zh-TW', accent: '#aa3300', title: 'A "title" <b> & more', position: 'left', switch: true, vote: 'always' } as const
    expect(optionsOf(parsed(widgetTag(options.base, options)))).toEqual(options)
  })

  it('always says what answers and from where, and nothing else that is the default', () => {
    const plain = optionsOf({ src: 'http://h/widget.js?v=2', dataset: {} })
    expect(plain).toMatchObject({ base: 'http://h', theme: 'auto', title: 'Parallax', position: 'right', variant: null, switch: false, vote: 'never' })
    expect(widgetTag('http://h', plain)).toBe('<script src="http://h/widget.js" data-variant="auto" data-collection="default" defer></script>')
  })

  it('is the one of the README, and so are its attributes', () => {
    const readme = readFileSync('../README.md', 'utf8')
    expect(readme).toContain(widgetTag('http://127.0.0.1:8000', optionsOf({ src: 'http://127.0.0.1:8000/widget.js', dataset: {} })))
    const options = { base: '', variant: 'plain', collection: 'hr', theme: 'dark', language: 'en', accent: '#aa3300', title: 'Help', position: 'left', switch: true, vote: 'sometimes' } as const
    const written = [...widgetTag('http://h', options).matchAll(/ (data-[a-z]+)=/g)].map(([, name]) => name)
    expect(written).toEqual([...readme.matchAll(/^\| `(data-[a-z]+)` \|/gm)].map(([, name]) => name))
  })
})

describe('the waterfall', () => {
  it('puts steps one after the other', () => {
    expect(waterfall([{ seconds: 1 }, { seconds: 3 }], 4)).toEqual([{ from: 0, share: 0.25 }, { from: 0.25, share: 0.75 }])
  })

  it('starts all at zero when steps overlap, and never overflows', () => {
    for (const bar of waterfall([{ seconds: 3 }, { seconds: 3 }, { seconds: 0 }], 4)) {
      expect(bar.from).toBe(0)
      expect(bar.share).toBeLessThanOrEqual(1)
    }
    expect(waterfall([{ seconds: 0 }], 0)[0]?.share).toBe(0)
  })
})

describe('documents', () => {
  it('have a format by their name', () => {
    expect(['a.PDF', 'b.tar.gz', '.env', 'none', 'x.verylongone'].map(formatOf)).toEqual(['PDF', 'GZ', '–', '–', '–'])
  })

  it('leave a receipt for people', () => {
    const receipt = { document_id: 'd', removed: { catalogue: 27, index: 12, fulltext: 12, files: 1, caches: 3 }, probe_hits: 0 }
    expect(receiptSentence(receipt)).toBe('12 passages, 1 file and 3 cached entries removed; a search for its text finds nothing.')
    expect(receiptSentence({ ...receipt, removed: { catalogue: 2, index: 0, fulltext: 0, files: 1, caches: 0 } })).toBe('1 file removed; a search for its text finds nothing.')
    expect(receiptSentence({ ...receipt, removed: {}, probe_hits: 2 })).toMatch(/^There was nothing else to remove; but a search still finds its text \(2\)/)
  })

  it('leave every count of it on demand', () => {
    expect(receiptLines({ document_id: 'd', removed: { index: 42, files: 1, moon_base: 7 }, probe_hits: 0 })).toEqual([
      { name: 'Entries of the vector index', value: '42' },
      { name: 'Files', value: '1' },
      { name: 'moon base', value: '7' },
      { name: 'Found by a search for its text afterwards', value: '0' },
    ])
  })

  it('are of the formats that the service lists, each by its name', () => {
    const format = (key: string, label: string): Formats['items'][number] => ({ key, label, extensions: [`.${key}`], media_types: [] })
    const formats = { items: [format('md', 'Markdown'), format('eml', 'e-mail'), format('new', 'Brand new')], max_file_bytes: 50_000_000, max_upload_bytes: 1, max_files: 1 }
    expect(accepted(formats)).toEqual({ hint: 'Markdown, e-mail and Brand new; up to 50 MB each', extensions: '.md .eml .new' })
    tongue.choose('zh-TW')
    expect(accepted(formats).hint).toBe('Markdown、電子郵件和Brand new；每個檔案上限 50 MB')
    tongue.choose('en')
  })
})

describe('uploads', () => {
  it('go three at a time, and one that is refused stops no other', async () => {
    let now = 0
    let most = 0
    const accepted: string[] = []
    const client = {
      upload: async (file: File): Promise<Accepted> => {
        now += 1
        most = Math.max(most, now)
        await Promise.resolve()
        now -= 1
        if (file.name === 'bad.exe') throw new Failure('unsupported_format', 'No.', 'Use another.')
        return { id: file.name, version: 1, name: file.name, status: 'queued', duplicate_of: file.name === 'same.md' ? 'a.md' : null }
      },
    } as unknown as Client
    const uploads = new Uploads(client, () => undefined, (item) => accepted.push(item.id))
    uploads.add(['a.md', 'bad.exe', 'b.md', 'same.md', 'c.md'].map((name) => new File(['x'], name)), 'default')
    while (accepted.length < 4) await new Promise((resolve) => setTimeout(resolve))
    expect(most).toBe(3)
    expect(accepted.sort()).toEqual(['a.md', 'b.md', 'c.md', 'same.md'])
    expect(uploads.items.map((item) => [item.file.name, item.state, item.error?.code ?? item.duplicate])).toEqual([
      ['bad.exe', 'failed', 'unsupported_format'],
      ['same.md', 'done', 'a.md'],
    ])
  })
})

describe('approaches', () => {
  it('know RAG on a tuned model from RAG', () => {
    expect(approachOf({ name: 'rag', approach: 'rag' })).toBe('rag')
    for (const approach of ['fine_tuned', 'rag_fine_tuned'] as const) expect(approachOf({ name: 'mine', approach })).toBe(approach)
    expect(approachOf({ name: 'odd', approach: 'toString' })).toBe('plain')
    expect(approachOf({ name: 'mine', approach: 'few_shot' })).toBe('few_shot')
    expect(approachOf({ name: 'odd', approach: 'of a later version' })).toBe('plain')
  })
})

describe('the questions that are written for a collection', () => {
  it('are kept without blanks, empty rows and repetitions', () => {
    expect(meant([' What is a sonde? ', '', '   ', 'What is a sonde?', 'Who has the key?'])).toEqual(['What is a sonde?', 'Who has the key?'])
  })
})
