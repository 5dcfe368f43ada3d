import { type Refusal, refuse } from '../evidence/refusal.ts'
import { type IpSet, intersectIp, isEmptyIp, NO_IP, printIpSet, readCidr } from '../flow/ip-set.ts'
import { checkHeaders } from './compile/header-trust.ts'
import { mayLeadTo } from './compile/leads-to.ts'
import { feedOf, insertLines, sectionLines, styleOf } from './config/section-lines.ts'
import type { Bind, HaproxyDevice, ProxySection } from './model.ts'
import type { HaproxyLine } from './text.ts'

/**
 * One grant as the inner door is to enforce it. Hosts and ports are not in it: they are what the routes to the guard are for, and the
 * proof finds out when a route carries more than was asked.
 */
export type InnerAsk = {
  readonly request: string
  readonly service: string
  readonly frontend: string
  readonly backend: string
  readonly sources: IpSet
  /** Each must be there with this value, as one of the values of the header. */
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly methods?: readonly string[]
  /** Path prefixes. */
  readonly paths?: readonly string[]
  /** Epoch seconds, both inclusive. */
  readonly from?: number
  readonly until?: number
}

/** An edited configuration, and in words what was changed. */
export type HaproxyEdit = { readonly ok: true; readonly text: string; readonly says: readonly string[] }

/** HAProxy takes 64 words a line; these leave room. */
const MOST_PATTERNS_A_LINE = 40
/** A text this long is one nobody can review. */
const MOST_NETWORKS = 4000

/**
 * Adds one grant to the guard of its service: its ACLs and one `set-var` above the line that denies. Nothing but these lines
 * changes. A service without a guard is refused: the caller knows what is open already, and a guard would close that.
 */
export function compileHaproxyGrant(device: HaproxyDevice, ask: InnerAsk): HaproxyEdit | Refusal {
  const guard = findGuard(device, ask.service, ask.frontend, ask.backend)
  if ('ok' in guard) return guard
  const bad = checkAsk(ask, guard) ?? checkHeaders(device, ask)
  if (bad) return bad
  const rules = grantRules(device, ask, guard)
  const lines = rules.map((rule) => `${guard.indent}${rule}${guard.feed}`)
  const place = guard.guarded.kind === 'backend' ? `backend ${ask.backend}` : `frontend ${ask.frontend}`
  return {
    ok: true,
    text: insertLines(device, guard.deny, lines),
    says: [`adds ${lines.length} lines to the guard of ${ask.service} in ${place}`],
  }
}

/** Takes a grant's lines out again, wherever they stand; the guard itself stays, so what is left is closed. */
export function removeHaproxyGrant(device: HaproxyDevice, requestId: string): HaproxyEdit | Refusal {
  const names = new Set<string>()
  const owned = device.text.lines.filter((line) => {
    const [keyword, name] = line.words.map((word) => word.value)
    if (keyword === 'acl' && name !== undefined && isNameOf(name, requestId)) return names.add(name)
    return false
  })
  const rules = device.text.lines.filter((line) => isSetVarOf(line, requestId))
  if (rules.length === 0 && owned.length === 0)
    return refuse('no-such-grant', `HAProxy's configuration holds no grant of ${requestId}.`)
  const gone = new Set([...owned, ...rules].map((line) => line.number))
  const users = device.text.lines.filter((line) => !gone.has(line.number) && usesAny(line, names))
  const [user] = users
  if (user)
    return refuse(
      'grant-in-use',
      `Line ${user.number} of ${device.file} uses an ACL of ${requestId}; that line was not made by me.`,
    )
  return {
    ok: true,
    text: device.text.lines
      .filter((line) => !gone.has(line.number))
      .map((line) => line.raw)
      .join(''),
    says: [`removes ${gone.size} lines of ${requestId}`],
  }
}

/** What names a service's guard. */
export type GuardAsk = { readonly service: string; readonly frontend: string; readonly backend: string }

/** Adds an empty guard, which denies the service to everyone until grants open it. For onboarding. */
export function compileHaproxyGuard(device: HaproxyDevice, ask: GuardAsk): HaproxyEdit | Refusal {
  const existing = findGuard(device, ask.service, ask.frontend, ask.backend)
  if (!('ok' in existing))
    return refuse('guard-exists', `${ask.service} has a guard already, at line ${existing.deny}.`)
  if (existing.reason !== 'no-guard') return existing
  const place = findPlace(device, ask.frontend, ask.backend)
  if ('ok' in place) return place
  const { guarded, phase } = place
  const loose = bypassOf(device, place, Number.POSITIVE_INFINITY, { inherited: true })
  if (loose) return loose
  const { indent, feed } = styleOf(device, guarded)
  const variable = freeVariable(device, ask.service, phase)
  const lines = [`# sallyport:guard ${ask.service}`, denyLine(phase, variable)].map((line) => `${indent}${line}${feed}`)
  return {
    ok: true,
    // First of all: an `accept` or `allow` above it would let requests past it.
    text: insertLines(device, guarded.line + 1, lines),
    says: [`adds an empty guard for ${ask.service} to ${guarded.kind} ${guarded.name}`],
  }
}

type Phase = 'http' | 'connection' | 'session'
type Place = { readonly guarded: ProxySection; readonly phase: Phase }
type Guard = Place & {
  /** The number of the line that denies. */
  readonly deny: number
  readonly variable: string
  readonly indent: string
  readonly feed: string
}

const KEYWORD: Readonly<Record<Phase, string>> = {
  http: 'http-request',
  connection: 'tcp-request connection',
  session: 'tcp-request session',
}

function denyLine(phase: Phase, variable: string): string {
  const refusal = phase === 'http' ? 'deny deny_status 403' : 'reject'
  return `${KEYWORD[phase]} ${refusal} unless { var(${variable}) -m bool }`
}

/**
 * Where a service is guarded: http in its backend, so that whatever route leads there is guarded; tcp in its frontend, at the
 * connection, or at the session when a PROXY header is what tells the client.
 */
function findPlace(device: HaproxyDevice, frontend: string, backend: string): Place | Refusal {
  const door = device.proxies.find((proxy) => proxy.kind !== 'backend' && proxy.name === frontend)
  const back = device.proxies.find((proxy) => proxy.kind !== 'frontend' && proxy.name === backend)
  if (!door) return refuse('no-such-frontend', `${device.file} has no frontend ${frontend}.`)
  if (!back) return refuse('no-such-backend', `${device.file} has no backend ${backend}.`)
  if (back.mode === 'http') return { guarded: back, phase: 'http' }
  const proxied =
    door.binds.some((bind) => bind.acceptProxy) || door.rules.connection.some((r) => r.action.do === 'expect-proxy')
  return { guarded: door, phase: proxied ? 'session' : 'connection' }
}

function findGuard(device: HaproxyDevice, service: string, frontend: string, backend: string): Guard | Refusal {
  const place = findPlace(device, frontend, backend)
  if ('ok' in place) return place
  const { guarded, phase } = place
  const lines = sectionLines(device, guarded)
  const marker = lines.findIndex(
    (line) => line.words.length === 0 && line.raw.trim() === `# sallyport:guard ${service}`,
  )
  if (marker < 0)
    return refuse(
      'no-guard',
      `${service} is not guarded in ${guarded.kind} ${guarded.name} of ${device.file}: whoever is routed there gets in.`,
    )
  const pattern =
    /^(?:http-request deny deny_status 403|tcp-request (?:connection|session) reject) unless \{ var\(([A-Za-z0-9_.]+)\) -m bool \}$/
  for (const line of lines.slice(marker + 1)) {
    const words = line.words.map((word) => word.value).join(' ')
    const [, variable] = pattern.exec(words) ?? []
    if (variable === undefined) continue
    if (!words.startsWith(`${KEYWORD[phase]} `) || line.presence !== 'kept') break
    const loose = bypassOf(device, place, line.number, { inherited: false })
    if (loose) return loose
    const { raw } = line
    return { ...place, deny: line.number, variable, indent: /^\s*/.exec(raw)?.[0] ?? '', feed: feedOf(raw) }
  }
  return refuse(
    'broken-guard',
    `The guard of ${service} in ${device.file} has lost the line that denies; it must be mended by hand.`,
  )
}

/** The line of a service's guard that denies; undefined where the service has no guard that keeps. */
export function guardLine(
  device: HaproxyDevice,
  service: string,
  frontend: string,
  backend: string,
): number | undefined {
  const guard = findGuard(device, service, frontend, backend)
  return 'ok' in guard ? undefined : guard.deny
}

/** A rule above the guard that ends its ruleset, or may do anything, lets requests past it. */
function bypassOf(
  device: HaproxyDevice,
  { guarded, phase }: Place,
  deny: number,
  { inherited }: { readonly inherited: boolean },
): Refusal | undefined {
  const above = guarded.rules[phase].filter((rule) => rule.line < (inherited ? guarded.line : deny))
  const loose = above.find(({ action }) => action.do === 'pass' || action.do === 'unmodelled')
  return (
    loose &&
    refuse('guard-bypassed', `Line ${loose.line} of ${device.file} (\`${loose.says}\`) lets requests past the guard.`)
  )
}

function checkAsk(ask: InnerAsk, guard: Guard): Refusal | undefined {
  if (!/^[A-Za-z0-9-]{1,60}$/.test(ask.request)) return refuse('bad-request-id', `${ask.request} cannot name an ACL.`)
  if (SUFFIX.test(ask.request)) return refuse('bad-request-id', `${ask.request} ends like one of its own ACLs would.`)
  if (!isEmptyIp(intersectIp(ask.sources, MAPPED)))
    return refuse(
      'mapped-sources',
      'A network that holds ::ffff:0:0/96 lets every IPv4 address in; name IPv4 networks as such.',
    )
  const networks = ask.sources.v4.length + ask.sources.v6.length
  if (networks === 0) return refuse('no-source', 'The grant allows no address at all.')
  if (networks > MOST_NETWORKS)
    return refuse('too-many-sources', `The grant has more than ${MOST_NETWORKS} address ranges.`)
  const http = ask.headers.length > 0 || ask.methods !== undefined || ask.paths !== undefined
  if (guard.phase !== 'http' && http)
    return refuse(
      'tcp-service',
      `${ask.service} is a TCP service: it has no headers, methods or paths to tell requests apart.`,
    )
  if (ask.methods?.length === 0 || ask.paths?.length === 0)
    return refuse('empty-narrowing', 'The grant allows no method or no path at all.')
  const values = [
    ...ask.headers.flatMap(({ name, value }) => [name, value]),
    ...(ask.methods ?? []),
    ...(ask.paths ?? []),
  ]
  const bad = values.find((value) => !/^[!-~]+$/.test(value) || value.includes("'"))
  if (bad !== undefined) return refuse('unwritable', `\`${bad}\` cannot be written into HAProxy's configuration.`)
  const badName = ask.headers.find(({ name }) => !/^[A-Za-z0-9_-]+$/.test(name))
  if (badName) return refuse('unwritable', `\`${badName.name}\` is no header name.`)
  if (ask.from !== undefined && ask.until !== undefined && ask.from > ask.until)
    return refuse('empty-window', 'The grant ends before it starts.')
  return undefined
}

const SUFFIX = /-(from|until|method|path|six|header\d*)$/
const MAPPED: IpSet = readCidr('::ffff:0:0/96') ?? NO_IP
/** IPv6 addresses that HAProxy also matches with the IPv4 network they carry. */
const CARRIERS = ['::/96', '2002::/16'] as const

/** Whether the guard may meet a client with an IPv6 address: by a listener that leads to it, or because a rule says who the client is. */
function mayBeSix(device: HaproxyDevice, guarded: ProxySection): boolean {
  const doors = device.proxies.filter((proxy) => proxy === guarded || mayLeadTo(proxy, guarded.name))
  return doors.some((proxy) => proxy.binds.some(takesSix)) || [guarded, ...doors].some(saysWhoTheClientIs)
}

function takesSix({ address, acceptProxy }: Bind): boolean {
  if (acceptProxy || address.kind === 'unknown') return true
  return address.kind === 'any' ? address.v6 : address.kind === 'ip' && address.ip.includes(':')
}

function saysWhoTheClientIs({ rules, unmodelled }: ProxySection): boolean {
  const actions = Object.values(rules).flatMap((list) => list.map((rule) => rule.action))
  const says = actions.some(
    (action) => action.do === 'unmodelled' || (action.do === 'set-address' && action.which === 'src'),
  )
  return says || unmodelled.length > 0
}

/** The grant's ACL lines and the one line that lets it through its guard. */
function grantRules(device: HaproxyDevice, ask: InnerAsk, guard: Guard): string[] {
  const taken = new Set(guard.guarded.acls.keys())
  const base = freeName(`sallyport-${ask.request}`, taken)
  const rules: string[] = []
  const conditions: string[] = []
  const condition = (suffix: string, criterion: string, patterns: readonly string[]) => {
    const name = suffix ? `${base}-${suffix}` : base
    for (let at = 0; at < patterns.length; at += MOST_PATTERNS_A_LINE)
      rules.push(`acl ${name} ${criterion} ${patterns.slice(at, at + MOST_PATTERNS_A_LINE).join(' ')}`)
    conditions.push(name)
  }
  condition('', 'src', exactNetworks(ask.sources))
  for (const [index, { name, value }] of ask.headers.entries())
    condition(index === 0 ? 'header' : `header${index + 1}`, `req.hdr(${name}) -m str --`, [quoted(value)])
  if (ask.methods) condition('method', 'method --', ask.methods.map(quoted))
  if (ask.paths) condition('path', 'path -m beg --', ask.paths.map(quoted))
  const carriers = CARRIERS.map((cidr) => readCidr(cidr) ?? NO_IP)
  if (mayBeSix(device, guard.guarded) && carriers.every((carrier) => isEmptyIp(intersectIp(ask.sources, carrier)))) {
    condition('six', 'src', CARRIERS)
    conditions.push(`!${conditions.pop()}`)
  }
  if (ask.from !== undefined) condition('from', 'date ge', [String(ask.from)])
  if (ask.until !== undefined) condition('until', 'date le', [String(ask.until)])
  return [...rules, `${KEYWORD[guard.phase]} set-var(${guard.variable}) bool(true) if ${conditions.join(' ')}`]
}

function exactNetworks(sources: IpSet): string[] {
  return printIpSet(sources).map((network) =>
    network.includes('/') ? network : `${network}/${network.includes(':') ? 128 : 32}`,
  )
}

/** Single quotes keep everything as it is; plain words stay plain. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_./:=@+,~-]+$/.test(text) ? text : `'${text}'`
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const free = (name: string) => ![...taken].some((each) => each === name || each.startsWith(`${name}-`))
  if (free(wanted)) return wanted
  let n = 2
  while (!free(`${wanted}.${n}`)) n++
  return `${wanted}.${n}`
}

/** Variable names are letters, digits, `_` and `.`; two services must not share one. */
function freeVariable(device: HaproxyDevice, service: string, phase: Phase): string {
  const scope = phase === 'http' ? 'txn' : 'sess'
  const wanted = `${scope}.sallyport_${service.replace(/[^A-Za-z0-9]/g, '_')}`
  const used = (name: string) => device.text.lines.some((line) => line.raw.includes(`(${name})`))
  if (!used(wanted)) return wanted
  let n = 2
  while (used(`${wanted}_${n}`)) n++
  return `${wanted}_${n}`
}

function isNameOf(name: string, requestId: string): boolean {
  const rest = name.startsWith(`sallyport-${requestId}`) ? name.slice(`sallyport-${requestId}`.length) : undefined
  return rest !== undefined && /^(\.\d+)?(-(from|until|method|path|six|header\d*))?$/.test(rest)
}

function isSetVarOf(line: HaproxyLine, requestId: string): boolean {
  const words = line.words.map((word) => word.value)
  const set = words.findIndex((word) => /^set-var\((txn|sess)\.sallyport_[A-Za-z0-9_]+\)$/.test(word))
  const conditions = words.slice(set + 3)
  return (
    set > 0 &&
    words[set + 2] === 'if' &&
    conditions.length > 0 &&
    conditions.every((word) => isNameOf(word.replace(/^!/, ''), requestId))
  )
}

function usesAny(line: HaproxyLine, names: ReadonlySet<string>): boolean {
  return line.words.slice(1).some((word) => names.has(word.value.replace(/^!+/, '')))
}
