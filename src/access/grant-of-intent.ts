import { type Refusal, refuse } from '../evidence/refusal.ts'
import type { Intent, SubjectRef, Window } from '../language/intent.ts'
import { findService } from '../policy/catalog-lookup.ts'
import type { Edge } from '../policy/edge.ts'
import { Grant, type Service } from '../policy/schema.ts'
import { decideWindow } from '../policy/window.ts'
import type { AccessRequest } from './access-request.ts'
import { proposeService } from './service-of-intent.ts'

/** One change that an intent asks for: a grant to add, or an entry of a service's access list to take away. */
export type ProposedGrant = {
  readonly id: string
  readonly action: Exclude<AccessRequest['action'], 'onboard'>
  readonly service: string
  readonly grant: Grant
  readonly notes: readonly string[]
  /** Those of the notes that say what was filled in because nobody said it. */
  readonly defaults: readonly string[]
}
/** A service to be set up. */
export type ProposedOnboarding = {
  readonly id: string
  readonly action: 'onboard'
  readonly service: string
  readonly newService: Service
  readonly notes: readonly string[]
  /** None that has to be confirmed: a service that is set up lets nobody in. */
  readonly defaults: readonly string[]
}
export type Proposed = ProposedGrant | ProposedOnboarding
export type Proposing = {
  readonly now: Date
  /** The id of the nth change of this intent; the same each time it is asked. */
  readonly requestId: (nth: number) => string
}

/** What an intent that asks for a change comes to in the edge repository: one change for each service it names. */
export function proposeChanges(edge: Edge, intent: Intent, proposing: Proposing): readonly Proposed[] | Refusal {
  if (intent.kind !== 'onboard-service') return proposeGrants(edge, intent, proposing)
  const proposed = proposeService(edge, intent)
  if ('ok' in proposed) return proposed
  const { service: newService, notes } = proposed
  return [{ id: proposing.requestId(0), action: 'onboard', service: newService.id, newService, notes, defaults: [] }]
}

/** What a grant, revoke or extend intent comes to. */
function proposeGrants(edge: Edge, intent: Intent, proposing: Proposing): readonly ProposedGrant[] | Refusal {
  const services: Service[] = []
  for (const id of servicesOf(edge, intent)) {
    const service = findService(edge, id)
    if (!service) return refuse('UNKNOWN_SERVICE', brokenOrUnknown(edge, id))
    services.push(service)
  }
  if (services.length === 0) return refuse('NO_SERVICE', 'Which service is it about? Please name one.')
  const proposed: ProposedGrant[] = []
  for (const service of services) {
    const id = () => proposing.requestId(proposed.length)
    const some = proposeOne(edge, service, intent, { ...proposing, requestId: id })
    if ('ok' in some) return some
    proposed.push(...some)
  }
  return proposed
}

function proposeOne(
  edge: Edge,
  service: Service,
  intent: Intent,
  proposing: Proposing,
): readonly ProposedGrant[] | Refusal {
  switch (intent.kind) {
    case 'revoke':
      return proposeRevocations(edge, service, intent, proposing)
    case 'extend':
      return proposeExtension(edge, service, intent, proposing)
    default:
      return proposeGrant(edge, service, intent, proposing)
  }
}

function proposeGrant(
  edge: Edge,
  service: Service,
  intent: Intent,
  { now, requestId }: Proposing,
): readonly ProposedGrant[] | Refusal {
  const allow = (intent.subjects ?? []).map(written)
  if (allow.length === 0)
    return refuse('NO_SUBJECT', `Who needs access to ${service.name}? Please name a group, a network or an address.`)
  const { timezone } = edge.catalog
  const window = decideWindow(edge.guardrails, intent.window, now, timezone)
  if (!window.ok) return window
  const id = requestId(0)
  const grant = Grant.parse({
    allow,
    via: (intent.via ?? []).map(written),
    except: (intent.except ?? []).map(written),
    ports: intent.ports ?? service.ports,
    ...(intent.methods === undefined ? {} : { methods: intent.methods }),
    ...(window.from === undefined ? {} : { from: window.from }),
    until: window.until,
    // “because of NET-42” is a ticket; saying it twice tells nobody more.
    ...(intent.reason === undefined || intent.reason === intent.ticket ? {} : { reason: intent.reason }),
    ...(intent.ticket === undefined ? {} : { ticket: intent.ticket }),
    request: id,
  })
  const defaults = window.byDefault ? ['Nobody said how long, so the end is the default of the guardrails.'] : []
  return [{ id, action: 'grant', service: service.id, grant, notes: defaults, defaults }]
}

/** A further grant like the one that holds, with a later end; the old one ends when it always did. */
function proposeExtension(
  edge: Edge,
  service: Service,
  intent: Intent,
  { now, requestId }: Proposing,
): readonly ProposedGrant[] | Refusal {
  const held = entriesFor(service, intent).filter(
    (grant) => grant.until !== undefined && Date.parse(grant.until) > now.getTime(),
  )
  const [old] = held
  if (!old || held.length > 1) {
    const which = held.length === 0 ? 'no access with an end' : 'more than one access with an end'
    return refuse(
      'NOTHING_TO_EXTEND',
      `I found ${which} to ${service.name} for them. Please ask for it as new access, with who it is for and until when.`,
    )
  }
  const window = decideWindow(edge.guardrails, laterEnd(old, intent.window), now, edge.catalog.timezone)
  if (!window.ok) return window
  if (old.until !== undefined && Date.parse(window.until) <= Date.parse(old.until)) {
    return refuse('NOT_LATER', `This access already lasts until ${old.until}.`)
  }
  const narrowed = narrowerOf(old, intent)
  if (narrowed === undefined)
    return refuse(
      'NOT_HELD',
      `What they hold of ${service.name} is not what you named. Please ask for it as new access, with who it is for and until when.`,
    )
  const id = requestId(0)
  const { from: _from, approvedBy: _approvedBy, ...same } = narrowed
  const grant = Grant.parse({ ...same, until: window.until, request: id, reason: intent.reason ?? old.reason })
  return [
    {
      id,
      action: 'extend',
      service: service.id,
      grant,
      notes: [`Like ${old.request ?? 'the entry that holds now'}, only longer.`],
      defaults: [],
    },
  ]
}

/** The part of what is held that was named: no other port, no wider source, nobody who was excepted. Undefined: more than is held. */
function narrowerOf(old: Grant, { ports, via, except }: Intent): Grant | undefined {
  const sources = via?.map(written) ?? old.via
  const within = (said: readonly string[], held: readonly string[]): boolean => said.every((one) => held.includes(one))
  if (old.via.length > 0 && !within(sources, old.via)) return undefined
  if (ports !== undefined && old.ports !== undefined && !within(ports, old.ports)) return undefined
  return {
    ...old,
    via: sources,
    except: [...new Set([...old.except, ...(except ?? []).map(written)])],
    ...(ports === undefined ? {} : { ports }),
  }
}

/** "By two days" counts from the end that is agreed, not from today. */
function laterEnd(old: Grant, window: Window | undefined): Window | undefined {
  if (window?.duration === undefined || window.end !== undefined) return window
  return { ...window, start: old.until }
}

function proposeRevocations(
  edge: Edge,
  service: Service,
  intent: Intent,
  { now, requestId }: Proposing,
): readonly ProposedGrant[] | Refusal {
  if (isLater(edge, intent.window, now))
    return refuse(
      'REVOKES_AT_ONCE',
      'I take access away at once and for good, not on another day and not for a while. Please ask again when it shall end.',
    )
  const held = entriesFor(service, intent)
  const entries = held.filter((grant) => isWhole(grant, intent))
  if (held.length > 0 && entries.length === 0)
    return refuse(
      'PART_OF_AN_ENTRY',
      `What is to go is only a part of an entry of ${service.name}. I can take the whole entry away; what shall stay would be asked for anew.`,
    )
  if (entries.length === 0) {
    const who = (intent.subjects ?? []).map(written).join(', ') || 'anybody'
    return refuse(
      'NOTHING_TO_REVOKE',
      `The access list of ${service.name} has no entry of its own for ${who}, so there is nothing to take away.`,
    )
  }
  return entries.map((grant, nth) => ({
    id: requestId(nth),
    action: 'revoke' as const,
    service: service.id,
    grant,
    notes: [],
    defaults: [],
  }))
}

/** Anything but "now" and "today". */
function isLater(edge: Edge, window: Window | undefined, now: Date): boolean {
  if (window === undefined) return false
  if (window.duration !== undefined || window.end === undefined) return true
  const today = now.toLocaleDateString('sv-SE', { timeZone: edge.catalog.timezone })
  const later = window.start !== undefined && Date.parse(window.start) > now.getTime()
  return later || window.end.slice(0, 10) !== today
}

/** Whether nothing of the entry would have to stay: it opens no other port, from nowhere else, and nobody is to be left in. */
function isWhole(grant: Grant, { ports, via, except }: Intent): boolean {
  const within = (held: readonly string[], said: readonly string[]): boolean =>
    held.length > 0 && held.every((one) => said.includes(one))
  return (
    (ports === undefined || within(grant.ports ?? [], ports)) &&
    (via === undefined || within(grant.via, via.map(written))) &&
    (except ?? []).every((ref) => grant.except.includes(written(ref)))
  )
}

/** Entries that are for exactly these subjects: taking away a wider one would close what nobody asked to close. */
function entriesFor(service: Pick<Service, 'access'>, intent: Intent): readonly Grant[] {
  const wanted = (intent.subjects ?? []).map(written)
  if (wanted.length === 0) return intent.kind === 'revoke' ? [] : service.access
  return service.access.filter((grant) => grant.allow.every((subject) => wanted.includes(subject)))
}

function servicesOf(edge: Edge, intent: Intent): readonly string[] {
  const named =
    intent.allServices && intent.kind === 'revoke'
      ? edge.services.map((service) => service.id)
      : namedServices(edge, intent)
  const left = named.filter((id) => !(intent.exceptServices ?? []).includes(id))
  if (!intent.allServices) return left
  return left.filter((id) => entriesFor(findService(edge, id) ?? NOBODY, intent).length > 0)
}
const NOBODY: Pick<Service, 'access'> = { access: [] }

/** A host name says the service as well as its name does. */
function namedServices(edge: Edge, intent: Intent): readonly string[] {
  const byHost = edge.services.filter((service) => service.hosts.some((host) => (intent.hosts ?? []).includes(host)))
  return [...new Set([...(intent.services ?? []), ...byHost.map((service) => service.id)])]
}

function brokenOrUnknown(edge: Edge, id: string): string {
  const worst = edge.problems.find((problem) => problem.file.endsWith(`/${id}.yaml`) && problem.severity === 'error')
  if (!worst) return `${id} is not a service of the edge repository.`
  return `I cannot work on ${id} before its file is right: ${worst.file}:${worst.line} ${worst.message}`
}

function written(subject: SubjectRef): string {
  return subject.type === 'cidr' ? subject.id : `${subject.type}:${subject.id}`
}
