import { isListed, isTime, opensClause } from './beside.ts'
import { type EntityType, type Mention, nearestNames } from './gazetteer.ts'
import type { Slot } from './intent.ts'
import type { Item } from './items.ts'
import { readAll } from './narrowing-words.ts'
import { misplaced, pend, place, type Scan, servicePlaced } from './scan.ts'
import type { Placeable, Role } from './settle.ts'

const SUBJECTS: readonly EntityType[] = ['group', 'person', 'network']

/** A name of the catalogue: its type, its zone and what is already placed tell its role. */
export function placeMention(scan: Scan, mention: Mention, index: number): void {
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

export function placeLiteral(scan: Scan, item: Item & { is: 'literal' }, index: number): void {
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
export function readUnknown(scan: Scan, { word }: Item & { is: 'unknown' }, index: number): void {
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
