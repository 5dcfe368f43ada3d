import type { Doors } from '../edge/doors.ts'
import { readDoors } from '../edge/doors.ts'
import { findEntry, mappedTarget } from '../edge/entry.ts'
import { type Refusal, refuse } from '../evidence/refusal.ts'
import { printIpSet } from '../flow/ip-set.ts'
import { vdomOf } from '../fortigate/config.ts'
import type { Intent } from '../language/intent.ts'
import { findGroup, findService } from '../policy/catalog-lookup.ts'
import type { Edge } from '../policy/edge.ts'
import { readPortRange } from '../policy/port-range.ts'
import { Service } from '../policy/schema.ts'

/** A service to be set up, and what was decided without being said. */
export type ProposedService = { readonly service: Service; readonly notes: readonly string[] }

/** Questions about what is missing, at most so many at once. */
const MOST_QUESTIONS = 2

/** The service file that an onboarding intent comes to: everything in it was said, or follows from the edge as it is. */
export function proposeService(edge: Edge, { newService = {} }: Intent): ProposedService | Refusal {
  const missing = questionsAbout(newService)
  if (missing.length > 0) {
    const asks = missing.slice(0, MOST_QUESTIONS).join(' ')
    return refuse('SERVICE_INCOMPLETE', `${asks} Please say it all again in one message, with that in it.`)
  }
  const { name = '', hosts = [], owner = '', environment = '' } = newService
  const known = alreadyThere(edge, name, hosts)
  if (known) return known
  if (!findGroup(edge, owner))
    return refuse('UNKNOWN_OWNER', `${owner} is no group of the catalogue, so nobody of it could approve.`)
  const [port, another] = (newService.ports ?? []).flatMap((written) => readPortRange(written) ?? [])
  if (!port || another || port.from !== port.to || port.proto !== 'tcp') {
    return refuse('ONE_PORT', 'I set up a service at one outside TCP port at a time. Please name one, such as tcp/443.')
  }
  const servers = readServers(newService.backends ?? [])
  if ('ok' in servers) return servers
  const doors = readDoors(edge)
  if ('ok' in doors) return doors
  const way =
    hosts.length > 0
      ? wayByHost(edge, doors, port.from, newService.door)
      : wayByPort(doors, name, port.from, newService.door)
  if ('ok' in way) return way
  const parsed = Service.safeParse({
    id: name,
    name: `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`,
    hosts,
    owner,
    environment,
    entry: { vip: way.vip, port: port.from },
    route: { frontend: way.frontend, backend: name },
    ports: [`tcp/${port.from}`],
    servers,
    ...(newService.health === undefined ? {} : { health: { path: newService.health } }),
    stickiness: newService.stickiness ?? 'none',
  })
  if (!parsed.success)
    return refuse(
      'NOT_A_SERVICE',
      `I cannot write that service down: ${parsed.error.issues[0]?.message ?? 'it is not right'}.`,
    )
  return { service: parsed.data, notes: way.notes }
}

type NewService = NonNullable<Intent['newService']>

function questionsAbout(said: NewService): readonly string[] {
  const questions: readonly (readonly [boolean, string])[] = [
    [said.name === undefined, 'What shall the service be called (“called kiosk”)?'],
    [(said.ports ?? []).length === 0, 'On which outside port is it reached (“port 443”)?'],
    [(said.backends ?? []).length === 0, 'Which servers answer for it, with their ports (“servers 10.0.0.1:8080”)?'],
    [said.owner === undefined, 'Which group owns it and approves access to it (“owned by platform”)?'],
    [said.environment === undefined, 'Is it production, staging, test or development?'],
  ]
  return questions.flatMap(([open, question]) => (open ? [question] : []))
}

function alreadyThere(edge: Edge, name: string, hosts: readonly string[]): Refusal | undefined {
  const file = [...edge.files.keys()].find((path) => path.endsWith(`services/${name}.yaml`))
  if (findService(edge, name) || edge.broken.includes(name) || file !== undefined)
    return refuse(
      'SERVICE_EXISTS',
      `There is a service ${name} already (${file ?? `policies/services/${name}.yaml`}). Please give the new one another name.`,
    )
  for (const host of hosts) {
    const other = edge.services.find((service) => service.hosts.includes(host))
    if (other)
      return refuse('HOST_TAKEN', `${host} belongs to ${other.name} (policies/services/${other.id}.yaml) already.`)
  }
  return undefined
}

function readServers(backends: readonly string[]): Service['servers'] | Refusal {
  const servers: Service['servers'] = []
  for (const [index, backend] of backends.entries()) {
    const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([^:]+)):(\d{1,5})$/i.exec(backend) ?? []
    const address = bracketed ?? plain
    if (address === undefined || port === undefined || Number(port) < 1 || Number(port) > 65535)
      return refuse(
        'SERVER_WITHOUT_PORT',
        `Which port does the server ${backend} listen on? Please write it as 10.0.0.1:8080.`,
      )
    servers.push({ name: `s${index + 1}`, address, port: Number(port) })
  }
  return servers
}

type Way = { readonly vip: string; readonly frontend: string; readonly notes: readonly string[] }

/** Through a VIP and an HTTP frontend behind it: the pair that was named, the only one, or the one that most services share. */
function wayByHost(edge: Edge, doors: Doors, port: number, door: string | undefined): Way | Refusal {
  const frontends = doors.inner.proxies.filter((proxy) => proxy.kind !== 'backend' && proxy.mode === 'http')
  const ways = (vdomOf(doors.outer)?.vips ?? [])
    .filter((vip) => mappedTarget(vip, port) !== undefined)
    .flatMap((vip) => frontends.map((frontend) => ({ vip: vip.name, frontend: frontend.name })))
    .filter((way) => door === undefined || way.vip === door || way.frontend === door)
    .filter((way) => leads(doors, way, port))
    .map((way) => ({
      ...way,
      shared: edge.services.filter(
        (service) => service.route.frontend === way.frontend && service.entry.vip === way.vip,
      ),
    }))
    .sort((a, b) => b.shared.length - a.shared.length)
  const [best, second] = ways
  if (!best) {
    const through = door === undefined ? '' : ` through ${door}`
    return refuse(
      'NO_WAY_IN',
      `No VIP of ${doors.outer.file} leads tcp/${port}${through} to an HTTP frontend of ${doors.inner.file}. The firewall needs such a VIP first; I add none.`,
    )
  }
  if (second && second.shared.length === best.shared.length) {
    const names = ways.slice(0, 5).map((way) => `${way.vip} → ${way.frontend}`)
    return refuse(
      'WHICH_WAY',
      `tcp/${port} has several ways in: ${names.join(', ')}. Please say which, such as “frontend ${best.frontend}”.`,
    )
  }
  const like = best.shared.slice(0, 3).map(({ name }) => name)
  const notes =
    second && door === undefined
      ? [`Nobody said which way in: ${best.vip} and ${best.frontend}, like ${like.join(', ')}.`]
      : []
  return { ...best, notes }
}

function leads(doors: Doors, way: { readonly vip: string; readonly frontend: string }, port: number): boolean {
  const trial = Service.parse({
    id: 'trial',
    name: 'trial',
    owner: 'trial',
    environment: 'trial',
    entry: { vip: way.vip, port },
    route: { frontend: way.frontend, backend: 'trial' },
    ports: [`tcp/${port}`],
  })
  return !('ok' in findEntry(doors, trial))
}

/** A TCP service is an address and a port: a VIP that leads to HAProxy, where nothing listens yet. */
function wayByPort(doors: Doors, name: string, port: number, door: string | undefined): Way | Refusal {
  const binds = doors.inner.proxies.flatMap((proxy) => proxy.binds)
  const free = (vdomOf(doors.outer)?.vips ?? []).filter((vip) => {
    const target = mappedTarget(vip, port)
    if (!target || (door !== undefined && vip.name !== door)) return false
    const [address = ''] = printIpSet(target.mapped)
    const here = binds.some(
      (bind) => bind.address.kind === 'any' || (bind.address.kind === 'ip' && bind.address.ip === address),
    )
    const taken = doors.inner.proxies.some((proxy) => leads(doors, { vip: vip.name, frontend: proxy.name }, port))
    return (here || door !== undefined) && !taken
  })
  const [vip, another] = free
  if (!vip) {
    return refuse(
      'NO_WAY_IN',
      `A TCP service needs a VIP of its own that leads tcp/${port} to an address of HAProxy where nothing listens yet, and ${doors.outer.file} has none. The firewall needs that VIP first; I add none.`,
    )
  }
  if (another)
    return refuse(
      'WHICH_WAY',
      `tcp/${port} has several ways in: ${free
        .slice(0, 5)
        .map((one) => one.name)
        .join(', ')}. Please say which, such as “vip ${vip.name}”.`,
    )
  return { vip: vip.name, frontend: `${name}-in`, notes: [] }
}
