import { asClientsAsk, askedAtMost, askedInside, requesters } from '../edge/asked.ts'
import type { Doors } from '../edge/doors.ts'
import { type Entry, findEntry } from '../edge/entry.ts'
import { ingressOf } from '../edge/ingress.ts'
import { type EdgePiece, reach } from '../edge/reach.ts'
import type { Trace } from '../evidence/trace.ts'
import { dimensionsOf, type FlowSet, flowsWhere, intersect, isEmpty, subtract, uniteAll } from '../flow/flow-set.ts'
import { isEmptyIp, printIpSet } from '../flow/ip-set.ts'
import { exactText } from '../flow/text-set.ts'
import { names, numbers, texts } from '../flow/values.ts'
import { haproxyMeaning } from '../haproxy/meaning.ts'
import type { Edge } from '../policy/edge.ts'
import { type AskedAccess, grantMeaning } from '../policy/meaning.ts'
import { sayDuration } from '../policy/say-time.ts'
import { Grant, type Service } from '../policy/schema.ts'
import type { Answer, Finding } from './answer.ts'
import type { ServerHealth } from './server-health.ts'

/** "Can these subjects reach this service", at one moment. */
export type ReachQuestion = {
  readonly edge: Edge
  readonly service: Service
  /** `group:finance`, a CIDR, …; who, in the words of the card, is `who`. */
  readonly subjects: readonly string[]
  readonly who: string
  /** Epoch seconds. */
  readonly at: number
  readonly method?: string
  readonly path?: string
}
/** What could be seen of the edge: `live` devices where they answered, else what Git declares. */
export type Sight = {
  readonly doors: Doors
  readonly declared: Doors | undefined
  readonly servers: readonly ServerHealth[] | undefined
  /** One sentence for each device that could not be read. */
  readonly unseen: readonly string[]
  readonly reproduce: string
}

/** Follows the subjects' requests through both doors and says the first thing that stops them, or that nothing does. */
export function investigate(question: ReachQuestion, sight: Sight): Answer {
  const { edge, service, subjects, who } = question
  const answer = (verdict: Answer['verdict'], headline: string, findings: readonly Finding[]): Answer => ({
    headline,
    verdict,
    findings,
    unseen: sight.unseen,
    reproduce: sight.reproduce,
  })
  const asked = grantMeaning(edge, service, Grant.parse({ allow: subjects }))
  if ('ok' in asked) return answer('unknown', asked.says, [])
  const entry = findEntry(sight.doors, service)
  if ('ok' in entry) {
    return answer('unreachable', `Nobody can reach ${service.name}: the way in is not complete.`, [
      { says: entry.says, traces: [] },
    ])
  }

  const wanted = requestsOf(question, asked, entry, sight.doors)
  const outage = outageOf(service, sight.servers)
  const pieces = reach(sight.doors, wanted)
  const served = pieces.filter((piece) => isServed(piece, service))
  const open = uniteAll(served.map((piece) => piece.flows))
  const closed = subtract(requesters(wanted), requesters(open))
  const depends = unknownsOf(pieces, service)
  const stops = isEmpty(closed) ? [] : explainStops({ question, asked, entry, sight, pieces })
  const findings = [...outage, ...stops, ...degraded(service, sight.servers, outage)]

  if (outage.length > 0)
    return answer('unreachable', `${service.name} is down for everybody, ${who} included.`, findings)
  if (isEmpty(wanted)) return answer('unreachable', `${who} cannot reach ${service.name}.`, noRoute(asked, sight))
  if (isEmpty(closed)) {
    const health = sight.servers === undefined ? ' I could not ask whether its servers are up.' : ''
    return answer('reachable', `${who} can reach ${service.name}: both doors let them in.${health}`, [
      ...findings,
      ...wayThrough(served),
    ])
  }
  if (depends.length > 0) {
    return answer('depends', `Whether ${who} can reach ${service.name} depends on ${depends.join(' and ')}.`, findings)
  }
  const some = isEmpty(open) ? 'cannot' : 'can only partly'
  return answer('unreachable', `${who} ${some} reach ${service.name}.`, findings)
}

/** Requests as a browser or client of these subjects sends them, coming in where these sources come in. */
function requestsOf(question: ReachQuestion, asked: AskedAccess, entry: Entry, doors: Doors): FlowSet {
  const { interfaces } = ingressOf(doors, asked.sources)
  const oneRequest = flowsWhere({
    at: numbers([question.at, question.at]),
    ingress: names(...interfaces),
    ...(question.service.hosts.length === 0 || !speaksHttp(doors, question.service)
      ? {}
      : {
          method: names(question.method ?? 'GET'),
          path: texts(exactText(question.path ?? '/')),
          query: texts(exactText('')),
        }),
  })
  return intersect(intersect(askedAtMost(asked, entry, question.at), asClientsAsk(asked, entry)), oneRequest)
}

function explainStops(case_: {
  question: ReachQuestion
  asked: AskedAccess
  entry: Entry
  sight: Sight
  pieces: readonly EdgePiece[]
}): readonly Finding[] {
  const { question, asked, entry, sight, pieces } = case_
  const { service, who } = question
  const { outer, inner } = sight.doors
  const stopped = pieces.filter((piece) => !isServed(piece, service))
  const declaredOpen = sight.declared !== undefined && isOpenIn(sight.declared, question, asked)
  const remedy = remedyFor(question, declaredOpen)
  const findings: Finding[] = []
  const atOuter = stopped.filter((piece) => piece.outcome.kind === 'stopped' && piece.outcome.by === 'outer')
  for (const group of byLastLine(atOuter)) {
    findings.push({
      says: `${outer.id} stops ${who}: ${outerReason(group.piece)}.`,
      traces: group.traces.slice(-1),
      remedy,
    })
  }
  const behind = atOuter.length > 0 ? innerStops(sight.doors, asked, entry, question) : []
  const atInner = stopped.filter((piece) => piece.outcome.kind !== 'stopped' || piece.outcome.by === 'inner')
  for (const group of byLastLine(atInner)) {
    findings.push({ says: `${inner.id} ${innerReason(group.piece, service)}.`, traces: group.traces, remedy })
  }
  for (const traces of behind) findings.push({ says: `Behind it, ${inner.id} would refuse them too.`, traces })
  return findings
}

/** What HAProxy alone would do with them, so that both doors are named when both are closed. */
function innerStops(
  doors: Doors,
  asked: AskedAccess,
  entry: Entry,
  question: ReachQuestion,
): readonly (readonly Trace[])[] {
  const arriving = intersect(
    intersect(askedInside(asked, entry, question.at), asClientsAsk(asked, entry)),
    atMoment(question, doors),
  )
  const pieces = haproxyMeaning(doors.inner, arriving)
  const served = pieces.some(
    (piece) => piece.outcome.kind === 'server' && piece.outcome.backend === question.service.route.backend,
  )
  if (served) return []
  return pieces.slice(0, 1).map((piece) => piece.because.slice(-1))
}

function atMoment(question: ReachQuestion, doors: Doors): FlowSet {
  const http = speaksHttp(doors, question.service)
  return flowsWhere({
    at: numbers([question.at, question.at]),
    ...(http ? { method: names(question.method ?? 'GET'), path: texts(exactText(question.path ?? '/')) } : {}),
  })
}

function isOpenIn(doors: Doors, question: ReachQuestion, asked: AskedAccess): boolean {
  const entry = findEntry(doors, question.service)
  if ('ok' in entry) return false
  const wanted = requestsOf(question, asked, entry, doors)
  const open = uniteAll(
    reach(doors, wanted)
      .filter((piece) => isServed(piece, question.service))
      .map((piece) => piece.flows),
  )
  return !isEmpty(wanted) && isEmpty(subtract(requesters(wanted), requesters(open)))
}

/** No usable server: nobody gets an answer, whoever may come in. */
function outageOf(service: Service, servers: readonly ServerHealth[] | undefined): readonly Finding[] {
  const own = servers?.filter((server) => server.backend === service.route.backend) ?? []
  if (own.length === 0 || own.some((server) => server.usable)) return []
  const says = own.length === 1 ? 'its only server' : `all ${own.length} servers`
  return [
    {
      says: `HAProxy has no usable server for ${service.name}: ${says} ${own.length === 1 ? 'is' : 'are'} out. ${own.map(sayServer).join('; ')}.`,
      traces: [],
      remedy: `Bring ${own.map((server) => `${server.backend}/${server.server}`).join(' or ')} back; HAProxy uses it again by itself once its check passes.`,
    },
  ]
}

function degraded(
  service: Service,
  servers: readonly ServerHealth[] | undefined,
  outage: readonly Finding[],
): readonly Finding[] {
  if (outage.length > 0) return []
  const out = servers?.filter((server) => server.backend === service.route.backend && !server.usable) ?? []
  return out.length === 0 ? [] : [{ says: `Not in use at the moment: ${out.map(sayServer).join('; ')}.`, traces: [] }]
}

function sayServer(server: ServerHealth): string {
  const check = [server.check, server.lastCheck].filter(Boolean).join(', ')
  const since = server.sinceSeconds === undefined ? '' : ` for ${sayDuration(server.sinceSeconds)}`
  return `${server.backend}/${server.server} is ${server.status}${since}${check ? ` (health check: ${check})` : ''}`
}

function noRoute(asked: AskedAccess, sight: Sight): readonly Finding[] {
  const { unrouted } = ingressOf(sight.doors, asked.sources)
  if (isEmptyIp(unrouted)) return []
  return [
    {
      says: `${sight.doors.outer.id} has no route back to ${printIpSet(unrouted).join(', ')}, so it drops what comes from there.`,
      traces: [],
    },
  ]
}

function outerReason(piece: EdgePiece): string {
  const { reason, policy } = piece.outer
  if (policy) return `policy ${policy.id}${policy.name ? ` "${policy.name}"` : ''} denies it`
  switch (reason) {
    case 'implicit':
      return 'no policy lets it in, so the implicit deny at the end takes it'
    case 'no-route':
      return 'it has no route to where this would go'
    case 'vip-mismatch':
      return 'another VIP takes this traffic than the policies allow'
    default:
      return `it is refused (${reason})`
  }
}

function innerReason(piece: EdgePiece, service: Service): string {
  const { outcome } = piece
  if (outcome.kind === 'server') return `hands these requests to backend ${outcome.backend}, not to ${service.name}`
  if (outcome.kind === 'elsewhere') return `is never reached: the firewall sends this to ${outcome.egress}`
  if (outcome.kind === 'depends') return `has a line in the way that is not modelled: ${outcome.on}`
  return outcome.reason
}

function remedyFor({ service, who }: ReachQuestion, declaredOpen: boolean): string {
  if (declaredOpen) return 'Git declares this open. The live devices do not have the declared configuration: deploy it.'
  return `If they should have it, ask me: “give ${who} access to ${service.id} until Friday”.`
}

/** One entry for each deciding line, however many flows it takes. */
function byLastLine(pieces: readonly EdgePiece[]): readonly { piece: EdgePiece; traces: readonly Trace[] }[] {
  const groups = new Map<string, { piece: EdgePiece; traces: readonly Trace[] }>()
  for (const piece of pieces) {
    const last = piece.because.at(-1)
    const key = last ? `${last.file}:${last.line}` : ''
    if (!groups.has(key)) groups.set(key, { piece, traces: piece.because.slice(-2) })
  }
  return [...groups.values()].slice(0, 4)
}

function wayThrough(served: readonly EdgePiece[]): readonly Finding[] {
  const [first] = served
  if (first?.outcome.kind !== 'server') return []
  return [
    {
      says: `The way: ${first.outer.vip ?? first.outer.egress ?? 'routed'}, then backend ${first.outcome.backend} (${first.outcome.servers.join(', ')}).`,
      traces: first.because,
    },
  ]
}

function unknownsOf(pieces: readonly EdgePiece[], service: Service): readonly string[] {
  const open = uniteAll(pieces.filter((piece) => isServed(piece, service)).map((piece) => piece.flows))
  return [...dimensionsOf(open)]
    .filter((name) => name.startsWith('unknown:'))
    .map((name) => name.slice('unknown:'.length))
}

function isServed(piece: EdgePiece, service: Service): boolean {
  return piece.outcome.kind === 'server' && piece.outcome.backend === service.route.backend
}

function speaksHttp(doors: Doors, service: Service): boolean {
  return doors.inner.proxies.some(
    (proxy) => proxy.name === service.route.frontend && proxy.kind !== 'backend' && proxy.mode === 'http',
  )
}
