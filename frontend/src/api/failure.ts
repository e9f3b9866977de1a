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

  static of(problem: unknown, status = 0): Failure {
    if (problem instanceof Failure) return problem
    const { code, message, hint } = (problem ?? {}) as Partial<Problem>
    return new Failure(String(code ?? 'unknown'), String(message ?? 'Something went wrong.'), String(hint ?? ''), status)
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
