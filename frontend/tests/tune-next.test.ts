// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Client } from '../src/api/client'
import { Failure } from '../src/api/failure'
import { tongue } from '../src/i18n/tongue'
import '../src/workspace/tune/job-next'
import type { JobNext } from '../src/workspace/tune/job-next'
import type { Job } from '../src/workspace/tune/types'

const JOB = { id: 'ft_1', name: 'mine', model: 'mine', kind: 'lora', status: 'finished', collection: 'default', samples: null } as unknown as Job
const MODEL = { name: 'mine', current: true, deployed: true, problem: null }
const DATASETS = { items: [{ id: 'ds_1', name: 'codes', cases: 1 }], next: null }

/** A service that knows the model from the look of this number on, and its variants from that one on. */
function service(model: number, variants: number): { readonly client: Client; readonly looks: () => number } {
  let looks = 0
  const client = {
    json: (_method: string, address: string) => {
      if (!address.startsWith('/api/models/')) return Promise.resolve(DATASETS)
      looks += 1
      return looks < model ? Promise.reject(new Failure('unknown_model', 'There is no model mine.')) : Promise.resolve(MODEL)
    },
    variants: () => Promise.resolve(['plain', ...(looks < variants ? [] : ['fine_tuned', 'rag_fine_tuned'])].map((name) => ({ name }))),
  }
  return { client: client as unknown as Client, looks: () => looks }
}

async function shown(client: Client): Promise<JobNext> {
  const part = Object.assign(document.createElement('px-job-next') as JobNext, { client, job: JOB })
  document.body.append(part)
  await vi.advanceTimersByTimeAsync(0)
  await part.updateComplete
  return part
}

const button = (part: JobNext): HTMLButtonElement | null => part.shadowRoot?.querySelector<HTMLButtonElement>('form button') ?? null
const alert = (part: JobNext): Element | null => part.shadowRoot?.querySelector('[role=alert]') ?? null

beforeEach(() => {
  tongue.choose('en')
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
  document.body.replaceChildren()
})

describe('what comes after a training', () => {
  it('waits for a model that the service does not know yet', async () => {
    const { client } = service(3, 3)
    const part = await shown(client)
    expect(alert(part)).toBeNull()
    expect(button(part)).toBeNull()
    await vi.advanceTimersByTimeAsync(2_000)
    await part.updateComplete
    expect(button(part)?.disabled).toBe(false)
  })

  it('waits for the variants that ask it', async () => {
    const { client } = service(1, 3)
    const part = await shown(client)
    expect(button(part)?.disabled).toBe(true)
    await vi.advanceTimersByTimeAsync(2_000)
    await part.updateComplete
    expect(button(part)?.disabled).toBe(false)
  })

  it('says in the end what is wrong, and tries again when asked', async () => {
    const { client, looks } = service(7, 7)
    const part = await shown(client)
    await vi.advanceTimersByTimeAsync(60_000)
    await part.updateComplete
    expect(looks()).toBe(6)
    expect(alert(part)?.textContent).toContain('There is no model mine.')
    alert(part)?.querySelector('button')?.click()
    await vi.advanceTimersByTimeAsync(0)
    await part.updateComplete
    expect(button(part)?.disabled).toBe(false)
  })

  it('asks no more once it is gone', async () => {
    const { client, looks } = service(99, 99)
    const part = await shown(client)
    part.remove()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(looks()).toBe(1)
  })
})
