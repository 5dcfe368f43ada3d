import type { IpSet } from '../../flow/ip-set.ts'
import type { FortiService, ServicePart } from '../model.ts'
import { unwalkable } from './nesting.ts'
import { oddity } from './oddity.ts'
import { readTtl } from './read-ttl.ts'
import { readPorts, readSpan } from './spans.ts'
import { type Entry, type Table, wordOf, wordsOf } from './tables.ts'

const ANY_PORT = [0, 65535] as const
const PORT_LISTS = [
  ['tcp-portrange', 6],
  ['udp-portrange', 17],
  ['sctp-portrange', 132],
  ['udplite-portrange', 136],
] as const

/** Services and service groups by name, always from their definition: administrators edit the factory ones. */
export function readServices(custom: Table | undefined, groups: Table | undefined): ReadonlyMap<string, FortiService> {
  const read = new Map<string, FortiService>()
  for (const entry of custom?.entries.values() ?? []) {
    const { key: name, line } = entry
    const within = rangeOf(entry)
    const odd = oddity('firewall service custom', entry) ?? (within === 'unknown' ? 'iprange' : restriction(entry))
    const parts = odd ? undefined : partsOf(entry)
    const what = odd ?? (parts ? undefined : 'ports')
    read.set(name, {
      kind: 'service',
      name,
      line,
      parts: parts ?? [],
      within: within === 'unknown' ? undefined : within,
      unknown: what === undefined ? undefined : `service ${name} (${what})`,
      sessionTtl: readTtl(entry, 'session-ttl'),
      udpIdle: readTtl(entry, 'udp-idle-timer'),
    })
  }
  const entries = [...(groups?.entries.values() ?? [])]
  const tangled = unwalkable(new Map(entries.map((entry) => [entry.key, wordsOf(entry, 'member')])))
  for (const entry of entries) {
    const { key: name, line } = entry
    const odd = oddity('firewall service group', entry) ?? (tangled.has(name) ? 'circular or too large' : undefined)
    const unknown = odd === undefined ? undefined : `service group ${name} (${odd})`
    read.set(name, { kind: 'group', name, line, members: wordsOf(entry, 'member'), unknown })
  }
  return read
}

/** Destinations that the service is limited to; 0.0.0.0 is none. */
function rangeOf(entry: Entry): IpSet | 'unknown' | undefined {
  const written = wordsOf(entry, 'iprange')
  const [range, more] = written
  if (range === undefined || range === '' || range === '0.0.0.0') return undefined
  return more === undefined ? (readSpan(range) ?? 'unknown') : 'unknown'
}

function restriction(entry: Entry): string | undefined {
  if (wordOf(entry, 'fqdn')) return 'fqdn'
  const application = wordOf(entry, 'app-service-type')
  return application !== undefined && application !== 'disable' ? 'app-service-type' : undefined
}

function partsOf(entry: Entry): readonly ServicePart[] | undefined {
  // A service of the explicit proxy matches nothing that is forwarded.
  if (wordOf(entry, 'proxy') === 'enable') return []
  const protocol = (wordOf(entry, 'protocol') ?? 'TCP/UDP/SCTP').toUpperCase()
  if (protocol === 'ICMP') return icmpPart(entry, 1)
  if (protocol === 'ICMP6') return icmpPart(entry, 58)
  if (protocol === 'IP') {
    const number = Number(wordOf(entry, 'protocol-number') ?? 0)
    if (!Number.isInteger(number) || number < 0 || number > 255) return undefined
    return [{ proto: number === 0 ? -1 : number, dport: ANY_PORT, sport: ANY_PORT, icmp: ANY_PORT }]
  }
  if (!protocol.startsWith('TCP/UDP')) return undefined
  const parts: ServicePart[] = []
  for (const [attribute, proto] of PORT_LISTS) {
    for (const item of wordsOf(entry, attribute)) {
      const pair = readPortPair(item)
      if (!pair) return undefined
      parts.push({ proto, ...pair, icmp: ANY_PORT })
    }
  }
  return parts
}

/** `443`, `8000-8010`, `513:512-1023`: destination, then source; each item is its own pair. */
function readPortPair(item: string): Pick<ServicePart, 'dport' | 'sport'> | undefined {
  const [destination = '', source, more] = item.split(':')
  const dport = readPorts(destination)
  const sport = source === undefined ? ANY_PORT : readPorts(source)
  return dport && sport && more === undefined ? { dport, sport } : undefined
}

function icmpPart(entry: Entry, proto: number): readonly ServicePart[] | undefined {
  const type = wordOf(entry, 'icmptype')
  const code = wordOf(entry, 'icmpcode')
  const any: ServicePart = { proto, dport: ANY_PORT, sport: ANY_PORT, icmp: ANY_PORT }
  if (type === undefined || type === '') return [any]
  const first = Number(type) * 256
  if (!/^\d{1,3}$/.test(type) || first > 65280) return undefined
  if (code === undefined || code === '') return [{ ...any, icmp: [first, first + 255] }]
  if (!/^\d{1,3}$/.test(code) || Number(code) > 255) return undefined
  return [{ ...any, icmp: [first + Number(code), first + Number(code)] }]
}
