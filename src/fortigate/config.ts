import type { Problem } from '../evidence/problem.ts'
import { readAddresses } from './config/addresses.ts'
import { readCentralNat, withVipNames } from './config/central-nat.ts'
import { readCoverage } from './config/coverage.ts'
import { readListeners } from './config/listeners.ts'
import { readLocalIn, readPolicies } from './config/policies.ts'
import { readCertificates, readInspections } from './config/read-certificates.ts'
import { readTables } from './config/read-tables.ts'
import { readSessionTtls } from './config/read-ttl.ts'
import { findDangling } from './config/references.ts'
import {
  readInterfaces,
  readPolicyRoutes,
  readPoolRoutes,
  readRoutes,
  readZones,
  withSdwanRules,
} from './config/routing.ts'
import { readSchedules } from './config/schedules.ts'
import { readServices } from './config/services.ts'
import { readSpan } from './config/spans.ts'
import { GLOBAL, lineOf, type Scopes, type Table, wordOf } from './config/tables.ts'
import { zoneOf as timezoneOf } from './config/timezones.ts'
import { readVipGroups, readVips, vipsInPlay } from './config/vips.ts'
import type { FortiCoverage, FortiDevice, FortiPool, FortiVdom, FortiVersion } from './model.ts'
import { BLANK, COMMENT, PROMPT } from './text/kinds.ts'
import { type FortiText, readFortiText, textAt } from './text.ts'

/** Which FortiGate a text belongs to; `timezone` stands in where the configuration does not name its own. */
export type FortiIdentity = {
  readonly id: string
  readonly vdom?: string | undefined
  readonly timezone?: string | undefined
}

/** The typed configuration of a FortiGate: every VDOM, every object with its line, everything wrong, and what is not modelled. */
export function readFortigate(device: FortiIdentity, file: string, text: string): FortiDevice {
  const tree = readFortiText(file, text)
  const { scopes, problems } = readTables(tree)
  const header = readHeader(tree)
  const system = [GLOBAL, '', ...scopes.keys()].map((scope) => scopes.get(scope)?.get('system global')).find(Boolean)
  const written = system ? wordOf(system.own, 'timezone') : undefined
  const timezone = timezoneOf(written ?? device.timezone ?? '')
  const vdoms = new Map<string, FortiVdom>()
  for (const name of vdomNames(scopes, header.vdom)) {
    const find = (path: string): Table | undefined =>
      scopes.get(name)?.get(path) ?? scopes.get('')?.get(path) ?? scopes.get(GLOBAL)?.get(path)
    const findAll = (path: string) =>
      [name, '', GLOBAL].flatMap((scope) => {
        const table = scopes.get(scope)?.get(path)
        return table ? [{ table, isGlobal: scope === GLOBAL }] : []
      })
    vdoms.set(name, readVdom(name, find, findAll, header, timezone, tree.problems.length > 0 ? [...tree.problems] : []))
  }
  const found: Problem[] = [...tree.problems, ...problems]
  if (timezone === undefined) {
    const message = written === undefined ? 'no time zone is set' : `time zone "${written}" is not known`
    const line = (system && (lineOf(system.own, 'timezone') ?? system.line)) ?? 1
    found.push({ code: 'NO_TIMEZONE', file, line, column: 0, message, severity: 'warning' })
  }
  for (const vdom of vdoms.values()) found.push(...findDangling(file, vdom))
  let coverage: FortiCoverage | undefined
  return {
    id: device.id,
    file,
    text: tree,
    version: header.version,
    timezone,
    vdom: device.vdom,
    vdoms,
    problems: found.sort((a, b) => a.line - b.line),
    // Worked out when somebody asks: most readers never do.
    get coverage() {
      coverage ??= readCoverage(tree, readTables(tree).scopes)
      return coverage
    },
  }
}

/** The VDOM that is meant: the one named, else the device's, else the one this interface is in, else root or the only one. */
export function vdomOf(device: FortiDevice, named?: string, ingress?: string): FortiVdom | undefined {
  const wanted = named ?? device.vdom
  if (wanted !== undefined) return device.vdoms.get(wanted)
  const all = [...device.vdoms.values()]
  const holding = ingress === undefined ? undefined : all.find((vdom) => vdom.interfaces.has(ingress))
  return holding ?? device.vdoms.get('root') ?? all[0]
}

type Header = { version: FortiVersion | undefined; vdom: string | undefined; transparent: boolean }

/** `#config-version=FGT60F-7.4.8-FW-build2795-250523:opmode=0:vdom=0:user=admin`: model and version stand nowhere else. */
function readHeader(tree: FortiText): Header {
  const header: Header = { version: undefined, vdom: undefined, transparent: false }
  const { count, kinds } = tree.rows
  for (let index = 0; index < count && isBeforeSections(kinds[index]); index += 1) {
    const line = textAt(tree, index)
    // `FGT60F-7.4.8-FW-build…`, of old releases `FGT60D-5.02-FW-build…`, on a terminal `FortiGate-VM64 v6.2.3,build…`.
    const version = /^\s*#config-version=.*?(?:-|\sv)(\d+)\.0?(\d+)(?:\.(\d+))?[-,]/.exec(line)
    if (version) {
      header.version = { major: Number(version[1]), minor: Number(version[2]), patch: Number(version[3] ?? 0) }
      header.transparent = /:opmode=1\b/.test(line)
    }
    const vdom = /vd_name=([^:/\s]+)/.exec(line)?.[1]
    if (vdom !== undefined) header.vdom = vdom
  }
  return header
}

function isBeforeSections(kind: number | undefined): boolean {
  return kind === COMMENT || kind === BLANK || kind === PROMPT
}

function vdomNames(scopes: Scopes, headed: string | undefined): readonly string[] {
  const wrapped = [...scopes.keys()].filter((name) => name !== '' && name !== GLOBAL)
  if (wrapped.length > 0) return wrapped
  if (headed !== undefined) return [headed]
  const ports = [...(scopes.get('')?.get('system interface')?.entries.values() ?? [])]
  const named = new Set(ports.flatMap((port) => wordOf(port, 'vdom') ?? []))
  const [first = 'root'] = named
  return [named.has('root') ? 'root' : first]
}

function readVdom(
  name: string,
  find: (path: string) => Table | undefined,
  findAll: (path: string) => readonly { readonly table: Table; readonly isGlobal: boolean }[],
  header: Header,
  timezone: string | undefined,
  broken: readonly Problem[],
): FortiVdom {
  const interfaces = readInterfaces(find('system interface'), name, find('system vdom-link'))
  const { zones, zoneOf } = readZones(find)
  const addresses = readAddresses(find('firewall address'), find('firewall addrgrp'), interfaces)
  const addresses6 = readAddresses(find('firewall address6'), find('firewall addrgrp6'), interfaces)
  const plainIn = (table: typeof addresses) => (named: string) => {
    const object = table.get(named)
    return object?.kind === 'address' && object.unknown === undefined ? object.ip : undefined
  }
  const [plain, plain6] = [plainIn(addresses), plainIn(addresses6)]
  const { routes, unsure } = readRoutes(find, interfaces, zoneOf, plain, usualPriority(header.version))
  const centralNat = readCentralNat(find('system settings'), find('firewall central-snat-map'))
  const vips = readVips(find('firewall vip'), find('firewall vip6'), centralNat !== undefined)
  const vipGroups = readVipGroups([find('firewall vipgrp'), find('firewall vipgrp6')])
  const policies = readPolicies(find('firewall policy'), header.version, timezone)
  const schedule = (kind: string) => find(`firewall schedule ${kind}`)
  return {
    name,
    unsure: [...unsureOf(find, header), ...foreignTables(find, name), ...unsure, ...untrusted(find, broken)],
    interfaces,
    zones,
    zoneOf,
    routes: [...readPoolRoutes(find, interfaces, name, plain), ...withSdwanRules(find, routes, interfaces)],
    policyRoutes: [
      ...readPolicyRoutes(find('router policy'), 4, plain),
      ...readPolicyRoutes(find('router policy6'), 6, plain6),
    ],
    dynamicRouting: dynamicRoutingOf(find),
    strictSourceCheck: setting(find, 'strict-src-check') === 'enable',
    addresses: centralNat ? withVipNames(addresses, vips) : addresses,
    addresses6: centralNat ? withVipNames(addresses6, vips) : addresses6,
    services: readServices(find('firewall service custom'), find('firewall service group')),
    schedules: readSchedules(schedule('recurring'), schedule('onetime'), schedule('group'), timezone),
    vips,
    vipsInPlay: vipsInPlay(vips, vipGroups, policies, centralNat !== undefined),
    vipNames: new Set(centralNat ? [] : [...vips.map((vip) => vip.name), ...vipGroups.keys()]),
    vipGroups,
    pools: readPools(find('firewall ippool')),
    centralNat,
    userGroups: new Set(find('user group')?.entries.keys() ?? []),
    sessionTtl: readSessionTtls(find('system session-ttl'), find('system global')),
    inspections: readInspections(findAll),
    certificates: readCertificates(findAll),
    policies,
    localIn: [
      ...readLocalIn(find('firewall local-in-policy'), 4),
      ...readLocalIn(find('firewall local-in-policy6'), 6),
    ],
    listeners: readListeners(find),
    vipIsLocal: vipIsLocal(header.version),
    policyLine: find('firewall policy')?.line ?? 1,
    routeLine: find('router static')?.line ?? 1,
  }
}

function setting(find: (path: string) => Table | undefined, name: string): string | undefined {
  const table = find('system settings')
  return table ? wordOf(table.own, name) : undefined
}

/** Modes in which the same text means something else. They are refused by name: no verdict is definite under them. */
function unsureOf(find: (path: string) => Table | undefined, header: Header): readonly string[] {
  const unsure: string[] = []
  if (header.transparent || setting(find, 'opmode') === 'transparent') unsure.push('transparent mode')
  const ngfw = setting(find, 'ngfw-mode')
  if (ngfw !== undefined && ngfw !== 'profile-based') unsure.push(`ngfw-mode ${ngfw}`)
  const user = find('user setting')
  if (user && wordOf(user.own, 'auth-on-demand') === 'always') unsure.push('auth-on-demand always')
  const overruling = ['firewall acl', 'firewall acl6', 'firewall interface-policy', 'system virtual-wire-pair']
  for (const path of [...overruling, 'firewall policy46', 'firewall policy64']) {
    if ((find(path)?.entries.size ?? 0) > 0) unsure.push(path)
  }
  if ((find('system interface')?.entries.size ?? 0) === 0) unsure.push('no interfaces in this file')
  return unsure
}

/** With several routing tables it is not decided by what we model which of them an interface looks into. */
function foreignTables(find: (path: string) => Table | undefined, vdom: string): readonly string[] {
  const ports = [...(find('system interface')?.entries.values() ?? [])]
  return ports.flatMap((port) => {
    const vrf = wordOf(port, 'vrf') ?? '0'
    return vrf === '0' || (wordOf(port, 'vdom') ?? vdom) !== vdom ? [] : [`VRF ${vrf} (interface ${port.key})`]
  })
}

/** Where blocks are broken open or closed, what stands in which table is a guess: a section that decides must not rest on one. */
function untrusted(find: (path: string) => Table | undefined, broken: readonly Problem[]): readonly string[] {
  const structural = broken.find((problem) => /^(?:MISSING|STRAY|UNCLOSED_BLOCK)/.test(problem.code))
  return structural && find('firewall policy') ? [`broken block at line ${structural.line}`] : []
}

function dynamicRoutingOf(find: (path: string) => Table | undefined): string | undefined {
  const inUse: Readonly<Record<string, string>> = {
    'router bgp': 'neighbor',
    'router ospf': 'network',
    'router ospf6': 'ospf6-interface',
    'router rip': 'network',
    'router isis': 'isis-interface',
  }
  for (const [path, table] of Object.entries(inUse)) {
    if ((find(path)?.own.tables?.get(table)?.entries.size ?? 0) > 0) return path
  }
  return undefined
}

function readPools(table: Table | undefined): ReadonlyMap<string, FortiPool> {
  const pools = new Map<string, FortiPool>()
  for (const entry of table?.entries.values() ?? []) {
    const addresses = readSpan(`${wordOf(entry, 'startip') ?? ''}-${wordOf(entry, 'endip') ?? ''}`)
    const arpReply = wordOf(entry, 'arp-reply') !== 'disable'
    const type = wordOf(entry, 'type') ?? 'overload'
    if (addresses) pools.set(entry.key, { name: entry.key, line: entry.line, type, addresses, arpReply })
  }
  return pools
}

/** A static route's priority where none is written: 0 before 7.0. */
function usualPriority(version: FortiVersion | undefined): number {
  return version && version.major < 7 ? 0 : 1
}

/** Whether an answered-for VIP or pool address counts as the device's own, by release (Fortinet KB 277823). */
function vipIsLocal(version: FortiVersion | undefined): boolean | undefined {
  if (!version) return undefined
  const { major, minor, patch } = version
  if (major < 6 || (major === 6 && minor < 4)) return true
  if (major === 6) return patch <= 8
  if (major === 7 && minor === 0) return patch === 0 || patch >= 13
  if (major === 7 && minor === 2) return patch >= 6
  if (major === 7 && minor === 4) return patch >= 1
  return true
}
