import type { Calendar } from './calendar.ts'
import { correctedTime } from './corrected-time.ts'
import { type Cue, classOf, nextCue, phraseAt, word } from './correction-cues.ts'
import type { Slot } from './intent.ts'
import type { Item } from './items.ts'
import type { Doubt } from './settle.ts'

/** The items with what the speaker took back already replaced, and what must be asked because it is not certain what was taken back. */
export type Corrected = { readonly items: readonly Item[]; readonly doubts: readonly Doubt[] }

type Kind = 'who' | 'service' | 'place' | 'time' | 'port'
type Where = { readonly folded: string; readonly calendar: Calendar }

const MOST_CORRECTIONS = 6

/**
 * Self-repair inside one message ("until Friday, no wait, Thursday", "sorry, I meant kibana", "actually leave out the api"): the last
 * value of the same kind holds, in the place of the one that it replaces. Where it is not certain which one that is, nothing is
 * replaced and the slot is asked about.
 */
export function withCorrections(items: readonly Item[], where: Where): Corrected {
  let current = items
  const doubts: Doubt[] = []
  const held = new Set<Slot>()
  let from = 0
  for (let count = 0; count < MOST_CORRECTIONS; count++) {
    const cue = nextCue(current, from, where.folded)
    if (cue === undefined) break
    const repaired = takenOut(current, cue, where) ?? replaced(current, cue, where)
    // "No wait, the first one was right": what was replaced before may hold again.
    const unclear = repaired === undefined ? [...held] : 'unclear' in repaired ? repaired.unclear : []
    doubts.push(...unclear.map((slot): Doubt => ({ slot, why: 'restriction', words: cue.words })))
    if (repaired === undefined || 'unclear' in repaired) from = cue.to
    else {
      ;[current, from] = [repaired.items, cue.at]
      for (const slot of repaired.slots) held.add(slot)
    }
  }
  return { items: current, doubts }
}

type Repaired =
  | { readonly items: readonly Item[]; readonly slots: readonly Slot[] }
  | { readonly unclear: readonly Slot[] }
  | undefined

/** What a value is, for telling which of the earlier ones it takes the place of. */
function kindOf(item: Item | undefined): Kind | undefined {
  if (item?.is === 'time') return item.time.role === 'since' ? undefined : 'time'
  if (item?.is === 'name') {
    const [only, ...others] = new Set(
      item.mention.entities.map(({ type }): Kind | undefined =>
        type === 'service' ? 'service' : type === 'network' ? 'place' : type === 'device' ? undefined : 'who',
      ),
    )
    return others.length === 0 ? only : undefined
  }
  if (item?.is === 'number') return Number(item.word) > 31 ? 'port' : undefined
  if (item?.is !== 'literal') return undefined
  if (item.literal.is === 'cidr') return 'place'
  if (item.literal.is === 'mention' || item.literal.is === 'email') return 'who'
  if (item.literal.is === 'host') return 'service'
  return item.literal.is === 'port' ? 'port' : undefined
}

const SLOT_OF: Readonly<Record<Kind, Slot>> = {
  who: 'subject',
  place: 'subject',
  service: 'service',
  time: 'window',
  port: 'port',
}

const SMALL = new Set(['filler', 'to', 'for', 'on', 'via', 'access', 'thing', 'group', 'it'])
const TRAILING = /^(?:instead|stattdessen|please|bitte|plenty|enough|thanks|sorry|mean|meant)$/

/** The values behind a cue, those that are said not to hold, and where they end. */
function saidInstead(items: readonly Item[], from: number): { values: number[]; not: number[]; to: number } {
  const values: number[] = []
  const not: number[] = []
  let to = from
  let denied = false
  for (let i = from; i < items.length; i++) {
    const item = items[i]
    if (kindOf(item) !== undefined) {
      if (denied) not.push(i)
      else values.push(i)
      denied = false
      to = i + 1
      continue
    }
    const next = items[i + 1]
    const past = values.length === 0 && not.length > 0 && item?.is === 'comma'
    if (past) continue
    const joins =
      (item?.is === 'comma' || (item?.is === 'word' && item.class === 'and')) && sameKindAhead(items, i, values)
    if (joins) continue
    if (
      item?.is === 'word' &&
      (item.class === 'not' || /^(?:instead of|rather than)$/.test(item.word)) &&
      kindOf(next) !== undefined
    ) {
      denied = true
      continue
    }
    const trailing = TRAILING.test(word(item)) || phraseAt(items, i) !== undefined
    if (trailing && values.length > 0) {
      to = Math.max(to, phraseAt(items, i) ?? i + 1)
      i = to - 1
      continue
    }
    if (item?.is === 'word' && SMALL.has(item.class)) continue
    break
  }
  return { values, not, to }
}

/** Whether a list goes on: what follows is of the kind that was said last. */
function sameKindAhead(items: readonly Item[], at: number, values: readonly number[]): boolean {
  const last = values.at(-1)
  let next = at + 1
  while (items[next]?.is === 'word' && SMALL.has(classOf(items[next]))) next++
  const kind = kindOf(items[next])
  if (last === undefined || kind === undefined) return false
  // "… and polizas instead of cotizador": of another kind, and said what it is for.
  return (
    kind === kindOf(items[last]) ||
    /^(?:instead of|rather than|statt|anstatt|en vez de|en lugar de|au lieu de)$/.test(word(items[next + 1]))
  )
}

function replaced(items: readonly Item[], cue: Cue, where: Where): Repaired {
  const { values, not, to } = saidInstead(items, cue.to)
  const kinds = [...new Set(values.map((i) => kindOf(items[i])).filter((kind) => kind !== undefined))]
  const [first] = kinds
  const before = items.slice(0, cue.at)
  // "Oh, and make it 443 only" says something more where nothing of the kind was said.
  const more = /\b(?:make (?:it|that))$/.test(cue.words)
  if (first === undefined || !(more || before.some((item) => kindOf(item) === first))) return undefined
  if (!endsThere(items[to]))
    return before.some((item) => kindOf(item) === first) && more ? { unclear: [SLOT_OF[first]] } : undefined
  const changes = new Map<number, readonly Item[]>()
  const kept: Item[] = []
  for (const kind of kinds) {
    const fresh = values.filter((i) => kindOf(items[i]) === kind).flatMap((i) => items[i] ?? [])
    const denied = not.filter((i) => kindOf(items[i]) === kind)
    const targets = targetsOf(items, cue.at, kind, denied)
    if (targets === undefined) return { unclear: [SLOT_OF[kind]] }
    const [target, ...others] = targets
    if (target === undefined) kept.push(...fresh)
    else {
      const old = items[target]
      const right = kind === 'time' ? correctedTime(old, fresh, where) : listed(fresh)
      if (old === undefined || right === undefined) return { unclear: [SLOT_OF[kind]] }
      // It stands where the other stood.
      changes.set(
        target,
        right.map((item): Item => ({ ...item, at: old.at, to: old.to })),
      )
      for (const other of others) changes.set(other, [])
    }
  }
  return {
    items: rewritten(items, changes, { at: cue.at, to }, kept),
    slots: kinds.map((kind) => SLOT_OF[kind]),
  }
}

/** Whether what was said instead ends here. A word that goes on ("sorry, carol asked me") makes it a sentence of its own. */
function endsThere(next: Item | undefined): boolean {
  if (next === undefined || next.is !== 'word') return next?.is !== 'unknown'
  if (IS.test(next.word)) return false
  return ['to', 'for', 'on', 'via', 'access', 'because', 'and', 'filler', 'only', 'except', 'reach'].includes(
    next.class,
  )
}

const IS = /^(?:is|are|was|were|be|been|am|do|does|did|ist|sind|war|wird|werden|es|son|est|sont)$/

/** Several values stand in the place of one as a list. */
function listed(fresh: readonly Item[]): readonly Item[] {
  return fresh.flatMap((item, i): Item[] => (i === 0 ? [item] : [{ is: 'comma', at: item.at, to: item.at }, item]))
}

/**
 * Which earlier values of this kind are meant: those that are said not to hold, else the only one of the last list. Undefined when
 * nobody can say; none when the kind was not named before.
 */
function targetsOf(
  items: readonly Item[],
  before: number,
  kind: Kind,
  denied: readonly number[],
): readonly number[] | undefined {
  const earlier = items.slice(0, before).flatMap((item, i) => (kindOf(item) === kind ? [i] : []))
  if (denied.length > 0) {
    const named = earlier.filter((i) => denied.some((other) => sameValue(items[i], items[other])))
    return named.length > 0 ? named : undefined
  }
  const last = earlier.at(-1)
  if (last === undefined) return []
  const run = earlier.filter((i) => items.slice(i + 1, last).every((item) => isLink(item) || kindOf(item) === kind))
  return run.length === 1 && (kind !== 'time' || earlier.length === 1) ? run : undefined
}

const isLink = (item: Item): boolean =>
  item.is === 'comma' ||
  (item.is === 'word' && ['and', 'filler', 'to', 'for', 'on', 'group', 'thing'].includes(item.class))

function sameValue(a: Item | undefined, b: Item | undefined): boolean {
  const keys = (item: Item | undefined): string =>
    item?.is === 'name'
      ? item.mention.entities.map(({ type, id }) => `${type}:${id}`).join()
      : item?.is === 'literal'
        ? JSON.stringify({ ...item.literal, at: 0, to: 0 })
        : ''
  return keys(a) !== '' && keys(a) === keys(b)
}

function rewritten(
  items: readonly Item[],
  changes: ReadonlyMap<number, readonly Item[]>,
  span: { readonly at: number; readonly to: number },
  kept: readonly Item[],
): readonly Item[] {
  return items.flatMap((item, i): readonly Item[] => {
    if (i === span.at && kept.length > 0) return [{ is: 'comma', at: item.at, to: item.at }, ...kept]
    if (i >= span.at && i < span.to) return []
    return changes.get(i) ?? [item]
  })
}

const OUT =
  /^(?:leave|leaving|drop|skip|omit|remove|forget|lose|without|minus|except|but not|not|no|lass|ohne|nicht|sans|sin|quita|deja|laisse|enleve|oublie|leave out|leaving out|forget about|pas|kein|keine)$/
const FILLS = /^(?:out|off|the|about|fuera|weg|raus|tomber|el|la|le|die|das|den|der)$/

/** "Actually leave out the api": one of a list that was named is taken out of it again. */
function takenOut(items: readonly Item[], cue: Cue, { folded }: Where): Repaired {
  let i = cue.to
  if (!OUT.test(word(items[i]))) return undefined
  i++
  while (
    items[i] !== undefined &&
    kindOf(items[i]) === undefined &&
    (FILLS.test(word(items[i])) || classOf(items[i]) === 'filler')
  )
    i++
  const said = items[i]
  if (said === undefined) return undefined
  const earlier = items.slice(0, cue.at)
  const named = earlier.filter(
    (item) => sameValue(item, said) || (said.is === 'unknown' && isPartOf(said.word, item, folded)),
  )
  const [only, ...others] = named
  const kind = kindOf(only)
  if (only === undefined || kind === undefined) return undefined
  const left = earlier.filter((item) => kindOf(item) === kind && item !== only)
  if (left.length === 0) return undefined
  if (others.length > 0 || !(kind === 'service' || kind === 'who')) return { unclear: [SLOT_OF[kind]] }
  const at = earlier.indexOf(only)
  const end = FILLS.test(word(items[i + 1])) ? i + 2 : i + 1
  const changes = new Map<number, readonly Item[]>([[at, []]])
  const exception: readonly Item[] =
    kind === 'service' ? [{ is: 'word', class: 'except', word: 'except', at: said.at, to: said.at }, { ...only }] : []
  const rest = rewritten(items, changes, { at: cue.at, to: end }, [])
  const place = rest.findIndex((item) => item.at >= (items[end]?.at ?? Number.POSITIVE_INFINITY))
  return {
    items: place < 0 ? [...rest, ...exception] : [...rest.slice(0, place), ...exception, ...rest.slice(place)],
    slots: [SLOT_OF[kind]],
  }
}

/** "The api" is the booking api when that was named. */
function isPartOf(said: string, item: Item, folded: string): boolean {
  return (
    item.is === 'name' &&
    folded
      .slice(item.at, item.to)
      .split(/[^\p{L}\p{N}]+/u)
      .includes(said)
  )
}
