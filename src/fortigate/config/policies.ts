import type { FortiLocalInPolicy, FortiPolicy, FortiVersion } from '../model.ts'
import { isUnmodelled } from './keywords.ts'
import { oddity } from './oddity.ts'
import { readTtl } from './read-ttl.ts'
import { localMoment, readTime } from './schedules.ts'
import { type Entry, lineOf, oddValuesOf, type Table, wordOf, wordsOf } from './tables.ts'

/** Firewall policies in table order, which is the order of evaluation; the id is only a handle. */
export function readPolicies(
  table: Table | undefined,
  version: FortiVersion | undefined,
  timezone: string | undefined,
): readonly FortiPolicy[] {
  return [...(table?.entries.values() ?? [])].map((entry) => readPolicy(entry, version, timezone))
}

/** Policies for traffic to the device itself, in order; omitted `action` is deny here too. */
export function readLocalIn(table: Table | undefined, family: 4 | 6): readonly FortiLocalInPolicy[] {
  return [...(table?.entries.values() ?? [])].map((entry) => {
    const odd = oddity('firewall local-in-policy', entry)
    return {
      id: Number(entry.key),
      line: entry.line,
      family,
      enabled: wordOf(entry, 'status') !== 'disable',
      accept: wordOf(entry, 'action') === 'accept',
      intf: wordsOf(entry, 'intf'),
      srcaddr: wordsOf(entry, 'srcaddr'),
      dstaddr: wordsOf(entry, 'dstaddr'),
      srcNegate: isOn(entry, 'srcaddr-negate'),
      dstNegate: isOn(entry, 'dstaddr-negate'),
      service: wordsOf(entry, 'service'),
      serviceNegate: isOn(entry, 'service-negate'),
      schedule: wordOf(entry, 'schedule') ?? 'always',
      unknown: odd === undefined ? [] : [`local-in policy ${entry.key} (${odd})`],
    }
  })
}

function readPolicy(entry: Entry, version: FortiVersion | undefined, timezone: string | undefined): FortiPolicy {
  const action = wordOf(entry, 'action') ?? 'deny'
  const matchVip = wordOf(entry, 'match-vip')
  return {
    id: Number(entry.key),
    name: wordOf(entry, 'name') ?? '',
    line: entry.line,
    opener: entry.opener,
    enabled: wordOf(entry, 'status') !== 'disable',
    action: action === 'accept' || action === 'deny' ? action : 'other',
    srcintf: wordsOf(entry, 'srcintf'),
    dstintf: wordsOf(entry, 'dstintf'),
    srcaddr: wordsOf(entry, 'srcaddr'),
    srcaddr6: wordsOf(entry, 'srcaddr6'),
    srcNegate: isOn(entry, 'srcaddr-negate'),
    src6Negate: isOn(entry, 'srcaddr6-negate'),
    dstaddr: wordsOf(entry, 'dstaddr'),
    dstaddr6: wordsOf(entry, 'dstaddr6'),
    dstNegate: isOn(entry, 'dstaddr-negate'),
    dst6Negate: isOn(entry, 'dstaddr6-negate'),
    internetService: isOn(entry, 'internet-service') || isOn(entry, 'internet-service6'),
    internetServiceSrc: isOn(entry, 'internet-service-src') || isOn(entry, 'internet-service6-src'),
    service: wordsOf(entry, 'service'),
    serviceNegate: isOn(entry, 'service-negate'),
    schedule: wordOf(entry, 'schedule') ?? '',
    expires: expiryOf(entry, timezone),
    groups: [...wordsOf(entry, 'groups'), ...wordsOf(entry, 'fsso-groups')],
    users: wordsOf(entry, 'users'),
    nat: isOn(entry, 'nat'),
    pools: poolsOf(entry, 'poolname'),
    pools6: poolsOf(entry, 'poolname6'),
    matchVip: matchVip === undefined ? matchVipDefault(version) : matchVip === 'enable',
    matchVipOnly: isOn(entry, 'match-vip-only'),
    unknown: unknownMatches(entry, action),
    comments: wordOf(entry, 'comments') ?? '',
    sessionTtl: readTtl(entry, 'session-ttl'),
    inspection: isOn(entry, 'utm-status') ? wordOf(entry, 'ssl-ssh-profile') : undefined,
    gates: {
      statusLine: lineOfFirst(entry, 'status'),
      scheduleLine: lineOfFirst(entry, 'schedule'),
      expiryLine: lineOfFirst(entry, 'policy-expiry-date-utc', 'policy-expiry-date', 'policy-expiry'),
      identityLine: lineOfFirst(entry, 'groups', 'fsso-groups', 'users'),
    },
  }
}

/** Where the first of these attributes that is written stands. */
function lineOfFirst(entry: Entry, ...names: readonly string[]): number {
  for (const name of names) {
    const line = lineOf(entry, name)
    if (line !== undefined) return line
  }
  return entry.line
}

function poolsOf(entry: Entry, name: string): readonly string[] | undefined {
  const names = isOn(entry, 'ippool') ? wordsOf(entry, name) : []
  return names.length > 0 ? names : undefined
}

function isOn(entry: Entry, name: string): boolean {
  return wordOf(entry, name) === 'enable'
}

/** Match fields we do not model, and required ones that are missing: a device would not have taken the policy. */
function unknownMatches(entry: Entry, action: string): readonly string[] {
  const named = (what: string) => `policy ${entry.key} (${what})`
  const odd = (entry.strange ?? []).map((statement) => named(`line ${statement.line}`))
  for (const { words } of oddValuesOf(entry)) {
    if (isUnmodelled('firewall policy', words[0] ?? '', words)) odd.push(named(words[0] ?? ''))
  }
  if (action !== 'accept' && action !== 'deny') odd.push(named(`action ${action}`))
  for (const required of ['srcintf', 'dstintf', 'schedule']) {
    if (wordOf(entry, required) === undefined) odd.push(named(`no ${required}`))
  }
  const internet = isOn(entry, 'internet-service') || isOn(entry, 'internet-service6')
  if (!internet && wordOf(entry, 'service') === undefined) odd.push(named('no service'))
  return odd
}

function expiryOf(entry: Entry, timezone: string | undefined): FortiPolicy['expires'] {
  if (!isOn(entry, 'policy-expiry')) return undefined
  const epoch = wordOf(entry, 'policy-expiry-date-utc')
  if (epoch !== undefined && /^[1-9]\d{0,11}$/.test(epoch)) return Number(epoch)
  const [date = '', time = ''] = (wordsOf(entry, 'policy-expiry-date').join(' ') || '').split(' ')
  const match = /^(\d{1,2}:\d{2}):(\d{2})$/.exec(time)
  const minutes = readTime(match?.[1] ?? '')
  if (minutes === undefined || timezone === undefined) return 'unknown'
  const moment = localMoment(date, minutes, timezone)
  return moment === undefined ? 'unknown' : moment + Number(match?.[2])
}

/**
 * Deny policies see translated packets by default from 7.2.3 on; Fortinet KB 94794 contradicts itself about 7.2.3 itself, so
 * that release, and a file without a version, leave it open.
 */
export function matchVipDefault(version: FortiVersion | undefined): boolean | undefined {
  if (!version) return undefined
  const { major, minor, patch } = version
  if (major === 7 && minor === 2) return patch === 3 ? undefined : patch > 3
  return major > 7 || (major === 7 && minor > 2)
}
