import { isOpen, type Turn } from './turn'

/** A conversation as this browser remembers it. `id` is the server's, once it has answered. */
export interface Saved {
  readonly key: string
  readonly id: string | null
  readonly collection: string | null
  readonly at: number
  readonly turns: readonly Turn[]
}

const CONVERSATIONS = 40
const TURNS = 60

/** Conversations in localStorage. Storage that is full, forbidden or damaged costs the history, never the chat. */
export class Shelf {
  /** What was read last: every drawing asks, and parsing a long history each time would be felt. */
  private read: { readonly raw: string; readonly all: readonly Saved[] } = { raw: '', all: [] }

  constructor(private readonly name: string) {}

  all(): readonly Saved[] {
    try {
      const raw = localStorage.getItem(this.name) ?? '[]'
      if (raw !== this.read.raw) {
        const kept: unknown = JSON.parse(raw)
        this.read = { raw, all: Array.isArray(kept) ? kept.filter(isSaved) : [] }
      }
      return this.read.all
    } catch {
      return []
    }
  }

  get(key: string): Saved | null {
    return this.all().find((saved) => saved.key === key || saved.id === key) ?? null
  }

  put(saved: Saved): void {
    const turns = saved.turns.slice(-TURNS).map((turn) => (isOpen(turn) ? { ...turn, state: 'stopped' as const } : turn))
    let rest = this.all().filter((other) => other.key !== saved.key && other.turns.length > 0).slice(0, CONVERSATIONS - 1)
    for (;;) {
      try {
        localStorage.setItem(this.name, JSON.stringify([{ ...saved, turns }, ...rest]))
        return
      } catch {
        if (rest.length === 0) return
        rest = rest.slice(0, Math.floor(rest.length / 2))
      }
    }
  }

  remove(key: string): void {
    try {
      localStorage.setItem(this.name, JSON.stringify(this.all().filter((saved) => saved.key !== key)))
    } catch {
      // Nothing was kept, so nothing is left behind.
    }
  }
}

function isSaved(value: unknown): value is Saved {
  const { key, turns } = (value ?? {}) as Partial<Saved>
  return typeof key === 'string' && Array.isArray(turns) && turns.every((turn: unknown) => typeof (turn as Turn | null)?.question === 'string')
}

/** A random name for this browser, so that votes and experiments see one visitor. */
export function visitor(): string {
  const fresh = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
  try {
    const kept = localStorage.getItem('parallax.visitor')
    if (kept) return kept
    const made = fresh()
    localStorage.setItem('parallax.visitor', made)
    return made
  } catch {
    return fresh()
  }
}
