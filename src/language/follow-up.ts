import { Temporal } from 'temporal-polyfill'
import { isName } from './beside.ts'
import { type Calendar, printMoment, readCalendar } from './calendar.ts'
import { type Cues, callsOff, OPENS, readCues } from './change-words.ts'
import { withoutClaims } from './claims.ts'
import type { LanguageContext } from './context.ts'
import { readGazetteer } from './gazetteer.ts'
import { hostileFlags } from './hostile.ts'
import type { Intent, Slot, SubjectRef, Window } from './intent.ts'
import { type Reading, readMessage, withDoubts } from './interpret.ts'
import { type Item, readItems } from './items.ts'
import { normalise } from './normalise.ts'
import { barePorts, portsOf, reasonOf, timesOf } from './particulars.ts'
import { residualDoubts } from './residual.ts'
import { placeRoles } from './roles.ts'
import type { Doubt, Roles } from './settle.ts'
import { windowOf } from './window.ts'

/** What a message in a thread does to what was asked there before: call it off, or change it. `intent` may have open questions. */
export type FollowUp =
  | { readonly does: 'cancel' }
  /** `adds`: what is still open comes on top of what was named before, and takes nobody's place. */
  | { readonly does: 'edit'; readonly intent: Intent; readonly adds: boolean }

/**
 * Reads a message as a change of an earlier intent: "make it two weeks", "also kibana", "not for bob". Undefined when it stands on
 * its own, or says nothing that the earlier intent could take. What is not clearly a replacement or an addition is asked about.
 */
export function readFollowUp(text: string, earlier: Intent, context: LanguageContext): FollowUp | undefined {
  const message = normalise(text, context.bot)
  if (callsOff(message.folded)) return { does: 'cancel' }
  if (message.quoted.length > 0 || standsAlone(readMessage(text, context))) return undefined
  const cues = readCues(message)
  const calendar = readCalendar(context.catalog, context.now)
  const { rest } = cues
  const { items, ...claimed } = withoutClaims(
    readItems(rest, readGazetteer(context), calendar, context.catalog.ticketPatterns),
    rest.text,
    context.requester,
  )
  if (items.some((item) => item.is === 'stop' && item.question) && items.some(asksWhy)) return undefined
  const edit = editOf(cues, items, earlier, context, calendar)
  if (edit === undefined) return undefined
  const flags = [...hostileFlags(message), ...claimed.flags]
  const narrowed = residualDoubts(items, rest.text, edit.intent)
  const { intent } = withDoubts(edit.intent, [...edit.doubts, ...claimed.doubts, ...narrowed])
  const all = [...new Set([...(intent.flags ?? []), ...flags])]
  return { does: 'edit', intent: all.length > 0 ? { ...intent, flags: all } : intent, adds: cues.adds }
}

/** Whether these are words that change something said before, when nothing is there that they could change. */
export function soundsLikeFollowUp(text: string, context: LanguageContext): boolean {
  const message = normalise(text, context.bot)
  const { folded } = message
  if (callsOff(folded)) return true
  const { by, reads, takes } = readCues(message)
  return folded.length < 120 && (OPENS.test(folded) || by !== undefined || reads || (takes && folded.length < 40))
}

const CHANGES: readonly string[] = ['grant', 'revoke', 'extend', 'onboard-service', 'diagnose', 'status', 'drift']

/** A whole request or question of its own changes nothing that was asked before. */
function standsAlone(readings: readonly Reading[]): boolean {
  return readings.some(({ intent }) => {
    if (!CHANGES.includes(intent.kind)) return false
    if (intent.kind !== 'grant' && intent.kind !== 'extend' && intent.kind !== 'revoke') return true
    const who = (intent.subjects?.length ?? 0) > 0 || intent.sameAs !== undefined
    const what = (intent.services?.length ?? 0) + (intent.hosts?.length ?? 0) > 0 || intent.allServices === true
    return who && what
  })
}

const asksWhy = (item: Item): boolean => /^(?:why|how|what|who|warum|wie|wer|por|pourquoi)$/.test(wordOf(item))
const wordOf = (item: Item): string => (item.is === 'word' || item.is === 'unknown' ? item.word : '')

/** The verb that a fragment leaves out, so that what follows is heard as in a request. */
const VERB: Item = { is: 'word', class: 'give', word: 'give', at: 0, to: 0 }

function editOf(
  cues: Cues,
  items: readonly Item[],
  earlier: Intent,
  context: LanguageContext,
  calendar: Calendar,
): Reading | undefined {
  const speaker = {
    id: context.requester,
    groups: context.catalog.groups.filter(({ members }) => members.includes(context.requester)).map(({ id }) => id),
  }
  const how = { strict: true, revoking: false, holding: false }
  const roles = asSource(placeRoles([VERB, ...items], how, speaker, readGazetteer(context)), items, earlier)
  const { counted, unclear } = timesOf(items)
  const offered = context.services
    .filter(({ id }) => [...roles.services, ...(earlier.services ?? [])].includes(id))
    .flatMap((service) => service.ports)
  const bare = barePorts(items, offered)
  const ports = [...new Set([...portsOf(items), ...bare.values()])]
  const ticket = items.find((item) => item.is === 'literal' && item.literal.is === 'ticket')
  const doubted = roles.doubts.filter(({ slot, words }) => !(slot === 'port' && bare.has(words ?? '')))
  const heard = asAdded(doubted, items, cues)
  const unusual = roles.allServices || roles.sameAs !== undefined
  const restricts = unusual || heard.some(({ why }) => why === 'restriction' || why === 'everybody')
  const reason = reasonOf(items, cues.rest.text)
  const changes = cues.adds || cues.replaces || cues.takes || cues.swaps
  // "Thanks for giving bob access to wiki" tells; a correction that names both says that it is one.
  const whole = roles.subjects.length > 0 && roles.services.length > 0
  if (whole && !changes) return undefined
  const unknown = changes && heard.some(({ why }) => why === 'unknown')
  const named = unknown || items.some((item) => isName(item)) || roles.subjects.length + roles.exceptServices.length > 0
  const timed = counted.length > 0 || unclear || cues.by !== undefined
  if (!named && !restricts && !ticket && !timed && ports.length === 0 && !cues.reads && reason === undefined)
    return undefined
  const doubts = [...withoutBareOnly(heard), ...unfit(roles, items)]
  const { window, doubt } = timed ? changedWindow(earlier, counted, cues, calendar) : { window: earlier.window }
  if (doubt !== undefined || unclear) doubts.push({ slot: 'window', why: 'vague', words: doubt ?? 'when' })
  const changed = changedNames(cues, roles, earlier)
  const left = changedPorts(cues, ports, earlier)
  if (cues.reads && !speakHttp(changed.fields.services ?? [], context))
    doubts.push({ slot: 'port', why: 'restriction', words: 'only reading' })
  const open = (earlier.needsClarification ?? []).filter((slot) => !answers(slot, roles, timed, ports))
  const flags = [...new Set([...(earlier.flags ?? []), ...roles.flags])]
  return {
    intent: {
      ...unchanged(earlier, roles),
      ...changed.fields,
      ...(window === undefined || doubts.some(({ slot }) => slot === 'window') ? {} : { window }),
      ...(left.ports.length > 0 ? { ports: [...left.ports] } : {}),
      ...(cues.reads ? { methods: ['GET', 'HEAD'] } : {}),
      ...(roles.via.length > 0 ? { via: withAll(cues.adds ? (earlier.via ?? []) : [], roles.via) } : {}),
      ...(ticket?.is === 'literal' && ticket.literal.is === 'ticket' ? { ticket: ticket.literal.ticket } : {}),
      ...(reason === undefined ? {} : { reason }),
      ...(flags.length > 0 ? { flags } : {}),
    },
    doubts: [
      ...doubts,
      ...changed.doubts,
      ...left.doubts,
      ...open.map((slot): Doubt => ({ slot, why: 'missing', candidates: earlier.candidates?.[slot] ?? [] })),
    ],
  }
}

/** Only what speaks HTTP has methods that read and change nothing. Where that is not plain from the catalogue, it is asked. */
function speakHttp(ids: readonly string[], { services }: LanguageContext): boolean {
  return services
    .filter(({ id }) => ids.includes(id))
    .every(({ ports, health }) => health?.path !== undefined || ports.every((port) => HTTP_PORTS.has(port)))
}
const HTTP_PORTS: ReadonlySet<string> = new Set(['tcp/80', 'tcp/443', 'tcp/8080', 'tcp/8443'])

/** "also kibana": what comes on top and is led by no "for" is a service, also when nobody knows it. */
function asAdded(doubts: readonly Doubt[], items: readonly Item[], { adds }: Cues): readonly Doubt[] {
  const led = items.some((item) => item.is === 'word' && item.class === 'for')
  return doubts.map((doubt) =>
    adds && !led && doubt.why === 'unknown' && doubt.slot === 'subject'
      ? { ...doubt, slot: 'service', candidates: [] }
      : doubt,
  )
}

/** "only from the vpn" narrows those who were named before; by itself it would be heard as who is meant. */
function asSource(roles: Roles, items: readonly Item[], earlier: Intent): Roles {
  const led = items.some((item) => item.is === 'word' && item.class === 'via')
  const places = roles.subjects.every(({ type }) => type === 'network' || type === 'cidr')
  if (!led || !places || roles.subjects.length === 0 || !earlier.subjects?.length) return roles
  return { ...roles, subjects: [], via: [...roles.via, ...roles.subjects] }
}

/** In a correction "only" says what the rest of it says; alone it says nothing. */
function withoutBareOnly(doubts: readonly Doubt[]): Doubt[] {
  return doubts.filter(({ why, words }) => !(why === 'restriction' && ONLY.test(words ?? '')))
}
const ONLY = /^(?:only|just|solely|exclusively|nur|ausschlie.*|solo|solamente|unicamente|seulement|uniquement)$/

/** What a change of an earlier request has no place for is asked about. */
function unfit(roles: Roles, items: readonly Item[]): readonly Doubt[] {
  return [
    ...(roles.sameAs === undefined ? [] : [{ slot: 'service', why: 'placement' } as const]),
    ...(roles.allServices ? [{ slot: 'service', why: 'everybody' } as const] : []),
    ...items.flatMap((item) =>
      item.is === 'literal' && item.literal.is === 'port-doubt'
        ? [{ slot: 'port', why: 'vague', words: item.literal.why } as const]
        : [],
    ),
  ]
}

/** What of the earlier intent this message leaves alone. A host names a service too, so it goes when services change. */
function unchanged(earlier: Intent, roles: Roles): Intent {
  const {
    needsClarification,
    candidates,
    unresolved,
    window,
    additional,
    subjects,
    services,
    except,
    hosts,
    ports,
    ...kept
  } = earlier
  const same = roles.services.length + roles.exceptServices.length === 0
  return { ...kept, ...(same && hosts ? { hosts } : {}) }
}

/** A slot that was asked about is answered by exactly its kind of words. */
function answers(slot: Slot, roles: Roles, timed: boolean, ports: readonly string[]): boolean {
  if (slot === 'subject') return roles.subjects.length > 0
  if (slot === 'service') return roles.services.length > 0
  if (slot === 'window') return timed
  return slot === 'port' && ports.length > 0
}

function changedWindow(
  earlier: Intent,
  times: Parameters<typeof windowOf>[0],
  cues: Cues,
  calendar: Calendar,
): { readonly window?: Window | undefined; readonly doubt?: string } {
  const lengths = times.flatMap(({ length }) => (length === undefined ? [] : [length]))
  const [length, another] = lengths
  const more = cues.by ?? (!cues.most && times.some((time) => time.more) ? 'longer' : undefined)
  if (more !== undefined && length !== undefined && another === undefined && times.length === 1)
    return movedEnd(earlier.window, Temporal.Duration.from(length), more, calendar)
  if (times.length === 0) return { doubt: 'how long' }
  const { start, end, duration, precision = 'day' } = earlier.window ?? {}
  const begins = times.some((time) => time.window.start !== undefined)
  const held =
    start !== undefined && !begins ? [{ at: 0, to: 0, role: 'start' as const, window: { start, precision } }] : []
  const said = windowOf([...held, ...times], calendar)
  if (cues.ends && said.window?.start !== undefined && said.window.end !== undefined)
    return { window: { ...(start === undefined ? {} : { start }), ...withoutStart(said.window) } }
  if (said.doubt !== undefined || said.window?.end !== undefined || said.window?.duration !== undefined) return said
  // Only the beginning was said; the end that was agreed stays.
  const first = said.window?.start
  const last =
    first !== undefined && duration !== undefined ? printMoment(momentOf(first, calendar).add(duration)) : end
  if (last === undefined) return { window: said.window ?? earlier.window }
  if (first !== undefined && Date.parse(last) <= Date.parse(first)) return { doubt: 'that ends before it begins' }
  return { window: { ...(first === undefined ? {} : { start: first }), end: last, precision } }
}

const momentOf = (iso: string, { zone }: Calendar): Temporal.ZonedDateTime =>
  Temporal.Instant.from(iso).toZonedDateTimeISO(zone)

const withoutStart = ({ start: _start, ...rest }: Window): Window => rest

/** "a week longer" counts from the end that was asked for. Where none was, nobody can say from when. */
function movedEnd(
  window: Window | undefined,
  by: Temporal.Duration,
  way: 'longer' | 'shorter',
  calendar: Calendar,
): { readonly window?: Window; readonly doubt?: string } {
  const change = way === 'longer' ? by : by.negated()
  if (window?.end !== undefined) {
    const end = momentOf(window.end, calendar).add(change)
    return { window: { ...window, end: printMoment(end) } }
  }
  if (window?.duration === undefined) return { doubt: 'longer than what' }
  const until = calendar.now.add(window.duration).add(change)
  if (Temporal.ZonedDateTime.compare(until, calendar.now) <= 0) return { doubt: 'that leaves no time' }
  return { window: { ...window, duration: calendar.now.until(until, { largestUnit: 'days' }).toString() } }
}

/** Which ports are left: those that are named come, or go. */
function changedPorts(
  { takes, adds }: Cues,
  said: readonly string[],
  { ports = [] }: Intent,
): { readonly ports: readonly string[]; readonly doubts: readonly Doubt[] } {
  if (said.length === 0) return { ports, doubts: [] }
  if (!takes) return { ports: adds ? [...new Set([...ports, ...said])] : said, doubts: [] }
  const left = ports.filter((port) => !said.includes(port))
  // Where none was named, taking one away leaves whatever else the service offers, and only a person can say what that is.
  return left.length > 0 && left.length < ports.length
    ? { ports: left, doubts: [] }
    : { ports, doubts: [{ slot: 'port', why: 'restriction', words: said.join(', ') }] }
}

/** Who and what the earlier intent names after this message. Names that neither replace nor add nor take away are asked about. */
function changedNames(
  cues: Cues,
  roles: Roles,
  earlier: Intent,
): { readonly fields: Partial<Intent>; readonly doubts: readonly Doubt[] } {
  const doubts: Doubt[] = []
  const subjects = changedList('subject', earlier, cues, doubts, {
    old: earlier.subjects ?? [],
    said: roles.subjects,
    taken: roles.except,
    key: refKey,
  })
  const services = changedList('service', earlier, cues, doubts, {
    old: earlier.services ?? [],
    said: roles.services,
    taken: roles.exceptServices,
    key: (id) => id,
  })
  const excepted = roles.except.filter((ref) => !(earlier.subjects ?? []).some((old) => refKey(old) === refKey(ref)))
  const except = [...(earlier.except ?? []), ...excepted].filter(
    (ref) => !subjects.some((said) => refKey(said) === refKey(ref)),
  )
  return {
    doubts,
    fields: {
      ...(subjects.length > 0 ? { subjects } : {}),
      ...(services.length > 0 ? { services } : {}),
      ...(except.length > 0 ? { except } : {}),
    },
  }
}

function changedList<T>(
  slot: 'subject' | 'service',
  earlier: Intent,
  { adds, replaces, takes, swaps }: Cues,
  doubts: Doubt[],
  list: { old: readonly T[]; said: readonly T[]; taken: readonly T[]; key: (value: T) => string },
): T[] {
  const { old, key } = list
  const has = (values: readonly T[], value: T): boolean => values.some((other) => key(other) === key(value))
  const known = list.said.filter((value) => has(old, value))
  const fresh = list.said.filter((value) => !has(old, value))
  // Words that take away, or exchange, take away what was named before.
  const goes = (swaps && fresh.length > 0) || (takes && !adds && !swaps)
  const said = goes ? fresh : list.said
  const taken = goes ? [...list.taken, ...known] : list.taken
  const left = old.filter((value) => !has(taken, value))
  const ask = (why: Doubt['why']): T[] => {
    doubts.push({ slot, why, candidates: [...said, ...left].map(key) })
    return left
  }
  const open = earlier.needsClarification?.includes(slot) ?? false
  if (said.length === 0) {
    if (left.length === 0 && old.length > 0) doubts.push({ slot, why: 'missing' })
    return left
  }
  if (swaps) return known.length > 0 || list.taken.length > 0 ? [...left, ...said] : ask('ambiguous')
  if (replaces || open || old.length === 0) return [...said]
  // "not data, finance": one goes and the other comes. "remove wiki", which was never asked for, is no wish to have it.
  if (takes && !adds) return taken.length > 0 && left.length < old.length ? [...left, ...said] : ask('ambiguous')
  if (!adds) return ask('ambiguous')
  return [...left, ...said.filter((value) => !has(left, value))]
}

const withAll = (old: readonly SubjectRef[], said: readonly SubjectRef[]): SubjectRef[] => [
  ...old.filter((one) => !said.some((other) => refKey(other) === refKey(one))),
  ...said,
]

const refKey = (ref: SubjectRef): string => ref.id
