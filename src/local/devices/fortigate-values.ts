import { parseIp } from '../../flow/ip-set.ts'
import type { RestTable } from '../../fortigate/compile/rest-shape.ts'
import { type Complaint, complain } from './fortigate-complaint.ts'
import { namesIn } from './fortigate-references.ts'
import type { Row } from './fortigate-tables.ts'

/** Why the device does not take a value; undefined when it does. `row` is the whole entry, `body` what is written of it. */
export function valueComplaint(path: string, table: RestTable, row: Row, body: Row): Complaint | undefined {
  for (const [name, check] of Object.entries(CHECKS[path] ?? {})) {
    if (body[name] === undefined) continue
    for (const value of namesIn(body[name])) {
      // Empty is for the check of what is required.
      const error = check(value)
      if (error !== undefined) return complain(424, error, `"${value}" is no value of "${name}"`)
    }
  }
  const [from, to] = ORDERED[path] ?? []
  if (from === undefined || to === undefined || (path.startsWith('firewall/address') && row.type !== 'iprange'))
    return undefined
  const [first, last] = [orderOf(row[from]), orderOf(row[to])]
  const isWritten = body[from] !== undefined || body[to] !== undefined
  const isWrong = isWritten && table.key !== undefined && first !== undefined && last !== undefined && first > last
  return isWrong ? complain(424, -48, `"${to}" is before "${from}"`) : undefined
}

type Check = (text: string) => number | undefined
const ip: Check = (text) => (parseIp(text) ? undefined : -8)
const network: Check = (text) => {
  const [, address = text, mask] = /^(\S+?)(?:[/ ](\S+))?$/.exec(text) ?? []
  if (!parseIp(address)) return -8
  return mask === undefined || isMask(mask, address.includes(':')) ? undefined : -9
}
const range: Check = (text) => {
  const [from = '', to, more] = text.split('-')
  if (more !== undefined || ip(from) || (to !== undefined && ip(to)))
    return network(text) === undefined ? undefined : -8
  return to !== undefined && (parseIp(from)?.value ?? 0) > (parseIp(to)?.value ?? 0) ? -48 : undefined
}
const ports: Check = (text) => {
  const [from, to, more] = text.split('-')
  const [first, last] = [Number(from), Number(to ?? from)]
  const fine = /^\d{1,5}(?:-\d{1,5})?$/.test(text) && more === undefined && first <= last && last <= 65535
  return fine ? undefined : -363
}
const portPairs: Check = (text) =>
  text
    .split(' ')
    .flatMap((pair) => pair.split(':').map(ports))
    .find(Boolean)
const time: Check = (text) => (/^(?:[01]?\d|2[0-3]):[0-5]\d$/.test(text) ? undefined : -50)
const moment: Check = (text) =>
  /^(?:[01]?\d|2[0-3]):[0-5]\d \d{4}\/(?:0?[1-9]|1[0-2])\/(?:0?[1-9]|[12]\d|3[01])$/.test(text) ? undefined : -50

const PORT_LISTS = ['tcp-portrange', 'udp-portrange', 'sctp-portrange', 'udplite-portrange']
const VIP_CHECKS = { extip: range, extport: ports, mappedport: ports, mappedip: range, 'src-filter': range }
const CHECKS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  'firewall/address': { subnet: network, 'start-ip': ip, 'end-ip': ip, wildcard: network },
  'firewall/address6': { ip6: network, 'start-ip': ip, 'end-ip': ip },
  'firewall/vip': VIP_CHECKS,
  'firewall/vip6': VIP_CHECKS,
  'firewall/vip/realservers': { ip: range },
  'firewall/ippool': { startip: ip, endip: ip },
  'firewall.service/custom': Object.fromEntries(PORT_LISTS.map((name) => [name, portPairs])),
  'firewall.schedule/onetime': { start: moment, end: moment },
  'firewall.schedule/recurring': { start: time, end: time },
  'router/static': { dst: network, gateway: ip },
  'router/static6': { dst: network, gateway: ip },
  'system/interface': { ip: network },
}
/** What ends must not be before what starts. */
const ORDERED: Readonly<Record<string, readonly [string, string]>> = {
  'firewall/address': ['start-ip', 'end-ip'],
  'firewall/address6': ['start-ip', 'end-ip'],
  'firewall/ippool': ['startip', 'endip'],
  'firewall.schedule/onetime': ['start', 'end'],
}

function orderOf(value: unknown): bigint | undefined {
  const text = String(value)
  const when = /^(\d+):(\d+) (\d+)\/(\d+)\/(\d+)$/.exec(text)
  if (!when) {
    const address = parseIp(text)
    return address && BigInt(address.value)
  }
  const [, hour = '', minute = '', year = '', month = '', day = ''] = when
  return BigInt([year, month, day, hour, minute].map((part) => part.padStart(2, '0')).join(''))
}

function isMask(text: string, isSix: boolean): boolean {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= (isSix ? 128 : 32)
  // A wildcard mask may have holes, so any four bytes are one.
  return parseIp(text)?.family === 4
}
