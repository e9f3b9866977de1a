// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest'
import type { Client } from '../src/api/client'
import { routeOf } from '../src/workspace/router'
import '../src/workspace/tune/new-job-page'
import type { NewJobPage } from '../src/workspace/tune/new-job-page'
import type { Check, Trainer } from '../src/workspace/tune/types'

const CHECK: Check = { pairs: 24, train: 22, validation: 2, by: 'question', groups: 24, dropped: 0, refused: false, tokens: 480, findings: [] }
const PAIRS = { id: 'pairs_1', name: 'rooms', pairs: 24 }
const PROBLEM = { code: 'trainer_not_ready', message: 'PyTorch is not installed.', hint: 'Run `make install-finetune`.' }
const trainer = (ready: boolean): Trainer => ({ name: 'local', local: true, ready, problem: ready ? null : PROBLEM, bases: [], default_base: '', settings: [] })

/** The page of a new training, and the paths that it asked the service for. */
async function shown(ready: boolean): Promise<{ readonly page: NewJobPage; readonly asked: readonly string[] }> {
  const asked: string[] = []
  const answers: Readonly<Record<string, unknown>> = {
    '/api/pairs': { items: [PAIRS], next: null },
    '/api/pairs/pairs_1/check': CHECK,
    '/api/finetunes/trainers': { items: [trainer(ready)], next: null },
    '/api/finetunes/estimate': { estimate: null, check: CHECK },
  }
  const json = (_method: string, path: string): Promise<unknown> => {
    asked.push(path)
    return Promise.resolve(answers[path])
  }
  const client = { json, collections: () => Promise.resolve([]) } as unknown as Client
  const page = Object.assign(document.createElement('px-new-job-page') as NewJobPage, { client, route: routeOf(new URL('http://here/tune/new')) })
  document.body.append(page)
  await expect.poll(() => page.shadowRoot?.textContent).toContain('22 to train on')
  return { page, asked }
}

afterEach(() => document.body.replaceChildren())

describe('a new training', () => {
  it('is estimated where its trainer is there', async () => {
    const { asked } = await shown(true)
    expect(asked).toContain('/api/finetunes/estimate')
  })

  it('is checked, but not estimated, where its trainer is not: the page says what is missing', async () => {
    const { page, asked } = await shown(false)
    expect(asked).toContain('/api/pairs/pairs_1/check')
    expect(asked).not.toContain('/api/finetunes/estimate')
    expect(page.shadowRoot?.textContent).toContain(PROBLEM.message)
  })
})
