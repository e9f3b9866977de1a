export interface ReceiptLine {
  readonly name: string
  readonly value: string
}

/** A delete's receipt as lines: every number and flag in it, named by its path. Ids are left out. */
export function receiptLines(receipt: object, under = ''): readonly ReceiptLine[] {
  return Object.entries(receipt).flatMap(([name, value]): readonly ReceiptLine[] => {
    const path = (under && `${under} · `) + name.replaceAll('_', ' ')
    if (typeof value === 'number' || typeof value === 'boolean') return [{ name: path, value: String(value) }]
    if (value && typeof value === 'object' && !Array.isArray(value)) return receiptLines(value, path)
    return []
  })
}
