import type { Trace } from '../evidence/trace.ts'
import { vdomOf } from './config.ts'
import { lineTrace } from './line-trace.ts'
import type { FortiDevice, FortiPolicy, FortiVdom } from './model.ts'
import type { FortiTtl } from './read-ttl.ts'

/** A connection through a policy, by its port after translation. */
export type TtlQuestion = {
  readonly policy: number
  readonly proto: number
  readonly port: number
  readonly vdom?: string
}
export type TtlAnswer = {
  /** Seconds of silence after which the device forgets the connection; undefined where several services disagree. */
  readonly seconds: number | 'never' | undefined
  readonly from: 'service' | 'policy' | 'port' | 'default'
  readonly because: readonly Trace[]
}

/**
 * How long a silent connection lives. A custom service goes before the policy, the policy before the port of the system table, that
 * before the default (Fortinet KB 95856, 191228). UDP has its own idle timer where no service or port says otherwise.
 */
export function sessionTtl(device: FortiDevice, question: TtlQuestion): TtlAnswer | undefined {
  const vdom = vdomOf(device, question.vdom)
  const policy = vdom?.policies.find(({ id }) => id === question.policy)
  if (!vdom || !policy) return undefined
  const answer = (from: TtlAnswer['from'], ttls: readonly FortiTtl[]): TtlAnswer => {
    const [first, ...others] = ttls
    const agree = others.every(({ seconds }) => seconds === first?.seconds)
    return {
      seconds: agree ? first?.seconds : undefined,
      from,
      because: ttls.map(({ line }) => lineTrace(device, line)),
    }
  }
  const services = serviceTtls(vdom, policy, question)
  if (services.length > 0) return answer('service', services)
  if (policy.sessionTtl && question.proto === TCP) return answer('policy', [policy.sessionTtl])
  const port = vdom.sessionTtl.ports.find(
    ({ proto, ports: [from, to] }) => proto === question.proto && from <= question.port && question.port <= to,
  )
  if (port) return answer('port', [port])
  return answer('default', [question.proto === TCP ? vdom.sessionTtl.default : UDP_IDLE])
}

const TCP = 6
/** `udp-idle-timer` of the factory. */
const UDP_IDLE: FortiTtl = { seconds: 180, line: 1 }
const DEEPEST = 32

/** The times of the policy's services that this connection speaks. */
function serviceTtls(vdom: FortiVdom, policy: FortiPolicy, { proto, port }: TtlQuestion): readonly FortiTtl[] {
  const found: FortiTtl[] = []
  const look = (names: readonly string[], depth: number) => {
    for (const name of names) {
      const service = vdom.services.get(name)
      if (service?.kind === 'group') {
        if (depth < DEEPEST) look(service.members, depth + 1)
      } else if (
        service?.sessionTtl &&
        service.parts.some((part) => part.proto === proto && part.dport[0] <= port && port <= part.dport[1])
      ) {
        found.push(service.sessionTtl)
      }
    }
  }
  if (!policy.serviceNegate) look(policy.service, 0)
  return found
}
