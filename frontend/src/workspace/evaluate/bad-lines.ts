import type { Failure } from '../../api/failure'

export interface BadLine {
  /** Null for "and so many more". */
  readonly line: number | null
  readonly reason: string
}

/** The lines that a refused file's message names, one by one; none when it is about something else. */
export function badLines({ code, message }: Pick<Failure, 'code' | 'message'>): readonly BadLine[] {
  if (code !== 'bad_dataset') return []
  const parts = message.split(/(?:^|[:;] )(?=line \d+: )/).slice(1)
  return parts.flatMap((part): BadLine[] => {
    const [, line, rest = ''] = /^line (\d+): ([^]*)$/.exec(part) ?? []
    const [reason = '', more] = rest.replace(/\.$/, '').split(/; and (?=\d+ more$)/)
    return [{ line: Number(line), reason }, ...(more ? [{ line: null, reason: more }] : [])]
  })
}
