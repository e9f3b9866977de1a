import { tongue } from '../i18n/tongue'

export type Theme = 'auto' | 'light' | 'dark'

/** Theme and language of this browser, kept where storage allows. */
export const preferences = {
  get theme(): Theme {
    const kept = read('parallax.theme')
    return kept === 'light' || kept === 'dark' ? kept : 'auto'
  },
  set theme(theme: Theme) {
    write('parallax.theme', theme)
    apply()
  },
  get language(): string {
    return read('parallax.language') ?? 'auto'
  },
  set language(language: string) {
    write('parallax.language', language)
    apply()
  },
}

export function apply(): void {
  document.documentElement.dataset.theme = preferences.theme
  tongue.choose(preferences.language)
  document.documentElement.lang = tongue.language
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {
    // Without storage the choice holds until the page is left.
  }
}
