import type { Unknown } from '../exchange.ts'
import type { ProxySection, Server } from '../model.ts'

/**
 * The servers that load balancing may pick: not disabled, with a weight; backups only when no other can be there, which a
 * health check makes possible: the first of them, or all with `option allbackups`.
 */
export function balancedServers(backend: ProxySection): readonly Server[] {
  const usable = backend.servers.filter((server) => !server.disabled && server.weight > 0)
  const active = usable.filter((server) => !server.backup)
  if (active.some((server) => !server.check)) return active
  const backups = usable.filter((server) => server.backup)
  if (backend.options.has('allbackups')) return [...active, ...backups]
  const steady = backups.findIndex((server) => !server.check)
  return [...active, ...backups.slice(0, steady < 0 ? backups.length : steady + 1)]
}

/** Servers that a cookie, a `use-server` or a stick table may still name: weight 0 does not keep those away. */
export function addressableServers(backend: ProxySection): readonly Server[] {
  return backend.servers.filter((server) => !server.disabled)
}

/** `nbsrv`: active usable servers; with only backups left 1, or their number with `option allbackups`. */
export function countUsable(backend: ProxySection): number | Unknown {
  if (backend.disabled) return 0
  const usable = backend.servers.filter((server) => !server.disabled && server.weight > 0)
  if (usable.some((server) => server.check)) return { unknown: `the health of ${backend.name}` }
  const active = usable.filter((server) => !server.backup).length
  if (active > 0) return active
  return backend.options.has('allbackups') ? usable.length : Math.min(usable.length, 1)
}
