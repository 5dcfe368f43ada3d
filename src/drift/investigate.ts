import { requesters } from '../edge/asked.ts'
import type { Doors } from '../edge/doors.ts'
import { findEntry } from '../edge/entry.ts'
import { arrivalsOf } from '../edge/ingress.ts'
import { type EdgePiece, reach } from '../edge/reach.ts'
import { type Hop, wayThrough } from '../edge/way-through.ts'
import { dimensionsOf, isEmpty, subtract, uniteAll } from '../flow/flow-set.ts'
import { printIpSet } from '../flow/ip-set.ts'
import { subjectName } from '../policy/catalog-lookup.ts'
import { type AskedAccess, grantMeaning } from '../policy/meaning.ts'
import { Grant, type Service } from '../policy/schema.ts'
import type { Answer, Finding } from './answer.ts'
import { explainStops, isServed } from './explain-stops.ts'
import { type ReachQuestion, requestsOf } from './requests.ts'
import { explainDegraded, explainOutage, type ServerHealth, sayHealth } from './server-health.ts'

/** What could be seen of the edge: `live` devices where they answered, else what Git declares. */
export type Sight = {
  readonly doors: Doors
  readonly declared: Doors | undefined
  readonly servers: readonly ServerHealth[] | undefined
  /** One sentence for each device that could not be read. */
  readonly unseen: readonly string[]
  readonly reproduce: string
}

/** The answer, and what the way through both doors is made of; empty where it could not be followed. */
export type Investigation = { readonly answer: Answer; readonly pieces: readonly EdgePiece[] }

/**
 * Follows the subjects' requests through both doors and says the first thing that stops them, or that nothing does. A service
 * without a usable server comes before everything else: letting more people in would not help anybody.
 */
export function investigate(question: ReachQuestion, sight: Sight): Investigation {
  const { edge, service, subjects, who, narrowed } = question
  const { doors, servers } = sight
  let pieces: readonly EdgePiece[] = []
  const answer = (
    verdict: Answer['verdict'],
    headline: string,
    findings: readonly Finding[],
    shown?: EdgePiece,
  ): Investigation => {
    const way = shown ? { way: withHealth(wayThrough(doors, shown), service, servers) } : {}
    return { answer: { headline, verdict, findings, ...way, unseen: sight.unseen, reproduce: sight.reproduce }, pieces }
  }
  const asked = grantMeaning(edge, service, Grant.parse({ allow: subjects, ...narrowed }))
  if ('ok' in asked) return answer('unknown', asked.says, [])
  const request = [question.method, question.path].filter((word) => word !== undefined).join(' ')
  const what = `${service.name}${narrowed?.ports ? ` on ${narrowed.ports.join(', ')}` : ''}${request ? ` with ${request}` : ''}`
  const entry = findEntry(doors, service)
  if ('ok' in entry) {
    const incomplete = [{ says: entry.says, traces: [] }]
    return answer('unreachable', `Nobody can reach ${service.name}: the way in is not complete.`, incomplete)
  }

  const wanted = requestsOf(question, asked, entry, doors)
  pieces = reach(doors, wanted)
  const served = pieces.filter((piece) => isServed(piece, service))
  const open = uniteAll(served.map((piece) => piece.flows))
  const closed = subtract(requesters(wanted), requesters(open))
  const outage = explainOutage(service, servers)
  const remedy = remedyFor(question, isOpenIn(sight.declared, question, asked))
  const stops = isEmpty(closed) ? [] : explainStops({ question, asked, entry, doors, pieces, remedy })

  const lost = pieces.filter((piece) => !isServed(piece, service))
  const stopped = isEmpty(closed) ? undefined : (lost.find((piece) => piece.outer.verdict === 'deny') ?? lost[0])
  if (outage.length > 0) {
    return answer(
      'unreachable',
      `${service.name} is down for everybody, ${who} included.`,
      [...outage, ...stops],
      stopped ?? served[0],
    )
  }
  const degraded = explainDegraded(service, servers)
  if (isEmpty(wanted)) return answer('unreachable', `${who} cannot reach ${what}.`, [noRoute(asked, doors)])
  if (isEmpty(closed)) {
    const health = servers === undefined ? ' I could not ask whether its servers are up.' : ''
    const headline = `${who} can reach ${what}: both doors let them in.${health}`
    return answer('reachable', headline, [...degraded, ...shortWay(served)], served[0])
  }
  const depends = unknownsOf(served)
  if (depends.length > 0) {
    const headline = `Whether ${who} can reach ${what} depends on ${depends.join(' and ')}.`
    return answer(
      'depends',
      headline,
      [...stops, ...degraded],
      served.find((piece) => unknownsOf([piece]).length > 0),
    )
  }
  const how = isEmpty(open) ? 'cannot' : 'can only partly'
  return answer('unreachable', `${who} ${how} reach ${what}.`, [...stops, ...degraded], stopped)
}

function isOpenIn(doors: Doors | undefined, question: ReachQuestion, asked: AskedAccess): boolean {
  const entry = doors && findEntry(doors, question.service)
  if (!doors || !entry || 'ok' in entry) return false
  const wanted = requestsOf(question, asked, entry, doors)
  const served = reach(doors, wanted).filter((piece) => isServed(piece, question.service))
  const open = uniteAll(served.map((piece) => piece.flows))
  return !isEmpty(wanted) && isEmpty(subtract(requesters(wanted), requesters(open)))
}

function remedyFor({ edge, service, subjects, narrowed }: ReachQuestion, declaredOpen: boolean): string {
  if (declaredOpen)
    return 'Git declares this open, and the live devices do not have it: deploy the declared configuration.'
  const listed = (names: readonly string[]) => names.map((subject) => subjectName(edge, subject)).join(' and ')
  const on = narrowed?.ports ? ` on ${narrowed.ports.join(' and ')}` : ''
  const via = narrowed?.via ? `, only from ${listed(narrowed.via)}` : ''
  const but = narrowed?.except ? `, except ${listed(narrowed.except)}` : ''
  return `If they should have it, ask me: “give ${listed(subjects)} access to ${service.id}${on}${via}${but} until Friday”.`
}

function noRoute(asked: AskedAccess, doors: Doors): Finding {
  const { unrouted } = arrivalsOf(doors, asked.sources)
  const where = printIpSet(unrouted).slice(0, 3).join(', ')
  return { says: `${doors.outer.id} has no route back to ${where}, so it drops what comes from there.`, traces: [] }
}

/** What runs now is told where servers are named; a way that ends before has none. */
function withHealth(way: readonly Hop[], service: Service, servers: Sight['servers']): readonly Hop[] {
  if (!way.some(({ at }) => at === 'server')) return way
  return [...way, { at: 'health', says: sayHealth(service, servers), traces: [] }]
}

function shortWay(served: readonly EdgePiece[]): readonly Finding[] {
  const [first] = served
  if (first?.outcome.kind !== 'server') return []
  const { backend, servers } = first.outcome
  const says = `The way: ${first.outer.vip ?? first.outer.egress ?? 'routed'}, then backend ${backend} (${servers.join(', ')}).`
  return [{ says, traces: first.because }]
}

/** What the verdict hangs on that the configurations do not decide, by name. */
function unknownsOf(served: readonly EdgePiece[]): readonly string[] {
  const dimensions = [...dimensionsOf(uniteAll(served.map((piece) => piece.flows)))]
  return dimensions.flatMap((name) => (name.startsWith('unknown:') ? [name.slice('unknown:'.length)] : []))
}
