import {
  besideAccess,
  besideName,
  isListed,
  isName,
  isTime,
  meaningful,
  neighbour,
  onlySays,
  opensClause,
} from './beside.ts'
import type { Entity, EntityType, Gazetteer, Mention } from './gazetteer.ts'
import { nearestNames } from './gazetteer.ts'
import type { Slot } from './intent.ts'
import type { Item } from './items.ts'
import { type Heard, type Placeable, type Role, type Roles, type Speaker, settleRoles } from './settle.ts'
import type { WordClass } from './words.ts'

type Zone = 'open' | 'give' | 'access' | 'reach' | 'to' | 'for' | 'on' | 'via' | 'except' | 'same' | 'because' | 'aside'
/** The clause as far as it has been heard. */
type Scan = Heard & {
  readonly revoking: boolean
  /** It is about access that somebody has: its subject may stand behind "of". */
  readonly holding: boolean
  readonly gazetteer: Gazetteer
  zone: Zone
  /** An unknown word, no word of reason, has opened the zone of reasons. */
  murky: boolean
  allServices: boolean
  sawVerb: boolean
}

/** Gives every name of a clause its role. `strict`: a name whose role is not certain is asked about; questions take it as it comes. */
export function placeRoles(
  items: readonly Item[],
  how: { strict: boolean; revoking: boolean; holding: boolean },
  speaker: Speaker,
  gazetteer: Gazetteer,
): Roles {
  const scan: Scan = {
    items,
    ...how,
    speaker,
    gazetteer,
    zone: 'open',
    murky: false,
    placed: [],
    pending: [],
    doubts: [],
    flags: [],
    unheard: [],
    hosts: [],
    devices: [],
    allServices: false,
    sawVerb: false,
  }
  items.forEach((item, index) => {
    if (item.is === 'word') readWord(scan, item.class, item.word, index)
    else if (item.is === 'name') placeMention(scan, item.mention, index)
    else if (item.is === 'literal') placeLiteral(scan, item, index)
    else if (item.is === 'unknown') readUnknown(scan, item, index)
    else if (item.is === 'stop') [scan.zone, scan.murky] = ['open', false]
    else if (item.is === 'comma' && scan.zone === 'aside') scan.zone = 'open'
    else if (item.is === 'number' && scan.strict && scan.zone !== 'because' && scan.zone !== 'aside') {
      scan.doubts.push({ slot: 'port', why: 'restriction', words: item.word })
    }
  })
  if (!scan.strict || !scan.sawVerb) promote(scan)
  return settleRoles(scan)
}

const ZONES: Partial<Record<WordClass, Zone>> = {
  give: 'give',
  take: 'give',
  stretch: 'give',
  need: 'give',
  access: 'access',
  reach: 'reach',
  to: 'to',
  for: 'for',
  on: 'on',
  via: 'via',
  except: 'except',
  same: 'same',
  because: 'because',
  aside: 'aside',
}

function readWord(scan: Scan, kind: WordClass, word: string, index: number): void {
  const settled = scan.zone === 'because' || scan.zone === 'aside'
  // An aside ends with the verb of the request; a reason only with its sentence: "because bob needs it" asks for nothing.
  if (settled && !['except', 'not', 'everybody'].includes(kind)) {
    const verb = kind === 'give' || kind === 'take' || kind === 'stretch'
    const resumes = scan.zone === 'aside' && (verb || ((kind === 'need' || kind === 'access') && !scan.sawVerb))
    if (!resumes) return
  }
  if (kind === 'not' || kind === 'readonly' || kind === 'only' || kind === 'or')
    readRestriction(scan, kind, word, index)
  else if (kind === 'i' || kind === 'we' || kind === 'me' || kind === 'my' || kind === 'our' || kind === 'team')
    placeSpeaker(scan, kind, index)
  else if (kind === 'everybody' || kind === 'everything')
    readAll(scan, scan.revoking && EVERYWHERE.test(word) ? 'everything' : kind, word, index)
  if (/^(?:not|i|we|me|my|our|team|everybody|everything)$/.test(kind)) return
  if (kind === 'it' && scan.strict && scan.zone === 'give' && /^(?:them|him|her)$/.test(word)) {
    scan.doubts.push({ slot: 'subject', why: 'unknown', words: word })
  }
  if (scan.strict && TELLS.test(word) && tellsOfAnother(scan, index)) {
    scan.doubts.push({ slot: 'subject', why: 'placement', words: word })
  }
  if (kind === 'give' || kind === 'take' || kind === 'stretch' || kind === 'need') {
    scan.sawVerb = true
    promote(scan)
  }
  if (word === '->') promote(scan)
  // "The night watch except Noor, plus Lena": who is added is none of the exception.
  if (kind === 'and' && scan.zone === 'except' && MORE.test(word) && scan.items[index - 1]?.is === 'comma') {
    scan.zone = scan.sawVerb ? 'give' : 'open'
    return
  }
  if (kind === 'because' && index === 0) return
  const next = meaningful(scan.items, index, 1)
  if (kind === 'except' && scan.strict && next?.is === 'literal' && next.literal.is.startsWith('port'))
    scan.doubts.push({ slot: 'port', why: 'restriction', words: word })
  if (kind === 'except' && scan.strict && isTime(scan.items[index + 1]))
    scan.doubts.push({ slot: 'window', why: 'restriction', words: word })
  // French and Spanish "a" leads to a name; the English article leads to anything.
  if (word === 'a' && !isName(meaningful(scan.items, index, 1))) return
  const [last] = scan.items.slice(Math.max(0, index - 1), Math.max(0, index))
  // "el equipo de X", "die Gruppe von X": the name behind it says which team.
  if (OF.has(word) && last?.is === 'word' && last.class === 'group') return
  // "the access of carol", "den Zugriff von Carol": whose it is, where access is already there.
  if (OF.has(word) && scan.holding && last?.is === 'word' && last.class === 'access') {
    scan.zone = 'for'
    return
  }
  // "not to wiki", "but not from the vpn": the little word behind the negation does not end it.
  if (scan.zone === 'except' && LEADS.has(kind) && !word.startsWith('only ') && standsBehindNot(scan.items, index))
    return
  scan.zone = ZONES[kind] ?? scan.zone
  if (kind === 'because') scan.murky = false
}

/** Where somebody shall lose it: at every service. */
const EVERYWHERE = /^(?:anywhere|everywhere|uberall|en todas partes|partout)$/
const MORE = /^(?:plus|and also|as well as|also|sowie|ainsi que|y tambien|et aussi)$/
const isWho = (item: Item | undefined): boolean =>
  item?.is === 'name' && item.mention.entities.every(({ type }) => type === 'person' || type === 'group')

const OF = new Set(['of', 'of the', 'von', 'vom', 'de', 'del', 'du', 'des'])

const TELLS =
  /^(?:is|are|was|were|has|have|had|can|ist|sind|war|waren|hat|haben|hatte|kann|es|son|esta|estan|tiene|tienen|est|sont)$/

/** "wiki for bob until Friday. carol has it already.": a later sentence about somebody may only tell. */
function tellsOfAnother(scan: Scan, index: number): boolean {
  if (!isName(scan.items[index - 1])) return false
  const stop = scan.items.findLastIndex((item, i) => i < index && item.is === 'stop')
  return [...scan.placed, ...scan.pending].some(({ item }) => item < stop)
}

const LEADS: ReadonlySet<WordClass> = new Set(['to', 'for', 'on', 'via', 'access', 'reach'])

function standsBehindNot(items: readonly Item[], index: number): boolean {
  for (let i = index - 1; i >= 0; i--) {
    const item = items[i]
    if (item?.is !== 'word') return false
    // "grafana but from the vpn" says where from; only "but not from" says where not.
    if (item.class === 'not' || item.class === 'except') return item.word !== 'but'
    if (!LEADS.has(item.class) && item.class !== 'filler') return false
  }
  return false
}

/** Words that narrow. Each must find something to narrow, or be asked about. */
function readRestriction(scan: Scan, kind: 'not' | 'readonly' | 'only' | 'or', word: string, index: number): void {
  if (!scan.strict) return
  const reasoning = scan.zone === 'because' || scan.zone === 'aside'
  if (kind === 'readonly') {
    if (
      reasoning ||
      (/^(?:view|read|to read|admin|administrator|write)$/.test(word) && !besideAccess(scan.items, index))
    )
      return
    scan.doubts.push({ slot: 'port', why: 'restriction', words: word })
    scan.flags.push(`restriction:${word}`)
    return
  }
  if (kind === 'only') {
    if (!onlySays(scan.items, index)) scan.doubts.push({ slot: 'subject', why: 'restriction', words: word })
    return
  }
  if (kind === 'or') {
    if (!reasoning)
      scan.doubts.push({
        slot: scan.placed.at(-1)?.role === 'service' ? 'service' : 'subject',
        why: 'placement',
        words: word,
      })
    return
  }
  const beforeName = isName(meaningful(scan.items, index, 1))
  // "The data team (not Dana) should …": before the verb, too, whoever follows is left out of the group.
  if (beforeName && scan.pending.some(({ entity }) => entity.type === 'group') && isWho(scan.items[index + 1])) {
    scan.zone = 'except'
    return
  }
  // "He shouldn't be in wiki any more" takes away; it excepts nothing.
  const verbal = /n't$|^(?:cannot|cant|dont|doesnt)$/.test(word)
  if (scan.revoking && (!beforeName || verbal) && !isTime(scan.items[index + 1])) return
  if (beforeName && scan.sawVerb && !reasoning) scan.zone = 'except'
  else if (!reasoning || isTime(scan.items[index + 1]))
    scan.doubts.push({ slot: isTime(scan.items[index + 1]) ? 'window' : 'subject', why: 'restriction', words: word })
}

function placeSpeaker(scan: Scan, kind: 'i' | 'we' | 'me' | 'my' | 'our' | 'team', index: number): void {
  if (kind === 'my' || kind === 'our') {
    const next = scan.items[index + 1]
    const owned = next?.is === 'word' && (next.class === 'access' || (!scan.strict && next.class === 'need'))
    const asked = !scan.strict && next?.is === 'unknown' && /^grants?$/.test(next.word)
    if (!owned && !asked) return
  }
  const team = kind === 'we' || kind === 'team' || kind === 'our'
  const listed = (kind === 'i' || kind === 'me') && besideName(scan.items, index)
  if (listed && scan.strict && scan.zone === 'open') {
    pend(scan, { type: 'person', id: scan.speaker.id }, index, false)
    return
  }
  if (kind === 'me' && (!scan.strict || (scan.zone !== 'give' && scan.zone !== 'for' && scan.zone !== 'to'))) return
  const [group, ...others] = team ? scan.speaker.groups : []
  if (team && (group === undefined || others.length > 0)) {
    if (scan.strict || kind === 'team') pend(scan, undefined, index, kind === 'we')
    return
  }
  const entity: Entity = group === undefined ? { type: 'person', id: scan.speaker.id } : { type: 'group', id: group }
  const weak = kind === 'i' || kind === 'we'
  if (kind === 'me' || kind === 'team') place(scan, scan.zone === 'except' ? 'except' : 'subject', entity, index, false)
  else if (kind === 'my' || kind === 'our') place(scan, 'subject', entity, index, true)
  // "Could we get into …": the verb came first and promotes nobody any more.
  else if (scan.sawVerb && isModal(scan.items[index - 1])) place(scan, 'subject', entity, index, weak)
  else pend(scan, entity, index, weak)
}

const isModal = (item: Item | undefined): boolean =>
  item?.is === 'word' && /^(?:can|could|may|darf|durfen|kann|konnen|puedo|podemos|peux|peut)$/.test(item.word)

/** Keeps a name whose role the verb will tell. `undefined`: the speaker's team, and nobody knows which. */
function pend(scan: Scan, entity: Placeable | undefined, index: number, weak: boolean): void {
  if (entity === undefined) {
    scan.placed.push({ role: 'subject', ref: { type: 'group', id: '' }, weak, item: index })
    return
  }
  scan.pending.push({ entity, weak, item: index })
}

/** The verb has come: whoever stood before it is its subject, and what stood there is its service. */
function promote(scan: Scan): void {
  for (const { entity, weak, item } of scan.pending) {
    if (entity.type === 'service') place(scan, 'service', entity, item, false)
    else if (entity.type !== 'device') place(scan, 'subject', entity, item, weak)
  }
  scan.pending.length = 0
}

function place(scan: Scan, role: Role, entity: Placeable, item: number, weak: boolean): void {
  if (entity.type === 'device') return
  if (entity.type === 'network' && scan.gazetteer.everywhere.has(entity.id)) {
    scan.doubts.push({ slot: 'subject', why: 'everybody', words: entity.id })
    return
  }
  const ref =
    entity.type === 'service' ? { type: 'service' as const, id: entity.id } : { type: entity.type, id: entity.id }
  const blocked = scan.strict && role !== 'same' ? neighbour(scan.items, item) : undefined
  scan.placed.push({ role, ref, weak, item, ...(blocked === undefined ? {} : { blocked }) })
}

function readAll(scan: Scan, kind: 'everybody' | 'everything', word: string, index: number): void {
  const next = meaningful(scan.items, index, 1)
  const prep = scan.items[index + 1]
  const described = prep?.is === 'word' && ['on', 'via', 'to', 'filler'].includes(prep.class) && isName(next)
  if (
    described &&
    kind === 'everybody' &&
    next?.is === 'name' &&
    next.mention.entities.every(({ type }) => type === 'group')
  )
    return
  if (word === 'all' && next?.is === 'name' && next.mention.entities.every(({ type }) => type === 'group')) return
  // "Everything he has must go" begins with it; "everything is fine, …" only tells.
  const whose = isName(prep) || (prep?.is === 'word' && ['it', 'i', 'access'].includes(prep.class))
  if (kind === 'everything' && scan.zone === 'open' && !scan.sawVerb && !(scan.revoking && whose)) return
  if (kind === 'everybody') {
    scan.doubts.push({ slot: 'subject', why: 'everybody', words: word })
    return
  }
  if (word === 'all' && next?.is === 'word' && next.class === 'access') return
  scan.allServices = true
}

const SUBJECTS: readonly EntityType[] = ['group', 'person', 'network']

/** A name of the catalogue: its type, its zone and what is already placed tell its role. */
function placeMention(scan: Scan, mention: Mention, index: number): void {
  if (mention.nearly !== undefined) scan.flags.push(`fuzzy:${mention.nearly}->${mention.entities[0]?.id ?? ''}`)
  const devices = mention.entities.filter(({ type }) => type === 'device')
  scan.devices.push(...devices.map(({ id }) => id))
  const services = mention.entities.filter(({ type }) => type === 'service')
  const subjects = mention.entities.filter(({ type }) => SUBJECTS.includes(type))
  if (services.length + subjects.length === 0) return
  if (scan.strict && (scan.zone === 'aside' || scan.zone === 'because')) {
    scan.unheard.push(...subjects.map(({ id }) => id))
    const [murky] = scan.murky && scan.zone === 'because' ? mention.entities : []
    if (murky) misplaced(scan, murky.type === 'service' ? 'service' : 'subject', murky.id)
    return
  }
  const aimed = scan.zone === 'to' || scan.zone === 'reach' || scan.zone === 'on'
  const listing = aimed || scan.placed.at(-1)?.role === 'service'
  const wanted =
    services.length === 0
      ? subjects
      : subjects.length === 0
        ? services
        : listing && !scan.placed.some(({ role }) => role === 'service')
          ? services
          : []
  const [only, ...others] = wanted
  if (only === undefined || others.length > 0) {
    const both = wanted.length === 0 ? mention.entities : wanted
    const slot: Slot =
      both.every(({ type }) => type === 'service') || (wanted.length === 0 && listing) ? 'service' : 'subject'
    scan.doubts.push({ slot, why: 'ambiguous', words: mention.nearly ?? '', candidates: both.map(({ id }) => id) })
    return
  }
  placeEntity(scan, only, index)
}

function placeEntity(scan: Scan, entity: Placeable, index: number): void {
  const heard = roleOf(scan, entity, index, isListed(scan.items, index))
  const known = heard === 'subject' || heard === 'service'
  const again = known && scan.placed.some(({ role, weak }) => role === heard && weak !== true)
  const decided = scan.strict && again && opensClause(scan.items, index) ? 'unclear' : heard
  if (decided === 'pending') pend(scan, entity, index, false)
  else if (decided === 'unclear') misplaced(scan, entity.type === 'service' ? 'service' : 'subject', entity.id)
  else if (decided === 'no-service') scan.doubts.push({ slot: 'service', why: 'unknown', words: entity.id })
  else if (decided !== 'nothing') place(scan, decided, entity, index, false)
}

/** The role a name has where it stands. `nothing`: it only describes; `no-service`: it stands where a service must. */
function roleOf(
  scan: Scan,
  entity: Placeable,
  index: number,
  listed: boolean,
): Role | 'pending' | 'unclear' | 'nothing' | 'no-service' {
  const { zone, strict } = scan
  const service = entity.type === 'service'
  const source = entity.type === 'network' || entity.type === 'cidr'
  // "Bob from finance", "carol in support needs …": whoever stood last, placed or still waiting for the verb.
  const last = scan.pending.at(-1)?.entity.type ?? scan.placed.at(-1)?.ref.type
  const describes = entity.type === 'group' && last === 'person'
  if (zone === 'except') return service ? 'except-service' : 'except'
  if (zone === 'same') return 'same'
  if (zone === 'open') return 'pending'
  // "grafana in staging" is not grafana and staging, "wiki until Friday for the scanners" not wiki and scanners.
  if (
    service &&
    strict &&
    (zone === 'on' || (zone === 'for' && isTimeBetween(scan, index))) &&
    servicePlaced(scan) &&
    !listed
  )
    return 'unclear'
  if (service) return zone === 'via' && strict && !scan.revoking ? 'unclear' : 'service'
  if (source && (zone === 'via' || zone === 'on')) return 'via'
  if (source && (zone === 'to' || zone === 'reach' || zone === 'access') && !servicePlaced(scan)) return 'no-service'
  // "bob from finance", "carol in accounting" tell who somebody is; they add nobody.
  if ((zone === 'via' || zone === 'on') && describes && !scan.revoking) return 'nothing'
  if (strict && zone === 'via' && !scan.revoking) return 'unclear'
  return strict && (zone === 'access' || zone === 'reach') ? 'unclear' : 'subject'
}

/** Since the service that was named last. */
function isTimeBetween({ placed, items }: Scan, index: number): boolean {
  const last = placed.findLast(({ role }) => role === 'service')
  return last !== undefined && items.slice(last.item, index).some(isTime)
}

const servicePlaced = (scan: Scan): boolean =>
  scan.placed.some(({ role }) => role === 'service') || scan.pending.some(({ entity }) => entity.type === 'service')

function misplaced(scan: Scan, slot: 'subject' | 'service', id: string): void {
  if (scan.strict) scan.doubts.push({ slot, why: 'placement', words: id, candidates: [id] })
}

function placeLiteral(scan: Scan, item: Item & { is: 'literal' }, index: number): void {
  const { literal } = item
  const aside = scan.strict && (scan.zone === 'aside' || scan.zone === 'because')
  if (literal.is === 'cidr' && aside) misplaced(scan, 'subject', literal.cidr)
  else if (literal.is === 'cidr') placeEntity(scan, { type: 'cidr', id: literal.cidr }, index)
  else if (literal.is === 'address-doubt') scan.doubts.push({ slot: 'subject', why: 'invalid', words: literal.why })
  else if (literal.is === 'host') placeHost(scan, literal.host, index)
  else if (literal.is === 'path' && scan.strict && !aside)
    scan.doubts.push({ slot: 'port', why: 'restriction', words: literal.path })
  else if (literal.is === 'mention' && literal.slack === 'everyone' && !aside)
    readAll(scan, 'everybody', '@everyone', index)
  else if (aside && scan.murky && (literal.is === 'email' || literal.is === 'mention'))
    misplaced(scan, 'subject', literal.is)
  else if ((literal.is === 'email' || literal.is === 'mention') && !aside)
    placeAccount(scan, literal.is === 'email' ? literal.email : literal.slack, index)
}

/** An e-mail address or a Slack id: a person or a group of the catalogue, or nobody known. */
function placeAccount(scan: Scan, account: string, index: number): void {
  const known = scan.gazetteer.emails.get(account) ?? scan.gazetteer.slack.get(account)
  if (known) placeEntity(scan, known, index)
  else if (scan.strict) scan.doubts.push({ slot: 'subject', why: 'unknown', words: account })
}

function placeHost(scan: Scan, host: string, index: number): void {
  const service = scan.gazetteer.hosts.get(host)
  if (scan.strict && scan.zone === 'because') return
  scan.hosts.push(host)
  if (service !== undefined)
    place(scan, scan.zone === 'except' ? 'except-service' : 'service', { type: 'service', id: service }, index, false)
  else scan.doubts.push({ slot: 'service', why: 'unknown', words: host, candidates: nearest(scan, host, ['service']) })
}

/** Whether the word stands right behind "to" or "for", articles left out. */
function saysPurpose(items: readonly Item[], index: number): boolean {
  for (let i = index - 1; i >= 0; i--) {
    const item = items[i]
    if (item?.is !== 'word') return false
    if (item.class === 'to' || item.class === 'for') return true
    if (item.class !== 'filler') return false
  }
  return false
}

const nearest = (scan: Scan, words: string, types: readonly EntityType[]): readonly string[] =>
  nearestNames(words, types, scan.gazetteer).map(({ id }) => id)

/** A word nobody knows, where a name must stand: perhaps a misspelt name, else asked about. Elsewhere it is just talk. */
function readUnknown(scan: Scan, { word }: Item & { is: 'unknown' }, index: number): void {
  const { zone } = scan
  if (zone === 'because' || zone === 'aside') return
  const subjectKnown = scan.placed.some(({ role }) => role === 'subject')
  const listed = isListed(scan.items, index)
  const explains =
    (zone === 'for' && subjectKnown) ||
    ((zone === 'to' || zone === 'reach' || zone === 'access') && servicePlaced(scan))
  if (explains && !listed) {
    scan.zone = 'because'
    // "to prepare …", "for the audit of …" say why. Any other unknown word ("bar", "leaving out") may do something to the names behind it.
    scan.murky = !saysPurpose(scan.items, index)
    return
  }
  const next = scan.items[index + 1]
  const qualifies =
    next?.is === 'word' && next.class === 'access' && ((zone === 'give' && subjectKnown) || zone === 'open')
  const slot: Slot =
    zone === 'to' ||
    zone === 'reach' ||
    zone === 'access' ||
    qualifies ||
    (zone === 'on' && !servicePlaced(scan)) ||
    (zone === 'give' && subjectKnown)
      ? 'service'
      : 'subject'
  if ((zone === 'open' && !qualifies) || (!scan.strict && ['give', 'via', 'on', 'except'].includes(zone))) return
  scan.doubts.push({
    slot,
    why: 'unknown',
    words: word,
    candidates: nearest(scan, word, slot === 'service' ? ['service'] : SUBJECTS),
  })
}
