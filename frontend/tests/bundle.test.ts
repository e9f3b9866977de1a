import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { describe, expect, it } from 'vitest'

const files = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? files(join(folder, one.name)) : [join(folder, one.name)]))

const sources = ['src', 'dev', 'tests'].flatMap(files).filter((path) => /\.(ts|mjs)$/.test(path) && !path.endsWith('.gen.ts'))

describe('the widget', () => {
  it('is one classic script of plain ASCII under 64 kB gzipped', async () => {
    const built = await build({ configFile: 'vite.widget.config.ts', logLevel: 'error', build: { write: false } })
    const [only, ...others] = (Array.isArray(built) ? built : [built as { output: { type: string; fileName: string; code?: string }[] }]).flatMap((one) => one.output)
    expect(others).toEqual([])
    const code = only && 'code' in only ? (only.code ?? '') : ''
    expect(only?.fileName).toBe('widget.js')
    expect(code).not.toMatch(/^\s*(import|export)\b/m)
    expect(() => new Function(code)).not.toThrow()
    expect(code).toMatch(/^[\x00-\x7f]+$/)
    expect(code).toContain('\\u505c\\u6b62')
    expect(gzipSync(code).length).toBeLessThan(64_000)
  }, 60_000)
})

describe('the sources', () => {
  it('never make markup from a string', () => {
    for (const path of sources.filter((one) => one.startsWith('src'))) {
      expect(readFileSync(path, 'utf8'), path).not.toMatch(/unsafeHTML|unsafeSVG|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/)
    }
  })

  it('keep files under 300 lines', () => {
    for (const path of sources) expect(readFileSync(path, 'utf8').split('\n').length, path).toBeLessThanOrEqual(300)
  })

  it('do without inline styles, which a strict policy refuses', () => {
    for (const path of sources.filter((one) => one.startsWith('src'))) expect(readFileSync(path, 'utf8'), path).not.toMatch(/\sstyle=["$]|directives\/style-map/)
  })
})
