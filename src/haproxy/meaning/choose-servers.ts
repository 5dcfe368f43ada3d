import { type Exchange, isUnknown, linesOf, type Unknown } from '../exchange.ts'
import type { ProxySection, Ruleset, Server } from '../model.ts'
import { cookieValues } from '../samples/cookie-values.ts'
import type { Room } from '../samples/room.ts'
import { nextIndexed } from '../samples/rule-index.ts'
import { printFormat } from '../samples/samples.ts'
import { addressableServers, balancedServers } from '../samples/servers.ts'
import { type PersistMode, persistModes } from './persist-modes.ts'
import type { Traced } from './traced.ts'
import type { World } from './world.ts'

type Chosen = { readonly state: Traced; readonly servers: readonly string[] }

/** `use-server`, then the persistence cookie, then stick tables and load balancing. */
export function chooseServers(
  start: Traced,
  backend: ProxySection,
  room: Room,
  { split, fork }: Pick<World<Traced>, 'split' | 'fork'>,
): readonly Chosen[] {
  const where: Ruleset = backend.mode === 'http' ? 'http' : 'content'
  const chosen: Chosen[] = []
  const balanced = balancedServers(backend)
  let going = persistModes(start, start.exchange.frontend, backend, split)
  const rules = backend.useServers
  const next = (from: number) => {
    const [only] = going
    return only && going.length === 1 ? nextIndexed(only.state.exchange, rules, where, from, room) : from
  }
  for (let at = next(0); at < rules.length && going.length > 0; at = next(at + 1)) {
    const rule = rules[at]
    if (!rule) break
    going = going.flatMap(({ state, mode }) => {
      const { yes, no } = rule.condition ? split(state, rule.condition, where) : { yes: [state], no: [] }
      const passed = no.map((each) => ({ state: each, mode }))
      const forced = mode === 'force' || backend.options.has('persist')
      for (const each of yes) {
        const servers = usedServers(rule, each, backend, room, forced)
        // A target that is down, or that there is none of, is passed over.
        if (!servers) passed.push({ state: each, mode })
        else if (servers !== 'any') chosen.push({ state: each, servers })
        else {
          const all = forced ? backend.servers : addressableServers(backend)
          const named = remembered(each, backend, all, balanced, fork)
          chosen.push(...named)
        }
      }
      return passed
    })
  }
  for (const { state, mode } of going) chosen.push(...persist(state, mode, backend, fork))
  return chosen
}

/** The servers that one `use-server` leads to, undefined when to none; one whose name or presence is computed may lead to any. */
function usedServers(
  rule: ProxySection['useServers'][number],
  { exchange }: Traced,
  backend: ProxySection,
  room: Room,
  forced: boolean,
): readonly string[] | 'any' | undefined {
  const where: Ruleset = backend.mode === 'http' ? 'http' : 'content'
  const computed = rule.format && printFormat(rule.format, exchange, where, room, 'text')
  const name = rule.server ?? computed
  if (rule.unknown !== undefined || name === undefined || isUnknown(name)) return 'any'
  const target = backend.servers.find((server) => server.name === name)
  if (!target || (target.disabled && !forced)) return undefined
  return target.check && !forced ? others(target.name, backend) : [target.name]
}

function others(first: string, backend: ProxySection): readonly string[] {
  return [...new Set([first, ...balancedServers(backend).map((server) => server.name)])]
}

function persist(
  state: Traced,
  mode: PersistMode,
  backend: ProxySection,
  fork: World<Traced>['fork'],
): readonly Chosen[] {
  const named = mode === 'ignore' ? [] : cookieServers(state.exchange, backend, mode === 'force')
  if (named && named.length > 0) return [{ state, servers: named }]
  const balanced = balancedServers(backend)
  if (named && (mode === 'ignore' || !backend.sticks)) return [{ state, servers: balanced.map(({ name }) => name) }]
  return remembered(state, backend, addressableServers(backend), balanced, fork)
}

/** Any server that may be named by what is not known here; where load balancing finds none, it may also be none. */
function remembered(
  state: Traced,
  backend: ProxySection,
  named: readonly Server[],
  balanced: readonly Server[],
  fork: World<Traced>['fork'],
): readonly Chosen[] {
  const all = [...new Set([...named, ...balanced].map((server) => server.name))]
  if (balanced.length > 0 || all.length === 0) return [{ state, servers: all }]
  const { yes, no } = fork(state, `what names a server of ${backend.name}: a cookie, a table or a computed name`)
  return [...yes.map((each) => ({ state: each, servers: all })), ...no.map((each) => ({ state: each, servers: [] }))]
}

/** The servers that the request's cookie names; undefined when its values are made at run time. */
function cookieServers(exchange: Exchange, backend: ProxySection, force: boolean): readonly string[] | undefined {
  const { cookie } = backend
  if (!cookie || backend.mode !== 'http') return []
  const values = linesOf(exchange, 'cookie').flatMap<string | Unknown>((line) =>
    typeof line === 'string' ? cookieValues(line, cookie.name) : [line],
  )
  if (values.some(isUnknown)) return undefined
  const down = force || backend.options.has('persist')
  const named = values.map((value) => `${value}`.split(cookie.mode === 'prefix' ? '~' : '|')[0] ?? '')
  // The first value that names a server which can be used (http_manage_client_side_cookies, src/http_ana.c; measured).
  const server = named
    .map((wanted) => backend.servers.find((each) => each.cookie === wanted && (down || !each.disabled)))
    .find((each) => each !== undefined)
  if (server) return server.check && !force ? others(server.name, backend) : [server.name]
  // A dynamic value is a hash, for servers that have none of their own (srv_set_dyncookie, src/server.c).
  const dynamic =
    cookie.dynamic && backend.options.has('dynamic-cookie-key') && named.some((wanted) => /^[0-9a-f]{16}$/.test(wanted))
  return dynamic ? undefined : []
}
