import { certificateNames } from './certificates.ts'
import { FETCHES } from './fetches.ts'
import type { Action, Condition, Criterion, HaproxyDevice, ProxySection, Rule, Ruleset, Switch } from './model.ts'

/** What becomes of a request. */
type Outcome =
  | {
      readonly kind: 'server'
      readonly frontend: string
      readonly backend: string
      readonly servers: readonly string[]
    }
  | { readonly kind: 'status'; readonly status: number; readonly frontend: string; readonly backend: string | null }
  | { readonly kind: 'closed' | 'timeout'; readonly frontend: string; readonly backend: string | null }
  | { readonly kind: 'depends'; readonly on: string; readonly frontend: string; readonly backend: string | null }

export type Place = { readonly line: number; readonly says: string }

/** One end of the way: what was on it, what became of it, and the line that decided. */
export type Ending<S> = { readonly state: S; readonly outcome: Outcome; readonly place: Place }

export type Split<S> = { readonly yes: readonly S[]; readonly no: readonly S[] }

/**
 * What the walk is over: one request (`route.ts`) or a set of flows (`meaning.ts`). Both go the same way through the same
 * lines, so they cannot disagree on order; they differ in how a condition splits and what a rewrite does.
 */
export interface World<S> {
  split(state: S, condition: Condition, where: Ruleset): Split<S>
  /** Where something is not decided at all, by name. */
  fork(state: S, unknown: string): Split<S>
  /** The first rule from `from` on that may take part, where a world can tell without trying them. */
  nextRule?(state: S, rules: readonly Omit<Rule, 'action'>[], where: Ruleset, from: number): number
  perform(state: S, action: Action, place: Place, where: Ruleset): S
  /** Joins states that cannot be told apart any more. */
  merge(states: readonly S[]): readonly S[]
  /** Whether a PROXY header comes, for listeners that want one; what it says is then the client. */
  takeProxyHeader(state: S, wanted: boolean): { readonly on: readonly S[]; readonly bad: readonly S[] }
  /** Requests that HTTP parsing refuses. */
  parse(state: S): Split<S>
  enter(state: S, proxy: ProxySection): S
  terminate(state: S): S
  expectsProxy(state: S): boolean
  /** `tcp-request content` is over: from here on nothing waits for the first bytes any more. */
  endInspection(state: S): S
  /** The names that a computed `use_backend` may yield; undefined is a name that cannot be computed here. */
  targets(state: S, target: Switch['target']): readonly { readonly state: S; readonly name: string | undefined }[]
  /** The servers that may get it. */
  servers(state: S, backend: ProxySection): readonly { readonly state: S; readonly servers: readonly string[] }[]
}

/** More undecided ways than this, and the rest is answered as depending on all of them. */
const MOST_STATES = 256

/** Walks a frontend from the accepted connection to the end, in HAProxy's order of evaluation (src/stream.c). */
export function walkFrontend<S>(
  world: World<S>,
  device: HaproxyDevice,
  frontend: ProxySection,
  bind: ProxySection['binds'][number],
  start: S,
): readonly Ending<S>[] {
  const walk: Walk<S> = { world, device, frontend, endings: [] }
  let states = unmodelledLines(walk, frontend, [world.enter(start, frontend)])
  states = walkRules(walk, frontend, frontend.rules.connection, 'connection', states)
  states = acceptSession(walk, bind, states)
  states = walkRules(walk, frontend, frontend.rules.session, 'session', states)
  // What is no HTTP is refused by the connection's own parser, before there is a stream that has rules.
  if (frontend.mode === 'http') states = parseHttp(walk, frontend, states)
  states = walkRules(walk, frontend, frontend.rules.content, 'content', states).map((state) =>
    world.endInspection(state),
  )
  if (frontend.mode === 'http') states = walkHttp(walk, frontend, answerMonitor(walk, states), frontend.rules.http)
  for (const { state, backend, place } of switchBackend(walk, states)) {
    if (backend === frontend) endAtServers(walk, backend, place, [state])
    else walkBackend(walk, backend, place, state)
  }
  return walk.endings
}

type Walk<S> = {
  readonly world: World<S>
  readonly device: HaproxyDevice
  readonly frontend: ProxySection
  readonly endings: Ending<S>[]
}

function end<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[], outcome: Ended, place: Place): void {
  const backend = proxy === walk.frontend && proxy.kind === 'frontend' ? null : proxy.name
  for (const state of states)
    walk.endings.push({ state, outcome: { ...outcome, frontend: walk.frontend.name, backend }, place })
}
type Ended =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'closed' | 'timeout' }
  | { readonly kind: 'depends'; readonly on: string }

/** Lines that are not modelled and are no rule: everything that crosses the section may be different for them. */
function unmodelledLines<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[]): readonly S[] {
  let going = states
  for (const { keyword, line } of proxy.unmodelled) {
    const on = `\`${keyword}\` (${walk.device.file}:${line})`
    going = forkOff(walk, proxy, going, { kind: 'depends', on }, { line, says: keyword })
  }
  return going
}

function acceptSession<S>(walk: Walk<S>, bind: ProxySection['binds'][number], states: readonly S[]): readonly S[] {
  const { world, frontend } = walk
  const going: S[] = []
  for (const state of states) {
    const wanted = bind.acceptProxy || world.expectsProxy(state)
    const { on, bad } = world.takeProxyHeader(state, wanted)
    if (wanted || bind.ssl) end(walk, frontend, bad, { kind: 'closed' }, bind)
    else if (frontend.mode === 'http')
      for (const each of bad) {
        const { yes, no } = world.split(each, CLIENT_TLS, 'session')
        end(walk, frontend, yes, { kind: 'closed' }, bind)
        end(walk, frontend, no, { kind: 'status', status: 400 }, bind)
      }
    else going.push(...bad)
    going.push(...on)
  }
  const tls = going.flatMap((state) => {
    const { yes, no } = world.split(state, CLIENT_TLS, 'session')
    if (!bind.ssl) {
      // TLS bytes are no HTTP: the client never reads the 400 that it gets.
      if (frontend.mode === 'http') end(walk, frontend, yes, { kind: 'closed' }, bind)
      return frontend.mode === 'http' ? no : [...no, ...yes]
    }
    end(walk, frontend, no, { kind: 'closed' }, bind)
    return yes.map((each) => world.terminate(each))
  })
  return certificates(walk, bind, tls)
}

function certificates<S>(walk: Walk<S>, bind: ProxySection['binds'][number], states: readonly S[]): readonly S[] {
  let going = states
  const { names, unknown } = bind.strictSni ? certificateNames(bind, walk.device) : ANY_NAME
  if (bind.ssl && bind.strictSni)
    going = going.flatMap((state) => {
      const { yes, no } = walk.world.split(state, HAS_SNI, 'session')
      end(walk, walk.frontend, no, { kind: 'closed' }, bind)
      return yes
    })
  if (bind.ssl && bind.strictSni && unknown === undefined)
    going = going.flatMap((state) => {
      const { yes, no } = walk.world.split(state, builtIn('.certified', 'bool', [], names), 'session')
      end(walk, walk.frontend, no, { kind: 'closed' }, bind)
      return yes
    })
  const unknowns = [
    ...(bind.ssl && unknown !== undefined ? [unknown] : []),
    ...(bind.ssl && bind.verify === 'required' ? ['the client certificate'] : []),
  ]
  for (const name of unknowns)
    going = going.flatMap((state) => {
      const { yes, no } = walk.world.fork(state, `${name} (${walk.device.file}:${bind.line})`)
      end(walk, walk.frontend, no, { kind: 'closed' }, bind)
      return yes
    })
  return going
}

const ANY_NAME = { names: [], unknown: undefined }

/** What is no HTTP is answered with 400; the frontend's `monitor-uri` is answered before any rule. */
function parseHttp<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[]): readonly S[] {
  return states.flatMap((state) => {
    const { yes, no } = walk.world.parse(state)
    end(walk, proxy, no, { kind: 'status', status: 400 }, proxy)
    return yes
  })
}

function answerMonitor<S>(walk: Walk<S>, states: readonly S[]): readonly S[] {
  const { world, frontend } = walk
  const { monitorUri } = frontend
  if (!monitorUri) return states
  const asked = builtIn('.uri', 'str', [monitorUri.uri])
  return states.flatMap((state) => {
    const { yes, no } = world.split(state, asked, 'http')
    const healthy = walkRules(walk, frontend, frontend.monitorFail, 'http', yes)
    end(walk, frontend, healthy, { kind: 'status', status: 200 }, monitorUri)
    return no
  })
}

/** HTTP phases of a frontend or backend: parsing, monitor, rules, statistics page, `redirect` lines. */
function walkHttp<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[], rules: readonly Rule[]): readonly S[] {
  let going = walkRules(walk, proxy, rules, 'http', states)
  if (proxy.stats) going = walkStats(walk, proxy, proxy.stats, going)
  return walkRules(walk, proxy, proxy.redirects, 'http', going)
}

function walkStats<S>(
  walk: Walk<S>,
  proxy: ProxySection,
  stats: NonNullable<ProxySection['stats']>,
  states: readonly S[],
): readonly S[] {
  return states.flatMap((state) => {
    const { yes, no } = walk.world.split(state, pageAsked(stats.uri), 'http')
    let going = walkRules(walk, proxy, stats.rules, 'http', yes)
    if (stats.auth.length > 0)
      going = going.flatMap((each) => {
        const allowed = walk.world.split(each, builtIn('.stats-auth', 'bool', [], stats.auth), 'http')
        end(walk, proxy, allowed.no, { kind: 'status', status: 401 }, stats)
        return allowed.yes
      })
    for (const each of going) {
      // A form that may not be sent is answered by leading back to the page.
      const { yes: posted, no: shown } = walk.world.split(each, POSTED, 'http')
      end(walk, proxy, posted, { kind: 'status', status: 303 }, stats)
      end(walk, proxy, shown, { kind: 'status', status: 200 }, stats)
    }
    return no
  })
}

/** Rules in order. `pass` ends this ruleset only. */
function walkRules<S>(
  walk: Walk<S>,
  proxy: ProxySection,
  rules: readonly Rule[],
  where: Ruleset,
  states: readonly S[],
): readonly S[] {
  const { world } = walk
  const passed: S[] = []
  let going = states
  for (
    let at = nextRule(world, going, rules, where, 0);
    at < rules.length;
    at = nextRule(world, going, rules, where, at + 1)
  ) {
    const rule = rules[at]
    if (!rule || going.length === 0) break
    const next: S[] = []
    for (const state of going) {
      const { yes, no } = splitRule(walk, state, rule, where)
      next.push(...no)
      if (yes.length === 0) continue
      const ended = endingOf(rule, proxy, walk)
      // What an unmodelled action does is not known; one thing it may do is nothing that matters.
      if (ended?.kind === 'depends') next.push(...forkOff(walk, proxy, yes, ended, rule))
      else if (ended) end(walk, proxy, yes, ended, rule)
      else if (rule.action.do === 'pass') passed.push(...yes)
      else next.push(...yes.map((each) => world.perform(each, rule.action, rule, where)))
    }
    going = limit(walk, proxy, world.merge(next), rule)
  }
  return world.merge([...passed, ...going])
}

function nextRule<S>(
  world: World<S>,
  states: readonly S[],
  rules: readonly Omit<Rule, 'action'>[],
  where: Ruleset,
  from: number,
): number {
  const [only] = states
  if (only === undefined) return rules.length
  return states.length === 1 && world.nextRule ? world.nextRule(only, rules, where, from) : from
}

/** Ends the half of each state where the unknown takes part; answers the other half. */
function forkOff<S>(
  walk: Walk<S>,
  proxy: ProxySection,
  states: readonly S[],
  ended: Ended & { readonly kind: 'depends' },
  place: Place,
): readonly S[] {
  return states.flatMap((state) => {
    const { yes, no } = walk.world.fork(state, ended.on)
    end(walk, proxy, yes, ended, place)
    return no
  })
}

function limit<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[], place: Place): readonly S[] {
  if (states.length <= MOST_STATES) return states
  end(walk, proxy, states, { kind: 'depends', on: 'more undecided conditions than can be followed' }, place)
  return []
}

function splitRule<S>(walk: Walk<S>, state: S, rule: Omit<Rule, 'action'>, where: Ruleset): Split<S> {
  const whole: Split<S> = rule.condition ? walk.world.split(state, rule.condition, where) : { yes: [state], no: [] }
  if (!rule.unknown?.startsWith('.')) return whole
  const present = whole.yes.map((each) => walk.world.fork(each, `${rule.unknown}`))
  return { yes: present.flatMap((each) => each.yes), no: [...whole.no, ...present.flatMap((each) => each.no)] }
}

function endingOf<S>(rule: Rule, proxy: ProxySection, walk: Walk<S>): Ended | undefined {
  const { action } = rule
  if (rule.unknown !== undefined && !rule.unknown.startsWith('.'))
    return { kind: 'depends', on: `${rule.unknown} (${walk.device.file}:${rule.line})` }
  if (action.do === 'unmodelled')
    return { kind: 'depends', on: `\`${action.keyword}\` (${walk.device.file}:${rule.line})` }
  if (action.do === 'answer') {
    const instead = proxy.errorStatus.get(action.status) ?? walk.frontend.errorStatus.get(action.status)
    return { kind: 'status', status: action.from === 'error' ? (instead ?? action.status) : action.status }
  }
  if (action.do === 'redirect') return { kind: 'status', status: action.status }
  if (action.do === 'close') return { kind: 'closed' }
  if (action.do === 'drop') return { kind: 'timeout' }
  return undefined
}

type Routed<S> = { readonly state: S; readonly backend: ProxySection; readonly place: Place }

/** `use_backend` in order, first match; a computed name that is no backend goes straight to the default one. */
function switchBackend<S>(walk: Walk<S>, states: readonly S[]): readonly Routed<S>[] {
  const { frontend, world } = walk
  const where: Ruleset = frontend.mode === 'http' ? 'http' : 'content'
  const routed: Routed<S>[] = []
  const rest: S[] = []
  let going = states
  const rules = frontend.switches
  for (
    let at = nextRule(world, going, rules, where, 0);
    at < rules.length;
    at = nextRule(world, going, rules, where, at + 1)
  ) {
    const rule = rules[at]
    if (!rule) break
    const next: S[] = []
    for (const state of going) {
      const { yes, no } = splitRule(walk, state, rule, where)
      next.push(...no)
      const on = `${rule.unknown ?? `\`${rule.says}\``} (${walk.device.file}:${rule.line})`
      const shaky = rule.unknown !== undefined && !rule.unknown.startsWith('.')
      for (const matched of shaky ? forkOff(walk, frontend, yes, { kind: 'depends', on }, rule) : yes) {
        for (const target of world.targets(matched, rule.target)) {
          const backend = target.name === undefined ? undefined : findBackend(walk.device, target.name)
          if (backend) routed.push({ state: target.state, backend, place: rule })
          else if (target.name === undefined) end(walk, frontend, [target.state], { kind: 'depends', on }, rule)
          else rest.push(target.state)
        }
      }
    }
    going = limit(walk, frontend, world.merge(next), rule)
  }
  for (const state of world.merge([...rest, ...going])) {
    const { defaultBackend } = frontend
    const backend = defaultBackend && findBackend(walk.device, defaultBackend.name)
    if (backend && defaultBackend) routed.push({ state, backend, place: defaultBackend })
    else if (frontend.kind === 'listen') routed.push({ state, backend: frontend, place: frontend })
    else endUnrouted(walk, frontend, [state], frontend)
  }
  return routed
}

function endUnrouted<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[], place: Place): void {
  const http = walk.frontend.mode === 'http' || proxy.mode === 'http'
  const status = proxy.errorStatus.get(503) ?? walk.frontend.errorStatus.get(503) ?? 503
  end(walk, proxy, states, http ? { kind: 'status', status } : { kind: 'closed' }, place)
}

function walkBackend<S>(walk: Walk<S>, backend: ProxySection, place: Place, start: S): void {
  const upgrades = walk.frontend.mode === 'tcp' && backend.mode === 'http'
  const entered = upgrades ? upgradeToHttp(walk, backend, start) : [start]
  // None of its rules run.
  if (backend.disabled) {
    endUnrouted(walk, backend, entered, backend)
    return
  }
  let states = unmodelledLines(
    walk,
    backend,
    entered.map((state) => walk.world.enter(state, backend)),
  )
  states = walkRules(walk, backend, backend.rules.content, 'content', states)
  if (backend.mode === 'http') states = walkHttp(walk, backend, states, backend.rules.http)
  endAtServers(walk, backend, place, states)
}

/** A tcp frontend before an http backend: from here on it is HTTP, and what is TLS to the end is none. */
function upgradeToHttp<S>(walk: Walk<S>, backend: ProxySection, start: S): readonly S[] {
  const { yes, no } = walk.world.split(start, UNREADABLE, 'session')
  end(walk, backend, yes, { kind: 'closed' }, backend)
  return answerMonitor(walk, parseHttp(walk, backend, no))
}

function endAtServers<S>(walk: Walk<S>, backend: ProxySection, place: Place, states: readonly S[]): void {
  for (const state of states)
    for (const chosen of walk.world.servers(state, backend)) {
      if (backend.disabled || chosen.servers.length === 0) endUnrouted(walk, backend, [chosen.state], backend)
      else {
        const outcome: Outcome = {
          kind: 'server',
          frontend: walk.frontend.name,
          backend: backend.name,
          servers: chosen.servers,
        }
        for (const served of walkResponse(walk, backend, chosen.state))
          walk.endings.push({ state: served, outcome, place })
      }
    }
}

/**
 * Response rules that the request alone decides: a server answered, and the client does not see it. What the answer itself
 * decides leaves it at the server, which got the request.
 */
function walkResponse<S>(walk: Walk<S>, backend: ProxySection, state: S): readonly S[] {
  if (backend.mode !== 'http') return [state]
  let states: readonly S[] = [state]
  for (const proxy of new Set([backend, walk.frontend]))
    states = walkRules(walk, proxy, proxy.rules.response.filter(isDecidedByRequest), 'response', states)
  return states
}

const FINAL = new Set<Action['do']>(['answer', 'redirect', 'close', 'drop'])

function isDecidedByRequest(rule: Rule): boolean {
  const criteria = rule.condition?.terms.flatMap((term) => term.flatMap(({ acl }) => acl.criteria)) ?? []
  return (
    FINAL.has(rule.action.do) &&
    criteria.every(({ expression }) =>
      ['always', 'connection'].includes(FETCHES.get(expression.fetch.name)?.layer ?? ''),
    )
  )
}

function findBackend(device: HaproxyDevice, name: string): ProxySection | undefined {
  return device.proxies.find((proxy) => proxy.kind !== 'frontend' && proxy.name === name)
}

/** Conditions for what HAProxy does without a rule. */
function builtIn(
  fetch: string,
  method: Criterion['method'],
  patterns: readonly string[],
  args: readonly string[] = [],
): Condition {
  const criterion: Criterion = {
    text: fetch,
    line: 0,
    expression: { text: fetch, fetch: { name: fetch, args }, converters: [] },
    method,
    patterns: patterns.map((text) => ({ text, fold: false })),
  }
  return { text: fetch, unless: false, terms: [[{ negated: false, acl: { name: fetch, criteria: [criterion] } }]] }
}

/** The statistics page is for these methods alone. */
function pageAsked(uri: string): Condition {
  const literals = [builtIn('.uri', 'beg', [uri]), builtIn('method', 'meth', ['GET', 'HEAD', 'POST'])]
  return { text: uri, unless: false, terms: [literals.flatMap(({ terms }) => terms.flat())] }
}

const POSTED = builtIn('method', 'meth', ['POST'])
const CLIENT_TLS = builtIn('.client-tls', 'bool', [])
const HAS_SNI = builtIn('ssl_fc_has_sni', 'bool', [])
const UNREADABLE = builtIn('.unreadable', 'bool', [])
