import {
  compact,
  EVERYTHING,
  type FlowSet,
  flowsWhere,
  intersect,
  isEmpty,
  NOTHING,
  subtract,
  unite,
} from '../flow/flow-set.ts'
import { containsText, exactText } from '../flow/text-set.ts'
import { ABSENT_HEADER, names, numbers, texts } from '../flow/values.ts'
import type { Exchange } from './exchange.ts'
import { FETCHES, isAvailable } from './fetches.ts'
import { lower } from './match.ts'
import type { Action, Condition, Criterion, Expression, Format, ProxySection, Ruleset } from './model.ts'
import { matchNumber } from './numbers.ts'
import type { Room } from './room.ts'
import { samplesOf } from './samples.ts'
import { addressableServers, balancedServers } from './servers.ts'
import { constantOf, matchSource, type Source, textFlows, throughConverter } from './source.ts'
import { certifiedTexts } from './text-criteria.ts'
import type { Split, World } from './world.ts'

/** A set of flows that HAProxy treats alike so far, with what rules have made of their parts. */
export type FlowState = {
  readonly flows: FlowSet
  readonly view: View
  readonly proxy: ProxySection
  readonly frontend: ProxySection
}
/** INVARIANT: plain data, so that states with equal views are found by their text. A part that is absent is as it came. */
type View = {
  readonly parts: Readonly<Record<string, Source>>
  readonly vars: Readonly<Record<string, Source>>
  readonly terminated: boolean
  readonly expectsProxy: boolean
  readonly inspected: boolean
  readonly mayInspect: boolean
  /** The last line that rewrote something, so that the same test before and after is not taken for one. */
  readonly rewrittenAt: number
}
export const UNTOUCHED: View = {
  parts: {},
  vars: {},
  terminated: false,
  expectsProxy: false,
  inspected: false,
  mayInspect: true,
  rewrittenAt: 0,
}

/** The world of all flows at once: conditions cut sets, and what no dimension says becomes an `unknown:` one. */
export function flowWorld(
  room: Room,
  blank: (frontend: ProxySection, proxy: ProxySection) => Exchange,
): World<FlowState> {
  const criterionSets = new Map<Criterion, Map<string, FlowSet | undefined>>()
  const cached = (criterion: Criterion, source: Source): FlowSet | undefined => {
    const key = JSON.stringify(source)
    const own = criterionSets.get(criterion) ?? new Map<string, FlowSet | undefined>()
    criterionSets.set(criterion, own)
    if (!own.has(key)) own.set(key, matchSource(source, criterion, room.maps))
    return own.get(key)
  }
  const criterionFlows = (criterion: Criterion, before: FlowState, where: Ruleset): FlowSet => {
    const state = mayWait(before, where) ? { ...before, view: { ...before.view, inspected: true } } : before
    const connection = connectionFlows(criterion, state, where)
    if (connection) return connection
    const source = sourceOf(criterion.expression, state, where, room, blank)
    const known = cached(criterion, source)
    const why = criterion.unknown ?? (source.is === 'opaque' ? source.says : '')
    const later = state.view.rewrittenAt > 0 ? `, after line ${state.view.rewrittenAt}` : ''
    const place = `${room.device.file}:${criterion.line}`
    const unknown = flowsWhere({ [`unknown:${criterion.text}${why && ` [${why}]`} (${place}${later})`]: names('yes') })
    const readable = readableFlows(criterion, state)
    if (!known) return intersect(unknown, readable)
    const lines = severalLines(source)
    // Lines joined by commas are one text here, while `req.fhdr` looks at each.
    const exact = lines ? unite(subtract(known, lines), intersect(unknown, lines)) : known
    return intersect(exact, readable)
  }
  const split = (state: FlowState, condition: Condition, where: Ruleset): Split<FlowState> => {
    let yes = NOTHING
    for (const term of condition.terms) {
      let going = subtract(state.flows, yes)
      for (const { negated, acl } of term) {
        if (isEmpty(going)) break
        let set = NOTHING
        for (const criterion of acl.criteria) set = unite(set, criterionFlows(criterion, state, where))
        going = negated ? subtract(going, set) : intersect(going, set)
      }
      yes = unite(yes, going)
    }
    const inspected = state.view.inspected || waitsForBytes(condition, state, where)
    const next = inspected === state.view.inspected ? state : { ...state, view: { ...state.view, inspected } }
    const matched = keep(next, compact(yes))
    const missed = keep(next, compact(subtract(state.flows, yes)))
    return condition.unless ? { yes: missed, no: matched } : { yes: matched, no: missed }
  }
  const fork = (state: FlowState, unknown: string): Split<FlowState> => {
    const yes = flowsWhere({ [`unknown:${unknown}`]: names('yes') })
    return { yes: keep(state, intersect(state.flows, yes)), no: keep(state, subtract(state.flows, yes)) }
  }
  return {
    split,
    fork,
    perform: (state, action, place, where) => rewriteView(state, action, place.line, where, room, blank),
    merge: mergeStates,
    takeProxyHeader: (state, wanted) => {
      if (!wanted) return { on: [state], bad: [] }
      const parts = { ...state.view.parts, src: { is: 'ip', dimension: 'proxied' } as const }
      return { on: [{ ...state, view: { ...state.view, parts } }], bad: [] }
    },
    parse: (state) => ({ yes: [state], no: [] }),
    enter: (state, proxy) => ({ ...state, proxy }),
    terminate: (state) => ({ ...state, view: { ...state.view, terminated: true } }),
    expectsProxy: ({ view }) => view.expectsProxy,
    endInspection: (state) => ({ ...state, view: { ...state.view, mayInspect: false } }),
    targets: (state, target) => {
      if ('name' in target) return [{ state, name: target.name }]
      return computedTargets(state, target.format, room, blank)
    },
    servers: (state, backend) => chooseServers(state, backend, { split, fork }),
  }
}

function keep(state: FlowState, flows: FlowSet): readonly FlowState[] {
  return isEmpty(flows) ? [] : [{ ...state, flows }]
}

/** States that differ in their flows alone become one. */
function mergeStates(states: readonly FlowState[]): readonly FlowState[] {
  if (states.length < 2) return states
  const merged = new Map<string, FlowState>()
  for (const state of states) {
    const key = JSON.stringify(state.view)
    const known = merged.get(key)
    merged.set(key, known ? { ...known, flows: compact(unite(known.flows, state.flows)) } : state)
  }
  return [...merged.values()]
}

type Blank = (frontend: ProxySection, proxy: ProxySection) => Exchange

function mayWait({ proxy, frontend, view }: FlowState, where: Ruleset): boolean {
  return where === 'content' && proxy.mode === 'tcp' && frontend.inspectDelay && view.mayInspect
}

/** Whether every flow's first bytes have been waited for: what the condition looks at first, it looks at for all of them. */
function waitsForBytes(condition: Condition, state: FlowState, where: Ruleset): boolean {
  const layer = FETCHES.get(condition.terms[0]?.[0]?.acl.criteria[0]?.expression.fetch.name ?? '')?.layer
  return mayWait(state, where) && (layer === 'payload' || layer === 'http')
}

const header = (name: string, pick: 'any' | 'whole'): Source => ({
  is: 'text',
  dimension: lower(name) === 'host' ? 'host' : `header:${lower(name)}`,
  pick,
  emptyIsAbsent: false,
  converters: [],
})
const text = (dimension: string, emptyIsAbsent = false): Source => ({
  is: 'text',
  dimension,
  pick: 'whole',
  emptyIsAbsent,
  converters: [],
})
const opaque = (says: string): Source => ({ is: 'opaque', says })

/** What the expression yields in this state and ruleset. */
function sourceOf(expression: Expression, state: FlowState, where: Ruleset, room: Room, blank: Blank): Source {
  let source = fetchSource(expression, state, where, room, blank)
  for (const call of expression.converters) source = throughConverter(source, call, room.maps)
  return source
}

function fetchSource({ fetch }: Expression, state: FlowState, where: Ruleset, room: Room, blank: Blank): Source {
  const { view, proxy } = state
  const { name, args } = fetch
  const layer = FETCHES.get(name)?.layer
  if (!layer) return opaque('')
  if (name === 'wait_end' && (where === 'content' || where === 'http'))
    return constantSource(name, args, state, room, blank)
  if (!isAvailable(layer, where, proxy.mode)) return { is: 'none' }
  if ((layer === 'payload' || layer === 'http') && proxy.mode === 'tcp') {
    if (!view.inspected) return opaque('no inspect-delay')
  }
  const part = (key: string, otherwise: Source) => view.parts[key] ?? otherwise
  switch (name) {
    case 'var':
      return args[0]?.startsWith('proc.') ? opaque('') : (view.vars[args[0] ?? ''] ?? { is: 'none' })
    case 'src':
      return part('src', { is: 'ip', dimension: 'src' })
    case 'dst':
      return part('dst', { is: 'ip', dimension: 'dst' })
    case 'src_port':
      return view.parts.src ? opaque('') : part('src-port', { is: 'number', dimension: 'sport', plus: 0 })
    case 'dst_port':
      return part('dst-port', { is: 'number', dimension: 'dport', plus: 0 })
    case 'date':
      return args.length > 1 || !/^-?\d*$/.test(args[0] ?? '')
        ? opaque('')
        : { is: 'number', dimension: 'at', plus: Number(args[0] ?? 0) }
    case 'ssl_fc_sni':
      return view.terminated ? text('sni') : { is: 'none' }
    case 'req.ssl_sni':
    case 'req_ssl_sni':
      return view.terminated ? { is: 'none' } : text('sni')
    case 'path':
      return part('path', text('path'))
    case 'query':
      return part('query', text('query', true))
    case 'url':
    case 'pathq':
    case '.uri':
      return view.parts.path || view.parts.query ? opaque('') : { is: 'url' }
    case 'method':
      return part('method', { is: 'method' })
    case 'hdr':
    case 'req.hdr':
    case 'req.fhdr':
      if (args.length !== 1) return opaque('')
      if (view.parts['*']) return view.parts['*']
      return part(`header:${lower(args[0] ?? '')}`, header(args[0] ?? '', name === 'req.fhdr' ? 'whole' : 'any'))
    default:
      return constantSource(name, args, state, room, blank)
  }
}

const CONSTANT = new Set(
  'always_true always_false bool int str ipv4 nbsrv srv_is_up be_name fe_name http_first_req wait_end ssl_fc'.split(
    ' ',
  ),
)

/** What the file alone decides, and the two that are dimensions of their own. */
function constantSource(name: string, args: readonly string[], state: FlowState, room: Room, blank: Blank): Source {
  if (name === 'ssl_fc') return { is: 'sample', sample: { type: 'bool', yes: state.view.terminated } }
  if (!CONSTANT.has(name)) return opaque('')
  const expression = { text: name, fetch: { name, args }, converters: [] }
  const samples = samplesOf(expression, blank(state.frontend, state.proxy), 'http', room)
  if ('unknown' in samples) return opaque(samples.unknown)
  const [sample] = samples
  return sample ? { is: 'sample', sample } : { is: 'none' }
}

/** Where a whole header line may in truth be several. */
function severalLines(source: Source): FlowSet | undefined {
  if (source.is !== 'text' || source.pick !== 'whole' || !/^(host$|header:)/.test(source.dimension)) return undefined
  return flowsWhere({ [source.dimension]: texts(containsText(',')) })
}

const TLS = flowsWhere({ tls: numbers([1, 1]) })

/** Flows where a criterion on what the connection itself is holds; undefined for all other criteria. */
function connectionFlows(
  { expression, method, patterns }: Criterion,
  { view, proxy }: FlowState,
  where: Ruleset,
): FlowSet | undefined {
  const { name } = expression.fetch
  const layer = FETCHES.get(name)?.layer
  if (expression.converters.length > 0 || (layer && !isAvailable(layer, where, proxy.mode))) return undefined
  const early = proxy.mode === 'tcp' && !view.inspected
  if ((layer === 'payload' || layer === 'http') && early) return undefined
  if (name === '.client-tls') return TLS
  if (name === '.certified') return flowsWhere({ sni: texts(certifiedTexts(expression.fetch.args)) })
  if (name === '.unreadable') return view.terminated ? NOTHING : TLS
  if (method === 'bool' && name === 'ssl_fc_has_sni')
    return view.terminated ? subtract(EVERYTHING, flowsWhere({ sni: texts(exactText(ABSENT_HEADER)) })) : NOTHING
  if (method === 'bool' && (name === 'req.proto_http' || name === 'req_proto_http'))
    return view.terminated ? EVERYTHING : subtract(EVERYTHING, TLS)
  if (method === 'int' && (name === 'req.ssl_hello_type' || name === 'req_ssl_hello_type'))
    return !view.terminated && matchNumber(patterns, 1) ? TLS : NOTHING
  return undefined
}

/** In tcp mode only flows in the clear can be read as HTTP, and only TLS names a server before it is ended. */
function readableFlows({ expression }: Criterion, { view, proxy }: FlowState): FlowSet {
  const layer = FETCHES.get(expression.fetch.name)?.layer
  if (proxy.mode === 'http' || view.terminated) return EVERYTHING
  if (layer === 'http') return subtract(EVERYTHING, TLS)
  return expression.fetch.name.endsWith('ssl_sni') ? TLS : EVERYTHING
}

/** An expression outside ACLs takes one value: of a header with several, the last. */
function singleValue(expression: Expression, state: FlowState, where: Ruleset, room: Room, blank: Blank): Source {
  const source = sourceOf(expression, state, where, room, blank)
  return source.is === 'text' && source.pick === 'any' ? { ...source, pick: 'last' } : source
}

function printedSource(format: Format, state: FlowState, where: Ruleset, room: Room, blank: Blank): Source {
  let literal = ''
  for (const part of format) {
    if (part.kind === 'text') literal += part.text
    else if (part.kind === 'alias') return opaque('')
    else {
      const source = singleValue(part.expression, state, where, room, blank)
      const value = constantOf(source)
      if (value === undefined) return format.length === 1 && source.is === 'text' ? source : opaque('')
      literal += value
    }
  }
  return { is: 'sample', sample: { type: 'str', text: literal } }
}

function rewriteView(
  state: FlowState,
  action: Action,
  line: number,
  where: Ruleset,
  room: Room,
  blank: Blank,
): FlowState {
  const { view } = state
  const print = (format: Format) => printedSource(format, state, where, room, blank)
  const says = `rewritten at line ${line}`
  const parts = (changed: Readonly<Record<string, Source>>): FlowState => ({
    ...state,
    view: { ...view, parts: { ...view.parts, ...changed }, rewrittenAt: line },
  })
  switch (action.do) {
    case 'set-header':
      return parts({ [`header:${lower(action.name)}`]: print(action.format) })
    case 'del-header':
      return action.method === 'str'
        ? parts({ [`header:${lower(action.name)}`]: { is: 'none' } })
        : touchHeaders(state, line)
    case 'add-header':
    case 'replace-header':
    case 'replace-value':
      return parts({ [`header:${lower(action.name)}`]: opaque(says) })
    case 'set-path':
      return parts({ path: print(action.format) })
    case 'set-query':
      return parts({ query: print(action.format) })
    case 'replace-path':
      return parts({ path: opaque(says) })
    case 'set-pathq':
    case 'set-uri':
    case 'replace-pathq':
    case 'replace-uri':
      return parts({ path: opaque(says), query: opaque(says) })
    case 'set-method':
      return parts({ method: { is: 'method', set: constantOf(print(action.format)) ?? '?' } })
    case 'set-var': {
      const source = singleValue(action.value, state, where, room, blank)
      // What yields nothing leaves the variable as it was: with an earlier value that may be either.
      const settled = mayBeMissing(source) && view.vars[action.name] !== undefined ? opaque(says) : source
      return { ...state, view: { ...view, vars: { ...view.vars, [action.name]: settled } } }
    }
    case 'set-var-fmt':
      return { ...state, view: { ...view, vars: { ...view.vars, [action.name]: print(action.value) } } }
    case 'unset-var': {
      const { [action.name]: _gone, ...vars } = view.vars
      return { ...state, view: { ...view, vars } }
    }
    case 'set-address':
      return parts({ [action.which]: opaque(says) })
    case 'expect-proxy':
      return { ...state, view: { ...view, expectsProxy: true } }
    default:
      return state
  }
}

function mayBeMissing(source: Source): boolean {
  return source.is === 'none' || source.is === 'opaque' || source.is === 'text'
}

/** Headers deleted by a pattern: every header may be gone. */
function touchHeaders(state: FlowState, line: number): FlowState {
  return {
    ...state,
    view: { ...state.view, rewrittenAt: line, parts: { ...state.view.parts, '*': opaque(`line ${line}`) } },
  }
}

function computedTargets(state: FlowState, format: Format, room: Room, blank: Blank) {
  const where = state.proxy.mode === 'http' ? 'http' : 'content'
  const source = printedSource(format, state, where, room, blank)
  const constant = constantOf(source)
  if (constant !== undefined) return [{ state, name: constant }]
  if (source.is !== 'text') return [{ state, name: undefined }]
  const found: { state: FlowState; name: string | undefined }[] = []
  let rest = state.flows
  for (const proxy of room.device.proxies) {
    if (proxy.kind === 'frontend') continue
    const flows = textFlows(source, exactText(proxy.name), room.maps)
    if (!flows) return [{ state, name: undefined }]
    for (const named of keep(state, intersect(rest, flows))) found.push({ state: named, name: proxy.name })
    rest = subtract(rest, flows)
  }
  // A name that is no backend's goes to the default one.
  for (const other of keep(state, rest)) found.push({ state: other, name: '' })
  return found
}

/** All servers that some flow of the set may get; only `use-server` tells flows apart here. */
function chooseServers(
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
