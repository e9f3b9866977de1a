/** Shorter stretches wait for what comes next: a screen reader that is fed word by word never gets to the end of one. */
const ENOUGH = 60

/** Where a sentence can end: full-width stops, line ends, and a stop with a space after it. */
const END = /[。！？]|[.!?]["”’)\]*_]*(?=\s)|\n/g

/** An answer's text as it is read out: without footnotes and the marks of Markdown. */
export function plainly(text: string): string {
  return text
    .replace(/\s?\[\d+\]/g, '')
    .replace(/^\s*(?:#{1,6}|[-*+>])\s+|^\s*\|?[\s:|-]{3,}\|?\s*$/gm, '')
    .replace(/\*\*|__|`+/g, '')
    .replace(/\s*\|\s*/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** How much of a growing text may be read out, from `from` on: whole sentences, several short ones at once. */
export function ready(text: string, from: number, ended: boolean): number {
  if (ended) return text.length
  const end = [...text.slice(from).matchAll(END)].at(-1)
  const to = end ? from + end.index + end[0].length : from
  return plainly(text.slice(from, to)).length * (/[\u3040-\u9fff]/.test(text) ? 2 : 1) >= ENOUGH ? to : from
}
