import { type Refusal, refuse } from '../../evidence/refusal.ts'
import type { IpSet } from '../../flow/ip-set.ts'
import type { FortiVdom, FortiVip } from '../model.ts'
import type { PortRange } from './grant-objects.ts'
import { exitsTo } from './placement.ts'

/** The VIP a grant goes through: the ports behind it, and the interfaces or zones that lead there. */
export type Door = {
  readonly ok: true
  readonly vip: FortiVip
  readonly mapped: readonly PortRange[]
  readonly exits: readonly string[]
}

type DoorAsk = {
  readonly vip: string
  readonly sources: IpSet
  readonly groups: readonly string[]
  readonly ports: readonly PortRange[]
}

/** Opens it for these ports, or says what stands in the way. */
export function openDoor(vdom: FortiVdom, ask: DoorAsk): Door | Refusal {
  // A VIP of either family may have this name.
  const [first, second] = vdom.vips.filter((one) => one.name === ask.vip)
  const vip = second && second.family === (ask.sources.v4.length > 0 ? 4 : 6) ? second : first
  if (vdom.vipGroups.has(ask.vip)) {
    return refuse('vip-group', `"${ask.vip}" is a group of VIPs; the service has to name the one VIP it is reached by.`)
  }
  if (!vip) return refuse('no-vip', `The FortiGate has no VIP "${ask.vip}".`)
  if (!vip.enabled) return refuse('vip-disabled', `The VIP "${ask.vip}" is switched off.`)
  const { mapping } = vip
  if (mapping.kind === 'unknown' || vip.unknown !== undefined || vip.services.length > 0) {
    return refuse(
      'vip-not-modelled',
      `The VIP "${ask.vip}" uses something that is not modelled, so nothing can be proved about it.`,
    )
  }
  const mapped: PortRange[] = []
  for (const asked of ask.ports) {
    const { forward } = vip
    const proto = asked.proto === 'tcp' ? 6 : 17
    if (forward && (forward.proto !== proto || asked.from < forward.ports[0] || forward.ports[1] < asked.to)) {
      return refuse(
        'vip-port',
        `The VIP "${ask.vip}" does not forward ${asked.proto}/${asked.from}${asked.to > asked.from ? `-${asked.to}` : ''}.`,
      )
    }
    for (const target of mapping.targets) {
      const shift = target.port === undefined || !forward ? 0 : target.port - forward.ports[0]
      if (vip.type === 'server-load-balance' && target.port !== undefined) {
        mapped.push({ proto: asked.proto, from: target.port, to: target.port })
      } else mapped.push({ proto: asked.proto, from: asked.from + shift, to: asked.to + shift })
    }
  }
  const exits = new Set<string>()
  for (const inside of hostsBehind(vip)) {
    const found = exitsTo(vdom, inside)
    if (!found) return refuse('no-route', `The FortiGate has no route to where the VIP "${ask.vip}" leads.`)
    for (const name of found) exits.add(vdom.zoneOf.get(name) ?? name)
  }
  const unknown = ask.groups.find((group) => !vdom.userGroups.has(group))
  if (unknown !== undefined) return refuse('no-group', `The FortiGate has no user group "${unknown}".`)
  return mapped.length === 0
    ? refuse('no-port', 'No port was asked for.')
    : { ok: true, vip, mapped, exits: [...exits].sort() }
}

/** Where the VIP leads, target by target. */
export function hostsBehind({ mapping, external, family, type }: FortiVip): readonly IpSet[] {
  const [range] = family === 4 ? external.v4 : external.v6
  const distance = range && type === 'static-nat' ? BigInt(range[1]) - BigInt(range[0]) : 0n
  const targets = mapping.kind === 'shift' ? mapping.targets : []
  return targets.map(({ address }) => {
    const last = address + distance
    return family === 4 ? { v4: [[Number(address), Number(last)]], v6: [] } : { v4: [], v6: [[address, last]] }
  })
}
