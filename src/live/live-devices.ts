import { Fault } from '../evidence/fault.ts'
import type { LiveDevices } from '../ports.ts'
import type { FortigateAccess } from './fortigate-calls.ts'
import { openFortigateClient } from './fortigate-client.ts'
import { openFortigateReader } from './fortigate-reader.ts'
import { type HaproxyAccess, readHaproxyDevice } from './haproxy-device.ts'

/** Opens the reading side of every device; nothing is asked before the first question. */
export function openLiveDevices(access: {
  readonly fortigates: readonly FortigateAccess[]
  readonly haproxies: readonly HaproxyAccess[]
}): LiveDevices & { close(): Promise<void> } {
  const fortigates = new Map(
    access.fortigates.map((each) => {
      const client = openFortigateClient(each)
      return [each.device, { client, reader: openFortigateReader(client) }] as const
    }),
  )
  const haproxies = new Map(access.haproxies.map((each) => [each.device, each] as const))
  return {
    async readFortigate(device, how) {
      const { reader } = known(fortigates, device)
      return { device, file: `${device} (live)`, ...(await reader.read(how)) }
    },
    async readHaproxy(device) {
      return readHaproxyDevice(known(haproxies, device))
    },
    async lookUpPolicy(device, packet) {
      return known(fortigates, device).client.policyLookup(packet)
    },
    async close() {
      await Promise.all([...fortigates.values()].map(({ client }) => client.close()))
    },
  }
}

function known<T>(devices: ReadonlyMap<string, T>, device: string): T {
  const found = devices.get(device)
  if (found === undefined) throw new Fault('device-not-connected', `I have no way set up to reach ${device}.`)
  return found
}
