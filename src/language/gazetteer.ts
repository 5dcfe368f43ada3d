import { isEverywhere } from './cidr.ts'
import type { LanguageContext } from './context.ts'
import { editDistance, indexRuns, lettersOf, likenesses, type RunIndex, tooFar } from './nearest.ts'
import { fold } from './normalise.ts'
import { isOrdinaryWord } from './words.ts'

export type EntityType = 'service' | 'group' | 'network' | 'person' | 'device'
export type Entity = { readonly type: EntityType; readonly id: string }

/** A known name in the text. Several entities: the name is shared, and somebody must say which is meant. */
export type Mention = {
  readonly at: number
  readonly to: number
  readonly entities: readonly Entity[]
  /** What the person wrote, when it is only nearly the name. */
  readonly nearly?: string
}

type Named = { readonly name: string; readonly owners: readonly Entity[]; readonly letters: number }

/** All names of the catalogue, folded, to what they name. */
export type Gazetteer = {
  readonly names: ReadonlyMap<string, readonly Entity[]>
  /** First and last names of people: they count unless the word is an ordinary one. */
  readonly longest: number
  /** The same names by their length: a misspelling is near only to names about as long. */
  readonly byLength: ReadonlyMap<number, readonly Named[]>
  readonly runs: RunIndex
  readonly slack: ReadonlyMap<string, Entity>
  readonly emails: ReadonlyMap<string, Entity>
  readonly hosts: ReadonlyMap<string, string>
  /** Networks that hold every address: never a subject. */
  readonly everywhere: ReadonlySet<string>
}

/** Remembers what was collected from a catalogue: thousands of names are folded once, not once a message. */
const collected = new WeakMap<LanguageContext['catalog'], WeakMap<LanguageContext['services'], Gazetteer>>()

/** Every id, name and alias of the catalogue and the services. */
export function readGazetteer(context: LanguageContext): Gazetteer {
  const known = collected.get(context.catalog) ?? new WeakMap<LanguageContext['services'], Gazetteer>()
  const gazetteer = known.get(context.services) ?? collect(context)
  collected.set(context.catalog, known.set(context.services, gazetteer))
  return gazetteer
}

function collect(context: LanguageContext): Gazetteer {
  const names = new Map<string, Entity[]>()
  const { catalog, services } = context
  const add = (entity: Entity, name: string | undefined): void => {
    for (const key of spellings(name ?? '')) addOnce(names, key, entity)
  }
  const addAll = (
    type: EntityType,
    items: readonly { id: string; name?: string | undefined; aliases: readonly string[] }[],
  ): void => {
    for (const item of items) for (const name of [item.id, item.name, ...item.aliases]) add({ type, id: item.id }, name)
  }
  addAll('service', services)
  addAll('group', catalog.groups)
  addAll('network', catalog.networks)
  addAll('person', catalog.people)
  addAll('device', catalog.devices)
  for (const person of catalog.people) {
    const parts = person.name.split(/\s+/)
    if (parts.length < 2) continue
    for (const part of [parts[0], parts.at(-1)]) {
      const key = spellings(part ?? '')[0]
      if (key !== undefined && key.length > 2 && !isOrdinaryWord(key))
        addOnce(names, key, { type: 'person', id: person.id })
    }
  }
  const slack = new Map<string, Entity>()
  for (const person of catalog.people) if (person.slack) slack.set(person.slack, { type: 'person', id: person.id })
  for (const group of catalog.groups) if (group.slack) slack.set(group.slack, { type: 'group', id: group.id })
  return {
    names,
    longest: Math.max(1, ...[...names.keys()].map((name) => name.split(' ').length)),
    byLength: Map.groupBy(
      [...names].map(([name, owners]): Named => ({ name, owners, letters: lettersOf(name) })),
      ({ name }) => name.length,
    ),
    runs: indexRuns([...names.keys()]),
    slack,
    emails: new Map(
      catalog.people.flatMap((person) =>
        person.email ? [[fold(person.email), { type: 'person', id: person.id }]] : [],
      ),
    ),
    hosts: new Map(
      services.flatMap((service) => service.hosts.map((host): [string, string] => [fold(host), service.id])),
    ),
    everywhere: new Set(
      catalog.networks.filter((network) => network.cidrs.some(isEverywhere)).map((network) => network.id),
    ),
  }
}

function addOnce(names: Map<string, Entity[]>, key: string, entity: Entity): void {
  const known = names.get(key) ?? []
  if (!known.some((other) => other.type === entity.type && other.id === entity.id)) known.push(entity)
  names.set(key, known)
}

const WORD = /[\p{L}\p{N}]+|&/gu

/** The folded forms under which a name is looked up: `Data & Analytics`, `data and analytics`; `load-balancer`, `loadbalancer`. */
function spellings(name: string): readonly string[] {
  const words: readonly string[] = fold(name.normalize('NFKC')).replace(/'s?\b/g, '').match(WORD) ?? []
  if (words.length === 0) return []
  const plain = words.join(' ')
  const joined = words.length > 1 && plain.length >= 6 && !words.includes('&') ? [words.join('')] : []
  return plain.includes('&') ? [plain, plain.replaceAll('&', 'and'), plain.replaceAll(' & ', ' ')] : [plain, ...joined]
}

/** Every known name in the folded text, longest first, none overlapping. */
export function findMentions(folded: string, gazetteer: Gazetteer): readonly Mention[] {
  const words = [...folded.matchAll(WORD)].map((match) => ({
    word: match[0],
    at: match.index,
    to: match.index + match[0].length,
  }))
  const found: Mention[] = []
  for (let i = 0; i < words.length; i++) {
    for (let count = Math.min(gazetteer.longest, words.length - i); count > 0; count--) {
      const run = words.slice(i, i + count)
      const [first, last] = [run[0], run.at(-1)]
      if (!first || !last || !joined(folded, run)) continue
      const entities = gazetteer.names.get(run.map(({ word }) => word).join(' ')) ?? genitive(run, gazetteer)
      if (!entities) continue
      const to = last.to + closing(folded, first.at, last.to)
      found.push({ at: first.at, to: to + possessive(folded, to), entities })
      i += count - 1
      break
    }
  }
  return found
}

/** German writes "bobs Zugriff", and people forget the apostrophe: a person's or group's name with an s. */
function genitive(run: readonly { readonly word: string }[], gazetteer: Gazetteer): readonly Entity[] | undefined {
  const word = run.length === 1 ? (run[0]?.word ?? '') : ''
  if (word.length < 4 || !word.endsWith('s') || isOrdinaryWord(word)) return undefined
  const owners = gazetteer.names.get(word.slice(0, -1))
  return owners?.every(({ type }) => type === 'person' || type === 'group') ? owners : undefined
}

/** Words of one name stand side by side, or are tied by a dash, a dot or an underscore. */
function joined(folded: string, run: readonly { readonly at: number; readonly to: number }[]): boolean {
  return run.every(({ to }, index) => {
    const next = run[index + 1]
    return next === undefined || /^(?:[ \t]*|[ \t]?[-_][ \t]?|\.|[ \t]?\()$/.test(folded.slice(to, next.at))
  })
}

/** The bracket that closes a name with one inside: "Shop (staging)". */
const closing = (folded: string, at: number, to: number): number =>
  folded.slice(at, to).includes('(') && folded.charAt(to) === ')' ? 1 : 0

/** "Bob's", "the auditors'", "Bob'll": what grows together with a name. */
const possessive = (folded: string, at: number): number =>
  /^'(?:(?:s|ll|d|re|ve)(?![\p{L}\p{N}])|(?![\p{L}\p{N}]))/u.exec(folded.slice(at, at + 4))?.[0].length ?? 0

/**
 * What a misspelt word must have meant: one name clearly nearer than all others, within one edit from five letters on, two from eight
 * (ten for whoever gets access). Undefined when in doubt: nobody is ever mapped to merely the nearest name.
 */
export function nearlyNamed(word: string, gazetteer: Gazetteer): readonly Entity[] | undefined {
  if (word.length < 5 || isOrdinaryWord(word) || isOrdinaryWord(word.replace(/s$/, '')) || /\d/.test(word))
    return undefined
  // Spelt as the name and yet not heard as one: it is a word here.
  if (gazetteer.names.has(word)) return undefined
  let best = 3
  let second = 3
  let entities: readonly Entity[] | undefined
  const near = [-2, -1, 0, 1, 2].flatMap((more) => gazetteer.byLength.get(word.length + more) ?? [])
  const own = lettersOf(word)
  for (const { name, owners, letters } of near) {
    if (tooFar(own, letters, 2)) continue
    // Names of people, places and teams are near to many others: two slips only in a long one.
    const long = owners.every(({ type }) => type === 'service' || type === 'device') ? 8 : 10
    const limit = Math.min(word.length, name.length) >= long ? 2 : 1
    if (Math.abs(name.length - word.length) > limit || /\d/.test(name) || name.length < 5) continue
    if (owners.some(({ type }) => type === 'person') && name.length <= 5) continue
    const distance = editDistance(word, name, 2)
    // A slip on the first letter is rare: it counts only as the one edit of a long word.
    const slip = name[0] !== word[0] && (distance > 1 || name.length < 7)
    if (sameOwners(owners, entities)) best = slip || distance > limit ? best : Math.min(best, distance)
    else if (!slip && distance <= limit && distance < best) [second, best, entities] = [best, distance, owners]
    else second = Math.min(second, distance)
  }
  return second > best ? entities : undefined
}

const sameOwners = (a: readonly Entity[], b: readonly Entity[] | undefined): boolean =>
  b !== undefined &&
  a.length === b.length &&
  a.every((entity, i) => entity.id === b[i]?.id && entity.type === b[i]?.type)

const MOST_CANDIDATES = 5

/** The known names of these types most like the words, best first: options to offer, never an answer. */
export function nearestNames(
  words: string,
  types: readonly EntityType[],
  gazetteer: Gazetteer,
  most = MOST_CANDIDATES,
): readonly Entity[] {
  const wanted = fold(words)
  const scores = new Map(likenesses(wanted, gazetteer.runs))
  for (const word of wanted.split(/\s+/))
    for (const [name, score] of likenesses(word, gazetteer.runs))
      scores.set(name, Math.max(scores.get(name) ?? 0, score * 0.9))
  const best = new Map<string, { entity: Entity; score: number }>()
  for (const [name, score] of scores) {
    const owners = gazetteer.names.get(name) ?? []
    for (const entity of owners) {
      if (!types.includes(entity.type)) continue
      const key = `${entity.type}:${entity.id}`
      if (score > (best.get(key)?.score ?? 0.2)) best.set(key, { entity, score })
    }
  }
  return [...best.values()]
    .sort((a, b) => b.score - a.score || a.entity.id.localeCompare(b.entity.id))
    .slice(0, most)
    .map(({ entity }) => entity)
}
