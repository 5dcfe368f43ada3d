import { cookieValues } from './cookie-values.ts'
import { type Ends, type Exchange, isUnknown, linesOf, type Unknown } from './exchange.ts'
import { FETCHES } from './fetches.ts'
import { citeLine } from './line-places.ts'
import type { Condition, Criterion, ProxySection, Ruleset, Server } from './model.ts'
import { rewrite } from './rewrite.ts'
import type { Room } from './room.ts'
import { indexRules } from './rule-index.ts'
import { matchCriterion, printFormat } from './samples.ts'
import { addressableServers, balancedServers } from './servers.ts'
import type { Place, Split, World } from './world.ts'

/** A request on its way, with the rules that changed it so far. */
export type Traced = { readonly exchange: Exchange; readonly trail: readonly Place[] }

/** The world of one concrete request: conditions are true, false or fork by name. */
export function requestWorld(room: Room): World<Traced> {
  const change = ({ exchange, trail }: Traced, patch: Partial<Exchange>): Traced => ({
    exchange: { ...exchange, ...patch },
    trail,
  })
  const fork = (state: Traced, unknown: string): Split<Traced> => {
    const known = state.exchange.assumed.get(unknown)
    if (known !== undefined) return known ? { yes: [state], no: [] } : { yes: [], no: [state] }
    const assume = (yes: boolean) => change(state, { assumed: new Map(state.exchange.assumed).set(unknown, yes) })
    return { yes: [assume(true)], no: [assume(false)] }
  }
  const split = (state: Traced, condition: Condition, where: Ruleset): Split<Traced> => {
    const counted = change(state, { step: state.exchange.step + 1 })
    const decided = decide(condition, counted, where, room, fork)
    return condition.unless ? { yes: decided.no, no: decided.yes } : decided
  }
  return {
    split,
    fork,
    nextRule: ({ exchange }, rules, where, from) => {
      // Where a condition may make HAProxy wait for bytes, even one that is false does something.
      if (exchange.proxy.mode === 'tcp' && exchange.mayInspect) return from
      let index = room.indexes.get(rules)
      if (!index && !room.indexes.has(rules)) {
        index = indexRules(rules, room)
        room.indexes.set(rules, index)
      }
      return index ? index.next(exchange, where, from) : from
    },
    perform: ({ exchange, trail }, action, place, where) => {
      const after = rewrite(exchange, action, where, room)
      return after === exchange ? { exchange, trail } : { exchange: after, trail: [...trail, place] }
    },
    merge: (states) => states,
    takeProxyHeader: (state, wanted) => takeProxyHeader(state, wanted, change),
    parse: (state) => {
      if (state.exchange.valid && !state.exchange.garbled) return { yes: [state], no: [] }
      const lenient = state.exchange.frontend.options.has('accept-invalid-http-request')
      return lenient ? fork(state, 'option accept-invalid-http-request') : { yes: [], no: [state] }
    },
    refusal: ({ exchange }) => (exchange.valid ? 400 : exchange.refusedWith),
    enter: (state, proxy) =>
      change(state, { proxy, awaited: state.exchange.awaited || proxy.options.has('http-buffer-request') }),
    terminate: (state) => change(state, { terminated: true }),
    expectsProxy: ({ exchange }) => exchange.expectsProxy,
    endInspection: (state) => change(state, { mayInspect: false }),
    targets: (state, target) => {
      if ('name' in target) return [{ state, name: target.name }]
      const where = state.exchange.proxy.mode === 'http' ? 'http' : 'content'
      const name = printFormat(target.format, state.exchange, where, room, 'text')
      return [{ state, name: isUnknown(name) ? undefined : name }]
    },
    servers: (state, backend) => chooseServers(state, backend, room, { split, fork }),
  }
}

/** A condition in disjunctive form, left to right as HAProxy does; what is not decided forks. */
function decide(
  condition: Condition,
  start: Traced,
  where: Ruleset,
  room: Room,
  fork: World<Traced>['fork'],
): Split<Traced> {
  const yes: Traced[] = []
  let open: readonly Traced[] = [start]
  for (const term of condition.terms) {
    const failed: Traced[] = []
    let going = open
    for (const { negated, acl } of term) {
      const next: Traced[] = []
      for (const state of going) {
        const matched = decideAcl(acl.criteria, state, where, room, fork)
        next.push(...(negated ? matched.no : matched.yes))
        failed.push(...(negated ? matched.yes : matched.no))
      }
      going = next
    }
    yes.push(...going)
    open = failed
  }
  return { yes, no: open }
}

function decideAcl(
  criteria: readonly Criterion[],
  start: Traced,
  where: Ruleset,
  room: Room,
  fork: World<Traced>['fork'],
): Split<Traced> {
  const yes: Traced[] = []
  let open: readonly Traced[] = [start]
  for (const criterion of criteria) {
    const failed: Traced[] = []
    for (const before of open) {
      const state = looksAtBytes(criterion, before, where)
      const matched = matchCriterion(criterion, state.exchange, where, room)
      const forked = isUnknown(matched) ? fork(state, nameOf(matched, criterion, state, room)) : undefined
      if (matched === true) yes.push(state)
      else if (forked) {
        yes.push(...forked.yes)
        failed.push(...forked.no)
      } else failed.push(state)
    }
    open = failed
  }
  return { yes, no: open }
}

/** A criterion on the first bytes in `tcp-request content` makes HAProxy wait for them when it has an inspect-delay. */
function looksAtBytes(criterion: Criterion, state: Traced, where: Ruleset): Traced {
  const { exchange } = state
  const layer = FETCHES.get(criterion.expression.fetch.name)?.layer
  if (exchange.inspected || where !== 'content' || exchange.proxy.mode !== 'tcp' || !exchange.mayInspect) return state
  if (layer !== 'payload' && layer !== 'http') return state
  return { ...state, exchange: { ...exchange, inspected: true } }
}

/** Two looks at an undecided thing may see different things: a counter has moved, a header was rewritten. So each has its key. */
function nameOf({ unknown }: Unknown, criterion: Criterion, { exchange }: Traced, room: Room): string {
  const place = criterion.line > 0 ? ` (${citeLine(room.device, criterion.line)})` : ''
  return `${unknown}${place}#${exchange.step}`
}

function takeProxyHeader(
  state: Traced,
  wanted: boolean,
  change: (state: Traced, patch: Partial<Exchange>) => Traced,
): { on: readonly Traced[]; bad: readonly Traced[] } {
  const { proxied } = state.exchange
  if (wanted !== (proxied !== undefined)) return { on: [], bad: [change(state, { garbled: proxied !== undefined })] }
  if (!proxied) return { on: [state], bad: [] }
  const claimed: Partial<Ends> = {
    src: proxied.src,
    ...(proxied.srcPort === undefined ? {} : { srcPort: proxied.srcPort }),
    ...(proxied.dst === undefined ? {} : { dst: proxied.dst }),
    ...(proxied.dstPort === undefined ? {} : { dstPort: proxied.dstPort }),
  }
  // What the header says is the session's; the connection keeps its own ends.
  const arrived = { ...state.exchange.arrived, proxied: true }
  return { on: [change(state, { ...claimed, arrived })], bad: [] }
}

type Chosen = { readonly state: Traced; readonly servers: readonly string[] }

/** `use-server`, then the persistence cookie, then stick tables and load balancing. */
function chooseServers(
  start: Traced,
  backend: ProxySection,
  room: Room,
  { split, fork }: Pick<World<Traced>, 'split' | 'fork'>,
): readonly Chosen[] {
  const where: Ruleset = backend.mode === 'http' ? 'http' : 'content'
  const chosen: Chosen[] = []
  const balanced = balancedServers(backend)
  let going = persistModes(start, backend, where, split)
  for (const rule of backend.useServers) {
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

type Persistent = { readonly state: Traced; readonly mode: 'normal' | 'force' | 'ignore' }

/** `force-persist` and `ignore-persist`: the first that matches. */
function persistModes(
  start: Traced,
  backend: ProxySection,
  where: Ruleset,
  split: World<Traced>['split'],
): readonly Persistent[] {
  let going: readonly Persistent[] = [{ state: start, mode: 'normal' }]
  // Behind a tcp frontend this is decided before the connection becomes HTTP: what asks for a request then finds none (measured).
  const early = start.exchange.frontend.mode === 'tcp' && backend.mode === 'http'
  for (const rule of backend.persists)
    going = going.flatMap<Persistent>(({ state, mode }) => {
      if (mode !== 'normal') return [{ state, mode }]
      const when = early ? 'session' : where
      const { yes, no } = rule.condition ? split(state, rule.condition, when) : { yes: [state], no: [] }
      const then = rule.force ? 'force' : 'ignore'
      return [
        ...yes.map((each) => ({ state: each, mode: then }) as const),
        ...no.map((each) => ({ state: each, mode })),
      ]
    })
  return going
}

function persist(
  state: Traced,
  mode: Persistent['mode'],
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
