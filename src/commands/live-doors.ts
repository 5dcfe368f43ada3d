import { dirname } from 'node:path'
import { readConfig } from '../config.ts'
import { openLiveDevices } from '../live/live-devices.ts'
import type { Edge } from '../policy/edge.ts'
import type { LiveDevices } from '../ports.ts'
import type { Wrong } from './arguments.ts'
import type { Terminal } from './terminal.ts'

/** What `--live` needs to be set, in one sentence. */
export const LIVE_SETTINGS =
  'set FORTIGATE_URL and FORTIGATE_TOKEN for the firewall, HAPROXY_CONFIG and HAPROXY_SOCKET for the load balancer.'

/** The live devices that the environment names: the first of each kind in the catalogue. */
export function openLiveDoors(io: Terminal, edge: Edge): (LiveDevices & { close(): Promise<void> }) | Wrong {
  const own = Object.fromEntries(Object.entries(io.env).filter(([name]) => /^(?:FORTIGATE|HAPROXY)_/.test(name)))
  const config = readConfig(own)
  if ('wrong' in config) return { wrong: config.wrong.join(' ') }
  const { fortigate, haproxy } = config
  if (!fortigate && haproxy.file === undefined) return { wrong: LIVE_SETTINGS }
  const outer = edge.catalog.devices.find(({ kind }) => kind === 'fortigate')?.id
  const inner = edge.catalog.devices.find(({ kind }) => kind === 'haproxy')?.id
  return openLiveDevices({
    fortigates: fortigate && outer !== undefined ? [{ device: outer, ...fortigate }] : [],
    haproxies:
      haproxy.file !== undefined && inner !== undefined
        ? [{ device: inner, dir: dirname(haproxy.file), file: haproxy.file, socket: haproxy.socket }]
        : [],
  })
}
