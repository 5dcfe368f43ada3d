import { ANY_IP, type IpSet, ipRange, NO_IP, parseIp, readCidr } from '../../flow/ip-set.ts'
import { readRanges } from '../../flow/ranges.ts'
import type { FortiAddress, FortiInterface } from '../model.ts'
import { unwalkable } from './nesting.ts'
import { oddity } from './oddity.ts'
import { readSubnet } from './spans.ts'
import { type Entry, lineOf, type Table, wordOf, wordsOf } from './tables.ts'

/** Address objects and groups of one family by name; what the configuration does not resolve is named, never guessed. */
export function readAddresses(
  objects: Table | undefined,
  groups: Table | undefined,
  interfaces: ReadonlyMap<string, FortiInterface>,
): ReadonlyMap<string, FortiAddress> {
  const read = new Map<string, FortiAddress>()
  // Backups print no type where it is the table's usual one: `all` of IPv6 is an entry without a line.
  const usual = objects?.path === 'firewall address6' ? 'ipprefix' : 'ipmask'
  for (const entry of objects?.entries.values() ?? []) {
    const { key: name, line } = entry
    const odd = oddity(objects?.path ?? '', entry)
    const meaning = odd ? undefined : addressMeaning(entry, usual, interfaces)
    const what = odd ?? (typeof meaning === 'string' ? meaning : undefined)
    read.set(name, {
      kind: 'address',
      name,
      line,
      ip: typeof meaning === 'object' ? meaning : NO_IP,
      unknown: what === undefined ? undefined : `address ${name} (${what})`,
    })
  }
  const entries = [...(groups?.entries.values() ?? [])]
  const tangled = unwalkable(
    new Map(entries.map((entry) => [entry.key, [...wordsOf(entry, 'member'), ...wordsOf(entry, 'exclude-member')]])),
  )
  for (const entry of entries) {
    const { key: name, line } = entry
    const odd =
      oddity(groups?.path ?? '', entry) ??
      groupOddity(entry) ??
      (tangled.has(name) ? 'circular or too large' : undefined)
    read.set(name, {
      kind: 'group',
      name,
      line,
      members: wordsOf(entry, 'member'),
      exclude: wordOf(entry, 'exclude') === 'enable' ? wordsOf(entry, 'exclude-member') : [],
      unknown: odd === undefined ? undefined : `address group ${name} (${odd})`,
    })
  }
  return read
}

function addressMeaning(
  entry: Entry,
  usual: 'ipmask' | 'ipprefix',
  interfaces: ReadonlyMap<string, FortiInterface>,
): IpSet | string {
  const type = wordOf(entry, 'type') ?? (wordOf(entry, 'ip6') ? 'ipprefix' : usual)
  switch (type) {
    case 'ipmask': {
      const subnet = wordsOf(entry, 'subnet')
      if (lineOf(entry, 'ip6') !== undefined) return readCidr(wordOf(entry, 'ip6') ?? '') ?? 'ip6'
      // Without `subnet` the default counts: 0.0.0.0 0.0.0.0, everything.
      return subnet.length === 0 ? { v4: ANY_IP.v4, v6: [] } : (readSubnet(subnet) ?? `subnet ${subnet.join(' ')}`)
    }
    case 'ipprefix': {
      const prefix = wordOf(entry, 'ip6')
      return prefix === undefined ? { v4: [], v6: ANY_IP.v6 } : (readCidr(prefix) ?? `ip6 ${prefix}`)
    }
    case 'iprange': {
      const range = ipRange(wordOf(entry, 'start-ip') ?? '', wordOf(entry, 'end-ip') ?? '')
      return range && (range.v4.length > 0 || range.v6.length > 0) ? range : 'iprange'
    }
    case 'wildcard':
      return wildcardMeaning(wordsOf(entry, 'wildcard')) ?? 'wildcard'
    case 'interface-subnet': {
      const port = interfaces.get(wordOf(entry, 'interface') ?? '')
      const [own] = port?.addresses ?? []
      return own && port?.addresses.length === 1 ? own.network : 'interface-subnet'
    }
    case 'fqdn':
    case 'wildcard-fqdn':
      return `${type} ${wordOf(entry, 'fqdn') ?? wordOf(entry, 'wildcard-fqdn') ?? ''}`.trim()
    case 'geography':
      return `geography ${wordOf(entry, 'country') ?? ''}`.trim()
    default:
      return type
  }
}

const MOST_RANGES = 65536

/** Ones in the mask are the bits that count, the opposite of Cisco. */
function wildcardMeaning([base = '', mask = '']: readonly string[]): IpSet | undefined {
  const address = parseIp(base)
  const care = parseIp(mask)
  if (address?.family !== 4 || care?.family !== 4) return undefined
  let low = 0
  while (low < 32 && bit(care.value, low) === 0) low += 1
  const free = Array.from({ length: 32 }, (_, i) => i).filter((i) => i > low && bit(care.value, i) === 0)
  if (2 ** free.length > MOST_RANGES) return undefined
  let start = 0
  for (let i = low; i < 32; i++) if (bit(care.value, i) === 1 && bit(address.value, i) === 1) start += 2 ** i
  let starts = [start]
  for (const i of free) starts = starts.flatMap((from) => [from, from + 2 ** i])
  return { v4: readRanges(starts.map((from) => [from, from + 2 ** low - 1] as const)), v6: [] }
}

function bit(value: number, at: number): number {
  return Math.floor(value / 2 ** at) % 2
}

function groupOddity(entry: Entry): string | undefined {
  const type = wordOf(entry, 'type') ?? 'default'
  if (type !== 'default' && type !== 'folder') return `type ${type}`
  const category = wordOf(entry, 'category') ?? 'default'
  return category === 'default' ? undefined : category
}
