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

/**
 * "postgres on 5432", "587 on the mail relay": a bare number is a port when a word of place leads to it, or when a named service offers
 * it. One that is taken back ("not 443") or said twice is none.
 */
export function barePorts(items: readonly Item[], offered: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const led = new Set<number>()
  items.forEach((item, index) => {
    if (
      item.is !== 'number' ||
      items.some((other, i) => i !== index && other.is === 'number' && other.word === item.word)
    )
      return
    const [before, last] = [items[index - 1], items[index - 2]]
    const joint = before?.is === 'comma' || (before?.is === 'word' && before.class === 'and')
    if (before?.is === 'word' && (before.class === 'not' || before.class === 'except')) return
    const answer = ANSWERED.test(item.word)
    if (leadsToPlace(before) || (joint && led.has(index - 2)) || (!answer && standsOn(items, index))) led.add(index)
    if (joint && last?.is === 'number' && !led.has(index - 2) && !found.has(last.word)) return
    const port = offered.find((known) => known.endsWith(`/${item.word}`))
    if (port !== undefined && (led.has(index) || looksLikePort(item.word))) found.set(item.word, port)
    else if (led.has(index) && looksLikePort(item.word)) found.set(item.word, `tcp/${Number(item.word)}`)
  })
  return found
}

const leadsToPlace = (item: Item | undefined): boolean =>
  item?.is === 'word' &&
  (item.class === 'on' || item.class === 'via' || item.word === 'auf') &&
  !/^(?:with|mit|con|avec)$/.test(item.word)

/** "8080 and 9090 on grafana". */
function standsOn(items: readonly Item[], index: number): boolean {
  let i = index + 1
  for (let item = items[i]; item !== undefined; item = items[i]) {
    const lists = item.is === 'number' || item.is === 'comma' || (item.is === 'word' && item.class === 'and')
    if (!lists) break
    i++
  }
  return leadsToPlace(items[i]) && items.slice(i + 1, i + 3).some(({ is }) => is === 'name')
}

/** Neither a day of a month nor a year nor an answer of a web server. */
function looksLikePort(word: string): boolean {
  const number = Number(word)
  return number > 31 && number <= 65_535 && !/^20[2-4]\d$/.test(word)
}

/**
 * What a question about reachability says of ports by bare numbers: those it names, and those that are left to ask about. "A 403" is
 * what a web server answered.
 */
export function askedPorts(
  items: readonly Item[],
  offered: readonly string[],
): { readonly ports: readonly string[]; readonly unread: readonly string[] } {
  const bare = new Map(barePorts(items, offered))
  const unread: string[] = []
  items.forEach((item, index) => {
    if (
      item.is !== 'number' ||
      bare.has(item.word) ||
      !looksLikePort(item.word) ||
      COUNTED.test(wordAt(items, index + 1))
    )
      return
    if (OPEN_PORT.test(wordAt(items, index + 1))) bare.set(item.word, `tcp/${Number(item.word)}`)
    else if (!ANSWERED.test(item.word)) unread.push(item.word)
  })
  return { ports: [...bare.values()], unread }
}

const wordAt = (items: readonly Item[], index: number): string => {
  const item = items[index]
  return item !== undefined && 'word' in item ? item.word : ''
}
const ANSWERED = /^[45][0-2]\d$/
/** "Is 8443 open for lena". */
const OPEN_PORT =
  /^(?:open|opened|reachable|closed|blocked|allowed|filtered|dropped|accessible|offen|zu|gesperrt|erreichbar|frei|abierto|cerrado|accesible|bloqueado|ouvert|ferme|accessible|bloque)$/
const COUNTED =
  /^(?:times|people|users|persons|ms|milliseconds|seconds?|secs?|percent|mb|gb|kb|requests|errors?|attempts|mal|personen|veces|personas|fois|personnes)$/

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
