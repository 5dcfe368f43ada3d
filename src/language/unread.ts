import { splitAtMarks } from './claims.ts'
import type { Item } from './items.ts'
import { MAY_BE_A_NAME } from './narrowing-words.ts'
import type { Doubt } from './settle.ts'
import { isForSomebody, isReason, narrows } from './talk.ts'
import type { WordClass } from './words.ts'

/**
 * What stands in a clause of its own beside a request, names nothing that a field could hold, and yet may narrow it: "strictly for
 * looking", "as long as the audit runs", "the admin area remains off limits". Each is a question.
 */
export function unreadDoubts(items: readonly Item[], text: string): readonly Doubt[] {
  return [...toldOfOthers(items), ...clausesThatNarrow(items, text)]
}

/** "Open wiki for Dulce. She stands beside Hugo.": a later sentence that asks for nothing may name who gets nothing. */
function toldOfOthers(items: readonly Item[]): readonly Doubt[] {
  const first = items.findIndex(({ is }) => is === 'name')
  const from = items.findIndex((item, i) => i > first && item.is === 'stop')
  if (first < 0 || from < 0) return []
  const sentences: Item[][] = [[]]
  for (const item of items.slice(from)) item.is === 'stop' ? sentences.push([]) : sentences.at(-1)?.push(item)
  return sentences.flatMap((said): readonly Doubt[] => {
    const asks = said.some((item) => item.is === 'word' && (REQUESTS.has(item.class) || item.class === 'need'))
    const named = said.find(
      (item) => item.is === 'name' && item.mention.entities.every(({ type }) => type === 'person' || type === 'group'),
    )
    const serves = said.some(
      (item) => item.is === 'name' && item.mention.entities.some(({ type }) => type === 'service'),
    )
    const tells = said.some(({ is }, i) => is === 'unknown' || (is === 'name' && COMPANY.test(wordOf(said[i - 1]))))
    return named !== undefined && tells && !asks && !serves && !isReason(said)
      ? [{ slot: 'subject', why: 'placement', words: said.map(wordOf).join(' ').trim() }]
      : []
  })
}

/** "Anda con Hugo": whose company somebody keeps. */
const COMPANY = /^(?:with|mit|con|avec)$/

function clausesThatNarrow(items: readonly Item[], text: string): readonly Doubt[] {
  return splitAtMarks(items, text).flatMap((part): readonly Doubt[] => {
    const said = part.filter(({ is }) => is !== 'stop' && is !== 'comma')
    if (isReason(said) || isHeading(said, text) || TO_THE_BOT.test(said.map(wordOf).join(' '))) return []
    const when = said.find(
      (item, i) =>
        CONDITION.test(wordOf(item)) &&
        hangsOn(said, i) &&
        !NICELY.test(
          said
            .slice(i + 1)
            .map(wordOf)
            .join(' '),
        ),
    )
    if (when !== undefined) return [restriction('window', when)]
    if (
      said.some(
        (item) => item.is === 'name' || item.is === 'time' || (item.is === 'literal' && item.literal.is !== 'ticket'),
      )
    )
      return []
    if (said.some((item) => item.is === 'word' && REQUESTS.has(item.class))) return []
    if (isForSomebody(said)) return [{ slot: 'subject', why: 'restriction', words: said.map(wordOf).join(' ') }]
    const word = said.find(
      (item) =>
        (item.is === 'unknown' || (item.is === 'word' && !SILENT.has(item.class) && !isAskedAbout(item))) &&
        narrows(item.word),
    )
    const some = said.find((item, i) => /^(?:some|each|half)$/.test(wordOf(item)) && wordOf(said[i + 1]) === 'of')
    const found = word ?? some
    return found === undefined ? [] : [restriction(TIMELY.test(wordOf(found)) ? 'window' : 'service', found)]
  })
}

/** A condition hangs on the request when it stands alone or behind a part of it: "Tim does the books while Jo is away" only tells. */
const hangsOn = (said: readonly Item[], at: number): boolean => {
  const before = said.slice(0, at).filter((item) => !(item.is === 'word' && SILENT.has(item.class)))
  return (
    before.length === 0 ||
    before.some((item) => item.is === 'word' && (REQUESTS.has(item.class) || item.class === 'need')) ||
    before.some((item) => item.is === 'name' && item.mention.entities.some(({ type }) => type === 'service'))
  )
}

/** "Next up:", "Period:": what stands before a colon and only announces. */
function isHeading(said: readonly Item[], text: string): boolean {
  const end = said.at(-1)
  return end !== undefined && /^\s*:/.test(text.slice(end.to)) && said.every((item) => HEADING.test(wordOf(item)))
}
const HEADING =
  /^(?:next|up|two|three|four|things|please|pls|bitte|porfa|dos|tres|cosas|deux|trois|choses|drei|subject|re|period|time|times|window|when|who|what|where|why|reason|purpose|request|duration|ticket|access|service|services|user|users|start|end|date|dates|for|to|the|following|tldr|betreff|zeitraum|dauer|grund|wer|was|wann|wo|zwei|dinge|dienst|periodo|motivo|quien|que|cuando|asunto|duracion|periode|duree|motif|qui|quoi|quand|objet)$/
/** What the bot shall be moves no access. */
const TO_THE_BOT = /^(?:system )?(?:you are|du bist|eres|tu es|vous etes)\b/

const restriction = (slot: Doubt['slot'], item: Item): Doubt => ({ slot, why: 'restriction', words: wordOf(item) })
const wordOf = (item: Item | undefined): string => (item !== undefined && 'word' in item ? item.word : '')

/** An event or a state on which the access hangs, whatever end is said beside it. */
const CONDITION =
  /^(?:while|whilst|when|whenever|unless|solange|sobald|wenn|falls|sofern|mientras|cuando|quand|lorsque|tant)$/

/** "… when you can", "wenn's geht": asks nicely. */
const NICELY =
  /^(?:(?:you|someone|somebody|possible|ihr|du|tu|vous|puedas|podais)(?![\w'])|(?:es |das )?(?:geht|moglich|passt|machbar))/

const TIMELY =
  /^(?:mornings?|afternoons?|evenings?|nights?|days?|weeks?|months?|hours?|minutes?|workdays?|weekdays?|weekends?|until|till|while|when|once|after|before|during|daily|nachts|tags\w*|wochen\w*|morgens|abends|noche\w*|dias?|semanas?|jours?|semaines?|nuit\w*)$/

/** "…, read only": which ports or methods that means is the one question about it. */
const isAskedAbout = (item: { readonly class: WordClass; readonly word: string }): boolean =>
  item.class === 'readonly' && !MAY_BE_A_NAME.test(item.word)

/** Words of the request itself; their clause is read by the roles. */
const REQUESTS: ReadonlySet<WordClass> = new Set<WordClass>(['give', 'take', 'stretch', 'access'])
/** Words that are asked about elsewhere or say nothing. */
const SILENT: ReadonlySet<WordClass> = new Set<WordClass>([
  'filler',
  'aside',
  'i',
  'me',
  'we',
  'my',
  'our',
  'and',
  'it',
])
