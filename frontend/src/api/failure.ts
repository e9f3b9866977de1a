import { say } from '../i18n/common'
import type { Problem } from './types'

/** Anything that went wrong between us and the server, in the server's own words where it had some. */
export class Failure extends Error implements Problem {
  constructor(
    readonly code: string,
    message: string,
    readonly hint = '',
    readonly status: number = 0,
  ) {
    super(message)
    this.name = 'Failure'
  }

  /** What went wrong on our side of the wire, in the language of the page. */
  static here(code: 'unreachable' | 'origin' | 'timeout' | 'stream_cut' | 'bad_stream' | 'http', status = 0): Failure {
    return new Failure(code, say(code, { status }), say(`${code}Hint`, { origin: globalThis.location?.origin ?? '' }), status)
  }

  static of(problem: unknown, status = 0): Failure {
    if (problem instanceof Failure) return problem
    const { code, message, hint } = (problem ?? {}) as Partial<Problem>
    if (!message) return Failure.here('http', status)
    return new Failure(String(code ?? 'unknown'), String(message), String(hint ?? ''), status)
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
