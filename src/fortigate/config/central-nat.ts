import { NO_IP } from '../../flow/ip-set.ts'
import type { FortiAddress } from '../model.ts'
import type { FortiCentralNat, FortiSnatRule } from './network-model.ts'
import { oddity } from './oddity.ts'
import { readPorts } from './spans.ts'
import { type Entry, type Table, wordOf, wordsOf } from './tables.ts'

/** The rules of `firewall central-snat-map`, where central NAT is switched on. */
export function readCentralNat(settings: Table | undefined, table: Table | undefined): FortiCentralNat | undefined {
  if (!settings || wordOf(settings.own, 'central-nat') !== 'enable') return undefined
  const entries = [...(table?.entries.values() ?? [])].filter((entry) => wordOf(entry, 'status') !== 'disable')
  return { line: table?.line ?? settings.line, rules: entries.map(readRule) }
}

function readRule(entry: Entry): FortiSnatRule {
  const family = wordOf(entry, 'type') === 'ipv6' ? 6 : 4
  const six = family === 6 ? '6' : ''
  const sport = portsOf(entry, 'orig-port')
  const dport = portsOf(entry, 'dst-port')
  const proto = Number(wordOf(entry, 'protocol') ?? 0)
  const carries = [6, 17, 132].includes(proto)
  const odd =
    oddity('firewall central-snat-map', entry) ??
    (sport === 'unknown' || (sport && !carries) ? 'orig-port' : undefined) ??
    (dport === 'unknown' || (dport && !carries) ? 'dst-port' : undefined) ??
    ['srcintf', 'dstintf', `orig-addr${six}`, `dst-addr${six}`].find((name) => wordsOf(entry, name).length === 0)
  return {
    id: entry.key,
    line: entry.line,
    family,
    translates: wordOf(entry, 'nat') !== 'disable',
    // What is missing makes the rule unknown; until then it narrows nothing.
    srcintf: wordsOr(entry, 'srcintf', 'any'),
    dstintf: wordsOr(entry, 'dstintf', 'any'),
    sources: wordsOr(entry, `orig-addr${six}`, 'all'),
    destinations: wordsOr(entry, `dst-addr${six}`, 'all'),
    proto: proto || undefined,
    sport: sport === 'unknown' || !carries ? undefined : sport,
    dport: dport === 'unknown' || !carries ? undefined : dport,
    pools: wordsOf(entry, `nat-ippool${six}`),
    unknown: odd === undefined ? undefined : `central SNAT ${entry.key} (${odd})`,
  }
}

function wordsOr(entry: Entry, name: string, otherwise: string): readonly string[] {
  const words = wordsOf(entry, name)
  return words.length > 0 ? words : [otherwise]
}

/** 0 and nothing mean any port. */
function portsOf(entry: Entry, name: string): readonly [number, number] | 'unknown' | undefined {
  const written = wordOf(entry, name) ?? '0'
  if (written === '' || /^0+$/.test(written)) return undefined
  const ports = readPorts(written)
  if (!ports || wordsOf(entry, name).length > 1) return 'unknown'
  return ports[0] <= 1 && ports[1] === 65535 ? undefined : ports
}

/** VIPs beside the addresses: with central NAT a policy cannot name one, so one that does is not understood. */
export function withVipNames(
  addresses: ReadonlyMap<string, FortiAddress>,
  vips: readonly { readonly name: string; readonly line: number }[],
): ReadonlyMap<string, FortiAddress> {
  const named = vips.map(({ name, line }): [string, FortiAddress] => {
    const unknown = `address ${name} (a VIP, which policies cannot name with central NAT)`
    return [name, { kind: 'address', name, line, ip: NO_IP, unknown }]
  })
  return new Map([...named, ...addresses])
}
