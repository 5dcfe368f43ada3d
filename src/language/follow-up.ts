import { Temporal } from 'temporal-polyfill'
import { isName } from './beside.ts'
import { type Calendar, printMoment, readCalendar } from './calendar.ts'
import { ADDS, CANCEL, OPENS, REPLACES, TAKES, withoutCues } from './change-words.ts'
import { withoutClaims } from './claims.ts'
import type { LanguageContext } from './context.ts'
import { readGazetteer } from './gazetteer.ts'
import { hostileFlags } from './hostile.ts'
import type { Intent, Slot, SubjectRef, Window } from './intent.ts'
import { type Reading, readMessage, withDoubts } from './interpret.ts'
import { type Item, readItems } from './items.ts'
import { type NormalMessage, normalise } from './normalise.ts'
import { barePorts, portsOf, timesOf } from './particulars.ts'
import { residualDoubts } from './residual.ts'
import { placeRoles } from './roles.ts'
import type { Doubt, Roles } from './settle.ts'
import { windowOf } from './window.ts'

/** What a message in a thread does to what was asked there before: call it off, or change it. `intent` may have open questions. */
export type FollowUp = { readonly does: 'cancel' } | { readonly does: 'edit'; readonly intent: Intent }

/**
 * Reads a message as a change of an earlier intent: "make it two weeks", "also kibana", "not for bob". Undefined when it stands on
 * its own, or says nothing that the earlier intent could take. What is not clearly a replacement or an addition is asked about.
 */
export function readFollowUp(text: string, earlier: Intent, context: LanguageContext): FollowUp | undefined {
  const message = normalise(text, context.bot)
  if (CANCEL.test(message.folded)) return { does: 'cancel' }
  if (message.quoted.length > 0 || standsAlone(readMessage(text, context))) return undefined
  const rest = withoutCues(message)
  const calendar = readCalendar(context.catalog, context.now)
  const { items, ...claimed } = withoutClaims(
    readItems(rest, readGazetteer(context), calendar, context.catalog.ticketPatterns),
    rest.text,
    context.requester,
  )
  if (items.some((item) => item.is === 'stop' && item.question) && items.some(asksWhy)) return undefined
  const edit = editOf(message, items, earlier, context, calendar)
  if (edit === undefined) return undefined
  const flags = [...hostileFlags(message), ...claimed.flags]
  const narrowed = residualDoubts(items, rest.text, edit.intent)
  const { intent } = withDoubts(edit.intent, [...edit.doubts, ...claimed.doubts, ...narrowed])
  const all = [...new Set([...(intent.flags ?? []), ...flags])]
  return { does: 'edit', intent: all.length > 0 ? { ...intent, flags: all } : intent }
}

/** Whether these are words that change something said before, when nothing is there that they could change. */
export function soundsLikeFollowUp(text: string, context: LanguageContext): boolean {
  const { folded } = normalise(text, context.bot)
  if (CANCEL.test(folded)) return true
  return folded.length < 120 && OPENS.test(folded)
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
  message: NormalMessage,
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
  const heard = roles.doubts.filter(({ slot, words }) => !(slot === 'port' && bare.has(words ?? '')))
  const unusual = roles.allServices || roles.sameAs !== undefined
  const restricts = unusual || heard.some(({ why }) => why === 'restriction' || why === 'everybody')
  // "Thanks for giving bob access to wiki" tells; a correction that names both says that it is one.
  const whole = roles.subjects.length > 0 && roles.services.length > 0
  if (whole && ![ADDS, REPLACES, TAKES].some((cue) => cue.test(message.folded))) return undefined
  const named = items.some((item) => isName(item)) || roles.subjects.length + roles.exceptServices.length > 0
  if (!named && !restricts && !ticket && counted.length === 0 && !unclear && ports.length === 0) return undefined
  const doubts = [...withoutBareOnly(heard), ...unfit(roles, items)]
  const timed = counted.length > 0 || unclear
  const { window, doubt } = timed ? changedWindow(earlier, counted, calendar) : { window: earlier.window }
  if (doubt !== undefined || unclear) doubts.push({ slot: 'window', why: 'vague', words: doubt ?? 'when' })
  const changed = changedNames(message.folded, roles, earlier)
  const adds = ADDS.test(message.folded)
  const open = (earlier.needsClarification ?? []).filter((slot) => !answers(slot, roles, timed, ports))
  const flags = [...new Set([...(earlier.flags ?? []), ...roles.flags])]
  return {
    intent: {
      ...unchanged(earlier, roles),
      ...changed.fields,
      ...(window === undefined || doubts.some(({ slot }) => slot === 'window') ? {} : { window }),
      ...(ports.length > 0 ? { ports: [...new Set([...(adds ? (earlier.ports ?? []) : []), ...ports])] } : {}),
      ...(roles.via.length > 0 ? { via: withAll(adds ? (earlier.via ?? []) : [], roles.via) } : {}),
      ...(ticket?.is === 'literal' && ticket.literal.is === 'ticket' ? { ticket: ticket.literal.ticket } : {}),
      ...(flags.length > 0 ? { flags } : {}),
    },
    doubts: [
      ...doubts,
      ...changed.doubts,
      ...open.map((slot): Doubt => ({ slot, why: 'missing', candidates: earlier.candidates?.[slot] ?? [] })),
    ],
  }
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
  const { needsClarification, candidates, unresolved, window, additional, subjects, services, except, hosts, ...kept } =
    earlier
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

type ChangedWindow = { readonly window?: Window | undefined; readonly doubt?: string }

function changedWindow(earlier: Intent, times: Parameters<typeof windowOf>[0], calendar: Calendar): ChangedWindow {
  const { start, end, duration, precision = 'day' } = earlier.window ?? {}
  const [only, ...others] = times
  if (only?.more && only.length !== undefined && others.length === 0 && earlier.window !== undefined) {
    if (end === undefined) return { doubt: 'how long in all' }
    return { window: { ...earlier.window, end: printMoment(momentOf(end, calendar).add(only.length)) } }
  }
  const begins = times.some((time) => time.window.start !== undefined)
  const held =
    start !== undefined && !begins ? [{ at: 0, to: 0, role: 'start' as const, window: { start, precision } }] : []
  const said = windowOf([...held, ...times], calendar)
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

/** Who and what the earlier intent names after this message. Names that neither replace nor add nor take away are asked about. */
function changedNames(
  folded: string,
  roles: Roles,
  earlier: Intent,
): { readonly fields: Partial<Intent>; readonly doubts: readonly Doubt[] } {
  const doubts: Doubt[] = []
  const adds = ADDS.test(folded)
  const replaces = REPLACES.test(folded) && !adds
  const pick = <T>(
    slot: Slot,
    old: readonly T[],
    said: readonly T[],
    key: (value: T) => string,
    taken: readonly T[],
  ): T[] => {
    const left = old.filter((value) => !taken.some((gone) => key(gone) === key(value)))
    const open = earlier.needsClarification?.includes(slot) ?? false
    if (said.length === 0) {
      if (left.length === 0 && old.length > 0) doubts.push({ slot, why: 'missing' })
      return left
    }
    if (replaces || open || old.length === 0) return [...said]
    if (!adds && !TAKES.test(folded)) {
      doubts.push({ slot, why: 'ambiguous', candidates: [...said, ...left].map(key) })
      return left
    }
    return [...left, ...said.filter((value) => !left.some((other) => key(other) === key(value)))]
  }
  const subjects = pick('subject', earlier.subjects ?? [], roles.subjects, refKey, roles.except)
  const services = pick('service', earlier.services ?? [], roles.services, (id) => id, roles.exceptServices)
  const excepted = roles.except.filter((ref) => !(earlier.subjects ?? []).some((old) => refKey(old) === refKey(ref)))
  const except = [...(earlier.except ?? []), ...excepted].filter(
    (ref) => !roles.subjects.some((said) => refKey(said) === refKey(ref)),
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

const withAll = (old: readonly SubjectRef[], said: readonly SubjectRef[]): SubjectRef[] => [
  ...old.filter((one) => !said.some((other) => refKey(other) === refKey(one))),
  ...said,
]

const refKey = (ref: SubjectRef): string => ref.id
