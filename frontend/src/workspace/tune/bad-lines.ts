import type { Failure } from '../../api/failure'

/** The lines that a refused file's message names, one by one; none when it is about something else. */
export function badLines({ code, message }: Pick<Failure, 'code' | 'message'>): readonly string[] {
  return code === 'bad_pairs' ? message.split(/(?:^|[:;] )(?=line \d+: |and \d+ more)/).filter((part) => /^(line \d+: |and \d+ more)/.test(part)) : []
}
