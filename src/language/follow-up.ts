import { isName } from './beside.ts'
import { type Calendar, readCalendar } from './calendar.ts'
import { type Cues, callsOff, OPENS, readCues } from './change-words.ts'
import { changedNames, refKey } from './changed-names.ts'
import { changedWindow } from './changed-window.ts'
import { withoutClaims } from './claims.ts'
import type { LanguageContext } from './context.ts'
import { readGazetteer } from './gazetteer.ts'
import { hostileFlags } from './hostile.ts'
import type { Intent, Slot, SubjectRef } from './intent.ts'
import { type Reading, readMessage, withDoubts } from './interpret.ts'
import { type Item, readItems } from './items.ts'
import { normalise } from './normalise.ts'
import { READING_METHODS, speakHttp } from './only-reading.ts'
import { barePorts, portsOf, reasonOf, timesOf } from './particulars.ts'
import { residualDoubts } from './residual.ts'
import { placeRoles } from './roles.ts'
import { answerService } from './service-answers.ts'
import type { Doubt, Roles } from './settle.ts'

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
  if (earlier.kind === 'onboard-service') {
    const answered = answerService(text, earlier, context)
    return answered && { does: 'edit', intent: answered, adds: false }
  }
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
  if (whole && (!changes || (cues.adds && reachesFurther(roles, earlier)))) return undefined
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
      ...(cues.reads ? { methods: [...READING_METHODS] } : {}),
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

/**
 * "Also wiki for bob", where a whole team asked for grafana: laid over the earlier request it would give the team wiki as well, so it
 * is a request of its own.
 */
function reachesFurther({ subjects, services }: Roles, earlier: Intent): boolean {
  const said = new Set(subjects.map(refKey))
  const samePeople = (earlier.subjects ?? []).every((ref) => said.has(refKey(ref)))
  return !samePeople && !(earlier.services ?? []).every((id) => services.includes(id))
}

/** "also kibana": what comes on top and is led by no "for" is a service, also when nobody knows it. */
function asAdded(doubts: readonly Doubt[], items: readonly Item[], { adds }: Cues): readonly Doubt[] {
  const led = items.some((item) => isName(item) || (item.is === 'word' && item.class === 'for'))
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

const withAll = (old: readonly SubjectRef[], said: readonly SubjectRef[]): SubjectRef[] => [
  ...old.filter((one) => !said.some((other) => refKey(other) === refKey(one))),
  ...said,
]
