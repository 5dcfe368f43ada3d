import type { Cmdb, Row } from './fortigate-tables.ts'
import { rowsOf } from './fortigate-writes.ts'

/** Tables that a name may be found in. */
const KINDS = {
  address: ['firewall/address', 'firewall/addrgrp'],
  address6: ['firewall/address6', 'firewall/addrgrp6'],
  destination: ['firewall/address', 'firewall/addrgrp', 'firewall/vip', 'firewall/vipgrp'],
  destination6: ['firewall/address6', 'firewall/addrgrp6', 'firewall/vip6', 'firewall/vipgrp6'],
  service: ['firewall.service/custom', 'firewall.service/group'],
  schedule: ['firewall.schedule/onetime', 'firewall.schedule/recurring', 'firewall.schedule/group'],
  period: ['firewall.schedule/onetime', 'firewall.schedule/recurring'],
  interface: ['system/interface', 'system/zone'],
  port: ['system/interface'],
  group: ['user/group'],
  user: ['user/local'],
  pool: ['firewall/ippool'],
  vip: ['firewall/vip'],
  vip6: ['firewall/vip6'],
  monitor: ['firewall/ldb-monitor'],
  certificate: ['vpn.certificate/local'],
  inspection: ['firewall/ssl-ssh-profile'],
} as const satisfies Readonly<Record<string, readonly string[]>>
type Kind = keyof typeof KINDS

const VIP_USES = {
  extintf: 'interface',
  service: 'service',
  monitor: 'monitor',
  'ssl-certificate': 'certificate',
} as const
const SNAT_USES = { srcintf: 'interface', dstintf: 'interface', 'nat-ippool': 'pool' } as const
/** What the attributes of a table name. */
const REFERENCES: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  'firewall/policy': {
    srcintf: 'interface',
    dstintf: 'interface',
    srcaddr: 'address',
    dstaddr: 'destination',
    srcaddr6: 'address6',
    dstaddr6: 'destination6',
    service: 'service',
    schedule: 'schedule',
    groups: 'group',
    users: 'user',
    poolname: 'pool',
    'ssl-ssh-profile': 'inspection',
  },
  'firewall/local-in-policy': {
    intf: 'interface',
    srcaddr: 'address',
    dstaddr: 'address',
    service: 'service',
    schedule: 'schedule',
  },
  'firewall/central-snat-map': { ...SNAT_USES, 'orig-addr': 'address', 'dst-addr': 'destination' },
  'firewall/address': { 'associated-interface': 'interface', interface: 'port' },
  'firewall/addrgrp': { member: 'address', 'exclude-member': 'address' },
  'firewall/addrgrp6': { member: 'address6', 'exclude-member': 'address6' },
  'firewall.service/group': { member: 'service' },
  'firewall.schedule/group': { member: 'period' },
  'firewall/vip': { ...VIP_USES, 'srcintf-filter': 'interface' },
  'firewall/vip6': { monitor: 'monitor', 'ssl-certificate': 'certificate' },
  'firewall/vipgrp': { member: 'vip', interface: 'interface' },
  'firewall/vipgrp6': { member: 'vip6' },
  'firewall/ssl-ssh-profile': { 'server-cert': 'certificate' },
  'system/zone': { interface: 'port' },
  'router/static': { device: 'port', dstaddr: 'address' },
  'router/static6': { device: 'port' },
  'router/policy': { 'input-device': 'interface', 'output-device': 'port', srcaddr: 'address', dstaddr: 'address' },
}
/** Objects of the factory, which a text need not show. */
const BUILT_IN: ReadonlySet<string> = new Set(
  'any all none always default-darrp-optimize ALL virtual-wan-link ssl.root no-inspection certificate-inspection'.split(
    ' ',
  ),
)

/** The first name in what is sent that nothing on the device has. */
export function missingReference(cmdb: Cmdb, path: string, key: string, body: Row): string | undefined {
  for (const [attribute, kind] of Object.entries(REFERENCES[path] ?? {})) {
    const known = new Set(namesIn(cmdb.row(path, key)?.[attribute]))
    for (const name of namesIn(body[attribute]))
      if (!known.has(name) && !BUILT_IN.has(name) && !isThere(cmdb, kind, name)) return name
  }
  return undefined
}

/** Who refers to an object, as the device names them: `firewall.policy 12`. */
export function referrersOf(cmdb: Cmdb, path: string, key: string): readonly string[] {
  return Object.entries(REFERENCES).flatMap(([other, attributes]) => {
    const uses = Object.entries(attributes).filter(([, kind]) => tablesOf(kind).includes(path))
    const keyName = cmdb.table(other)?.key
    if (uses.length === 0 || keyName === undefined) return []
    return cmdb.rows(other).flatMap((row) => {
      const own = String(row[keyName])
      const isUser = uses.some(([attribute]) => namesIn(row[attribute]).includes(key))
      return isUser && !(other === path && own === key) ? [`${other.replace('/', '.')} ${own}`] : []
    })
  })
}

/** Names inside an attribute: one, or a list of objects with one member each. */
export function namesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : [value]
  return rowsOf(value).flatMap((row) => Object.values(row).slice(0, 1).map(String))
}

function tablesOf(kind: Kind): readonly string[] {
  return KINDS[kind]
}

/**
 * In one of its tables; or in use elsewhere without being defined there, which on a device that works can only be an object of the
 * factory that the text does not show.
 */
function isThere(cmdb: Cmdb, kind: Kind, name: string): boolean {
  if (tablesOf(kind).some((path) => cmdb.row(path, name) !== undefined)) return true
  return Object.entries(REFERENCES).some(([path, attributes]) =>
    Object.entries(attributes).some(
      ([attribute, other]) =>
        tablesOf(other).some((one) => tablesOf(kind).includes(one)) &&
        cmdb.rows(path).some((row) => namesIn(row[attribute]).includes(name)) &&
        !isDefinedForOthers(cmdb, other, kind, name),
    ),
  )
}

/** A VIP is no source address only because policies name it as a destination. */
function isDefinedForOthers(cmdb: Cmdb, other: Kind, kind: Kind, name: string): boolean {
  const beyond = tablesOf(other).filter((path) => !tablesOf(kind).includes(path))
  return beyond.some((path) => cmdb.row(path, name) !== undefined)
}
