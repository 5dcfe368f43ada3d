import type { Trace } from '../evidence/trace.ts'
import { type Flow, type FlowSet, flowsWhere, witness } from '../flow/flow-set.ts'
import { readCidr } from '../flow/ip-set.ts'
import { ABSENT_HEADER, hasValue, ips, numbers } from '../flow/values.ts'
import { lineTrace } from '../fortigate/config/line-trace.ts'
import { vdomOf } from '../fortigate/config.ts'
import { prepareListeners } from '../haproxy/config/find-listeners.ts'
import type { Bind, HaproxyDevice } from '../haproxy/model.ts'
import { routeRequest } from '../haproxy/route.ts'
import { placeOf } from '../haproxy/text/line-places.ts'
import type { Doors } from './doors.ts'
import { likelyFlow } from './likely-flow.ts'
import { type EdgePiece, translate } from './reach.ts'

/** One place on the way through both doors; they come in the order in which a flow meets them. */
export type Hop = {
  readonly at:
    | 'ingress'
    | 'vip'
    | 'policy'
    | 'mapped'
    | 'source'
    | 'bind'
    | 'rule'
    | 'unknown'
    | 'end'
    | 'backend'
    | 'server'
    | 'health'
  readonly says: string
  readonly traces: readonly Trace[]
}

/**
 * The way of one flow of this piece, hop by hop: interface, VIP, policy, the address it is sent on to, the source that HAProxy sees,
 * the listener, each rule that made something of the request, what decides, backend and servers; up to where it ends. What the
 * configurations do not decide is a hop by its name, at the door that asks for it. Empty for a piece that holds no flow.
 */
export function wayThrough(doors: Doors, piece: EdgePiece): readonly Hop[] {
  const flow = likelyFlow(piece.flows, doors.outer.timezone)
  if (!flow) return []
  const outside = outerHops(doors, piece.outer, flow)
  if (piece.outer.verdict === 'deny') return outside
  const arrival = arrivalOf(piece.outer, flow)
  return [...outside, ...arrivalHops(doors, piece, arrival), ...innerHops(doors, piece, flow, arrival)]
}

function outerHops({ outer }: Doors, piece: EdgePiece['outer'], flow: Flow): readonly Hop[] {
  const vdom = vdomOf(outer)
  const port = vdom?.interfaces.get(String(flow.ingress))
  const zone = vdom?.zoneOf.get(String(flow.ingress))
  const vip = vdom?.vips.find(({ name }) => name === piece.vip)
  const to = endpoint(flow.dst, flow.dport)
  return [
    {
      at: 'ingress',
      says: `${flow.src} comes in to ${outer.id} by ${flow.ingress}${zone === undefined ? '' : ` (zone ${zone})`}`,
      traces: port ? [lineTrace(outer, port.line)] : [],
    },
    vip
      ? { at: 'vip', says: `VIP ${vip.name} takes ${to}`, traces: [lineTrace(outer, vip.line)] }
      : { at: 'vip', says: `no VIP takes ${to}`, traces: [] },
    ...undecided(piece.flows, flow),
    { at: 'policy', says: sayPolicy(piece), traces: piece.because.slice(-1) },
  ]
}

function sayPolicy({ verdict, reason, policy, egress, flows }: EdgePiece['outer']): string {
  if (!policy) return verdict === 'deny' ? `nothing lets it through (${reason})` : `it goes on (${reason})`
  const named = `policy ${policy.id}${policy.name ? ` "${policy.name}"` : ''}`
  if (verdict === 'deny') return `${named} ${reason === 'policy' ? 'denies it' : `does not let it through (${reason})`}`
  const groups = flows.flatMap((box) =>
    [...box].flatMap(([dimension, values]) =>
      dimension.startsWith('group:') && !hasValue(values, 'no') ? [dimension.slice('group:'.length)] : [],
    ),
  )
  const signedIn = groups.length === 0 ? '' : `, for those signed in as ${[...new Set(groups)].sort().join(' or ')}`
  return `${named} lets it through${egress === undefined ? '' : ` to ${egress}`}${signedIn}`
}

/** One flow as HAProxy is connected to. */
type Arrival = { readonly src: string; readonly dst: string; readonly port: number }

function arrivalOf(piece: EdgePiece['outer'], flow: Flow): Arrival {
  const [src, dst, port] = [String(flow.src), String(flow.dst), Number(flow.dport)]
  const [from, to] = [readCidr(src), readCidr(dst)]
  const one = flowsWhere({ src: from && ips(from), dst: to && ips(to), dport: numbers([port, port]) })
  const next = witness(translate({ ...piece, flows: one }))
  return { src: String(next?.src ?? src), dst: String(next?.dst ?? dst), port: Number(next?.dport ?? port) }
}

function arrivalHops({ outer, inner }: Doors, piece: EdgePiece, { src, dst, port }: Arrival): readonly Hop[] {
  const { snat, dnat, because } = piece.outer
  const vip = vdomOf(outer)?.vips.find(({ name }) => name === piece.outer.vip)
  const to = endpoint(dst, port)
  const mapped: Hop = {
    at: 'mapped',
    says: dnat ? `${outer.id} sends it on to ${to}` : `${outer.id} sends it on as it is, to ${to}`,
    traces: vip ? [lineTrace(outer, vip.line)] : [],
  }
  if (piece.outcome.kind === 'elsewhere' && !piece.inner?.because.length) {
    const says = `nothing of ${inner.id} listens there: it goes to ${piece.outcome.egress}`
    return [mapped, { at: 'end', says, traces: [] }]
  }
  const source: Hop =
    snat === null
      ? { at: 'source', says: `${inner.id} is connected to from ${src}, the client's own address`, traces: [] }
      : {
          at: 'source',
          says: `${inner.id} is connected to from ${readCidr(snat) ? src : snat}, which hides the client`,
          traces: because.slice(-1),
        }
  const bind = bindOf(inner, dst, port)
  if (!bind) return [mapped, source]
  const tls = bind.ssl ? ' and ends TLS' : ''
  return [mapped, source, { at: 'bind', says: `${inner.id} listens on ${to}${tls}`, traces: [traceOf(inner, bind)] }]
}

function innerHops({ inner }: Doors, piece: EdgePiece, flow: Flow, { src, dst, port }: Arrival): readonly Hop[] {
  if (!piece.inner || piece.inner.because.length === 0) return []
  const listens = bindOf(inner, dst, port)
  const named: Hop[] =
    listens?.acceptProxy && flow.proxied !== undefined
      ? [
          {
            at: 'source',
            says: `its PROXY header names ${flow.proxied} as the client`,
            traces: [traceOf(inner, listens)],
          },
        ]
      : []
  const decided = piece.inner.because.slice(-1)
  const request = {
    bind: endpoint(dst, port),
    src,
    ...requestOf(flow),
    proxy: listens?.acceptProxy ? proxyOf(flow) : null,
  }
  const { because } = routeRequest(inner, request)
  const same = because.at(-1)?.line === decided.at(-1)?.line
  const rules = (same ? because.slice(0, -1) : []).map(
    (trace): Hop => ({ at: 'rule', says: 'this rule applies on the way', traces: [trace] }),
  )
  return [...named, ...rules, ...undecided(piece.inner.flows, flow), ...endHops(inner, piece, decided)]
}

function endHops(inner: HaproxyDevice, { outcome }: EdgePiece, decided: readonly Trace[]): readonly Hop[] {
  switch (outcome.kind) {
    case 'server': {
      const backend = inner.proxies.find(({ name, kind }) => name === outcome.backend && kind !== 'frontend')
      const servers = backend?.servers.filter(({ name }) => outcome.servers.includes(name)) ?? []
      return [
        { at: 'rule', says: `this line hands it to ${outcome.backend}`, traces: decided },
        { at: 'backend', says: `backend ${outcome.backend}`, traces: backend ? [traceOf(inner, backend)] : [] },
        {
          at: 'server',
          says: `${servers.length === 1 ? 'server' : 'one of the servers'} ${outcome.servers.join(', ')}`,
          traces: servers.map((server) => traceOf(inner, server)),
        },
      ]
    }
    case 'depends':
      return [{ at: 'unknown', says: `${outcome.on} is not modelled and may do anything`, traces: decided }]
    case 'stopped':
      return [{ at: 'end', says: `${inner.id} ${outcome.reason}`, traces: decided }]
    case 'elsewhere':
      return [{ at: 'end', says: `it goes to ${outcome.egress}, past ${inner.id}`, traces: decided }]
  }
}

/** What this door does not decide, and which way of it is followed here. */
function undecided(flows: FlowSet, flow: Flow): readonly Hop[] {
  const names = new Set(flows.flatMap((box) => [...box.keys()].filter((name) => name.startsWith('unknown:'))))
  return [...names].flatMap((name) =>
    flow[name] === undefined
      ? []
      : [
          {
            at: 'unknown',
            says: `not decided here: ${name.slice('unknown:'.length)} (followed for: ${flow[name]})`,
            traces: [],
          },
        ],
  )
}

function bindOf(inner: HaproxyDevice, dst: string, port: number): Bind | undefined {
  return prepareListeners(inner)(dst, port).listeners[0]?.bind
}

/** The flow as one request; what it does not speak of is as plain as can be. */
function requestOf(flow: Flow) {
  const { tls, sni, method, host, path, query, at } = flow
  const headers = Object.entries(flow).flatMap(([dimension, value]): [string, string][] =>
    dimension.startsWith('header:') && value !== ABSENT_HEADER
      ? [[dimension.slice('header:'.length), String(value)]]
      : [],
  )
  return {
    tls: tls === 1,
    sni: sni === undefined || sni === ABSENT_HEADER ? null : String(sni),
    ...(method === undefined ? {} : { method: String(method) }),
    path: `${path ?? '/'}${query === undefined || query === '' || query === ABSENT_HEADER ? '' : `?${query}`}`,
    headers:
      host === undefined || host === ABSENT_HEADER ? headers : [['host', String(host)] as [string, string], ...headers],
    at: at === undefined ? null : new Date(Number(at) * 1000).toISOString(),
  }
}

function proxyOf({ proxied }: Flow): string | null {
  return proxied === undefined ? null : String(proxied)
}

function traceOf({ id, text }: HaproxyDevice, { line, says }: { readonly line: number; readonly says: string }): Trace {
  return { device: id, ...placeOf(text, line), says }
}

function endpoint(address: unknown, port: unknown): string {
  const host = String(address)
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
