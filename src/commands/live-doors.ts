import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readConfig } from '../config.ts'
import { haproxyAccess, openLiveDevices } from '../live/live-devices.ts'
import type { Edge } from '../policy/edge.ts'
import type { LiveDevices } from '../ports.ts'
import type { Wrong } from './arguments.ts'
import type { Terminal } from './terminal.ts'

/** What `--live` needs to be set, in one sentence. */
export const LIVE_SETTINGS =
  'set FORTIGATE_URL and FORTIGATE_TOKEN for the firewall, HAPROXY_CONFIG and HAPROXY_SOCKET or the HAPROXY_DATAPLANE_ settings for the load balancer, or start the local workspace here.'

/** Written by a bot in its local workspace, so that a terminal beside it sees the same devices. */
const LocalDevices = z.object({
  fortigates: z.array(
    z.object({ device: z.string(), url: z.string(), token: z.string(), vdom: z.string().optional() }),
  ),
  haproxies: z.array(
    z.object({ device: z.string(), dir: z.string(), root: z.string(), socket: z.string().optional() }),
  ),
})

/** The live devices that the environment names, the first of each kind in the catalogue; else those of a local workspace. */
export async function openLiveDoors(
  io: Terminal,
  edge: Edge,
): Promise<(LiveDevices & { close(): Promise<void> }) | Wrong> {
  const own = Object.fromEntries(Object.entries(io.env).filter(([name]) => /^(?:FORTIGATE|HAPROXY)_/.test(name)))
  const config = readConfig(own)
  if ('wrong' in config) return { wrong: config.wrong.join(' ') }
  const { fortigate, haproxy } = config
  if (!fortigate && haproxy.file === undefined && !haproxy.dataplane) {
    const local = await readLocalDevices(join(io.env.SALLYPORT_DIR ?? config.dir, 'local', 'live.json'))
    return local ? openLiveDevices(local) : { wrong: LIVE_SETTINGS }
  }
  const outer = edge.catalog.devices.find(({ kind }) => kind === 'fortigate')?.id
  const inner = edge.catalog.devices.find(({ kind }) => kind === 'haproxy')?.id
  return openLiveDevices({
    fortigates: fortigate && outer !== undefined ? [{ device: outer, ...fortigate }] : [],
    haproxies: inner === undefined ? [] : haproxyAccess(inner, haproxy),
  })
}

async function readLocalDevices(file: string): Promise<z.infer<typeof LocalDevices> | undefined> {
  try {
    return LocalDevices.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    // No local workspace was ever started here, or an older one: the settings are asked for.
    return undefined
  }
}
