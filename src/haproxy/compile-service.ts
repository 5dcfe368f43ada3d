import { type Refusal, refuse } from '../evidence/refusal.ts'
import { type FlowSet, flowsWhere } from '../flow/flow-set.ts'
import { foldedText, uniteText } from '../flow/text-set.ts'
import { ips, numbers, texts } from '../flow/values.ts'
import { addressSet } from './address.ts'
import { compileHaproxyGuard, type HaproxyEdit } from './compile.ts'
import { insertLines, sectionLines, styleOf } from './config/section-lines.ts'
import { readHaproxy } from './config.ts'
import { type HaproxyPiece, haproxyMeaning } from './meaning.ts'
import type { Bind, HaproxyDevice, ProxySection } from './model.ts'

/** A service that HAProxy does not know yet. */
export type InnerService = {
  readonly service: string
  readonly frontend: string
  readonly backend: string
  readonly servers: readonly { readonly name: string; readonly address: string; readonly port: number }[]
  readonly stickiness: 'none' | 'cookie' | 'source'
  /** By host name through a frontend that is there; or by a port of its own. */
  readonly by:
    | { readonly kind: 'host'; readonly hosts: readonly string[]; readonly healthPath?: string }
    | { readonly kind: 'port'; readonly address: string; readonly port: number }
}

/** HAProxy takes 64 words a line; these leave room. */
const MOST_HOSTS_A_LINE = 40

/**
 * Adds a service that nobody may use yet: its route, its backend and an empty guard. The route stands below all others of its
 * frontend; where a line above would take its requests and hand them to nobody, it stands above that line instead.
 */
export function compileHaproxyService(device: HaproxyDevice, ask: InnerService): HaproxyEdit | Refusal {
  const bad = checkNames(device, ask)
  if (bad) return bad
  return ask.by.kind === 'port' ? addPort(device, ask, ask.by) : addHosts(device, ask, ask.by)
}

type ByHost = Extract<InnerService['by'], { readonly kind: 'host' }>
type ByPort = Extract<InnerService['by'], { readonly kind: 'port' }>

function addHosts(device: HaproxyDevice, ask: InnerService, by: ByHost): HaproxyEdit | Refusal {
  const door = device.proxies.find((proxy) => proxy.kind !== 'backend' && proxy.name === ask.frontend)
  if (!door) return refuse('no-such-frontend', `${device.file} has no frontend ${ask.frontend}.`)
  if (door.mode !== 'http')
    return refuse('tcp-frontend', `Frontend ${door.name} of ${device.file} is TCP: it cannot tell host names apart.`)
  const taken = by.hosts.flatMap((host) => routedAlready(device, door, host) ?? [])[0]
  if (taken) return taken
  const rule = door.switches.map(({ line }) => line)
  const [first] = rule
  // Below every other route nothing is taken from any; the line of a default takes effect last wherever it stands.
  const places = [(rule.at(-1) ?? defaultOrEnd(device, door)) + (rule.length > 0 ? 1 : 0), ...(first ? [first] : [])]
  let why: Refusal | undefined
  for (const place of places) {
    const edit = compileAt(device, door, ask, by, place)
    if (edit.ok) return edit
    why ??= edit
  }
  return why ?? refuse('no-route', `I found no place for a route in frontend ${door.name}.`)
}

function compileAt(
  device: HaproxyDevice,
  door: ProxySection,
  ask: InnerService,
  by: ByHost,
  place: number,
): HaproxyEdit | Refusal {
  const { indent, feed } = styleOf(device, door)
  const acl = freeAcl(door, ask.service)
  const routed = insertLines(
    device,
    place,
    [...hostLines(acl, by.hosts), `use_backend ${ask.backend} if ${acl}`].map((line) => `${indent}${line}${feed}`),
  )
  const withRoute = read(device, routed)
  const tls = door.binds.some((bind) => bind.ssl)
  const backend = backendLines(ask, 'http', tls, by.healthPath)
  const text = addSection(withRoute, ask.frontend, ask.backend, 'http', [`backend ${ask.backend}`], backend)
  const guarded = guard(device, ask, text)
  if (!guarded.ok) return guarded
  const after = read(device, guarded.text)
  for (const host of by.hosts) {
    const stopped = doesNothing(after, ask, host)
    if (stopped) return stopped
  }
  const says = [`routes ${by.hosts.join(', ')} in frontend ${door.name} to backend ${ask.backend}`, ...guarded.says]
  return { ok: true, text: guarded.text, says }
}

function addPort(device: HaproxyDevice, ask: InnerService, by: ByPort): HaproxyEdit | Refusal {
  const taken = device.proxies.find((proxy) => proxy.name === ask.frontend)
  if (taken) return refuse('frontend-exists', `${device.file}:${taken.line} has a ${taken.kind} ${taken.name} already.`)
  for (const proxy of device.proxies) {
    // Two sections on one port pass `haproxy -c`, and the kernel deals connections out to them at random.
    const bind = proxy.binds.find((one) => mayListenOn(one, by))
    if (bind)
      return refuse(
        'port-taken',
        `${device.file}:${bind.line} listens on ${by.address}:${by.port} already (${proxy.kind} ${proxy.name}).`,
      )
  }
  const like = device.proxies.filter(({ kind, mode }) => kind !== 'backend' && mode === 'tcp').at(-1)
  const near = like ?? device.proxies.at(-1)
  if (!near) return refuse('no-section', `${device.file} has no section that could tell where a new one belongs.`)
  const address = by.address.includes(':') ? `[${by.address}]` : by.address
  const front = [`bind ${address}:${by.port}`, `default_backend ${ask.backend}`]
  const withFront = read(
    device,
    addSection(device, near.name, ask.frontend, 'tcp', [`frontend ${ask.frontend}`], front),
  )
  const back = backendLines(ask, 'tcp', false, undefined)
  const text = addSection(withFront, ask.frontend, ask.backend, 'tcp', [`backend ${ask.backend}`], back)
  const guarded = guard(device, ask, text)
  if (!guarded.ok) return guarded
  const listens = `adds frontend ${ask.frontend} on ${by.address}:${by.port} and backend ${ask.backend}`
  return { ok: true, text: guarded.text, says: [listens, ...guarded.says] }
}

function checkNames(device: HaproxyDevice, ask: InnerService): Refusal | undefined {
  const { by, servers } = ask
  const odd = [ask.service, ask.frontend, ask.backend, ...servers.map(({ name }) => name)].find(
    (name) => !/^[A-Za-z0-9_.:-]{1,80}$/.test(name),
  )
  if (odd !== undefined) return refuse('unwritable', `\`${odd}\` cannot be a name in HAProxy's configuration.`)
  const place = servers.find(({ address, port }) => !/^[A-Za-z0-9_.:-]+$/.test(address) || !(port > 0 && port < 65536))
  if (place) return refuse('unwritable', `${place.address} port ${place.port} is no address of a server.`)
  if (servers.length === 0) return refuse('no-servers', `${ask.service} has no server that its requests could go to.`)
  const twin = device.proxies.find((proxy) => proxy.name === ask.backend)
  if (twin) return refuse('backend-exists', `${device.file}:${twin.line} has a ${twin.kind} ${twin.name} already.`)
  if (by.kind === 'port') return undefined
  const host = by.hosts.find((each) => !/^[a-z0-9.-]{1,253}$/.test(each))
  if (host !== undefined) return refuse('unwritable', `\`${host}\` is no host name.`)
  if (by.hosts.length === 0) return refuse('no-host', `${ask.service} has no host name to route by.`)
  if (by.healthPath !== undefined && !/^\/[A-Za-z0-9_./~?=&-]*$/.test(by.healthPath))
    return refuse('unwritable', `\`${by.healthPath}\` is no path that I would write into HAProxy's configuration.`)
  return undefined
}

/** Hosts are compared without case and without the port that a client may send. */
function hostLines(acl: string, hosts: readonly string[]): string[] {
  const lines: string[] = []
  for (let at = 0; at < hosts.length; at += MOST_HOSTS_A_LINE)
    lines.push(`acl ${acl} req.hdr(host),field(1,:) -m str -i ${hosts.slice(at, at + MOST_HOSTS_A_LINE).join(' ')}`)
  return lines
}

function backendLines(
  ask: InnerService,
  mode: ProxySection['mode'],
  tls: boolean,
  healthPath: string | undefined,
): string[] {
  const { servers, stickiness } = ask
  const cookie = mode === 'http' && stickiness === 'cookie'
  const sticky = stickiness === 'source' || (stickiness === 'cookie' && !cookie)
  const secure = tls ? ' secure' : ''
  return [
    ...(sticky ? ['balance source', 'hash-type consistent'] : servers.length > 1 ? ['balance roundrobin'] : []),
    ...(cookie ? [`cookie ${cookieName(ask.service)} insert indirect nocache httponly${secure}`] : []),
    ...(healthPath === undefined ? [] : [`option httpchk GET ${healthPath}`]),
    ...servers.map(({ name, address, port }) => {
      const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
      return `server ${name} ${where} check${cookie ? ` cookie ${name}` : ''}`
    }),
  ]
}

function cookieName(service: string): string {
  return `${service.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()}_NODE`
}

/** A new section behind the last one that shares the defaults of `near`, with its mode spelled out where the defaults differ. */
function addSection(
  device: HaproxyDevice,
  near: string,
  name: string,
  mode: ProxySection['mode'],
  [head = '']: readonly string[],
  body: readonly string[],
): string {
  const beside = device.proxies.find((proxy) => proxy.name === near)
  if (!beside) throw new Error(`a new section stands near ${near}, which is not there`)
  const style = styleOf(device, beside)
  const write = (lines: readonly string[]) => {
    const from = /\sfrom\s+(\S+)/.exec(sectionLines(device, beside)[0]?.raw ?? '')?.[1]
    const first = from === undefined ? head : `${head} from ${from}`
    const own = ['', first, ...lines.map((line) => `${style.indent}${line}`)]
    return insertLines(
      device,
      endOfGroup(device, beside),
      own.map((line) => `${line}${style.feed}`),
    )
  }
  const plain = write(body)
  const made = read(device, plain).proxies.find((proxy) => proxy.name === name)
  return made?.mode === mode ? plain : write([`mode ${mode}`, ...body])
}

/** The number of the line below the last section with the same defaults; comments that head the next section stay with it. */
function endOfGroup(device: HaproxyDevice, beside: ProxySection): number {
  const { lines, sections } = device.text
  const own = sections.findIndex(({ from }) => lines[from]?.number === beside.line)
  const next = sections.findIndex(({ keyword }, at) => at > own && keyword === 'defaults')
  const group = sections.slice(own, next < 0 ? undefined : next)
  const last = group.filter(({ keyword }) => /^(?:frontend|backend|listen)$/.test(keyword)).at(-1)
  if (!last) return lines.length + 1
  const said = lines.slice(last.from, last.to).findLastIndex((line) => line.words.length > 0)
  let at = last.from + said + 1
  while (at < last.to && /^[ \t]+#/.test(lines[at]?.raw ?? '')) at++
  return at + 1
}

/** Where a first route is written: above the default of its own section, or behind the section's last line. */
function defaultOrEnd(device: HaproxyDevice, door: ProxySection): number {
  const lines = sectionLines(device, door)
  const own = lines.find((line) => line.words[0]?.value === 'default_backend')
  return own?.number ?? (lines.findLast((line) => line.words.length > 0)?.number ?? door.line) + 1
}

function guard(device: HaproxyDevice, ask: InnerService, text: string): HaproxyEdit | Refusal {
  const made = read(device, text)
  const guarded = compileHaproxyGuard(made, ask)
  if (!guarded.ok) return guarded
  const [fatal] = read(device, guarded.text).fatal
  if (!fatal) return guarded
  return refuse('not-valid', `HAProxy would not take it: ${fatal.message} (${fatal.file}:${fatal.line}).`)
}

function freeAcl(door: ProxySection, service: string): string {
  const wanted = `host-${service}`
  if (!door.acls.has(wanted)) return wanted
  let n = 2
  while (door.acls.has(`${wanted}.${n}`)) n++
  return `${wanted}.${n}`
}

/** A host whose requests some server gets today, or may get: taking it away would close something. */
function routedAlready(device: HaproxyDevice, door: ProxySection, host: string): Refusal | undefined {
  const pieces = haproxyMeaning(device, requestsFor(door, host))
  const unsure = pieces.find(({ outcome }) => outcome.kind === 'depends')
  if (unsure) return refuse('host-unclear', `Where ${host} leads today depends on ${lineOf(device, unsure)}.`)
  const served = pieces.find(({ outcome }) => outcome.kind === 'server')
  if (served?.outcome.kind !== 'server') return undefined
  return refuse(
    'host-routed',
    `${host} leads to backend ${served.outcome.backend} already, by ${lineOf(device, served)}; I take no requests from another service.`,
  )
}

/** Whether no request for this host comes as far as the guard, and what stops them all. */
function doesNothing(after: HaproxyDevice, ask: InnerService, host: string): Refusal | undefined {
  const door = after.proxies.find((proxy) => proxy.kind !== 'backend' && proxy.name === ask.frontend)
  const back = after.proxies.find((proxy) => proxy.kind !== 'frontend' && proxy.name === ask.backend)
  if (!door || !back) return refuse('no-route', `The route to ${ask.backend} was lost.`)
  const lines = new Set(back.rules.http.map(({ line }) => line))
  const pieces = haproxyMeaning(after, requestsFor(door, host))
  const open = pieces.find(({ outcome }) => outcome.kind === 'server')
  if (open) return refuse('not-guarded', `${host} would be open to some: ${lineOf(after, open)}.`)
  if (pieces.some(({ because }) => lines.has(because.at(-1)?.line ?? 0))) return undefined
  const [stop] = pieces
  const says = stop ? lineOf(after, stop) : `nothing of frontend ${door.name} that I can read`
  return refuse('route-without-effect', `No request for ${host} would come to the new route; it ends at ${says}.`)
}

function lineOf(device: HaproxyDevice, { because, outcome }: HaproxyPiece): string {
  const at = because.at(-1)
  if (at) return `\`${at.says}\` (${at.file}:${at.line})`
  return outcome.kind === 'depends' ? outcome.on : device.file
}

function requestsFor(door: ProxySection, host: string): FlowSet {
  // As clients send it: alone, or with the port they connected to outside or here.
  const ports = new Set([80, 443, ...door.binds.flatMap((bind) => bind.ports)])
  const sent = [host, ...[...ports].map((port) => `${host}:${port}`)]
  const named = texts(sent.map(foldedText).reduce(uniteText))
  return door.binds.flatMap(({ address, ports }) =>
    flowsWhere({
      host: named,
      dport: numbers(ports),
      dst: address.kind === 'ip' ? ips(addressSet(address.ip)) : undefined,
    }),
  )
}

function mayListenOn({ address, ports }: Bind, by: ByPort): boolean {
  if (by.port < ports[0] || by.port > ports[1]) return false
  if (address.kind === 'socket') return false
  return address.kind !== 'ip' || address.ip === by.address
}

function read({ id, file, files }: HaproxyDevice, text: string): HaproxyDevice {
  return readHaproxy({ id }, file, text, files)
}
