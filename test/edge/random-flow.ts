import type { Box, Flow } from '../../src/flow/flow-set.ts'
import { parseIp, printIp } from '../../src/flow/ip-set.ts'
import { ABSENT_HEADER, hasValue, type Values, witnessValue } from '../../src/flow/values.ts'
import { minuteOfWeek } from '../../src/fortigate/config/schedules.ts'
import type { Packet } from '../../src/fortigate/packet.ts'
import type { EdgeRequest } from '../../src/haproxy/route.ts'
import { type Dice, generateRequest } from '../haproxy/generate.ts'

/** One flow: as the packet that the firewall gets, the request that HAProxy may get of it, and all that is known of it as a set has it. */
export type Both = {
  readonly packet: Packet
  readonly request: Omit<EdgeRequest, 'bind' | 'src'>
  /** Every dimension but the unknown ones. */
  readonly flow: Flow
}

/** Headers that random configurations look at. */
const READ = ['x-group', 'x-real-ip', 'x-num', 'x-path', 'x', 'cookie', 'authorization', 'x-forwarded-for', 'x-c']
const NAMES = ['a.example.com', 'A.example.com', 'b.example.com', 'grafana.corp', 'other.test']
const GROUPS = ['staff', 'ops']
const NETS: Readonly<Record<string, readonly string[]>> = {
  lan1: ['10.1.0.5', '10.1.0.6', '10.1.0.77', '2001:db8:1::5', '2001:db8:1::9'],
  lan2: ['10.2.0.5', '10.2.0.6', '10.2.0.129'],
  dmz: ['10.20.0.5', '10.20.0.6', '10.21.0.9', '2001:db8:20::5'],
  wan1: ['198.51.100.7', '198.51.100.250', '192.0.2.9', '2001:db8:9::9', '10.1.0.5'],
  vpn: ['172.16.0.7', '172.31.3.4'],
  vp0: ['172.31.0.5'],
}
const INGRESS = ['wan1', 'wan1', 'lan1', 'lan1', 'lan2', 'dmz', 'vpn', 'vp0']

/** Where the texts of both doors draw a line: addresses, ports and moments that stand in them. */
export type Boundaries = {
  readonly v4: readonly string[]
  readonly v6: readonly string[]
  readonly ports: readonly number[]
  readonly instants: readonly number[]
}

/** What both configurations distinguish, and what lies next to it. */
export function boundariesOf(texts: readonly string[], noon: number): Boundaries {
  const text = texts.join('\n')
  const addresses = [...new Set(text.match(/\b\d{1,3}(?:\.\d{1,3}){3}\b|\b2001:db8:[0-9a-f:]*[0-9a-f]/g) ?? [])]
  const near = addresses.flatMap((one) => {
    const ip = parseIp(one)
    if (!ip) return []
    if (ip.family === 6) return [-1n, 0n, 1n].map((by) => printIp({ family: 6, value: ip.value + by }))
    return [-1, 0, 1].flatMap((by) => {
      const value = ip.value + by
      return value > 0 && value < 0xe0000000 ? [printIp({ family: 4, value })] : []
    })
  })
  const numbers = [...text.matchAll(/(?:port|:)[ ]?(\d{2,5})(?:-(\d{2,5}))?/g)].flatMap(([, a, b]) => [a, b])
  const ports = numbers.flatMap((one) => (one === undefined ? [] : [Number(one) - 1, Number(one), Number(one) + 1]))
  const epochs = (text.match(/\b1[78]\d{8}\b/g) ?? []).map(Number)
  const days = [0, 1, 2, 3, 4, 5, 6].flatMap((day) =>
    [0, 6, 8, 12, 17, 22].map((hour) => dayStart(noon) + (day * 24 + hour) * 3600),
  )
  return {
    v4: near.filter((one) => !one.includes(':')),
    v6: near.filter((one) => one.includes(':')),
    ports: [...new Set(ports)].filter((one) => one >= 0 && one <= 65535),
    instants: [...epochs, ...days].flatMap((one) => [one - 1, one, one + 1, one - 61]),
  }
}

function dayStart(noon: number): number {
  return noon - 12 * 3600
}

const ENTRIES: readonly (readonly [string, number])[] = [
  ['203.0.113.10', 443],
  ['203.0.113.10', 443],
  ['203.0.113.10', 85],
  ['203.0.113.1', 443],
  ['203.0.113.11', 80],
  ['203.0.113.10', 80],
  ['10.20.0.6', 8080],
  ['10.20.0.5', 8443],
  ['10.20.0.6', 8005],
]
const ENTRIES6: readonly (readonly [string, number])[] = [
  ['2001:db8:ff::10', 443],
  ['2001:db8:ff::10', 443],
  ['2001:db8:ff::11', 8080],
  ['2001:db8:20::6', 8080],
]

/** A random flow, more often than not one that comes to a service from where somebody is. */
export function randomFlow(dice: Dice, at: Boundaries, timezone: string): Both {
  const ingress = dice.pick(INGRESS)
  const src = dice.often(75) ? dice.pick(NETS[ingress] ?? at.v4) : dice.pick(dice.often(15) ? at.v6 : at.v4)
  const isSix = src.includes(':')
  const [entry, door] = dice.pick(isSix ? ENTRIES6 : ENTRIES)
  const [dst, dport] = dice.often(80)
    ? [entry, dice.often(85) ? door : dice.pick(at.ports)]
    : [dice.pick(isSix ? at.v6 : at.v4), dice.pick(at.ports)]
  const sent = generateRequest(dice)
  const headers = [...sent.headers]
  if (dice.often(20)) headers.push(['x-forwarded-for', dice.pick(at.v4)])
  if (dice.often(10)) headers.push(['x-c', 'd'])
  const tls = dice.often(35) ? 1 : 0
  const seconds = dice.pick(at.instants)
  const mark = sent.path.indexOf('?')
  const flow: Flow = {
    ingress,
    src,
    dst,
    proto: dice.often(93) ? 6 : dice.pick([17, 47]),
    sport: dice.pick([1500, 3000, 50000]),
    dport,
    icmp: 0,
    at: seconds,
    week: minuteOfWeek(seconds, timezone),
    ...(dice.often(60) ? Object.fromEntries(GROUPS.map((name) => [`group:${name}`, dice.pick(['yes', 'no'])])) : {}),
    proxied: dice.pick(['10.1.0.5', '10.1.2.3', '192.0.2.7', '2001:db8::5']),
    tls,
    sni: tls && dice.often(85) ? dice.pick(NAMES) : ABSENT_HEADER,
    method: sent.method,
    host: headerOf(headers, 'host'),
    ...Object.fromEntries(READ.map((name) => [`header:${name}`, headerOf(headers, name)])),
    path: mark < 0 ? sent.path : sent.path.slice(0, mark),
    query: mark < 0 ? '' : sent.path.slice(mark + 1),
  }
  return {
    ...bothOf(flow),
    flow,
    request: { ...bothOf(flow).request, headers: headers.map(([name, value]) => [name, value]) },
  }
}

/** The same flow, moved into a box of a set or right beside it: onto one of its corners, or one step further in one dimension. */
export function flowNear(dice: Dice, box: Box, { flow }: Both, timezone: string): Both {
  const moved: Record<string, string | number> = { ...flow }
  for (const [dimension, values] of box) {
    if (dimension === 'week' || dimension.startsWith('unknown:')) continue
    const value = cornerOf(dice, dimension, values, moved[dimension])
    if (value !== undefined) moved[dimension] = value
  }
  if (moved.sni !== ABSENT_HEADER) moved.tls = 1
  // Who somebody is is known whole, or not at all.
  if (GROUPS.some((name) => moved[`group:${name}`] !== undefined))
    for (const name of GROUPS) moved[`group:${name}`] ??= 'no'
  // No packet has addresses of both families.
  if (String(moved.src).includes(':') !== String(moved.dst).includes(':'))
    Object.assign(moved, { src: flow.src, dst: flow.dst })
  moved.week = minuteOfWeek(Number(moved.at), timezone)
  return { ...bothOf(moved), flow: moved }
}

/** The same flow, but for these values. */
export function insteadOf({ flow }: Both, values: Flow): Both {
  // A server name is said in TLS.
  const tls = values.sni !== undefined && values.sni !== ABSENT_HEADER ? { tls: 1 } : {}
  const moved: Record<string, string | number> = { ...flow, ...tls, ...values }
  if (GROUPS.some((name) => moved[`group:${name}`] !== undefined))
    for (const name of GROUPS) moved[`group:${name}`] ??= 'no'
  moved.week = minuteOfWeek(Number(moved.at), 'Europe/Berlin')
  return { ...bothOf(moved), flow: moved }
}

const LARGEST: Readonly<Record<string, number>> = { proto: 255, sport: 65535, dport: 65535, icmp: 65535, at: 2 ** 32 }

function cornerOf(
  dice: Dice,
  dimension: string,
  values: Values,
  now: string | number | undefined,
): string | number | undefined {
  if (now !== undefined && hasValue(values, now) && dice.often(50)) return now
  const beside = dice.often(10) ? dice.pick([-1, 1]) : 0
  switch (values.kind) {
    case 'ip': {
      const ends4 = values.ip.v4.flat()
      const ends6 = values.ip.v6.flat()
      if (ends4.length > 0 && (ends6.length === 0 || dice.often(60))) {
        const value = dice.pick(ends4) + beside
        return value > 0 && value < 0xe0000000 ? printIp({ family: 4, value }) : now
      }
      const value = dice.pick(ends6) + BigInt(beside)
      return value > 0n && value < 0xff00n << 112n ? printIp({ family: 6, value }) : now
    }
    case 'number':
      return Math.min(LARGEST[dimension] ?? 1, Math.max(0, dice.pick(values.ranges.flat()) + beside))
    default: {
      const value = witnessValue(values)
      // No request line has it: HTTP's parser would refuse it, and sets are about what is HTTP.
      if ((dimension === 'path' || dimension === 'query') && String(value).includes(ABSENT_HEADER)) return now
      // Sets are about requests in origin form, whose path ends where the query begins.
      if (dimension === 'path') return `/${String(value).replace(/^\//, '').replaceAll('?', '')}`
      return value
    }
  }
}

/** What the firewall gets of a flow, and what HAProxy gets of it. */
function bothOf(flow: Flow): Pick<Both, 'packet' | 'request'> {
  const at = new Date(Number(flow.at) * 1000).toISOString()
  const groups = GROUPS.filter((name) => flow[`group:${name}`] === 'yes')
  const isKnown = GROUPS.every((name) => flow[`group:${name}`] !== undefined)
  const header = (name: string): [string, string][] => {
    const value = flow[name === 'host' ? name : `header:${name}`]
    return value === undefined || value === ABSENT_HEADER ? [] : [[name, String(value)]]
  }
  return {
    packet: {
      srcintf: String(flow.ingress),
      src: String(flow.src),
      dst: String(flow.dst),
      proto: Number(flow.proto),
      sport: Number(flow.sport),
      dport: Number(flow.dport),
      at,
      ...(isKnown ? { groups } : {}),
    },
    request: {
      proxy: String(flow.proxied),
      tls: flow.tls === 1,
      sni: flow.sni === ABSENT_HEADER ? null : String(flow.sni),
      version: '1.1',
      method: String(flow.method),
      path: flow.query === '' ? String(flow.path) : `${flow.path}?${flow.query}`,
      headers: ['host', ...READ].flatMap(header),
      body: null,
      at,
    },
  }
}

function headerOf(headers: readonly (readonly [string, string])[], name: string): string {
  const lines = headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value.trim())
  return lines.length === 0 ? ABSENT_HEADER : lines.join(',')
}
