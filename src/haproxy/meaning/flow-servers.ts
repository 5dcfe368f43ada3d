import type { ProxySection, Ruleset, Server } from '../model.ts'
import { addressableServers, balancedServers } from '../samples/servers.ts'
import type { FlowState } from './flow-state.ts'
import { type PersistMode, persistModes } from './persist-modes.ts'
import type { World } from './world.ts'

type Chosen = { readonly state: FlowState; readonly servers: readonly string[] }
type Cut = Pick<World<FlowState>, 'split' | 'fork'>

/** All servers that some flow of the set may get: persistence rules and `use-server` tell flows apart here, cookies and tables do not. */
export function chooseServers(start: FlowState, backend: ProxySection, { split, fork }: Cut): readonly Chosen[] {
  return persistModes(start, start.frontend, backend, split).flatMap(({ state, mode }) =>
    useServers(state, mode, backend, { split, fork }),
  )
}

function useServers(start: FlowState, mode: PersistMode, backend: ProxySection, { split, fork }: Cut) {
  const where: Ruleset = backend.mode === 'http' ? 'http' : 'content'
  const forced = mode === 'force' || backend.options.has('persist')
  const balanced = namesOf(balancedServers(backend))
  const addressable = namesOf(forced ? backend.servers : addressableServers(backend))
  const chosen: Chosen[] = []
  let going: readonly FlowState[] = [start]
  for (const rule of backend.useServers)
    going = going.flatMap((state) => {
      const target = backend.servers.find((server) => server.name === rule.server)
      const unsure = rule.server === undefined || rule.unknown !== undefined
      if (!unsure && (!target || (target.disabled && !forced))) return [state]
      const { yes, no } = rule.condition ? split(state, rule.condition, where) : { yes: [state], no: [] }
      for (const each of yes) {
        if (unsure || !target) chosen.push(...named(each, addressable, balanced, backend, fork))
        else if (target.check && !forced) chosen.push({ state: each, servers: distinct([target.name, ...balanced]) })
        else chosen.push({ state: each, servers: [target.name] })
      }
      return no
    })
  // What is ignored is balanced; else a cookie may name a server that is down only where it is forced, and a table one that is up.
  const persists = mode !== 'ignore' && (backend.cookie !== undefined || backend.sticks)
  for (const state of going)
    chosen.push(...(persists ? named(state, addressable, balanced, backend, fork) : [{ state, servers: balanced }]))
  return chosen
}

/** Any server that may be named by what is not known here; where load balancing finds none, it may also be none. */
function named(
  state: FlowState,
  addressable: readonly string[],
  balanced: readonly string[],
  backend: ProxySection,
  fork: Cut['fork'],
): readonly Chosen[] {
  const all = distinct([...balanced, ...addressable])
  if (balanced.length > 0 || all.length === 0) return [{ state, servers: all }]
  const { yes, no } = fork(state, `a cookie or table that names a server of ${backend.name}`)
  return [...yes.map((each) => ({ state: each, servers: all })), ...no.map((each) => ({ state: each, servers: [] }))]
}

const namesOf = (servers: readonly Server[]): readonly string[] => servers.map(({ name }) => name)
const distinct = (all: readonly string[]): readonly string[] => [...new Set(all)]
