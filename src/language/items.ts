import type { Calendar } from './calendar.ts'
import { findMentions, type Gazetteer, type Mention } from './gazetteer.ts'
import { blank, type Literal, readLiterals } from './literals.ts'
import { isOnlyAWord } from './name-or-word.ts'
import type { NormalMessage } from './normalise.ts'
import { withSlips } from './slips.ts'
import { isSmall } from './small-words.ts'
import { readTimes } from './time.ts'
import type { TimeExpression } from './time-expression.ts'
import { classAt, type WordClass } from './words.ts'

/** One thing in the message, with its place: a name, an address, a time, a word of the grammar, a stop, or an unknown word. */
export type Item = { readonly at: number; readonly to: number } & (
  | { readonly is: 'name'; readonly mention: Mention }
  | { readonly is: 'literal'; readonly literal: Literal }
  | { readonly is: 'time'; readonly time: TimeExpression }
  | { readonly is: 'word'; readonly class: WordClass; readonly word: string }
  /** `like`: what it must have meant if it is a misspelt name. */
  | { readonly is: 'unknown'; readonly word: string }
  | { readonly is: 'number'; readonly word: string }
  | { readonly is: 'comma' }
  | { readonly is: 'stop'; readonly question: boolean }
)

/** The message as items in order. Every letter and figure of it is in exactly one item. */
export function readItems(
  message: NormalMessage,
  gazetteer: Gazetteer,
  calendar: Calendar,
  tickets: readonly string[],
): readonly Item[] {
  const { text, folded } = message
  const names = findMentions(folded, gazetteer)
  const literals = readLiterals(text, folded, tickets).filter((literal) => !swallowedByName(literal, names))
  const free = names.filter(
    (name) => !literals.some((literal) => overlap(name, literal)) && !isOnlyAWord(name, names, text, folded),
  )
  const times = readTimes(blank(folded, [...literals, ...free]), calendar)
  const fixed: Item[] = [
    ...literals.map((literal): Item => ({ is: 'literal', literal, at: literal.at, to: literal.to })),
    ...free.map((mention): Item => ({ is: 'name', mention, at: mention.at, to: mention.to })),
    ...times.map((time): Item => ({ is: 'time', time, at: time.at, to: time.to })),
  ]
  fixed.sort((a, b) => a.at - b.at || b.to - a.to)
  const items: Item[] = []
  let past = 0
  for (const item of fixed) {
    if (item.at < past) continue
    items.push(...readWords(message, past, item.at), item)
    past = item.to
  }
  items.push(...readWords(message, past, folded.length))
  return withSlips(withoutCall(items, gazetteer), gazetteer)
}

/** Without the mention that opens the message when it names nobody of the catalogue: that is how people call the bot. */
function withoutCall(items: readonly Item[], gazetteer: Gazetteer): readonly Item[] {
  const first = items.findIndex(
    (item) =>
      !(
        item.is === 'literal' &&
        item.literal.is === 'mention' &&
        item.literal.slack !== 'everyone' &&
        !gazetteer.slack.has(item.literal.slack)
      ),
  )
  return items.slice(Math.max(0, first))
}

const overlap = (a: { at: number; to: number }, b: { at: number; to: number }): boolean => a.at < b.to && b.at < a.to

/** A service called `ssh` or `sftp`, a group called `dns`: the catalogue's name wins over the port word. */
function swallowedByName(literal: Literal, names: readonly Mention[]): boolean {
  const worded = literal.is === 'port' || literal.is === 'port-doubt'
  return worded && names.some((name) => name.at === literal.at && name.to >= literal.to)
}

/** Plain words between the fixed items. */
function readWords({ text, folded }: NormalMessage, from: number, to: number): readonly Item[] {
  const items: Item[] = []
  const part = folded.slice(0, to)
  const shouted = text === text.toUpperCase()
  const starts = /[\p{L}\p{N}@&+]|[.!?;\n]+(?=\s|$)|\n|,|->|(?<=[ \t])-(?=[ \t])|[:/|]/gu
  starts.lastIndex = from
  for (let match = starts.exec(part); match; match = starts.exec(part)) {
    const at = match.index
    const mark = match[0]
    if (mark === ',' || mark === '-' || mark === ':' || mark === '/' || mark === '|') {
      items.push({ is: 'comma', at, to: at + 1 })
      continue
    }
    if (mark === '.' && ABBREVIATED.test(part.slice(0, at))) continue
    if (/^[.!?;\n]/.test(mark)) {
      items.push({ is: 'stop', question: mark.includes('?'), at, to: at + mark.length })
      continue
    }
    const method = shouted ? undefined : /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\b/.exec(text.slice(at, to))?.[0]
    if (method !== undefined) {
      items.push({ is: 'word', class: 'readonly', word: method, at, to: at + method.length })
      starts.lastIndex = at + method.length
      continue
    }
    const known = classAt(part, at)
    // "@bob" typed by hand: the name behind it counts.
    if (mark === '@' && !known) continue
    if (known && endsThere(part, known.to)) {
      items.push({ is: 'word', class: known.class, word: part.slice(at, known.to), at, to: known.to })
      starts.lastIndex = known.to
      continue
    }
    const word = /^[\p{L}\p{N}@&+](?:[\p{L}\p{N}_']|[-.@](?=[\p{L}\p{N}]))*/u.exec(part.slice(at))?.[0] ?? mark
    if (isSmall(word)) items.push({ is: 'word', class: 'filler', word, at, to: at + word.length })
    else items.push({ is: /^\d+$/.test(word) ? 'number' : 'unknown', word, at, to: at + word.length })
    starts.lastIndex = at + word.length
  }
  return items
}

/** "Approved by dr. Priya" is one sentence. */
const ABBREVIATED =
  /(?<![\p{L}\p{N}])(?:dr|mr|mrs|ms|prof|sr|sra|mme|hr|st|incl|excl|inkl|exkl|approx|ca|dept|bzw|e\.g|i\.e|z\.b|p\.ej)$/u

/** A known word inside a longer one tied by a dash ("post-grafana", "on-call") is not that word. */
const endsThere = (text: string, to: number): boolean => !/^[-_.@][\p{L}\p{N}]/u.test(text.slice(to, to + 2))
