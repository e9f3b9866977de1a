// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import type { Client } from '../src/api/client'
import { Failure } from '../src/api/failure'
import type { Accepted } from '../src/api/types'
import { formatOf } from '../src/workspace/documents/document-table'
import { receiptLines } from '../src/workspace/documents/receipt'
import { Uploads } from '../src/workspace/documents/uploads'
import { approachOf } from '../src/ui/approach'
import { optionsOf } from '../src/widget/options'
import { path, routeOf } from '../src/workspace/router'
import { detailLines, waterfall } from '../src/workspace/trace-view'
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
    const options = { base: 'https://host.example/sub', variant: 'plain', collection: 'hr', theme: 'dark', language: 'zh-TW', accent: '#aa3300', title: 'A "title" <b> & more', position: 'left', switch: true } as const
    expect(optionsOf(parsed(widgetTag(options.base, options)))).toEqual(options)
  })

  it('says nothing that is the default', () => {
    const plain = optionsOf({ src: 'http://h/widget.js?v=2', dataset: {} })
    expect(plain).toMatchObject({ base: 'http://h', theme: 'auto', title: 'Parallax', position: 'right', variant: null, switch: false })
    expect(widgetTag('http://h', plain)).toBe('<script src="http://h/widget.js" defer></script>')
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

  it('says the details of a step in short', () => {
    expect(detailLines({ fit: 0.9650001, found: 8, dropped: [], reason: '', chunk_ids: ['a', 'b'], ranks: { dense: 1 } })).toEqual(['fit 0.965', 'found 8', '2 chunk ids', 'ranks dense 1'])
    expect(detailLines(null)).toEqual([])
  })
})

describe('documents', () => {
  it('have a format by their name', () => {
    expect(['a.PDF', 'b.tar.gz', '.env', 'none', 'x.verylongone'].map(formatOf)).toEqual(['PDF', 'GZ', '–', '–', '–'])
  })

  it('leave a receipt of every count', () => {
    expect(receiptLines({ document_id: 'd', removed: { index: 42, files: 1 }, probe_hits: 0 })).toEqual([
      { name: 'removed · index', value: '42' },
      { name: 'removed · files', value: '1' },
      { name: 'probe hits', value: '0' },
    ])
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
    expect(approachOf({ name: 'rag_fine_tuned', approach: 'rag' })).toBe('rag_fine_tuned')
    expect(approachOf({ name: 'mine', approach: 'few_shot' })).toBe('few_shot')
    expect(approachOf({ name: 'odd', approach: 'of a later version' })).toBe('plain')
  })
})
