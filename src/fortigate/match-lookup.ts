import { type FortiVerdict, matchPacket } from './match.ts'
import type { FortiDevice } from './model.ts'

/** One packet as a device's own policy lookup is asked about it. */
export type LookupPacket = {
  readonly ingress: string
  readonly source: string
  readonly destination: string
  /** IP protocol number. */
  readonly protocol: number
  readonly sourcePort?: number
  readonly destinationPort?: number
  /** The user group its sender is in; absent, the packet belongs to nobody. */
  readonly group?: string
  readonly vdom?: string
}

/** What we say of the packet that a lookup is asked about; `at` is the moment of asking, in epoch seconds. */
export function matchLookup(device: FortiDevice, packet: LookupPacket, at: number): FortiVerdict {
  const { ingress, source, destination, protocol, sourcePort, destinationPort, group } = packet
  return matchPacket(device, {
    srcintf: ingress,
    src: source,
    dst: destination,
    proto: protocol,
    sport: sourcePort,
    dport: destinationPort,
    groups: group === undefined ? [] : [group],
    at: new Date(at * 1000).toISOString(),
  })
}
