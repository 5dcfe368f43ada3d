import type { Trace } from '../evidence/trace.ts'
import {
  dimensionsOf,
  type FlowSet,
  flowsWhere,
  intersect,
  isEmpty,
  isSubset,
  NOTHING,
  subtract,
  unite,
  uniteAll,
} from '../flow/flow-set.ts'
import { ips, names, numbers } from '../flow/values.ts'
import { entrancesOf } from '../fortigate/compile/placement.ts'
import { vdomOf } from '../fortigate/config.ts'
import { fortigateMeaning } from '../fortigate/meaning.ts'
import { guardLine } from '../haproxy/compile.ts'
import { haproxyMeaning } from '../haproxy/meaning.ts'
import type { AskedAccess } from '../policy/meaning.ts'
import {
  asClientsAsk,
  askedAtMost,
  askedInside,
  askedOutside,
  requesters,
  requestsOfAnybody,
  wholeMinutes,
} from './asked.ts'
import type { Doors } from './doors.ts'
import type { Entry } from './entry.ts'
import { type EdgePiece, reach, translate } from './reach.ts'

/** What becomes of the requests that a grant asks for. */
export type Owed = {
  /** Those that get to the service. */
  readonly open: FlowSet
  /** Those that are owed and do not. */
  readonly missing: FlowSet
  /** The pieces that get there and those that do not, and the lines by which HAProxy refuses. */
  readonly served: readonly EdgePiece[]
  readonly lost: readonly EdgePiece[]
  readonly refused: readonly Trace[]
  /** What the configurations do not decide, where something is missing. */
  readonly depends: readonly string[]
}

/**
 * Whether these doors give what is asked. Owed is every request of everybody who was asked for, at their own entrance; but what others
 * refuse to all of them alike (a path that is closed to everybody) is not owed, as long as each of them gets in with something.
 */
export function owedBy(doors: Doors, asked: AskedAccess, entry: Entry, asOf: number): Owed {
  const atMost = askedAtMost(asked, entry, asOf)
  const wanted = intersect(wholeMinutes(atEntrances(doors, asked, atMost)), asClientsAsk(asked, entry))
  const pieces = reach(doors, wanted)
  const served = pieces.filter(
    ({ outcome }) => outcome.kind === 'server' && outcome.backend === asked.service.route.backend,
  )
  const lost = pieces.filter((piece) => !served.includes(piece))
  const guard = guardOf(doors, asked)
  const refusedByOthers = (piece: EdgePiece) =>
    piece.outcome.kind !== 'elsewhere' && piece.inner !== undefined && !isAtGuard(piece.because.at(-1), guard)
  const open = uniteAll(served.map((piece) => piece.flows))
  const missing = missingOf(
    open,
    lost.filter((piece) => !refusedByOthers(piece)).map(({ flows }) => flows),
    lost.filter(refusedByOthers).map(({ flows }) => flows),
  )
  const refused = lost.filter(({ outcome }) => outcome.kind === 'stopped' && outcome.by === 'inner')
  return {
    open,
    missing,
    served,
    lost,
    refused: [
      ...new Map(refused.flatMap(({ because }) => because.at(-1) ?? []).map((one) => [placeOf(one), one])).values(),
    ],
    depends: isEmpty(missing) ? [] : unknownsOf(open),
  }
}

/** Whether the FortiGate lets all of this through to HAProxy already, whatever it depends on. */
export function outerIsOpen(doors: Doors, asked: AskedAccess, entry: Entry, asOf: number): boolean {
  const wanted = wholeMinutes(atEntrances(doors, asked, askedOutside(askedAtMost(asked, entry, asOf))))
  const arrives = flowsWhere({ dst: ips(entry.mapped), dport: numbers([entry.mappedPort, entry.mappedPort]) })
  const allowed = fortigateMeaning(doors.outer, wanted).filter(
    (piece) => piece.verdict === 'allow' && piece.snat === null && isSubset(translate(piece), arrives),
  )
  return isSubset(wanted, uniteAll(allowed.map((piece) => piece.flows)))
}

/** Whether a grant at HAProxy would add nothing: all who are asked for are handed to the service, and no request of theirs ends at its guard. */
export function innerIsOpen(doors: Doors, asked: AskedAccess, entry: Entry, asOf: number): boolean {
  const wanted = intersect(wholeMinutes(askedInside(asked, entry, asOf)), asClientsAsk(asked, entry))
  const guard = guardOf(doors, asked)
  const pieces = haproxyMeaning(doors.inner, wanted)
  if (pieces.some(({ because }) => isAtGuard(because.at(-1), guard))) return false
  const served = pieces.filter(
    ({ outcome }) => outcome.kind === 'server' && outcome.backend === asked.service.route.backend,
  )
  return isSubset(requesters(wanted), requesters(uniteAll(served.map((piece) => piece.flows))))
}

/**
 * Flows where they come in: each by the interfaces that its answers leave by, as far as the VIP listens there. What no route leads back
 * to has no entrance, and stays by any.
 */
function atEntrances({ outer }: Doors, asked: AskedAccess, flows: FlowSet): FlowSet {
  const vdom = vdomOf(outer)
  if (!vdom) return flows
  const vip = vdom.vips.find(({ name }) => name === asked.service.entry.vip)
  const listens = (port: string) =>
    !vip ||
    ((vip.extintf === 'any' || vip.extintf === port || vip.extintf === vdom.zoneOf.get(port)) &&
      (vip.sourceInterfaces.length === 0 || vip.sourceInterfaces.includes(port)))
  const { entrances, nowhere } = entrancesOf(vdom, asked.sources)
  const whence = entrances.map(({ ports, sources }) => {
    const taken = ports.filter(listens)
    return flowsWhere({ src: ips(sources), ingress: names(...(taken.length > 0 ? taken : ports)) })
  })
  return intersect(flows, uniteAll([...whence, flowsWhere({ src: ips(nowhere) })]))
}

/** All that is shut by a door that a grant would open; and of what others refuse, whatever somebody gets in with. */
function missingOf(open: FlowSet, shut: readonly FlowSet[], refused: readonly FlowSet[]): FlowSet {
  const away = refused.reduce<FlowSet>(unite, NOTHING)
  const nobody = subtract(requesters(away), requesters(open))
  const unequal = intersect(away, requestsOfAnybody(open))
  return uniteAll([...shut, nobody, unequal])
}

type Guard = { readonly file: string; readonly line: number }

function guardOf({ inner }: Doors, { service }: AskedAccess): Guard | undefined {
  const line = guardLine(inner, service.id, service.route.frontend, service.route.backend)
  return line === undefined ? undefined : { file: inner.file, line }
}

function isAtGuard(trace: Trace | undefined, guard: Guard | undefined): boolean {
  return trace !== undefined && guard !== undefined && trace.file === guard.file && trace.line === guard.line
}

function unknownsOf(flows: FlowSet): readonly string[] {
  return [...dimensionsOf(flows)].flatMap((name) =>
    name.startsWith('unknown:') ? [name.slice('unknown:'.length)] : [],
  )
}

function placeOf({ file, line }: Trace): string {
  return `${file}:${line}`
}
