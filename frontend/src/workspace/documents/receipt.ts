import type { Receipt } from '../../api/types'
import { count, listed, plural } from '../../i18n/tongue'
import { tell, workspace } from '../../i18n/workspace'

export interface ReceiptLine {
  readonly name: string
  readonly value: string
}

/** What a delete did, in one sentence: what went, and what a search for its text still finds. */
export function receiptSentence({ removed, probe_hits }: Receipt): string {
  const passages = removed.fulltext ?? removed.index ?? 0
  const amounts = [
    [passages, 'receiptPassage', 'receiptPassages'],
    [removed.files ?? 0, 'receiptFile', 'receiptFiles'],
    [removed.caches ?? 0, 'receiptCached', 'receiptCacheds'],
  ] as const
  const things = amounts.filter(([n]) => n > 0).map(([n, one, many]) => tell(plural(n, one, many), { n: count(n) }))
  const went = things.length > 0 ? tell('receiptRemoved', { things: listed(things) }) : tell('receiptNothing')
  return went + (probe_hits === 0 ? tell('receiptClean') : tell('receiptHits', { n: count(probe_hits) }))
}

/** Every count of the receipt by its place; a place of a later server goes by its own name. */
export function receiptLines({ removed, probe_hits }: Receipt): readonly ReceiptLine[] {
  const place = (name: string): string => {
    const key = `removed_${name}`
    return key in workspace.en ? tell(key as 'removed_files') : name.replaceAll('_', ' ')
  }
  return [...Object.entries(removed).map(([name, n]) => ({ name: place(name), value: count(n) })), { name: tell('probeHits'), value: count(probe_hits) }]
}
