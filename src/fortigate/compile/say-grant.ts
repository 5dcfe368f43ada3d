import { type IpSet, isEmptyIp, NO_IP, printIpSet, uniteIp } from '../../flow/ip-set.ts'
import type { FortiDevice, FortiPolicy, FortiVdom, FortiVip } from '../model.ts'
import type { NewEntry } from './edit-text.ts'
import { hostsBehind } from './grant-door.ts'
import type { GrantPlace } from './placement.ts'

type Said = { readonly door: { readonly vip: FortiVip }; readonly place: GrantPlace; readonly nowhere: IpSet }

/** What the edit did and why there, one short sentence each. */
export function sayGrant(
  device: FortiDevice,
  vdom: FortiVdom,
  plan: Said,
  created: readonly (readonly [path: string, entries: readonly NewEntry[]])[],
): readonly string[] {
  const { place, door } = plan
  const cited = ({ id, name, line }: FortiPolicy) =>
    `policy ${id}${name === '' ? '' : ` "${name}"`} (${device.file}:${line})`
  const above = place.anchor
    ? `above ${cited(place.anchor)}, which would take this traffic`
    : 'after the last policy, as none takes this traffic away'
  const below = place.floor ? `, below the protected ${cited(place.floor)}` : ''
  return [
    ...created.flatMap(([path, entries]) =>
      entries.map(({ key }) =>
        path === 'firewall policy'
          ? `new policy ${key} ${above}${below}`
          : `new ${path.replace('firewall ', '')} ${key}`,
      ),
    ),
    ...place.relieved.map((policy) => `${cited(policy)} let some of it in until now, and stays as it is`),
    ...(isEmptyIp(plan.nowhere)
      ? []
      : [`${sayAddresses(plan.nowhere)} left out: no route of the FortiGate leads back there, so nothing can arrive`]),
    ...(vdom.centralNat
      ? [
          `with central NAT a policy names the mapped address, so the direct way to ${hostsText(door.vip)} opens to them too`,
        ]
      : []),
    ...(vdom.vipsInPlay.includes(door.vip)
      ? []
      : [`VIP ${door.vip.name} translates from now on, all that is sent to its address: no policy named it before`]),
  ]
}

function hostsText(vip: FortiVip): string {
  return sayAddresses(hostsBehind(vip).reduce(uniteIp, NO_IP))
}

/** The first few, and how many more. */
export function sayAddresses(ip: IpSet): string {
  const all = printIpSet(ip)
  const more = all.length - SAID_AT_MOST
  return `${all.slice(0, SAID_AT_MOST).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
const SAID_AT_MOST = 4
