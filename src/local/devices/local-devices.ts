import { z } from 'zod'
import { type Refusal, refuse } from '../../evidence/refusal.ts'
import type { FortigateSimulator } from './fortigate-simulator.ts'
import type { HaproxyRunner } from './haproxy-runner.ts'
import type { StubState } from './stub-states.ts'

const device = z.string().min(1).max(100)
const words = z.string().max(100_000)
const serverName = z.string().min(1).max(200)
const backend = z.string().min(1).max(200).optional()
/** A service of the policies, which names its backend. */
const service = z.string().min(1).max(200).optional()

/** The body of `POST /local/device`. */
const DeviceOrder = z.discriminatedUnion('do', [
  z.strictObject({ device, do: z.enum(['up', 'down', 'slow', 'garble']) }),
  z.strictObject({ device, do: z.literal('edit'), find: words.min(1), replace: words }),
  z.strictObject({ device, do: z.enum(['server-down', 'server-up']), server: serverName, backend, service }),
])

export type DeviceState = {
  readonly id: string
  readonly kind: 'fortigate' | 'haproxy'
  readonly state: string
  readonly servers: readonly StubState[]
}

/** All local devices behind one door, as the local workspace's page and scripts use them. */
export interface LocalDevices {
  /** Does what the body of `POST /local/device` says; what is wrong with it comes back as a sentence. */
  order(body: unknown): Promise<{ readonly ok: true } | Refusal>
  state(): Promise<readonly DeviceState[]>
  close(): Promise<void>
}

/** Puts simulated and real devices behind one door. `backendOf` knows which backend a service has. */
export function joinLocalDevices(options: {
  readonly fortigates: readonly FortigateSimulator[]
  readonly haproxies: readonly HaproxyRunner[]
  readonly backendOf: (service: string) => string | undefined
}): LocalDevices {
  const { fortigates, haproxies, backendOf } = options
  return {
    async order(body) {
      const parsed = DeviceOrder.safeParse(body)
      if (!parsed.success) return refuse('unreadable', `This is no order to a device: ${z.prettifyError(parsed.error)}`)
      const order = parsed.data
      const simulator = fortigates.find(({ id }) => id === order.device)
      const runner = haproxies.find(({ id }) => id === order.device)
      const known = [...fortigates, ...haproxies].map(({ id }) => id).join(', ')
      if (order.do === 'server-down' || order.do === 'server-up') {
        if (!runner)
          return refuse('no-such-device', `${order.device} has no servers${known ? ` (devices: ${known})` : ''}.`)
        const named = order.service === undefined ? order.backend : backendOf(order.service)
        if (order.service !== undefined && named === undefined)
          return refuse('no-such-service', `No service is called ${order.service}.`)
        const server = { backend: named, server: order.server }
        return order.do === 'server-down' ? runner.serverDown(server) : runner.serverUp(server)
      }
      const target = simulator ?? runner
      if (!target) return refuse('no-such-device', `There is no device ${order.device}. There are: ${known}.`)
      if (order.do === 'edit') return target.edit(order.find, order.replace)
      await target.setTrouble(order.do)
      return { ok: true }
    },
    async state() {
      const outer = fortigates.map((each) => ({
        id: each.id,
        kind: 'fortigate' as const,
        state: each.trouble(),
        servers: [],
      }))
      const inner = haproxies.map(async (each) => ({
        id: each.id,
        kind: 'haproxy' as const,
        state: each.socket === undefined ? 'file-only' : each.trouble(),
        servers: await each.states(),
      }))
      return [...outer, ...(await Promise.all(inner))]
    },
    async close() {
      await Promise.all([...fortigates, ...haproxies].map((each) => each.close()))
    },
  }
}
