import { readCalendar } from './calendar.ts'
import type { LanguageContext } from './context.ts'
import { type Entity, type EntityType, findMentions, type Gazetteer, nearlyNamed, readGazetteer } from './gazetteer.ts'
import type { Intent, Slot, SubjectRef, Window } from './intent.ts'
import { type Reading, withDoubts } from './interpret.ts'
import { blank, type Literal, readLiterals } from './literals.ts'
import { type NormalMessage, normalise } from './normalise.ts'
import { oneLineReason } from './particulars.ts'
import type { WireIntent } from './proposal.ts'
import type { Doubt } from './settle.ts'
import { readTimes } from './time.ts'
import { windowOf } from './window.ts'

type Ground = {
  readonly message: NormalMessage
  readonly gazetteer: Gazetteer
  readonly context: LanguageContext
  readonly doubts: Doubt[]
  readonly flags: string[]
}

/**
 * Reads a model's proposal against the message: every id, address, port and date is read again by code from the words the model
 * quoted, which must stand in the message outside quotations. What cannot be read there becomes a question.
 */
export function groundProposal(wire: WireIntent, text: string, context: LanguageContext): Reading {
  const message = normalise(text, context.bot)
  const ground: Ground = { message, gazetteer: readGazetteer(context), context, doubts: [], flags: [] }
  const intent: Intent = { kind: wire.kind }
  assign(
    intent,
    'subjects',
    wire.subjects.flatMap((subject) => groundSubject(subject, ground)),
  )
  assign(
    intent,
    'except',
    wire.except.flatMap((subject) => groundSubject(subject, ground)),
  )
  assign(
    intent,
    'via',
    wire.via.flatMap((subject) => groundSubject(subject, ground)),
  )
  assign(
    intent,
    'services',
    wire.services.flatMap((service) => groundRef(service, 'service', 'service', ground)),
  )
  assign(
    intent,
    'exceptServices',
    wire.exceptServices.flatMap((service) => groundRef(service, 'service', 'service', ground)),
  )
  assign(
    intent,
    'devices',
    wire.devices.flatMap((device) => groundRef(device, 'device', 'name', ground)),
  )
  assign(
    intent,
    'hosts',
    wire.hosts.flatMap(({ span }) =>
      groundLiterals(span, 'service', ground).flatMap((literal) => (literal.is === 'host' ? [literal.host] : [])),
    ),
  )
  assign(
    intent,
    'ports',
    wire.ports.flatMap((port) => groundPort(port, ground)),
  )
  const [sameAs] = wire.sameAs === null ? [] : groundRef(wire.sameAs, 'person', 'subject', ground)
  if (sameAs !== undefined) intent.sameAs = sameAs
  if (wire.allServicesSpan !== null && stands(wire.allServicesSpan, ground)) {
    if (wire.kind === 'revoke' || wire.kind === 'status') intent.allServices = true
    else ground.doubts.push({ slot: 'service', why: 'everybody' })
  }
  const window = groundWindow(wire.window, ground)
  if (window !== undefined) intent.window = window
  const [ticket] =
    wire.ticketSpan === null
      ? []
      : readLiterals(wire.ticketSpan, wire.ticketSpan.toLowerCase(), context.catalog.ticketPatterns)
  if (ticket?.is === 'ticket' && stands(ticket.ticket, ground)) intent.ticket = ticket.ticket
  if (wire.reasonSpan !== null && stands(wire.reasonSpan, ground)) intent.reason = oneLineReason(wire.reasonSpan)
  for (const { slot, span } of wire.questions)
    ground.doubts.push({ slot, why: 'unknown', words: span !== null && stands(span, ground) ? span : '' })
  assign(intent, 'flags', ground.flags)
  return withDoubts(intent, ground.doubts)
}

type ListField = 'except' | 'subjects' | 'via' | 'services' | 'exceptServices' | 'devices' | 'hosts' | 'ports' | 'flags'

function assign<K extends ListField>(intent: Intent, field: K, values: NonNullable<Intent[K]>): void {
  if (values.length > 0) intent[field] = values
}

/** Whether the words stand in the message as whole words, outside quotations. */
function stands(span: string, ground: Ground): boolean {
  return placeOf(span, ground) !== undefined
}

function placeOf(span: string, { message }: Ground): { readonly at: number; readonly to: number } | undefined {
  const wanted = normalise(span).folded.replace(/\s+/g, ' ').trim()
  if (wanted === '' || wanted.length > 300) return undefined
  const pattern = wanted
    .split(' ')
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('\\s+')
  const found = new RegExp(`(?<![\\p{L}\\p{N}_-])${pattern}(?![\\p{L}\\p{N}_]|-[\\p{L}\\p{N}])`, 'u').exec(
    message.folded,
  )
  return found ? { at: found.index, to: found.index + found[0].length } : undefined
}

/** The names of these types that code reads in the words; each read like the interpreter reads it. */
function namesIn(span: string, types: readonly EntityType[], ground: Ground): readonly (readonly Entity[])[] {
  const { folded } = normalise(span)
  const mentions = findMentions(folded, ground.gazetteer).map(({ entities }) =>
    entities.filter(({ type }) => types.includes(type)),
  )
  const slack = readLiterals(span.toUpperCase().startsWith('@') ? span : normalise(span).text, folded, []).flatMap(
    (literal) => {
      const known =
        literal.is === 'mention'
          ? ground.gazetteer.slack.get(literal.slack)
          : literal.is === 'email'
            ? ground.gazetteer.emails.get(literal.email)
            : undefined
      return known && types.includes(known.type) ? [[known]] : []
    },
  )
  const hosts = types.includes('service')
    ? readLiterals(folded, folded, []).flatMap((literal) =>
        literal.is === 'host' ? hostOwner(literal.host, ground) : [],
      )
    : []
  const found = [...mentions, ...slack, ...hosts].filter((entities) => entities.length > 0)
  if (found.length > 0) return found
  const nearly = folded.split(/[^\p{L}\p{N}]+/u).flatMap((word) => {
    const meant = nearlyNamed(word, ground.gazetteer)?.filter(({ type }) => types.includes(type))
    if (!meant || meant.length === 0) return []
    ground.flags.push(`fuzzy:${word}->${meant[0]?.id ?? ''}`)
    return [meant]
  })
  return nearly
}

function hostOwner(host: string, ground: Ground): readonly Entity[][] {
  const id = ground.gazetteer.hosts.get(host)
  return id === undefined ? [] : [[{ type: 'service', id }]]
}

function groundRef(
  ref: { readonly id: string; readonly span: string },
  type: EntityType,
  slot: Slot,
  ground: Ground,
): string[] {
  const names = stands(ref.span, ground) ? namesIn(ref.span, [type], ground) : []
  const [only, ...others] = names
  if (only?.length === 1 && others.length === 0 && only[0]?.id === ref.id) return [ref.id]
  const candidates = names.flat().map(({ id }) => id)
  ground.doubts.push({ slot, why: candidates.length > 1 ? 'ambiguous' : 'unknown', words: ref.span, candidates })
  return []
}

const SPEAKER = /\b(?:i|i'm|i'd|i'll|me|my|myself|mine|ich|mir|mich|yo|mi|je|j'|moi)(?![\p{L}])/u
const TEAM = /\b(?:we|us|our|my team|wir|uns|unser\w*|nosotros|nuestr\w+|nous|notre)\b/

function groundSubject(subject: WireIntent['subjects'][number], ground: Ground): SubjectRef[] {
  const { type, id, span } = subject
  const { context, doubts } = ground
  const ask = (why: Doubt['why'], candidates: readonly string[] = []): SubjectRef[] => {
    doubts.push({ slot: 'subject', why, words: span, candidates })
    return []
  }
  if (type === 'requester') {
    // "need access": a verb without its "I" is the speaker too; the interpreter, which must agree, is what bounds this.
    return SPEAKER.test(normalise(span).folded) || stands(span, ground)
      ? [{ type: 'person', id: context.requester }]
      : ask('unknown')
  }
  if (!stands(span, ground)) return ask('unknown')
  if (type === 'requester-team') {
    const groups = context.catalog.groups
      .filter(({ members }) => members.includes(context.requester))
      .map((group) => group.id)
    const [only, ...others] = groups
    return only !== undefined && others.length === 0 && TEAM.test(normalise(span).folded)
      ? [{ type: 'group', id: only }]
      : ask('ambiguous', groups)
  }
  if (type === 'cidr') {
    const cidrs = groundLiterals(span, 'subject', ground).flatMap((literal) =>
      literal.is === 'cidr' ? [literal.cidr] : [],
    )
    const [only, ...others] = cidrs
    return only !== undefined && others.length === 0 ? [{ type: 'cidr', id: only }] : ask('invalid')
  }
  const names = namesIn(span, ['group', 'person', 'network'], ground)
  const [only, ...others] = names
  const entity = only?.[0]
  if (
    only?.length === 1 &&
    others.length === 0 &&
    entity?.id === id &&
    entity.type === type &&
    !ground.gazetteer.everywhere.has(entity.id)
  )
    return [{ type, id: entity.id }]
  const candidates = names.flat().map((name) => name.id)
  return ask(candidates.length > 1 ? 'ambiguous' : 'unknown', candidates)
}

/** The literals that code reads where the quoted words stand in the message. */
function groundLiterals(span: string, slot: Slot, ground: Ground): readonly Literal[] {
  const place = placeOf(span, ground)
  if (place === undefined) {
    ground.doubts.push({ slot, why: 'unknown', words: span })
    return []
  }
  const { text, folded } = ground.message
  return readLiterals(text, folded, []).filter((literal) => literal.at < place.to && literal.to > place.at)
}

function groundPort(port: WireIntent['ports'][number], ground: Ground): string[] {
  const ports = groundLiterals(port.span, 'port', ground).flatMap((literal) =>
    literal.is === 'port' ? literal.ports : [],
  )
  const meant = port.from === port.to ? `${port.proto}/${port.from}` : `${port.proto}/${port.from}-${port.to}`
  if (ports.includes(meant)) return [meant]
  ground.doubts.push({ slot: 'port', why: 'disagreement', words: port.span })
  return []
}

function groundWindow(wire: WireIntent['window'], ground: Ground): Window | undefined {
  if (wire === null) return undefined
  const spans = [wire.startSpan, wire.endSpan, wire.durationSpan].flatMap((span) => (span === null ? [] : [span]))
  const places = spans.map((span) => placeOf(span, ground))
  const ask = (): undefined => {
    ground.doubts.push({ slot: 'window', why: 'disagreement' })
    return undefined
  }
  if (spans.length === 0 || places.includes(undefined)) return ask()
  const { text, folded } = ground.message
  const calendar = readCalendar(ground.context.catalog, ground.context.now)
  const literals = readLiterals(text, folded, ground.context.catalog.ticketPatterns)
  const times = readTimes(blank(folded, literals), calendar).filter((time) =>
    places.some((place) => place && time.at < place.to && time.to > place.at),
  )
  const { window } = windowOf(times, calendar)
  if (window === undefined) return ask()
  const differs = (said: string | null, read: string | undefined): boolean =>
    said !== null && read !== undefined && !sameMoment(said, read)
  if (differs(wire.endIso, window.end) || differs(wire.startIso, window.start)) ask()
  return window
}

/** Whether the model's moment is ours; a bare date is any moment of that day. */
function sameMoment(said: string, read: string): boolean {
  if (/^\d{4}-\d{2}-\d{2}$/.test(said)) return read.startsWith(said)
  const moment = Date.parse(said)
  return Number.isNaN(moment) || Math.abs(moment - Date.parse(read)) < 60_000
}
