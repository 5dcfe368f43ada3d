import { dirname } from 'node:path'
import { Fault } from '../evidence/fault.ts'
import type { LiveDevices } from '../ports.ts'
import type { DataplaneAccess } from './dataplane-calls.ts'
import { type Dataplane, openDataplane } from './dataplane-client.ts'
import { readDataplaneDevice } from './dataplane-device.ts'
import type { FortigateAccess } from './fortigate-calls.ts'
import { openFortigateClient } from './fortigate-client.ts'
import { openFortigateReader } from './fortigate-reader.ts'
import { type HaproxyAccess, readHaproxyDevice } from './haproxy-device.ts'

/** Opens the reading side of every device; nothing is asked before the first question. */
export function openLiveDevices(access: {
  readonly fortigates: readonly FortigateAccess[]
  readonly haproxies: readonly (HaproxyAccess | DataplaneAccess)[]
}): LiveDevices & { close(): Promise<void> } {
  const fortigates = new Map(
    access.fortigates.map((each) => {
      const client = openFortigateClient(each)
      return [each.device, { client, reader: openFortigateReader(client) }] as const
    }),
  )
  const dataplanes: Dataplane[] = []
  const haproxies = new Map(
    access.haproxies.map((each) => {
      if (!('url' in each)) return [each.device, () => readHaproxyDevice(each)] as const
      const dataplane = openDataplane(each)
      dataplanes.push(dataplane)
      return [each.device, () => readDataplaneDevice(each.device, dataplane)] as const
    }),
  )
  return {
    async readFortigate(device, how) {
      const { reader } = known(fortigates, device)
      return { device, file: `${device} (live)`, ...(await reader.read(how)) }
    },
    async readHaproxy(device) {
      return known(haproxies, device)()
    },
    async readSessions(device, to) {
      return known(fortigates, device).client.readSessions(to)
    },
    async lookUpPolicy(device, packet) {
      return known(fortigates, device).client.policyLookup(packet)
    },
    async close() {
      await Promise.all(
        [...[...fortigates.values()].map(({ client }) => client), ...dataplanes].map((one) => one.close()),
      )
    },
  }
}

/** How one HAProxy is read: over its Data Plane API, from its file and socket, or not at all. */
export function haproxyAccess(
  device: string,
  set: {
    readonly file?: string
    readonly socket?: string
    readonly dataplane?: Omit<DataplaneAccess, 'device' | 'timeoutMs'>
  },
): readonly (HaproxyAccess | DataplaneAccess)[] {
  const { file, socket, dataplane } = set
  if (dataplane) return [{ device, ...dataplane }]
  return file === undefined ? [] : [{ device, dir: dirname(file), file, socket }]
}

function known<T>(devices: ReadonlyMap<string, T>, device: string): T {
  const found = devices.get(device)
  if (found === undefined) throw new Fault('device-not-connected', `I have no way set up to reach ${device}.`)
  return found
}
