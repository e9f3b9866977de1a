import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const files = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? files(join(folder, one.name)) : [join(folder, one.name)]))

interface Rule {
  readonly path: string
  readonly selector: string
  readonly says: ReadonlySet<string>
}

function rulesOf(path: string): Rule[] {
  const sheets = [...readFileSync(path, 'utf8').matchAll(/css`([^`]*)`/g)].map(([, sheet = '']) => sheet)
  return sheets.flatMap((sheet) =>
    [...sheet.matchAll(/([^{};]+)\{([^{}]*)\}/g)].map(([, selector = '', body = '']) => {
      const says = body.split(';').map((one) => one.trim().replace(/\s+/g, ' ')).filter((one) => one !== '')
      return { path, selector: selector.trim(), says: new Set(says) }
    }),
  )
}

it('what looks alike is said in one place: no selector says five same things in two stylesheets', () => {
  const rules = files('src').filter((path) => path.endsWith('-style.ts')).flatMap(rulesOf)
  expect(rules.length).toBeGreaterThan(100)
  const twice = rules.flatMap((a, at) =>
    rules
      .slice(at + 1)
      .filter((b) => a.path !== b.path && a.selector === b.selector && [...a.says].filter((one) => b.says.has(one)).length > 4)
      .map((b) => `${a.path} and ${b.path}: ${a.selector}`),
  )
  expect(twice).toEqual([])
})
