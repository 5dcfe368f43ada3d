import type { Item } from './items.ts'

/** The times that bound the request. In a reason only an end counts; any other time there is asked about. */
export function timesOf(items: readonly Item[]): {
  readonly counted: readonly (Item & { is: 'time' })['time'][]
  readonly unclear: boolean
} {
  const counted: (Item & { is: 'time' })['time'][] = []
  let reasoning = false
  let unclear = false
  for (const item of items) {
    if (item.is === 'stop') reasoning = false
    if (item.is === 'word' && item.class === 'because') reasoning = true
    if (item.is !== 'time' || item.time.role === 'since') continue
    if (reasoning && item.time.role !== 'end') unclear = true
    else counted.push(item.time)
  }
  return { counted, unclear }
}

/** The ports that were said, as they are written in a grant. */
export function portsOf(items: readonly Item[]): readonly string[] {
  return [
    ...new Set(
      items.flatMap((item) => (item.is === 'literal' && item.literal.is === 'port' ? item.literal.ports : [])),
    ),
  ]
}

/** "postgres on 5432": a bare number behind such a word is a port when it is one that the service offers. */
export function barePorts(items: readonly Item[], offered: readonly string[]): ReadonlyMap<string, string> {
  const found = items.flatMap((item, index): [string, string][] => {
    const before = items[index - 1]
    const led = before?.is === 'word' && (before.class === 'on' || before.class === 'via')
    const port = offered.find((known) => known.endsWith(`/${item.is === 'number' ? item.word : ''}`))
    return item.is === 'number' && led && port !== undefined ? [[item.word, port]] : []
  })
  const once = found.filter(([word]) => items.filter((item) => item.is === 'number' && item.word === word).length === 1)
  return new Map(once)
}

const LONGEST_REASON = 200

/** The words behind "because", up to the end of the sentence: kept for the audit, never acted on. */
export function reasonOf(items: readonly Item[], text: string): string | undefined {
  const index = items.findIndex(
    (item) => item.is === 'word' && item.class === 'because' && !/^(?:who|which|that|while|when|um)$/.test(item.word),
  )
  const start = items[index]
  if (start === undefined) return undefined
  const stop = items.slice(index).find((item) => item.is === 'stop' || (item.is === 'time' && item.time.role === 'end'))
  const from =
    start.is === 'word' && /^(?:because|reason|purpose|weil|porque|parce)/.test(start.word) ? start.to : start.at
  const words = text.slice(from, stop?.at ?? text.length).replace(/^[\s:,-]+|[\s,]+$/g, '')
  return oneLineReason(words) || undefined
}

/** A reason as it is kept: one line without control characters, and not longer than anybody reads. */
export function oneLineReason(text: string): string {
  return text
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_REASON)
}
