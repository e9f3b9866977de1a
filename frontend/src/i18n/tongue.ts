export type Language = 'en' | 'zh-TW'

export type Words = Readonly<Record<Language, Readonly<Record<string, string>>>>

/** The language in use. Components listen and draw again when it changes. */
class Tongue {
  language: Language = 'en'
  private readonly listeners = new Set<() => void>()

  /** Sets a language, or follows the browser's for `auto` and anything unknown. */
  choose(wanted: string): void {
    this.language = wanted === 'en' || wanted === 'zh-TW' ? wanted : spoken()
    for (const listener of this.listeners) listener()
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

export const tongue = new Tongue()

function spoken(): Language {
  return /^zh\b/i.test(globalThis.navigator?.language ?? 'en') ? 'zh-TW' : 'en'
}

/** A translator over one table: `say('hits', { n: 3 })` fills `{n}`. */
export function speaker<T extends Words>(table: T): (key: keyof T['en'] & string, values?: Record<string, string | number>) => string {
  return (key, values = {}) => {
    const line = table[tongue.language][key] ?? table.en[key] ?? key
    return line.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
  }
}

/** `one` for exactly one in languages that tell them apart, `many` otherwise. */
export function plural<K extends string>(n: number, one: K, many: K): K {
  return new Intl.PluralRules(tongue.language).select(n) === 'one' ? one : many
}

export function seconds(value: number | null | undefined): string {
  if (value == null) return '–'
  if (value < 0.0995) return `${Math.max(1, Math.round(value * 1000))} ms`
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} s`
}

export function count(value: number): string {
  return new Intl.NumberFormat(tongue.language).format(value)
}

/** Things in a row, the last one joined by an `and`; no comma before it. */
export function listed(things: readonly string[]): string {
  return new Intl.ListFormat(tongue.language === 'en' ? 'en-GB' : tongue.language, { type: 'conjunction' }).format(things)
}

export function percent(share: number): string {
  return new Intl.NumberFormat(tongue.language, { style: 'percent', maximumFractionDigits: 0 }).format(share)
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  let size = value
  let unit = 0
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000
    unit += 1
  }
  return `${unit === 0 || size >= 99.5 ? Math.round(size) : size.toFixed(1).replace(/\.0$/, '')} ${units[unit]}`
}

export function when(iso: string): string {
  const instant = new Date(iso)
  if (Number.isNaN(instant.getTime())) return iso
  const today = instant.toDateString() === new Date().toDateString()
  const style: Intl.DateTimeFormatOptions = today
    ? { hour: '2-digit', minute: '2-digit', hourCycle: clock() }
    : { year: 'numeric', month: 'short', day: 'numeric' }
  return new Intl.DateTimeFormat(local(), style).format(instant)
}

/** The language in use as it is written where the browser's person lives: their order of day and month. */
function local(): string {
  const [language] = tongue.language.split('-')
  return globalThis.navigator?.languages?.find((one) => one.split('-')[0] === language) ?? tongue.language
}

/** 12 hours or 24, as the browser's own language has it, whatever language is in use. */
function clock(): Intl.DateTimeFormatOptions['hourCycle'] {
  return new Intl.DateTimeFormat(globalThis.navigator?.language ?? tongue.language, { hour: 'numeric' }).resolvedOptions().hourCycle
}
