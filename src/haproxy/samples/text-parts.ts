import type { Sample, Unknown } from '../exchange.ts'
import type { Call } from '../model.ts'

type Span = readonly [from: number, to: number]

/** Index 1 is the first field, -1 the last; empty ones count. With a count, so many from there on, 0 being all. */
export function pickField(text: string, call: Call): Sample | Unknown | undefined {
  const [, delimiters = ''] = call.args
  const fields: Span[] = []
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !delimiters.includes(text[at] ?? '')) continue
    fields.push([start, at])
    start = at + 1
  }
  return pickSpans(text, fields, call, [0, text.length])
}

/** Words are what lies between delimiters, however many of them. */
export function pickWord(text: string, call: Call): Sample | Unknown | undefined {
  const [, delimiters = ''] = call.args
  const words: Span[] = []
  let start = -1
  for (let at = 0; at <= text.length; at++) {
    const inside = at < text.length && !delimiters.includes(text[at] ?? '')
    if (inside && start < 0) start = at
    if (inside || start < 0) continue
    words.push([start, at])
    start = -1
  }
  return pickSpans(text, words, call, [0, text.length])
}

function pickSpans(text: string, spans: readonly Span[], call: Call, whole: Span): Sample | Unknown | undefined {
  const [written = '', delimiters = '', count] = call.args
  const counted = count || '1'
  if (!/^-?[1-9]\d*$/.test(written) || !/^\d+$/.test(counted) || !delimiters)
    return { unknown: `converter ${call.name}` }
  const [index, many] = [Number(written), Number(counted)]
  const first = index > 0 ? index - 1 : spans.length + index
  const one = spans[first]
  // A field that is not there is nothing, a word that is not there is empty.
  if (!one) return call.name === 'word' ? { type: 'str', text: '' } : undefined
  if (index > 0) {
    const last = many === 0 ? undefined : spans[first + many - 1]
    return { type: 'str', text: text.slice(one[0], last?.[1] ?? whole[1]) }
  }
  const last = many === 0 ? undefined : spans[first - many + 1]
  return { type: 'str', text: text.slice(last?.[0] ?? whole[0], one[1]) }
}
