import type { ProxySection, Ruleset } from '../model.ts'
import { addressableServers, balancedServers } from '../samples/servers.ts'
import type { FlowState } from './flow-state.ts'
import type { World } from './world.ts'

/** All servers that some flow of the set may get; only `use-server` tells flows apart here. */
export function chooseServers(
  start: FlowState,
  backend: ProxySection,
  { split, fork }: Pick<World<FlowState>, 'split' | 'fork'>,
) {
  const where: Ruleset = backend.mode === 'http' ? 'http' : 'content'
  const balanced = balancedServers(backend).map((server) => server.name)
  const addressable = addressableServers(backend).map((server) => server.name)
  const forced = backend.persists.some((rule) => rule.force) || backend.options.has('persist')
  const named = forced ? backend.servers.map((server) => server.name) : addressable
  const all = backend.cookie || backend.sticks ? [...new Set([...balanced, ...named])] : balanced
  const chosen: { state: FlowState; servers: readonly string[] }[] = []
  let going: readonly FlowState[] = [start]
  for (const rule of backend.useServers)
    going = going.flatMap((state) => {
      const target = backend.servers.find((server) => server.name === rule.server)
      const unsure = rule.server === undefined || rule.unknown !== undefined
      // Forced persistence, which `force-persist` may or may not be, leads even to a server that is down.
      if (!unsure && (!target || (target.disabled && !forced))) return [state]
      const { yes, no } = rule.condition ? split(state, rule.condition, where) : { yes: [state], no: [] }
      for (const each of yes)
        chosen.push({
          state: each,
          servers:
            unsure || !target
              ? [...new Set([...named, ...balanced])]
              : target.disabled && !backend.options.has('persist')
                ? [...new Set([target.name, ...all])]
                : target.check
                  ? [...new Set([target.name, ...balanced])]
                  : [target.name],
        })
      return no
    })
  for (const state of going) {
    // Load balancing finds none: only a cookie that names a server still does.
    const byName =
      balanced.length === 0 && all.length > 0
        ? fork(state, `a cookie or table that names a server of ${backend.name}`)
        : undefined
    for (const each of byName?.yes ?? [state]) chosen.push({ state: each, servers: all })
    for (const each of byName?.no ?? []) chosen.push({ state: each, servers: balanced })
  }
  return chosen
}
