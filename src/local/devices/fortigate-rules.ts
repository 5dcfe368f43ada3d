import type { RestAttribute, RestTable } from '../../fortigate/compile/rest-shape.ts'
import { isUnmodelled } from '../../fortigate/config/keywords.ts'
import { type Complaint, complain } from './fortigate-complaint.ts'
import { missingReference, namesIn } from './fortigate-references.ts'
import type { Cmdb, Row } from './fortigate-tables.ts'
import { valueComplaint } from './fortigate-values.ts'

/** What is written: a row that comes (`was` undefined) or the changes to one that is there. */
export type Written = { readonly path: string; readonly key: string; readonly body: Row; readonly was: Row | undefined }

/** Why the device does not take it; undefined when it does. Codes: FortiOS command line errors (facts of the REST API, 3.1). */
export function complaintAbout(cmdb: Cmdb, written: Written): Complaint | undefined {
  const table = cmdb.table(written.path)
  if (!table) return complain(404, -3, 'no such table')
  return (
    shapeComplaint(table, written.path, written.body) ??
    keyComplaint(cmdb, written) ??
    valueComplaint(written.path, table, { ...written.was, ...written.body }, written.body) ??
    requiredComplaint(written) ??
    nameComplaint(cmdb, written) ??
    zoneComplaint(cmdb, written) ??
    referenceComplaint(cmdb, written)
  )
}

const MOST = 255
const NAME_LIMITS: Readonly<Record<string, number>> = {
  'firewall/address': 79,
  'firewall/address6': 79,
  'firewall/addrgrp': 79,
  'firewall/addrgrp6': 79,
  'firewall/vip': 79,
  'firewall/vip6': 79,
  'firewall/vipgrp': 79,
  'firewall/vipgrp6': 79,
  'firewall.service/custom': 79,
  'firewall.service/group': 79,
  'firewall/ippool': 79,
  'firewall.schedule/onetime': 31,
  'firewall.schedule/recurring': 31,
  'firewall.schedule/group': 31,
  'firewall/ldb-monitor': 35,
  'system/zone': 35,
  'system/interface': 15,
  'user/group': 35,
  'user/local': 64,
}
const LIMITS: Readonly<Record<string, number>> = { comment: MOST, comments: 1023, name: 35, alias: 25, fqdn: 255 }
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  'firewall/policy action': ['accept', 'deny', 'ipsec'],
  'firewall/policy logtraffic': ['all', 'utm', 'disable'],
  'firewall/policy inspection-mode': ['proxy', 'flow'],
  'firewall/local-in-policy action': ['accept', 'deny'],
  'firewall/vip type': ['static-nat', 'load-balance', 'server-load-balance', 'dns-translation', 'fqdn', 'access-proxy'],
  'firewall/vip protocol': ['tcp', 'udp', 'sctp', 'icmp'],
  'firewall/vip portmapping-type': ['1-to-1', 'm-to-n'],
  'firewall/address type':
    'ipmask iprange fqdn geography wildcard dynamic interface-subnet mac route-tag wildcard-fqdn'.split(' '),
  'firewall/addrgrp type': ['default', 'folder'],
  'firewall/ippool type': ['overload', 'one-to-one', 'fixed-port-range', 'port-block-allocation'],
  'system/zone intrazone': ['allow', 'deny'],
  'user/group group-type': ['firewall', 'fsso-service', 'rsso', 'guest'],
}
/** Switches that know a third word. */
const NO_SWITCH: ReadonlySet<string> = new Set([
  ...[
    'tcp-session-without-syn',
    'app-service-type',
    'ssl-hpkp',
    'http-redirect',
    'ssl-hsts',
    'logtraffic',
    'inspect-all',
  ],
  ...['client-cert', 'utm-status', 'ha-mgmt-intf-only', 'fixedport', 'send-deny-packet', 'monitor'],
])

function shapeComplaint(table: RestTable, path: string, body: Row): Complaint | undefined {
  for (const [name, value] of Object.entries(body)) {
    if (name === 'q_origin_key') continue
    const child = table.children[name]
    if (child) {
      const found = childComplaint(child, `${path}/${name}`, name, value)
      if (found) return found
      continue
    }
    const attribute = table.attributes.get(name)
    if (!attribute && isUnknown(path, name)) return complain(424, -61, `no attribute "${name}" in ${path}`)
    const found = attribute && attributeComplaint(path, name, attribute, value)
    if (found) return found
  }
  return undefined
}

/** Attributes that the command line has and the shape of the API does not list are known by the reader's own keywords. */
function isUnknown(path: string, name: string): boolean {
  const words = path.split(/[./]/).join(' ')
  return words.includes('firewall') ? isUnmodelled(words, name, [name, 'some']) || !/^[a-z0-9-]+$/.test(name) : false
}

function childComplaint(child: RestTable, path: string, name: string, value: unknown): Complaint | undefined {
  if (child.key === undefined)
    return isRow(value) ? shapeComplaint(child, path, value) : complain(424, -61, `"${name}" has to be an object`)
  if (!Array.isArray(value) || !value.every(isRow)) return complain(424, -61, `"${name}" has to be a list of objects`)
  const keys = value.map((row) => String(row[child.key ?? ''] ?? ''))
  if (new Set(keys).size < keys.length) return complain(500, -5, `an entry of "${name}" comes twice`)
  return value.map((row) => shapeComplaint(child, path, row) ?? valueComplaint(path, child, row, row)).find(Boolean)
}

function attributeComplaint(
  path: string,
  name: string,
  attribute: RestAttribute,
  value: unknown,
): Complaint | undefined {
  if (attribute.kind === 'list') {
    const fine = Array.isArray(value) && value.every((one) => isRow(one) && isWord(one[attribute.member]))
    return fine ? undefined : complain(424, -61, `"${name}" has to be a list of objects with "${attribute.member}"`)
  }
  if (!isWord(value)) return complain(424, -61, `"${name}" has to be a text or a number`)
  const text = String(value)
  if (attribute.kind === 'number')
    return /^\d{1,10}$/.test(text) ? undefined : complain(424, -61, `"${name}" is no number`)
  const options = OPTIONS[`${path} ${name}`] ?? (isSwitch(name, attribute) ? ['enable', 'disable'] : undefined)
  if (options && !options.includes(text)) return complain(424, -651, `"${text}" is no value of "${name}"`)
  const limit = LIMITS[name]
  const isLong = limit !== undefined && text.length > limit && !(name === 'name' && NAME_LIMITS[path] !== undefined)
  return isLong ? complain(424, -72, `"${name}" is longer than ${limit} characters`) : undefined
}

function isSwitch(name: string, { initial }: { readonly initial: unknown }): boolean {
  return (initial === 'enable' || initial === 'disable') && !NO_SWITCH.has(name)
}

function isWord(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function keyComplaint(cmdb: Cmdb, { path, key, was }: Written): Complaint | undefined {
  const limit = NAME_LIMITS[path]
  if (limit !== undefined && key.length > limit) return complain(424, -1, `a name has at most ${limit} characters`)
  if (was) return undefined
  if (key === '') return complain(424, -56, 'a name is missing')
  return cmdb.row(path, key) ? complain(500, -5, `"${key}" is there already`) : undefined
}

const ANY_OF: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'firewall/policy': [
    ['srcintf'],
    ['dstintf'],
    ['schedule'],
    ['srcaddr', 'srcaddr6', 'internet-service-src', 'internet-service6-src'],
    ['dstaddr', 'dstaddr6', 'internet-service', 'internet-service6'],
    ['service', 'internet-service', 'internet-service6'],
  ],
  'firewall/local-in-policy': [['srcaddr'], ['dstaddr'], ['service'], ['schedule']],
  'firewall/addrgrp': [['member']],
  'firewall/addrgrp6': [['member']],
  'firewall.service/group': [['member']],
  'firewall.schedule/group': [['member']],
  'firewall/vipgrp': [['member']],
  'firewall/vip': [['extintf'], ['mappedip', 'mapped-addr', 'ipv6-mappedip', 'service']],
}
/** Servers stand behind these in a table of their own, or nothing does. */
const UNMAPPED: ReadonlySet<unknown> = new Set(['server-load-balance', 'access-proxy', 'dns-translation'])

/** What an entry cannot be without, when it comes and when an attribute is emptied. */
function requiredComplaint({ path, body, was }: Written): Complaint | undefined {
  const row = { ...was, ...body }
  const missing = (ANY_OF[path] ?? []).find(
    (names) =>
      !(names.includes('mappedip') && UNMAPPED.has(row.type)) &&
      (!was || names.some((name) => body[name] !== undefined)) &&
      !names.some((name) => isGiven(row[name])),
  )
  return missing ? complain(424, -56, `"${missing[0]}" may not be empty`) : undefined
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '' && value !== 'disable'
}

/** Which two kinds of objects may not have one name, and what the device says then. */
const CLASHES: readonly (readonly [string, string, number])[] = [
  ['firewall.service/custom', 'firewall.service/group', -162],
  ['firewall/address', 'firewall/addrgrp', -163],
  ['firewall/address', 'firewall/vip', -164],
  ['firewall/addrgrp', 'firewall/vip', -165],
  ['firewall/vipgrp', 'firewall/vip', -310],
  ['firewall/vipgrp', 'firewall/address', -311],
  ['firewall/vipgrp', 'firewall/addrgrp', -312],
  ['firewall/address6', 'firewall/addrgrp6', -163],
  ['firewall/address6', 'firewall/vip6', -164],
  ['firewall/addrgrp6', 'firewall/vip6', -165],
]

function nameComplaint(cmdb: Cmdb, { path, key, body, was }: Written): Complaint | undefined {
  if (path === 'firewall/policy' && isGiven(body.name)) {
    const other = cmdb.rows(path).find((row) => row.name === body.name && String(row.policyid) !== key)
    if (other) return complain(500, -15, `policy ${other.policyid} has the name "${body.name}"`)
  }
  if (was) return undefined
  for (const [one, two, error] of CLASHES) {
    const other = path === one ? two : path === two ? one : undefined
    if (other !== undefined && cmdb.row(other, key)) return complain(424, error, `${other} has the name "${key}"`)
  }
  return undefined
}

/** An interface that policies name cannot go into a zone. */
function zoneComplaint(cmdb: Cmdb, { path, body, was }: Written): Complaint | undefined {
  if (path !== 'system/zone') return undefined
  const old = new Set(namesIn(was?.interface))
  for (const name of namesIn(body.interface).filter((one) => !old.has(one))) {
    const policy = cmdb
      .rows('firewall/policy')
      .find((row) => [...namesIn(row.srcintf), ...namesIn(row.dstintf)].includes(name))
    if (policy) return complain(424, -157, `"${name}" is used by policy ${policy.policyid}`)
  }
  return undefined
}

function referenceComplaint(cmdb: Cmdb, { path, key, body }: Written): Complaint | undefined {
  const missing = missingReference(cmdb, path, key, body)
  return missing === undefined ? undefined : complain(424, -3, `there is no "${missing}"`)
}
