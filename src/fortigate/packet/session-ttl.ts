import type { Trace } from '../../evidence/trace.ts'
import type { IpAddress } from '../../flow/ip-set.ts'
import { lineTrace } from '../config/line-trace.ts'
import type { FortiTtl } from '../config/read-ttl.ts'
import { vdomOf } from '../config.ts'
import type { FortiDevice, FortiPolicy, FortiService, FortiVdom, ServicePart } from '../model.ts'
import { hasIp } from './fields.ts'

/** A connection through a policy, by its ports after translation. */
export type TtlQuestion = {
  readonly policy: number
  readonly proto: number
  readonly port: number
  readonly sport?: number
  /** Where it goes after translation, for services that are limited to some destinations. */
  readonly dst?: IpAddress
  readonly vdom?: string
}
export type TtlAnswer = {
  /** Seconds of silence after which the device forgets the connection; undefined where several services disagree. */
  readonly seconds: number | 'never' | undefined
  readonly from: 'service' | 'policy' | 'port' | 'default'
  readonly because: readonly Trace[]
}

/** How long a silent connection through a policy lives; undefined for a policy that is not there and protocols without a timer. */
export function sessionTtl(device: FortiDevice, question: TtlQuestion): TtlAnswer | undefined {
  const vdom = vdomOf(device, question.vdom)
  const policy = vdom?.policies.find(({ id }) => id === question.policy)
  if (!vdom || !policy) return undefined
  const { proto, port: dport, sport, dst } = question
  const said = ttlSaid(vdom, policy, { proto, dport, sport, ...(dst ? { dst } : {}) })
  return (
    said && {
      seconds: agreed(said.ttls)?.seconds,
      from: said.from,
      because: said.ttls.map(({ line }) => lineTrace(device, line)),
    }
  )
}

/** The same for a packet on its way, whose ports may not be given; null where nothing documented tells. */
export function packetTtl(vdom: FortiVdom, policy: FortiPolicy, packet: Speaks): FortiTtl | null {
  const said = ttlSaid(vdom, policy, packet)
  return (said && agreed(said.ttls)) ?? null
}

type Speaks = {
  readonly dst?: IpAddress
  readonly proto: number
  readonly dport: number | undefined
  readonly sport: number | undefined
}
const TCP = 6
const UDP = 17
const DEEPEST = 32

function agreed(ttls: readonly FortiTtl[]): FortiTtl | undefined {
  const [first, ...others] = ttls
  return others.every(({ seconds }) => seconds === first?.seconds) ? first : undefined
}

/**
 * A custom service goes before the policy, the policy before the port of the system table, that before the default (Fortinet KB
 * 95856, 191228). A policy's time is for TCP; UDP has its own idle timer where no service or port says otherwise.
 */
function ttlSaid(
  vdom: FortiVdom,
  policy: FortiPolicy,
  speaks: Speaks,
): { readonly from: TtlAnswer['from']; readonly ttls: readonly FortiTtl[] } | undefined {
  const { proto, dport } = speaks
  const services = policy.serviceNegate || policy.internetService ? [] : serviceTtls(vdom, policy.service, speaks, 0)
  if (services.length > 0) return { from: 'service', ttls: services }
  if (policy.sessionTtl && proto === TCP) return { from: 'policy', ttls: [policy.sessionTtl] }
  const ports = vdom.sessionTtl.ports.filter((entry) => entry.proto === proto)
  // Without a port none of these entries can be told to hold, nor the default.
  if (dport === undefined && ports.length > 0) return undefined
  const port = ports.find(({ ports: [from, to] }) => dport !== undefined && from <= dport && dport <= to)
  if (port) return { from: 'port', ttls: [port] }
  if (proto === TCP) return { from: 'default', ttls: [vdom.sessionTtl.default] }
  return proto === UDP ? { from: 'default', ttls: [vdom.sessionTtl.udpIdle] } : undefined
}

/** The times of the policy's services that this connection speaks. */
function serviceTtls(vdom: FortiVdom, names: readonly string[], speaks: Speaks, depth: number): readonly FortiTtl[] {
  return names.flatMap((name) => {
    const service = vdom.services.get(name)
    if (service?.kind === 'group') return depth < DEEPEST ? serviceTtls(vdom, service.members, speaks, depth + 1) : []
    const ttl = service && timerOf(service, speaks.proto)
    if (service?.kind === 'service' && service.within && !(speaks.dst && hasIp(service.within, speaks.dst))) return []
    return ttl && service.parts.some((part) => speaksPart(part, speaks)) ? [ttl] : []
  })
}

function timerOf(service: Extract<FortiService, { kind: 'service' }>, proto: number): FortiTtl | undefined {
  if (proto === UDP) return service.udpIdle ?? service.sessionTtl
  return proto === TCP ? service.sessionTtl : undefined
}

function speaksPart(part: ServicePart, { proto, dport, sport }: Speaks): boolean {
  const within = ([from, to]: readonly [number, number], port: number | undefined) =>
    (from === 0 && to === 65535) || (port !== undefined && from <= port && port <= to)
  if (part.proto === -1) return true
  return part.proto === proto && within(part.dport, dport) && (sport === undefined || within(part.sport, sport))
}
