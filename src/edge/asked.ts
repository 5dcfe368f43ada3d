import { dimensionsOf, type FlowSet, flowsWhere, forget, intersect, unite, uniteAll } from '../flow/flow-set.ts'
import { ANY_IP, printIpSet, subtractIp } from '../flow/ip-set.ts'
import { exactText, foldedText, NO_TEXT, prefixText, type TextSet, uniteText } from '../flow/text-set.ts'
import { ips, names, numbers, textOf, texts, type Values } from '../flow/values.ts'
import { readNetworks } from '../haproxy/address.ts'
import { beforeList } from '../haproxy/texts/list-texts.ts'
import type { AskedAccess } from '../policy/meaning.ts'
import type { Entry } from './entry.ts'

const LAST_SECOND = 2 ** 40
const TCP = 6
const UDP = 17

/** What is asked, end to end: its sources, to the outside of the service's VIP, on its ports, in its time, by its methods and paths. */
export function askedAtMost(asked: AskedAccess, entry: Entry, asOf: number): FlowSet {
  return intersect(whoAndWhen(asked, asOf), intersect(flowsWhere({ dst: ips(entry.external) }), onPorts(asked.ports)))
}

/**
 * The widest that a change may open, end to end. Some sources may pass the firewall to an address that HAProxy listens on already (a
 * scanner, an admin network; where it listens on every address, any that is routed); once the inner door lets them in, they reach the
 * service that way too. Same people, same service, same time: it is within what was asked, and the card lists it.
 */
export function mayOpen(asked: AskedAccess, entry: Entry, asOf: number): FlowSet {
  return unite(askedAtMost(asked, entry, asOf), withoutGroups(intersect(whoAndWhen(asked, asOf), direct(entry)), asked))
}

/** The same at the outer door alone: by its VIP, or straight to where the VIP leads, as policies are written with central NAT. */
export function mayOpenOutside(asked: AskedAccess, entry: Entry, asOf: number): FlowSet {
  const mapped = intersect(direct(entry), flowsWhere({ dst: ips(entry.mapped) }))
  return askedOutside(unite(askedAtMost(asked, entry, asOf), intersect(whoAndWhen(asked, asOf), mapped)))
}

/**
 * The same at the inner door alone: the same people at any address and port of it that leads to the service. Which of those can be come
 * to is the outer door's affair, and judged end to end. Their addresses are all that HAProxy takes for them, also when a PROXY header says so.
 */
export function mayOpenInside(asked: AskedAccess, asOf: number): FlowSet {
  const clients = ips(readNetworks(printIpSet(asked.sources)).ips)
  const others = forget(withoutGroups(whoAndWhen(asked, asOf), asked), 'src')
  const [peers, claimed] = [flowsWhere({ src: clients }), flowsWhere({ proxied: clients })]
  return intersect(others, unite(peers, claimed))
}

function direct(entry: Entry): FlowSet {
  return flowsWhere({
    proto: numbers([TCP, TCP]),
    dst: ips(subtractIp(ANY_IP, entry.translated)),
    dport: numbers([entry.mappedPort, entry.mappedPort]),
  })
}

/** Of these, what the outer door can tell apart, which sees neither headers nor methods nor paths. */
export function askedOutside(atMost: FlowSet): FlowSet {
  return ['method', 'path', ...headersOf(atMost)].reduce(forget, atMost)
}

/** What is asked, as HAProxy is connected to when it comes by the service's VIP. */
export function askedInside(asked: AskedAccess, entry: Entry, asOf: number): FlowSet {
  const arriving = flowsWhere({ dst: ips(entry.mapped), dport: numbers([entry.mappedPort, entry.mappedPort]) })
  return intersect(withoutGroups(whoAndWhen(asked, asOf), asked), arriving)
}

/** Requests as clients really send them to this service: its host names in any spelling of case, TLS where the door speaks it. */
export function asClientsAsk(asked: AskedAccess, entry: Entry): FlowSet {
  const { hosts } = asked.service
  const named = hosts.reduce<TextSet>((all, host) => uniteText(all, foldedText(host)), NO_TEXT)
  return flowsWhere({
    tls: numbers(entry.tls ? [1, 1] : [0, 0]),
    host: hosts.length > 0 ? texts(named) : undefined,
    sni: entry.tls && hosts.length > 0 ? texts(named) : undefined,
  })
}

/** What only matters within a request. Two flows that differ only there come from one person's one access. */
const DETAILS = ['tls', 'sni', 'host', 'path', 'query', 'method']

/** Who reaches it and when, whatever the request looks like in detail. Unknowns stay: they are not details. */
export function requesters(flows: FlowSet): FlowSet {
  return [...DETAILS, ...headersOf(flows)].reduce(forget, flows)
}

/** What is sent, whoever sends it, from wherever and whenever. Unknowns stay. */
export function requestsOfAnybody(flows: FlowSet): FlowSet {
  const who = [...dimensionsOf(flows)].filter(
    (name) => !DETAILS.includes(name) && !name.startsWith('header:') && !name.startsWith('unknown:'),
  )
  return who.reduce(forget, flows)
}

function headersOf(flows: FlowSet): readonly string[] {
  return [...dimensionsOf(flows)].filter((dimension) => dimension.startsWith('header:'))
}

/**
 * A FortiGate schedule ends on a whole minute, and FortiOS does not document whether that minute still counts; the compiler takes
 * the earlier reading, so the last minute of a grant is not owed.
 */
export function wholeMinutes(flows: FlowSet): FlowSet {
  return flows.flatMap((box) => {
    const at = box.get('at')
    if (at?.kind !== 'number') return [box]
    const ranges = at.ranges.flatMap(([from, to]): (readonly [number, number])[] => {
      const first = Math.ceil(from / 60) * 60
      const last = to >= 2 ** 40 ? to : Math.floor((to + 1) / 60) * 60 - 61
      return first <= last ? [[first, last]] : []
    })
    return ranges.length > 0 ? [new Map(box).set('at', { kind: 'number' as const, ranges })] : []
  })
}

/** Canonical: equal grants give equal text, whatever order their parts were written in. */
export function canonicalAsked(asked: AskedAccess, entry: Entry, asOf: number): string {
  const printable = whoAndWhen(asked, asked.from ?? asOf).map((box) =>
    [...box].filter(([dimension]) => dimension !== 'at').map(([dimension, values]) => [dimension, plain(values)]),
  )
  return JSON.stringify({
    service: asked.service.id,
    entry: asked.service.entry,
    route: asked.service.route,
    external: printIpSet(entry.external),
    arrives: [printIpSet(entry.mapped), entry.mappedPort],
    ports: [...asked.ports].sort((a, b) => a.proto.localeCompare(b.proto) || a.from - b.from),
    from: asked.from ?? null,
    until: asked.until ?? null,
    boxes: printable,
  })
}

function whoAndWhen(asked: AskedAccess, asOf: number): FlowSet {
  const constraints: Record<string, Values | undefined> = {
    src: ips(asked.sources),
    at: numbers([Math.max(asOf, asked.from ?? 0), asked.until ?? LAST_SECOND]),
    method: asked.methods && names(...asked.methods),
    path: asked.paths && texts(asked.paths.reduce<TextSet>((all, path) => uniteText(all, prefixText(path)), NO_TEXT)),
  }
  return intersect(intersect(flowsWhere(constraints), inGroups(asked)), withHeader(asked))
}

/** A FortiGate policy with several groups takes a member of any of them. */
function inGroups(asked: AskedAccess): FlowSet {
  if (asked.fortigateGroups.length === 0) return [new Map()]
  return uniteAll(asked.fortigateGroups.map((group) => flowsWhere({ [`group:${group}`]: names('yes') })))
}

/** People whom only a trusted header tells apart are let in with one of its values, which may stand among others. */
function withHeader({ headers }: AskedAccess): FlowSet {
  const values = new Map<string, TextSet>()
  for (const { name, value } of headers)
    values.set(name, uniteText(values.get(name) ?? NO_TEXT, beforeList(exactText(value), 'any')))
  return flowsWhere(Object.fromEntries([...values].map(([name, text]) => [`header:${name}`, texts(text)])))
}

function withoutGroups(flows: FlowSet, asked: AskedAccess): FlowSet {
  return asked.fortigateGroups.map((group) => `group:${group}`).reduce(forget, flows)
}

function onPorts(ports: AskedAccess['ports']): FlowSet {
  return uniteAll(
    ports.map(({ proto, from, to }) => {
      const number = proto === 'tcp' ? TCP : UDP
      return flowsWhere({ proto: numbers([number, number]), dport: numbers([from, to]) })
    }),
  )
}

function plain(values: Values): unknown {
  switch (values.kind) {
    case 'ip':
      return [values.ip.v4, values.ip.v6.map(([from, to]) => [String(from), String(to)])]
    case 'number':
      return values.ranges
    case 'name':
      return [values.mode, [...values.names].sort()]
    case 'text':
      return textOf(values)
  }
}
