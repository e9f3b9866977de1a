import type { Formats } from '../../api/types'
import { bytes, listed, tongue } from '../../i18n/tongue'
import { tell } from '../../i18n/workspace'

/** What is called otherwise in Chinese; the rest are names, and a format of a later server goes by its own. */
const inChinese: Readonly<Record<string, string>> = {
  txt: '純文字',
  eml: '電子郵件',
  odt: 'OpenDocument 文字檔',
  msg: 'Outlook 郵件',
}

/** What may be dropped, as the service lists it: `hint` in words, `extensions` to the letter. */
export function accepted({ items, max_file_bytes }: Formats): { readonly hint: string; readonly extensions: string } {
  const names = items.map(({ key, label }) => (tongue.language === 'zh-TW' && inChinese[key]) || label)
  return {
    hint: tell('dropHint', { formats: listed(names), size: bytes(max_file_bytes) }),
    extensions: items.flatMap((one) => one.extensions).join(' '),
  }
}
