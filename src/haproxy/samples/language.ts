import type { Sample } from '../exchange.ts'
import type { Call } from '../model.ts'

/** `language(<list>[,<default>])`: which of these an Accept-Language likes best (sample_conv_q_preferred, src/http_conv.c). */
export function preferLanguage(text: string, { args: [list = '', fallback = ''] }: Call): Sample | undefined {
  const known = list.split(';')
  let best: { readonly name: string; readonly quality: number } = { name: '', quality: 0 }
  for (const entry of text.split(',')) {
    const [, range = '', rest = ''] = /^\s*([^;,\s]*)(.*)$/s.exec(entry) ?? []
    const name = range === '' ? undefined : known.find((each) => isInRange(range, each))
    const quality = name === undefined ? 0 : qualityOf(rest)
    if (name !== undefined && quality > best.quality) best = { name, quality }
  }
  const found = best.name === '' ? fallback : best.name
  return found === '' ? undefined : { type: 'str', text: found }
}

/** `de-AT` is within `de`. */
function isInRange(range: string, name: string): boolean {
  return range === name || range.startsWith(`${name}-`)
}

/** In thousandths; what is written otherwise counts as 1, what is no parameter at all leaves the entry out. */
function qualityOf(rest: string): number {
  const after = rest.trimStart()
  if (after === '') return 1000
  if (!after.startsWith(';')) return 0
  const [, whole, fraction = ''] = /^;\s*q\s*=\s*(\d)?(?:\.(\d{0,3}))?/.exec(after) ?? []
  return whole === undefined ? 1000 : Math.min(1000, Number(whole) * 1000 + Number(fraction.padEnd(3, '0')))
}
