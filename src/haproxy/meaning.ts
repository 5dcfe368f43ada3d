import type { Trace } from '../evidence/trace.ts'
import { compact, type FlowSet, flowsWhere, intersect, isEmpty, NOTHING, subtract, unite } from '../flow/flow-set.ts'
import { ANY_IPV4, ANY_IPV6, subtractIp } from '../flow/ip-set.ts'
import { remember } from '../flow/remember.ts'
import { ips, names, numbers } from '../flow/values.ts'
import { addressSet, NOBODY } from './address.ts'
import { TLS } from './meaning/connection-flows.ts'
import { type FlowState, UNTOUCHED } from './meaning/flow-state.ts'
import { flowWorld } from './meaning/flow-world.ts'
import { walkFrontend } from './meaning/walk.ts'
import type { Ending, Place, World } from './meaning/world.ts'
import type { Bind, HaproxyDevice, ProxySection } from './model.ts'
import { blankExchange } from './route.ts'
import { openRoom } from './samples/room.ts'
import { citeLine, placeOf } from './text/line-places.ts'

/** Flows that share a fate, and the line that decides it. */
export type HaproxyPiece = {
  readonly flows: FlowSet
  readonly outcome:
    | {
        readonly kind: 'server'
        readonly frontend: string
        readonly backend: string
        readonly servers: readonly string[]
      }
    | { readonly kind: 'status'; readonly status: number; readonly frontend: string }
    | { readonly kind: 'closed' }
    | { readonly kind: 'timeout' }
    /** Crossed by something that is not modelled and may do anything; the rest of its `unknown:` dimension goes on as if it did nothing. */
    | { readonly kind: 'depends'; readonly on: string }
  readonly because: readonly Trace[]
}

/**
 * What becomes of every flow within the given ones: disjoint pieces that cover it. Dimensions: `dst` `dport` are the address
 * connected to, `src` is the TCP peer, `proxied` the client that a PROXY header claims, `tls` 0 or 1, `sni`, `host` (the raw Host
 * header, several lines joined by commas), `path`, `query` (`''` is none), `method`, `header:<name>`, `at`. Regular expressions,
 * counters and the like are `unknown:` dimensions. HTTP flows are taken to be well-formed and in origin form.
 */
export function haproxyMeaning(device: HaproxyDevice, within: FlowSet): readonly HaproxyPiece[] {
  return prepared(device)(within)
}

/** A device is asked about at every message, and in one proof several times. */
const prepared = remember((device: HaproxyDevice) => prepareMeaning(device))

/** The same for many questions about one device: what its criteria match is worked out once. */
export function prepareMeaning(device: HaproxyDevice): (within: FlowSet) => readonly HaproxyPiece[] {
  const [fatal] = device.fatal
  if (fatal) {
    const on = `HAProxy refuses this file: ${fatal.message} (${fatal.file}:${fatal.line})`
    return (within) => (isEmpty(within) ? [] : [{ flows: within, outcome: { kind: 'depends', on }, because: [] }])
  }
  const room = openRoom(device)
  const world = flowWorld(room, blankExchange)
  const listeners = listenerFlows(device)
  return (within) => meaningWithin(device, within, listeners, world)
}

function meaningWithin(
  device: HaproxyDevice,
  within: FlowSet,
  listeners: readonly ListenerFlows[],
  world: World<FlowState>,
): readonly HaproxyPiece[] {
  const pieces: HaproxyPiece[] = []
  let unclaimed = within
  for (const { frontend, bind, flows } of listeners) {
    const mine = intersect(unclaimed, flows)
    unclaimed = subtract(unclaimed, flows)
    if (isEmpty(mine)) continue
    for (const { flows, view } of startsAt(frontend, bind, mine)) {
      const start: FlowState = { flows, view, proxy: frontend, frontend }
      for (const ending of walkFrontend(world, device, frontend, bind, start)) pieces.push(pieceOf(device, ending))
    }
  }
  const undecided = unresolvedBinds(device)
  for (const { name, place } of undecided) {
    const maybe = flowsWhere({ [`unknown:${name}`]: names('yes') })
    const flows = intersect(unclaimed, maybe)
    unclaimed = subtract(unclaimed, maybe)
    if (!isEmpty(flows))
      pieces.push({ flows, outcome: { kind: 'depends', on: name }, because: [traceOf(device, place)] })
  }
  if (!isEmpty(unclaimed)) pieces.push({ flows: unclaimed, outcome: { kind: 'closed' }, because: [] })
  return joinPieces(pieces)
}

/** In tcp mode what passes is TLS or is not, and rules that keep a part of it in a variable cannot forget which. */
function startsAt(frontend: ProxySection, bind: Bind, flows: FlowSet): readonly Pick<FlowState, 'flows' | 'view'>[] {
  if (frontend.mode === 'http' || bind.ssl) return [{ flows, view: UNTOUCHED }]
  const parts = [
    { flows: intersect(flows, TLS), view: { ...UNTOUCHED, passes: 'tls' as const } },
    { flows: subtract(flows, TLS), view: { ...UNTOUCHED, passes: 'clear' as const } },
  ]
  return parts.filter((part) => !isEmpty(part.flows))
}

type ListenerFlows = { readonly frontend: ProxySection; readonly bind: Bind; readonly flows: FlowSet }

/** Listeners in the order the kernel prefers them, each with its own flows; equal ones share theirs by an unknown. */
function listenerFlows(device: HaproxyDevice): readonly ListenerFlows[] {
  const all = device.proxies
    .filter((proxy) => proxy.kind !== 'backend' && !proxy.disabled)
    .flatMap((frontend) => frontend.binds.map((bind) => ({ frontend, bind, flows: bindFlows(bind) })))
    .filter(({ flows }) => !isEmpty(flows))
  const found: ListenerFlows[] = []
  let specific: FlowSet = NOTHING
  for (const rank of [0, 1, 2]) {
    const peers = all.filter(({ bind }) => rankOf(bind) === rank)
    let level: FlowSet = NOTHING
    for (const [at, peer] of peers.entries()) {
      const later = peers.slice(at + 1).filter((other) => !isEmpty(intersect(other.flows, peer.flows)))
      let flows = subtract(peer.flows, specific)
      for (const other of later) {
        const says = `which of ${citeLine(device, peer.bind.line)} and ${citeLine(device, other.bind.line)} gets the connection`
        flows = subtract(flows, intersect(other.flows, flowsWhere({ [`unknown:${says}`]: names('no') })))
      }
      found.push({ ...peer, flows })
      level = unite(level, peer.flows)
    }
    specific = unite(specific, level)
  }
  return found
}

function rankOf({ address }: Bind): number {
  if (address.kind !== 'any') return 0
  return address.v4 !== address.v6 ? 1 : 2
}

/** A connection has both addresses of one family. */
function bindFlows({ address, ports }: Bind): FlowSet {
  const dport = numbers(ports)
  const [four, six] = [ips(ANY_IPV4), ips(ANY_IPV6)]
  if (address.kind === 'ip')
    return flowsWhere({ src: address.ip.includes(':') ? six : four, dst: ips(addressSet(address.ip)), dport })
  if (address.kind !== 'any') return NOTHING
  return unite(
    address.v4 ? flowsWhere({ src: four, dst: ips(subtractIp(ANY_IPV4, NOBODY)), dport }) : NOTHING,
    address.v6 ? flowsWhere({ src: six, dst: ips(subtractIp(ANY_IPV6, NOBODY)), dport }) : NOTHING,
  )
}

function unresolvedBinds(device: HaproxyDevice): readonly { readonly name: string; readonly place: Place }[] {
  return device.proxies.flatMap((proxy) => [
    ...proxy.binds.flatMap(({ address, line, says }) =>
      address.kind === 'unknown'
        ? [{ name: `${address.says} (${citeLine(device, line)})`, place: { line, says } }]
        : [],
    ),
    ...proxy.unmodelled
      .filter(({ keyword }) => keyword.startsWith('bind'))
      .map(({ keyword, line }) => ({ name: `${keyword} (${citeLine(device, line)})`, place: { line, says: keyword } })),
  ])
}

function traceOf(device: HaproxyDevice, { line, says }: Place): Trace {
  return { device: device.id, ...placeOf(device.text, line), says }
}

function pieceOf(device: HaproxyDevice, { state, outcome, place }: Ending<FlowState>): HaproxyPiece {
  const because = [traceOf(device, place)]
  const { flows } = state
  switch (outcome.kind) {
    case 'server': {
      const { kind, frontend, backend, servers } = outcome
      return { flows, outcome: { kind, frontend, backend, servers }, because }
    }
    case 'status':
      return { flows, outcome: { kind: 'status', status: outcome.status, frontend: outcome.frontend }, because }
    case 'depends':
      return { flows, outcome: { kind: 'depends', on: outcome.on }, because }
    default:
      return { flows, outcome: { kind: outcome.kind }, because }
  }
}

/** Pieces with the same fate by the same line are one. */
function joinPieces(pieces: readonly HaproxyPiece[]): readonly HaproxyPiece[] {
  const joined = new Map<string, HaproxyPiece>()
  for (const piece of pieces) {
    const key = JSON.stringify([piece.outcome, piece.because.at(-1)?.file, piece.because.at(-1)?.line])
    const known = joined.get(key)
    joined.set(key, known ? { ...known, flows: compact(unite(known.flows, piece.flows)) } : piece)
  }
  return [...joined.values()]
}
