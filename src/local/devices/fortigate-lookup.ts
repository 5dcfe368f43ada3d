import { readFortigate } from '../../fortigate/config.ts'
import { matchPacket } from '../../fortigate/match.ts'
import { Packet } from '../../fortigate/packet.ts'

/** The device whose kernel answers; `isOurs` when that is our evaluator over the live text. */
export type LookupSource = {
  readonly id: string
  readonly vdom: string | undefined
  readonly text: string
  readonly isOurs: boolean
}

/**
 * What `GET /monitor/firewall/policy-lookup` answers for the live text, with our own evaluator in the place of the kernel; the answer
 * says so, because comparing us with ourselves proves nothing. Undefined when a required parameter is missing or wrong.
 */
export function lookUpPolicy(
  { id, vdom, text, isOurs }: LookupSource,
  query: URLSearchParams,
  at: Date,
): Readonly<Record<string, unknown>> | undefined {
  const group = query.get('user_group')
  const packet = Packet.safeParse({
    srcintf: query.get('srcintf') ?? undefined,
    src: query.get('sourceip') ?? undefined,
    dst: query.get('dest') ?? undefined,
    proto: numberIn(query, 'protocol'),
    sport: numberIn(query, 'sourceport'),
    dport: numberIn(query, 'destport'),
    icmptype: numberIn(query, 'icmptype'),
    icmpcode: numberIn(query, 'icmpcode'),
    // The dummy packet of a lookup belongs to nobody unless a group is given.
    groups: group === null ? [] : [group],
    at: at.toISOString(),
  })
  if (!packet.success) return undefined
  const verdict = matchPacket(readFortigate({ id, vdom }, 'live', text), packet.data)
  const by = isOurs ? { evaluator: 'sallyport (simulated device)' } : {}
  if (verdict.verdict === 'depends')
    return { success: false, match: false, policy_action: 'unknown', error_code: 'error_unresolved_dns', ...by }
  if (verdict.reason === 'no-route')
    return { success: false, match: false, policy_action: 'unknown', error_code: 'error_unknown_route', ...by }
  return {
    success: true,
    match: (verdict.policy ?? 0) !== 0,
    policy_id: verdict.policy ?? 0,
    policy_action: verdict.verdict === 'allow' ? 'accept' : 'deny',
    ...by,
  }
}

/** Undefined where absent; NaN, which the schema refuses, where it is no number. */
function numberIn(query: URLSearchParams, name: string): number | undefined {
  const written = query.get(name)
  return written === null || written === '' ? undefined : Number(written)
}
