import { type Act, splitActs } from './acts.ts'
import { type Calendar, readCalendar } from './calendar.ts'
import { withoutClaims } from './claims.ts'
import type { LanguageContext } from './context.ts'
import { withCorrections } from './corrections.ts'
import { type Gazetteer, readGazetteer } from './gazetteer.ts'
import { hostileFlags } from './hostile.ts'
import { impliedSpeaker } from './implied-speaker.ts'
import { type Intent, type IntentKind, SLOTS, type Slot, type SubjectRef } from './intent.ts'
import { type Item, readItems } from './items.ts'
import { heardTogether } from './later-acts.ts'
import { readNewService } from './new-service.ts'
import { normalise } from './normalise.ts'
import { askedPorts, barePorts, portsOf, reasonOf, timesOf } from './particulars.ts'
import { withPlaces } from './places.ts'
import { residualDoubts } from './residual.ts'
import { placeRoles } from './roles.ts'
import { withSameness } from './same-as.ts'
import type { Doubt, Roles, Speaker } from './settle.ts'
import { withoutTalk } from './talk.ts'
import { MONTHS, WEAK_WEEKDAYS, WEEKDAY_NUMBERS } from './time-words.ts'
import { withoutTold } from './told.ts'
import { unreadDoubts } from './unread.ts'
import { withVerbs } from './verbs.ts'
import { windowOf } from './window.ts'

/** What one act of a message was understood to be, and every reason to ask. */
export type Reading = { readonly intent: Intent; readonly doubts: readonly Doubt[] }

/** The built-in interpreter: message → intent, by rules alone. It asks where it is not sure; it never guesses. */
export function interpret(text: string, context: LanguageContext): Intent {
  return joinReadings(readMessage(text, context))
}

/** Several acts of one message as one intent with its further intents. */
export function joinReadings(readings: readonly Reading[]): Intent {
  const [first, ...more] = readings.map(({ intent }) => intent)
  if (first === undefined) return { kind: 'out-of-scope' }
  return more.length === 0 ? first : { ...first, additional: more }
}

const MOST_ACTS = 8

/** Every act of the message, in order, with the doubts behind its questions. */
export function readMessage(text: string, context: LanguageContext): readonly Reading[] {
  const message = normalise(text, context.bot)
  const gazetteer = readGazetteer(context)
  const calendar = readCalendar(context.catalog, context.now)
  const speaker: Speaker = {
    id: context.requester,
    groups: context.catalog.groups.filter(({ members }) => members.includes(context.requester)).map(({ id }) => id),
  }
  const said = readItems(message, gazetteer, calendar, context.catalog.ticketPatterns)
  const corrected = withCorrections(said, { folded: message.folded, calendar })
  const told = withoutTold(withSameness(corrected.items))
  const { items: claimless, ...claimed } = withoutClaims(told, message.text, context.requester)
  const items = withoutTalk(claimless, message.text, context.requester)
  const flags = [...new Set([...hostileFlags(message), ...claimed.flags])]
  const acts = splitActs(items, message.quoted.length > 0)
  const readings = heardTogether(
    acts
      .slice(0, MOST_ACTS)
      .map((act) => readAct(act, message.text, { services: context.services, gazetteer, calendar, speaker })),
  )
  // What lies beyond the longest message is unread, and might narrow.
  const cut: readonly Doubt[] =
    message.cut || acts.length > MOST_ACTS
      ? [{ slot: 'subject', why: 'restriction', words: 'a very long message' }]
      : []
  return readings.map(({ intent, doubts }) =>
    withDoubts(flags.length > 0 ? { ...intent, flags: [...new Set([...(intent.flags ?? []), ...flags])] } : intent, [
      ...doubts,
      ...cut,
      ...(CHANGES.has(intent.kind) ? corrected.doubts : []),
      ...(CHANGES.has(intent.kind) ? claimed.doubts : []),
    ]),
  )
}

const CHANGES: ReadonlySet<IntentKind> = new Set(['grant', 'extend', 'revoke'])

type Tools = {
  readonly services: LanguageContext['services']
  readonly gazetteer: Gazetteer
  readonly calendar: Calendar
  readonly speaker: Speaker
}

function readAct(act: Act, text: string, tools: Tools): Reading {
  const { kind } = act
  const items = withPlaces(withVerbs(act.items, kind), text)
  if (kind === 'help' || kind === 'out-of-scope') return { intent: { kind }, doubts: [] }
  if (kind === 'drift') return readDrift(items)
  const strict = kind === 'grant' || kind === 'extend' || kind === 'revoke'
  const roles = placeRoles(
    items,
    { strict, revoking: kind === 'revoke', holding: kind === 'revoke' || kind === 'extend' },
    tools.speaker,
    tools.gazetteer,
  )
  if (kind === 'onboard-service') return readNewService(items, text, roles)
  return strict
    ? readChange(kind, items, text, impliedSpeaker(roles, items, tools.speaker), tools)
    : readQuestion(kind, items, roles, tools)
}

function readDrift(items: readonly Item[]): Reading {
  const devices = items.flatMap((item) =>
    item.is === 'name' ? item.mention.entities.filter(({ type }) => type === 'device').map(({ id }) => id) : [],
  )
  const services = items.flatMap((item) =>
    item.is === 'name' && item.mention.entities.length === 1
      ? item.mention.entities.filter(({ type }) => type === 'service').map(({ id }) => id)
      : [],
  )
  const since = items.find(
    (item) => item.is === 'time' && item.time.role === 'since' && item.time.window.start !== undefined,
  )
  return {
    intent: {
      kind: 'drift',
      ...filled('devices', [...new Set(devices)]),
      ...filled('services', [...new Set(services)]),
      ...(since?.is === 'time' ? { window: since.time.window } : {}),
    },
    doubts: [],
  }
}

function readQuestion(kind: IntentKind, items: readonly Item[], roles: Roles, tools: Tools): Reading {
  const own: SubjectRef = { type: 'person', id: tools.speaker.id }
  const doubts = roles.doubts.filter(
    ({ why, slot }) =>
      (why === 'ambiguous' || (why === 'unknown' && !(slot === 'service' && roles.services.length > 0))) &&
      (slot !== 'subject' || kind === 'diagnose'),
  )
  const mine = kind === 'diagnose' ? items.some(saysI) : kind === 'status' && items.some(saysMine)
  const subjects = roles.subjects.length === 0 && mine ? [own] : roles.subjects
  const nothing = roles.services.length + roles.hosts.length === 0 && !doubts.some(({ slot }) => slot === 'service')
  const missing: readonly Doubt[] = kind === 'diagnose' && nothing ? [{ slot: 'service', why: 'missing' }] : []
  // The answer for a whole service is no answer about one of its ports.
  const bare = askedPorts(items, offeredBy(roles, tools))
  const unread = kind === 'diagnose' ? bare.unread : []
  return {
    intent: {
      kind,
      ...rolesOf({ ...roles, subjects }),
      ...filled('ports', [...new Set([...portsOf(items), ...bare.ports])]),
    },
    doubts: [...doubts, ...missing, ...unread.map((words): Doubt => ({ slot: 'port', why: 'restriction', words }))],
  }
}

const offeredBy = (roles: Roles, { services }: Tools): readonly string[] =>
  services.filter(({ id }) => roles.services.includes(id)).flatMap(({ ports }) => ports)

/** Verbs whose ending says who speaks: "no puedo entrar". */
const saysMine = (item: Item): boolean => 'word' in item && /^(?:ai-je|tengo|habe|puedo|puis-je|mi)$/.test(item.word)
const saysI = (item: Item): boolean =>
  'word' in item && /^(?:puedo|necesito|quiero|komme|erreiche|kriege|mir|me|moi|mi)$/.test(item.word)

/** Grant, extend, revoke: everything that narrows is consumed by a field or becomes a question. */
function readChange(kind: IntentKind, items: readonly Item[], text: string, roles: Roles, tools: Tools): Reading {
  const bare = barePorts(items, offeredBy(roles, tools))
  const doubts: Doubt[] = roles.doubts.filter(({ slot, words }) => !(slot === 'port' && bare.has(words ?? '')))
  const missing = (slot: Slot): void => {
    if (!doubts.some((doubt) => doubt.slot === slot)) doubts.push({ slot, why: 'missing' })
  }
  const everything = roles.allServices && kind === 'revoke'
  // "Pilar no longer works in billing, take everything away": what is named may be more, or less, than everything.
  if (everything && roles.services.length > 0)
    doubts.push({ slot: 'service', why: 'ambiguous', candidates: roles.services })
  if (roles.allServices && !everything) doubts.push({ slot: 'service', why: 'everybody' })
  if (roles.subjects.length === 0) missing('subject')
  if (roles.services.length === 0 && !everything && roles.sameAs === undefined) missing('service')
  const times = timesOf(items)
  const { window, doubt } = windowOf(times.counted, tools.calendar)
  if (doubt !== undefined || times.unclear) doubts.push({ slot: 'window', why: 'vague', words: doubt ?? 'when' })
  if (kind === 'extend' && window === undefined) missing('window')
  if (kind === 'extend' && window !== undefined && window.end === undefined && window.duration === undefined)
    missing('window')
  for (const item of items) {
    if (item.is === 'literal' && item.literal.is === 'port-doubt')
      doubts.push({ slot: 'port', why: 'vague', words: item.literal.why })
    if (item.is === 'unknown' && PART_OF_DAY.test(item.word))
      doubts.push({ slot: 'window', why: 'restriction', words: item.word })
    if (
      item.is === 'unknown' &&
      (WEEKDAY_NUMBERS.has(item.word) || MONTHS.has(item.word)) &&
      !WEAK_WORDS.has(item.word)
    )
      doubts.push({ slot: 'window', why: 'restriction', words: item.word })
  }
  const ticket = items.find((item) => item.is === 'literal' && item.literal.is === 'ticket')
  const why = reasonOf(items, text)
  const intent: Intent = {
    kind,
    ...rolesOf(roles),
    ...(everything && roles.services.length === 0 ? { allServices: true } : {}),
    ...filled('ports', [...new Set([...portsOf(items), ...bare.values()])]),
    ...(window === undefined || doubts.some(({ slot }) => slot === 'window') ? {} : { window }),
    ...(ticket?.is === 'literal' && ticket.literal.is === 'ticket' ? { ticket: ticket.literal.ticket } : {}),
    ...(why === undefined ? {} : { reason: why }),
  }
  return { intent, doubts: [...doubts, ...residualDoubts(items, text, intent), ...unreadDoubts(items, text)] }
}

/** Parts of a day that no time took up: they narrow, and nobody knows by how much. */
const PART_OF_DAY =
  /^(?:morning|mornings|afternoon|afternoons|evening|evenings|night|nights|abends?|morgens|vormittags?|nachmittags?|nachts?|soir|soiree|matin|matinee|nuit|noche|tarde|mediodia)$/

/** Words that are a day or a month only beside a time word. */
const WEAK_WORDS = new Set([
  ...[...WEAK_WEEKDAYS].filter((word) => !['sat', 'sun', 'mon', 'wed'].includes(word)),
  'may',
  'mai',
  'march',
  'mars',
])

function rolesOf(roles: Roles): Partial<Intent> {
  return {
    ...filled('subjects', roles.subjects),
    ...filled('except', roles.except),
    ...filled('via', roles.via),
    ...filled('services', roles.services),
    ...filled('exceptServices', roles.exceptServices),
    ...(roles.sameAs === undefined ? {} : { sameAs: roles.sameAs }),
    ...filled('hosts', roles.hosts),
    ...filled('flags', roles.flags),
  }
}

function filled<K extends string, T>(key: K, values: readonly T[]): { [P in K]?: T[] } {
  const record: { [P in K]?: T[] } = {}
  if (values.length > 0) record[key] = [...values]
  return record
}

/** Writes the doubts into the intent: the open slots, what they may be, and the words nobody knew. */
export function withDoubts(intent: Intent, doubts: readonly Doubt[]): Reading {
  if (doubts.length === 0) return { intent, doubts }
  const open = SLOTS.filter((slot) => doubts.some((doubt) => doubt.slot === slot))
  const candidates: Record<string, string[]> = {}
  for (const { slot, candidates: known = [] } of doubts) {
    if (known.length > 0) candidates[slot] = [...new Set([...(candidates[slot] ?? []), ...known])].slice(0, 5)
  }
  const unresolved = doubts.flatMap(({ why, words }) => (why === 'unknown' && words ? [words] : []))
  return {
    doubts,
    intent: {
      ...intent,
      needsClarification: open,
      ...(Object.keys(candidates).length > 0 ? { candidates } : {}),
      ...filled('unresolved', [...new Set(unresolved)]),
    },
  }
}
