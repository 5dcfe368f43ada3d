import type { BlastRadius, Opened } from '../../src/edge/blast-radius.ts'
import type { Doors } from '../../src/edge/doors.ts'
import { type EdgeOutcome, type EdgePiece, reach } from '../../src/edge/reach.ts'
import {
  type Box,
  EVERYTHING,
  type Flow,
  type FlowSet,
  flowsWhere,
  intersect,
  isEmpty,
} from '../../src/flow/flow-set.ts'
import { type IpAddress, parseIp } from '../../src/flow/ip-set.ts'
import { inRanges } from '../../src/flow/ranges.ts'
import { hasValue, names, type Values } from '../../src/flow/values.ts'
import { type FortiVerdict, prepareMatch } from '../../src/fortigate/match.ts'
import { type HaproxyPiece, prepareMeaning } from '../../src/haproxy/meaning.ts'
import { prepareRoutes, type RouteVerdict } from '../../src/haproxy/route.ts'
import type { Both } from './random-flow.ts'

/** Where a flow ends, in the words in which sets and single flows can be compared. */
export type End = string
/** `unsure`: something that is named decides, and both ways of it are told or may be. */
export type Ends = { readonly edge: End | undefined; readonly outer: End | undefined; readonly inner: End | undefined }

/** One edge, prepared for many flows: followed by the point evaluators, door by door, and looked up in the sets. */
export type Followed = {
  readonly doors: Doors
  /** What gets to a server, box by box: where flows are that matter. */
  readonly served: readonly Box[]
  /** What single flows say; undefined where they say that it depends. */
  readonly follow: (both: Both) => Ends
  /** All ends that the sets have for it; more than one where an unknown decides. */
  readonly lookUp: (
    both: Both,
  ) => Readonly<Record<keyof Ends, readonly (End | undefined)[]>> & { readonly overlap: string | undefined }
}

export function followed(doors: Doors): Followed {
  const match = prepareMatch(doors.outer)
  const route = prepareRoutes(doors.inner)
  const meaning = prepareMeaning(doors.inner)
  const byIngress = new Map<string, readonly EdgePiece[]>()
  let whole: readonly HaproxyPiece[] | undefined
  const send = ({ request }: Both, dst: string, port: number, src: string): RouteVerdict => {
    const bind = `${dst.includes(':') ? `[${dst}]` : dst}:${port}`
    const proxy = expectsProxy(doors, dst, port) ? request.proxy : null
    return route({ ...request, proxy, bind, src })
  }
  const piecesFrom = (ingress: string): readonly EdgePiece[] => {
    const pieces = byIngress.get(ingress) ?? reach(doors, flowsWhere({ ingress: names(ingress) }))
    byIngress.set(ingress, pieces)
    return pieces
  }
  return {
    doors,
    get served() {
      return ['lan1', 'wan1']
        .flatMap(piecesFrom)
        .flatMap(({ outcome, flows }) => (outcome.kind === 'server' ? flows : []))
    },
    follow: (both) => {
      const { packet } = both
      const outer = match(packet)
      const inner = send(both, packet.dst, packet.dport ?? 0, packet.src)
      return { outer: outerEnd(outer), inner: innerEnd(inner), edge: throughBoth(outer, both, send) }
    },
    lookUp: ({ flow }) => {
      const pieces = piecesFrom(String(flow.ingress))
      whole ??= meaning(EVERYTHING)
      const mine = pieces.filter((piece) => touches(piece.flows, flow))
      return {
        edge: distinct(mine.map(({ outcome }) => edgeEnd(outcome))),
        outer: distinct(mine.map(({ outer }) => outerPieceEnd(outer))),
        inner: distinct(whole.filter((piece) => touches(piece.flows, flow)).map(({ outcome }) => innerEnd(outcome))),
        overlap: overlapOf(mine, flow),
      }
    },
  }
}

/**
 * What of this flow disagrees: single flows with sets, before or after a change, or with what the change is said to open and close.
 * Undefined where all agree. Counts what was certain.
 */
export function disagreement(
  before: Followed,
  after: Followed,
  radius: BlastRadius,
  both: Both,
  counts: { certain: number; unsure: number; changed: number },
): string | undefined {
  const [was, is] = [before, after].map((one) => ({ said: one.follow(both), sets: one.lookUp(both) }))
  if (!was || !is) return 'two edges, two answers'
  for (const [when, { said, sets }] of [
    ['before', was],
    ['after', is],
  ] as const)
    for (const door of ['outer', 'inner', 'edge'] as const) {
      // Where ways through the firewall differ, a verdict does not say them one by one.
      const end = door === 'edge' && sets.outer.length > 1 ? undefined : said[door]
      if (end !== undefined && !agree(end, sets[door]))
        return `${when}, ${door}: a single flow is ${end}, the sets have ${sets[door].join(' or ')}`
    }
  for (const [when, { sets }] of [
    ['before', was],
    ['after', is],
  ] as const)
    if (sets.overlap) return `${when}: two pieces of the way through both doors have it: ${sets.overlap}`
  const changes = changesOf(radius, both)
  for (const door of ['outer', 'inner', 'edge'] as const) {
    const [from, to] = [certainEnd(was.sets[door]), certainEnd(is.sets[door])]
    if (from === undefined || to === undefined) {
      counts.unsure += 1
      continue
    }
    counts.certain += 1
    if (from !== to) counts.changed += 1
    const expected = from === to ? [] : [...openEnd('closes', door, from), ...openEnd('opens', door, to)]
    const found = changes.filter((one) => one.split(' ')[1] === door)
    if (expected.join() !== found.join())
      return `${door}: ${from} before, ${to} after, and the difference has [${found.join(', ')}]`
  }
  return undefined
}

/** Ways through the firewall that differ in their VIP or source are one to a single packet; of a range that a VIP translates back, sets have the name. */
function agree(end: End, sets: readonly (End | undefined)[]): boolean {
  // A line that may do anything stands for all that it may do.
  if (sets.includes(end) || sets.includes(undefined)) return true
  const vague = sets.length > 1 || end.startsWith('through unknown') || sets.some((one) => one?.includes(', from VIP '))
  return vague && end.startsWith('through ') && sets.every((one) => one?.startsWith('through '))
}

/** What a difference has to say of an end that is there at one time alone. */
function openEnd(word: string, door: keyof Ends, end: End): readonly string[] {
  if (door === 'outer') return end.startsWith('through ') ? [`${word} outer ${end.slice('through '.length)}`] : []
  return end.startsWith('server ') ? [`${word} ${door} ${end}`] : []
}

/** Whether all that is known of the flow is in one of the boxes. */
export function touches(set: FlowSet, flow: Flow): boolean {
  return set.some((box) => {
    for (const [dimension, values] of box) {
      const value = flow[dimension]
      if (value !== undefined && !holds(values, value)) return false
    }
    return true
  })
}

const addresses = new Map<string, IpAddress | undefined>()

/** As `hasValue`, for the same addresses again and again. */
function holds(values: Values, value: string | number): boolean {
  if (values.kind !== 'ip' || typeof value !== 'string') return hasValue(values, value)
  if (!addresses.has(value)) addresses.set(value, parseIp(value))
  const ip = addresses.get(value)
  if (!ip) return false
  return ip.family === 4 ? inRanges(values.ip.v4, ip.value) : inRanges(values.ip.v6, ip.value)
}

/** Two pieces that hold one and the same flow, which would be two answers to one question. */
function overlapOf(pieces: readonly EdgePiece[], flow: Flow): string | undefined {
  const mine = pieces.map((piece) => ({ piece, flows: piece.flows.filter((box) => touches([box], flow)) }))
  for (const [index, one] of mine.entries())
    for (const other of mine.slice(index + 1))
      if (!isEmpty(intersect(one.flows, other.flows)))
        return `${edgeEnd(one.piece.outcome)} and ${edgeEnd(other.piece.outcome)}`
  return undefined
}

/** Where a difference has this flow: `opens edge backend a`, and the like. */
function changesOf({ opens, closes }: BlastRadius, { flow }: Both): readonly string[] {
  const said = (word: string, list: readonly Opened[]) =>
    list
      .filter(({ flows }) => touches(flows, flow))
      .map(
        ({ door, backend, depends, to }) =>
          `${word} ${door} ${depends !== undefined ? 'depends' : door === 'outer' ? to : `server ${backend}`}`,
      )
  return distinct([...said('opens', opens), ...said('closes', closes)]).toSorted()
}

function throughBoth(
  outer: FortiVerdict,
  both: Both,
  send: (both: Both, dst: string, port: number, src: string) => RouteVerdict,
): End | undefined {
  const { packet } = both
  if (outer.verdict === 'depends') return undefined
  if (outer.verdict === 'deny') return 'stopped outer'
  if (packet.proto !== 6) return 'elsewhere'
  const [dst, port] = outer.dnat === null ? [packet.dst, packet.dport ?? 0] : readPlace(outer.dnat)
  const src = outer.snat ?? packet.src
  // A pool, or several sources: which one HAProxy sees is not known.
  if (!parseIp(src)) return undefined
  const inner = send(both, dst, port, src)
  return inner.kind === 'closed' && inner.because.length === 0 ? 'elsewhere' : innerEnd(inner)
}

function readPlace(text: string): [string, number] {
  const colon = text.lastIndexOf(':')
  return [text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), Number(text.slice(colon + 1))]
}

function expectsProxy({ inner }: Doors, dst: string, port: number): boolean {
  const binds = inner.proxies
    .filter(({ kind, disabled }) => kind !== 'backend' && !disabled)
    .flatMap((proxy) => proxy.binds)
  const here = binds.filter(
    ({ ports, address }) => port >= ports[0] && port <= ports[1] && address.kind === 'ip' && address.ip === dst,
  )
  return here.some((bind) => bind.acceptProxy)
}

/** Why something is stopped is compared for the firewall alone. */
function outerEnd({ verdict, vip, dstintf, snat }: FortiVerdict): End | undefined {
  if (verdict === 'depends') return undefined
  if (verdict === 'deny') return 'stopped'
  return `through ${vip ?? dstintf ?? 'unknown'}${snat === null ? '' : `, from ${snat}`}`
}

function outerPieceEnd({ verdict, vip, egress, snat }: EdgePiece['outer']): End {
  return verdict === 'deny'
    ? 'stopped'
    : `through ${vip ?? egress ?? 'unknown'}${snat === null ? '' : `, from ${snat}`}`
}

function innerEnd(one: RouteVerdict | HaproxyPiece['outcome']): End | undefined {
  switch (one.kind) {
    case 'server':
      return `server ${one.backend}`
    case 'status':
      return `stopped inner answers ${one.status}`
    case 'closed':
      return 'stopped inner closes the connection'
    case 'timeout':
      return 'stopped inner lets the client wait until it gives up'
    case 'depends':
      return undefined
  }
}

function edgeEnd(outcome: EdgeOutcome): End | undefined {
  switch (outcome.kind) {
    case 'server':
      return `server ${outcome.backend}`
    case 'elsewhere':
      return 'elsewhere'
    case 'stopped':
      return outcome.by === 'outer' ? 'stopped outer' : `stopped inner ${outcome.reason}`
    case 'depends':
      return undefined
  }
}

function distinct<T>(list: readonly T[]): readonly T[] {
  return [...new Set(list)]
}

function certainEnd(ends: readonly (End | undefined)[]): End | undefined {
  return ends.length === 1 ? ends[0] : undefined
}
