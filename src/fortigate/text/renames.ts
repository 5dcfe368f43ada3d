/** A `rename` of a script: what it names, where it stands, and the names before and after. */
export type Rename = {
  readonly scope: string
  readonly space: string
  readonly from: string
  readonly to: string
  readonly at: number
}

/** Names that share one name space, by the tables that give them. IPv6 objects have their own. */
const SPACES: Readonly<Record<string, string>> = {
  'firewall address': 'address',
  'firewall addrgrp': 'address',
  'firewall vip': 'address',
  'firewall vipgrp': 'address',
  'firewall address6': 'address6',
  'firewall addrgrp6': 'address6',
  'firewall vip6': 'address6',
  'firewall vipgrp6': 'address6',
  'firewall service custom': 'service',
  'firewall service group': 'service',
  'firewall schedule recurring': 'schedule',
  'firewall schedule onetime': 'schedule',
  'firewall schedule group': 'schedule',
  'firewall ippool': 'pool',
  'firewall ippool6': 'pool6',
  'firewall ssl-ssh-profile': 'inspection',
  'system zone': 'interface',
  'system interface': 'interface',
  'user group': 'group',
  'user local': 'user',
  'vpn certificate local': 'certificate',
}

/** Attributes that name things of a space, in whatever table they stand. */
const REFERENCES: Readonly<Record<string, readonly string[]>> = {
  address: [
    'srcaddr',
    'dstaddr',
    'orig-addr',
    'dst-addr',
    'exclude-member',
    'tunnel-ip-pools',
    'src',
    'dst',
    'address',
  ],
  address6: ['srcaddr6', 'dstaddr6', 'orig-addr6', 'dst-addr6', 'tunnel-ipv6-pools'],
  service: ['service'],
  schedule: ['schedule'],
  pool: ['poolname', 'nat-ippool'],
  pool6: ['poolname6', 'nat-ippool6'],
  inspection: ['ssl-ssh-profile'],
  interface: [
    ...['srcintf', 'dstintf', 'intf', 'extintf', 'srcintf-filter', 'associated-interface', 'device', 'interface'],
    ...['input-device', 'output-device', 'source-interface', 'sdwan-zone', 'zone'],
  ],
  group: ['groups', 'fsso-groups'],
  user: ['users'],
  certificate: ['ssl-certificate', 'server-cert', 'servercert'],
}
const SPACE_OF_ATTRIBUTE: ReadonlyMap<string, string> = new Map(
  Object.entries(REFERENCES).flatMap(([space, attributes]) => attributes.map((name) => [name, space] as const)),
)

/** The space in which entries of a table have their names; undefined when nothing that we read refers to them. */
export function spaceOfTable(path: string): string | undefined {
  return SPACES[path]
}

/** The space whose names an attribute holds. */
export function spaceOfAttribute(path: string, attribute: string): string | undefined {
  if (attribute === 'member') return path === 'user group' ? 'user' : SPACES[path]
  const space = SPACE_OF_ATTRIBUTE.get(attribute)
  return space === 'address' && path.endsWith('6') ? 'address6' : space
}

/** What a name that was written at a statement is called when the whole text has been carried out. */
export type NameNow = (scope: string, space: string, name: string, at: number) => string

/** Follows every reference through the renames that came after it, several in a row too. */
export function followRenames(renames: readonly Rename[]): NameNow {
  const byName = new Map<string, { at: number; to: string }[]>()
  const listOf = (scope: string, space: string, name: string) => byName.get(`${scope}\n${space}\n${name}`)
  // From the last to the first: what the new name is called in the end is known by then.
  for (const { scope, space, from, to, at } of renames.toReversed()) {
    const last = listOf(scope, space, to)?.at(-1)?.to ?? to
    const known = listOf(scope, space, from)
    if (known) known.push({ at, to: last })
    else byName.set(`${scope}\n${space}\n${from}`, [{ at, to: last }])
  }
  return (scope, space, name, at) => {
    const later = listOf(scope, space, name)
    if (!later) return name
    // They stand in falling order; the earliest one behind the statement counts.
    let [low, high] = [0, later.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((later[middle]?.at ?? 0) > at) low = middle + 1
      else high = middle
    }
    return later[low - 1]?.to ?? name
  }
}
