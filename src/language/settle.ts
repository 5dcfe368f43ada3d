import type { Entity } from './gazetteer.ts'
import type { Slot, SubjectRef } from './intent.ts'
import type { Item } from './items.ts'

/** Why a slot must be asked about. A model never settles a doubt; only the person does. */
export type Doubt = {
  readonly slot: Slot
  readonly why:
    | 'missing'
    | 'unknown'
    | 'ambiguous'
    | 'restriction'
    | 'everybody'
    | 'vague'
    | 'placement'
    | 'invalid'
    | 'disagreement'
  readonly words?: string
  readonly candidates?: readonly string[]
}

/** Who and what a clause names, each in its role. */
export type Roles = {
  readonly subjects: readonly SubjectRef[]
  readonly except: readonly SubjectRef[]
  readonly via: readonly SubjectRef[]
  readonly services: readonly string[]
  readonly exceptServices: readonly string[]
  readonly hosts: readonly string[]
  readonly devices: readonly string[]
  readonly sameAs?: string
  readonly allServices: boolean
  readonly doubts: readonly Doubt[]
  readonly flags: readonly string[]
}

/** Who speaks, and what `we` is. */
export type Speaker = { readonly id: string; readonly groups: readonly string[] }

/** What can be given a role: a name of the catalogue, or an address. */
export type Placeable = Entity | { readonly type: 'cidr'; readonly id: string }
export type Role = 'subject' | 'service' | 'via' | 'except' | 'except-service' | 'same'
/** A name in its role. `weak`: only the speaker, who gives way to anybody named. `blocked`: an unknown word makes it another name. */
export type Placed = {
  readonly role: Role
  readonly ref: SubjectRef | { readonly type: 'service'; readonly id: string }
  readonly weak?: boolean
  readonly item: number
  readonly blocked?: string
}
/** A clause as heard to its end. */
export type Heard = {
  readonly items: readonly Item[]
  readonly strict: boolean
  readonly speaker: Speaker
  readonly placed: Placed[]
  /** Names that stand where their role is not known: no verb has come. */
  readonly pending: { readonly entity: Placeable; readonly weak: boolean; readonly item: number }[]
  readonly doubts: Doubt[]
  readonly flags: string[]
  readonly hosts: string[]
  readonly devices: string[]
  /** Names in asides and reasons: nobody's access, unless the clause has no other subject. */
  readonly unheard: string[]
  readonly allServices: boolean
}

/** What the whole clause says, once every word has been heard. */
export function settleRoles(scan: Heard): Roles {
  const doubts = [...scan.doubts]
  for (const { entity } of scan.pending) {
    const slot = entity.type === 'service' ? 'service' : 'subject'
    doubts.push({ slot, why: 'placement', words: entity.id, candidates: [entity.id] })
  }
  for (const { blocked, role, ref } of scan.placed) {
    if (blocked !== undefined)
      doubts.push({
        slot: role.includes('service') ? 'service' : 'subject',
        why: 'unknown',
        words: `${ref.id} ${blocked}`,
        candidates: [ref.id],
      })
  }
  const placed = scan.placed.filter(({ blocked }) => blocked === undefined)
  const spoken = placed.some(({ role, weak }) => role === 'subject' && weak !== true)
  let subjects = refs(placed.filter(({ role, weak }) => role === 'subject' && !(weak && spoken)))
  if (subjects.some(({ id }) => id === '')) {
    subjects = subjects.filter(({ id }) => id !== '')
    doubts.push({ slot: 'subject', why: 'ambiguous', words: 'my team', candidates: scan.speaker.groups })
  }
  let via = refs(placed.filter(({ role }) => role === 'via'))
  // A source stands for the subject only when nobody else can be meant: "hey team carol, only over the vpn" is not the whole VPN.
  if (subjects.length === 0 && via.length > 0 && scan.unheard.length > 0)
    doubts.push({ slot: 'subject', why: 'ambiguous', candidates: scan.unheard })
  // "From lyon, except Bob, Carol would like …": whoever comes behind an exception may be the subject.
  const excepted = refs(placed.filter(({ role }) => role === 'except'))
  if (subjects.length === 0 && via.length > 0 && (excepted.length > 1 || excepted.some(({ type }) => isWho(type))))
    doubts.push({ slot: 'subject', why: 'ambiguous', candidates: excepted.map(({ id }) => id) })
  // "Open the pbx for her, only from the vpn": she is meant, whoever she is, and not the whole VPN.
  if (scan.strict && subjects.length === 0 && via.length > 0 && scan.items.some(saysSomebody))
    doubts.push({ slot: 'subject', why: 'ambiguous' })
  if (subjects.length === 0 && via.length > 0 && !doubts.some(({ slot }) => slot === 'subject'))
    [subjects, via] = [via, []]
  if (
    scan.strict &&
    crossed(placed.filter(({ role, weak }) => (role === 'subject' || role === 'service') && !(weak && spoken)))
  ) {
    doubts.push({ slot: 'subject', why: 'ambiguous' }, { slot: 'service', why: 'ambiguous' })
  }
  // "The auditors at Kestrel": one name for who, told by where they are.
  via = via.filter(({ type, id }) => !subjects.some((subject) => subject.type === type && subject.id === id))
  // "For Guy and Anne, except that for Guy …": who gets it and does not.
  const both = excepted.filter(({ type, id }) => subjects.some((subject) => subject.type === type && subject.id === id))
  if (scan.strict && both.length > 0)
    doubts.push({ slot: 'subject', why: 'ambiguous', candidates: both.map(({ id }) => id) })
  // Named and then left out in the same breath: left out.
  const left = ids(placed.filter(({ role }) => role === 'except-service'))
  const services = ids(placed.filter(({ role }) => role === 'service')).filter((id) => !left.includes(id))
  if (scan.strict && toldLater(scan.items, placed)) doubts.push({ slot: 'subject', why: 'placement' })
  if (scan.strict && (sideBySide(scan.items, placed) || aroundSomebody(scan.items, placed)))
    doubts.push({ slot: 'service', why: 'ambiguous', candidates: services })
  const same = placed.filter(({ role }) => role === 'same')
  const [sameAs] = same
  if (same.length > 1 || (sameAs && sameAs.ref.type !== 'person'))
    doubts.push({ slot: 'subject', why: 'ambiguous', words: sameAs?.ref.id ?? '' })
  return {
    subjects,
    via,
    services,
    except: refs(placed.filter(({ role }) => role === 'except')),
    exceptServices: left,
    hosts: [...new Set(scan.hosts)],
    devices: [...new Set(scan.devices)],
    allServices: scan.allServices,
    ...(sameAs && sameAs.ref.type === 'person' ? { sameAs: sameAs.ref.id } : {}),
    doubts,
    flags: scan.flags,
  }
}

const SOMEBODY =
  /^(?:her|him|them|she|he|they|ihr|ihm|ihnen|sie|er|lui|leur|ella|ellos|ellas|elle|elles)$|[a-z](?:da|ba|na|re|ga|ar|er|ir)les?$|^(?:da|pon)les?$|-(?:lui|leur)$/
/** Somebody is meant who is not named. Before a name, "le" is an article. */
const saysSomebody = (item: Item, i: number, items: readonly Item[]): boolean =>
  (item.is === 'word' || item.is === 'unknown') &&
  (SOMEBODY.test(item.word) || (/^les?$/.test(item.word) && items[i + 1]?.is !== 'name'))
const isWho = (type: SubjectRef['type']): boolean => type === 'person' || type === 'group'

/** Two pairs in one clause ("alice grafana and bob wiki"): granting everything to everybody would be too much. */
function crossed(placed: readonly Placed[]): boolean {
  const ordered = [...placed].sort((a, b) => a.item - b.item)
  const runs = ordered.filter(({ role }, i) => role !== ordered[i - 1]?.role).map(({ role }) => role)
  return runs.filter((role) => role === 'subject').length > 1 || runs.filter((role) => role === 'service').length > 2
}

/** Two different services without anything between them ("the payments api"): one of them, or a third thing. */
function sideBySide(items: readonly Item[], placed: readonly Placed[]): boolean {
  return placed.some(({ item, ref, role }) => {
    const next = placed.find((other) => other.item === item + 1)
    return next !== undefined && next.role === role && next.ref.id !== ref.id && items[item + 1]?.is === 'name'
  })
}

/** "Open wiki for Dana until Friday? She covers for Bob.": who is named in a later sentence that asks for nothing may only be told of. */
function toldLater(items: readonly Item[], placed: readonly Placed[]): boolean {
  const subjects = placed.filter(({ role, weak }) => role === 'subject' && weak !== true)
  return subjects.some(({ item, ref }) => {
    const from = items.findLastIndex((other, i) => i < item && other.is === 'stop')
    if (from < 0 || !subjects.some((other) => other.item < from && other.ref.id !== ref.id)) return false
    const next = items.findIndex((other, i) => i > item && other.is === 'stop')
    const end = next < 0 ? items.length : next
    const sentence = items.slice(from + 1, end)
    const asks = sentence.some(
      (other) => other.is === 'word' && ['give', 'take', 'stretch', 'need', 'access'].includes(other.class),
    )
    const serves = placed.some((other) => other.role === 'service' && other.item > from && other.item < end)
    return !asks && !serves && sentence.some(({ is }) => is === 'unknown')
  })
}

/** "Status carol needs grafana": a service on either side of whoever gets it, with nothing that lists them, may be another word. */
function aroundSomebody(items: readonly Item[], placed: readonly Placed[]): boolean {
  const ordered = [...placed]
    .filter(({ role, weak }) => role === 'service' || (role === 'subject' && weak !== true))
    .sort((a, b) => a.item - b.item)
  return ordered.some(({ role, item, ref }, i) => {
    const subject = ordered[i - 1]
    const first = ordered.slice(0, i).find((other) => other.role === 'service')
    if (role !== 'service' || subject?.role !== 'subject' || first === undefined || first.ref.id === ref.id)
      return false
    const between = items.slice(subject.item + 1, item)
    return (
      !between.some(({ is }) => is === 'comma' || is === 'stop') &&
      !between.some((other) => other.is === 'word' && other.class === 'and')
    )
  })
}

function refs(placed: readonly Placed[]): readonly SubjectRef[] {
  const found = new Map<string, SubjectRef>()
  for (const { ref } of placed) if (ref.type !== 'service') found.set(`${ref.type}:${ref.id}`, ref)
  return [...found.values()]
}

const ids = (placed: readonly Placed[]): readonly string[] => [...new Set(placed.map(({ ref }) => ref.id))]
