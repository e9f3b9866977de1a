import { describe, expect, it } from 'vitest'
import { hues, inkOn, palettes, type Shade } from '../src/ui/tokens'

type Rgb = readonly [number, number, number]

const linear = (hex: string): Rgb => {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [channel(1), channel(3), channel(5)]
}

/** WCAG 2 contrast ratio. */
const contrast = (a: string, b: string): number => {
  const light = ([r, g, b_]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b_
  const [x, y] = [light(linear(a)), light(linear(b))].sort((p, q) => q - p) as [number, number]
  return (x + 0.05) / (y + 0.05)
}

const times = (m: readonly (readonly number[])[], [r, g, b]: Rgb): Rgb => m.map((row) => row[0]! * r + row[1]! * g + row[2]! * b) as unknown as Rgb

/** Full dichromacy, Machado, Oliveira and Fernandes 2009. */
const sights: Readonly<Record<string, readonly (readonly number[])[]>> = {
  full: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
}

/** OKLab (Ottosson 2020), in which distances are roughly those that are seen. */
const lab = (rgb: Rgb): Rgb => {
  const clipped = rgb.map((value) => Math.min(1, Math.max(0, value))) as unknown as Rgb
  const lms = times([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], clipped).map(Math.cbrt) as unknown as Rgb
  return times([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]], lms)
}

describe.each<Shade>(['light', 'dark'])('the %s tokens', (shade) => {
  const palette = palettes[shade]
  const grounds = [palette.canvas, palette.surface, palette.sunken]

  it('keep 4.5:1 for every text colour', () => {
    for (const text of ['text', 'textSoft', 'textFaint', 'accentText', 'good', 'warn', 'bad'] as const)
      for (const ground of grounds) expect(contrast(palette[text], ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5)
  })

  it('keep 4.5:1 on tinted grounds', () => {
    expect(contrast(palette.onAccent, palette.accent)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(palette.accentText, palette.accentSoft)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(palette.text, palette.mark)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(palette.warn, palette.warnSoft)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(palette.bad, palette.badSoft)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(palette.textFaint, palette.hover)).toBeGreaterThanOrEqual(4.5)
  })

  it('keep 4.5:1 for every approach', () => {
    for (const [approach, hue] of Object.entries(hues[shade])) for (const ground of grounds) expect(contrast(hue, ground), approach).toBeGreaterThanOrEqual(4.5)
  })

  it.each(Object.keys(sights))('tell the approaches apart with %s', (sight) => {
    const seen = Object.entries(hues[shade]).map(([name, hue]) => [name, lab(times(sights[sight]!, linear(hue)))] as const)
    for (const [a, one] of seen)
      for (const [b, other] of seen) {
        if (a >= b) continue
        expect(Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]), `${a} and ${b}`).toBeGreaterThan(0.06)
      }
  })
})

describe('ink on a chosen accent', () => {
  it('reads on any colour', () => {
    for (const colour of ['#000000', '#ffffff', '#ffd400', '#3a50d9', '#777777', '#00ff00', '#ff0000', '#808080']) {
      const ink = inkOn(colour)
      expect(ink && contrast(ink, colour), colour).toBeGreaterThanOrEqual(4)
    }
    expect(inkOn('rebeccapurple')).toBeNull()
  })
})
