import { type Refusal, refuse } from '../evidence/refusal.ts'
import type { Trace } from '../evidence/trace.ts'
import { type IpSet, intersectIp, isEmptyIp, NO_IP, oneIp, readCidr, uniteIp } from '../flow/ip-set.ts'
import { vdomOf } from '../fortigate/config.ts'
import type { FortiVip } from '../fortigate/model.ts'
import type { Bind } from '../haproxy/model.ts'
import type { Service } from '../policy/schema.ts'
import type { Doors } from './doors.ts'

/** Where a service is met outside, and where it arrives inside. */
export type Entry = {
  /** The VIP's external addresses. */
  readonly external: IpSet
  /** The external addresses of every VIP of the FortiGate: what is sent there goes where its VIP says. */
  readonly translated: IpSet
  /** The address HAProxy is connected to. */
  readonly mapped: IpSet
  readonly mappedPort: number
  readonly tls: boolean
  readonly vip: Trace
  readonly bind: Trace
}

/** The way into a service through both doors, or which piece of it is missing and where. */
export function findEntry(doors: Doors, service: Service): Entry | Refusal {
  const { outer, inner } = doors
  const vip = vdomOf(outer)?.vips.find((one) => one.name === service.entry.vip)
  if (!vip)
    return refuse(
      'NO_VIP',
      `${outer.file} has no VIP "${service.entry.vip}", which ${service.name} names as its entry.`,
    )
  const target = mappedTarget(vip, service.entry.port)
  if (!target) {
    return refuse(
      'VIP_UNCLEAR',
      `VIP "${vip.name}" (${outer.file}:${vip.line}) does not map port ${service.entry.port} to one known address.`,
    )
  }
  const frontend = inner.proxies.find((proxy) => proxy.name === service.route.frontend && proxy.kind !== 'backend')
  if (!frontend)
    return refuse(
      'NO_FRONTEND',
      `${inner.file} has no frontend "${service.route.frontend}", which ${service.name} names as its route.`,
    )
  const bind = frontend.binds.find((one) => listensOn(one, target.mapped, target.mappedPort))
  if (!bind) {
    const where = `${vip.name} (${outer.file}:${vip.line})`
    return refuse(
      'NO_BIND',
      `Frontend "${frontend.name}" (${inner.file}:${frontend.line}) does not listen where ${where} sends its traffic.`,
    )
  }
  return {
    ...target,
    external: vip.external,
    translated: (vdomOf(outer)?.vips ?? []).reduce<IpSet>((all, one) => uniteIp(all, one.external), NO_IP),
    tls: bind.ssl,
    vip: { device: outer.id, file: outer.file, line: vip.line, says: `edit "${vip.name}"` },
    bind: { device: inner.id, file: inner.file, line: bind.line, says: bind.says },
  }
}

/** The one address and port inside that a VIP leads this outside port to; undefined when it leads to none, or to several. */
export function mappedTarget(
  vip: FortiVip,
  port: number,
): { readonly mapped: IpSet; readonly mappedPort: number } | undefined {
  if (vip.mapping.kind !== 'shift' || vip.mapping.targets.length !== 1) return undefined
  const [target] = vip.mapping.targets
  if (!target) return undefined
  const [first, last] = vip.forward?.ports ?? [0, 65535]
  if (port < first || port > last) return undefined
  const mappedPort = target.port === undefined ? port : target.port + (vip.forward ? port - first : 0)
  const mapped =
    vip.family === 4 ? oneIp({ family: 4, value: Number(target.address) }) : oneIp({ family: 6, value: target.address })
  return { mapped, mappedPort }
}

function listensOn(bind: Bind, address: IpSet, port: number): boolean {
  if (port < bind.ports[0] || port > bind.ports[1]) return false
  switch (bind.address.kind) {
    case 'any':
      return (bind.address.v4 && address.v4.length > 0) || (bind.address.v6 && address.v6.length > 0)
    case 'ip': {
      const own = readCidr(bind.address.ip)
      return own !== undefined && !isEmptyIp(intersectIp(own, address))
    }
    case 'socket':
    case 'unknown':
      return false
  }
}
