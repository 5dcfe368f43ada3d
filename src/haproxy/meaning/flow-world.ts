import { compact, type FlowSet, flowsWhere, intersect, isEmpty, NOTHING, subtract, unite } from '../../flow/flow-set.ts'
import { rememberLast } from '../../flow/remember.ts'
import { exactText } from '../../flow/text-set.ts'
import { names } from '../../flow/values.ts'
import { FETCHES } from '../config/fetches.ts'
import type { Exchange } from '../exchange.ts'
import type { Condition, Criterion, Expression, Format, ProxySection, Ruleset } from '../model.ts'
import type { Room } from '../samples/room.ts'
import { sharedFile } from '../samples/samples.ts'
import { citeLine } from '../text/line-places.ts'
import { constantOf, exceptionsOf, matchSource, type Source, textFlows } from '../texts/source.ts'
import { connectionFlows, readableFlows } from './connection-flows.ts'
import { rewriteView } from './flow-rewrite.ts'
import { chooseServers } from './flow-servers.ts'
import { printedSource, sourceOf } from './flow-sources.ts'
import type { Around, FlowState } from './flow-state.ts'
import type { Split, World } from './world.ts'

/** The world of all flows at once: conditions cut sets, and what no dimension says becomes an `unknown:` one. */
export function flowWorld(
  room: Room,
  blank: (frontend: ProxySection, proxy: ProxySection) => Exchange,
): World<FlowState> {
  const around = { room, blank }
  const criterionSets = new Map<Criterion, Map<string, FlowSet | undefined>>()
  const read = lastRead()
  const cached = (criterion: Criterion, { source, key }: Read): FlowSet | undefined => {
    const own = criterionSets.get(criterion) ?? new Map<string, FlowSet | undefined>()
    criterionSets.set(criterion, own)
    if (!own.has(key)) {
      const make = () => matchSource(source, criterion, room.maps)
      const alone = criterion.files === undefined && criterion.unknown === undefined && !key.includes('"name":"map')
      own.set(key, alone ? matched(printKey([criterion.method, criterion.patterns, source]), make) : make())
    }
    return own.get(key)
  }
  const criterionFlows = (criterion: Criterion, before: FlowState, where: Ruleset): FlowSet => {
    const state = mayWait(before, where) ? { ...before, view: { ...before.view, inspected: true } } : before
    const connection = connectionFlows(criterion, state, where)
    if (connection) return connection
    const reading = read(criterion.expression, state, where, around)
    const { source } = reading
    const shifting = criterion.files?.find((file) => room.shiftingFiles.has(file)) ?? sharedFile(criterion, room)
    const known = shifting === undefined ? cached(criterion, reading) : undefined
    const why = criterion.unknown ?? (source.is === 'opaque' ? source.says : '')
    const later = state.view.rewrittenAt > 0 ? `, after line ${state.view.rewrittenAt}` : ''
    const place = `${citeLine(room.device, criterion.line)}`
    const unknown = flowsWhere({ [`unknown:${criterion.text}${why && ` [${why}]`} (${place}${later})`]: names('yes') })
    const readable = readableFlows(criterion, state)
    if (!known) return intersect(unknown, readable)
    const lines = exceptionsOf(source)
    // Lines joined by commas are one text here, while HAProxy looks at each.
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
    perform: (state, action, place, where) => rewriteView(state, action, place.line, where, around),
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
    answered: (state) => {
      const vars = Object.entries(state.view.vars).filter(([name]) => !name.startsWith('req.'))
      return { ...state, view: { ...state.view, vars: Object.fromEntries(vars) } }
    },
    targets: (state, target) => {
      if ('name' in target) return [{ state, name: target.name }]
      return computedTargets(state, target.format, around)
    },
    servers: (state, backend) => chooseServers(state, backend, { split, fork }),
  }
}

type Read = { readonly source: Source; readonly key: string }

/** A thousand switching rules in a row read the same of the same flows. */
function lastRead() {
  let known: { readonly by: readonly unknown[]; readonly read: Read } | undefined
  return (expression: Expression, state: FlowState, where: Ruleset, around: Around): Read => {
    // What HAProxy asks without a rule has its words in its arguments.
    const words = expression.fetch.args.join()
    const by = [expression.text, words, state.view, state.proxy, state.frontend, where]
    if (known?.by.every((part, index) => part === by[index])) return known.read
    const source = sourceOf(expression, state, where, around)
    known = { by, read: { source, key: printKey(source) } }
    return known.read
  }
}

/** What words match that stand for themselves is the same in every configuration, and a change reads its configuration anew. */
const matched = rememberLast<FlowSet | undefined>(20_000)

function keep(state: FlowState, flows: FlowSet): readonly FlowState[] {
  return isEmpty(flows) ? [] : [{ ...state, flows }]
}

/** States that differ in their flows alone become one. */
function mergeStates(states: readonly FlowState[]): readonly FlowState[] {
  if (states.length < 2) return states
  const merged = new Map<string, FlowState>()
  for (const state of states) {
    const key = printKey(state.view)
    const known = merged.get(key)
    merged.set(key, known ? { ...known, flows: compact(unite(known.flows, state.flows)) } : state)
  }
  return [...merged.values()]
}

function mayWait({ proxy, frontend, view }: FlowState, where: Ruleset): boolean {
  return where === 'content' && proxy.mode === 'tcp' && frontend.inspectDelay && view.mayInspect
}

/** Whether every flow's first bytes have been waited for: what the condition looks at first, it looks at for all of them. */
function waitsForBytes(condition: Condition, state: FlowState, where: Ruleset): boolean {
  const layer = FETCHES.get(condition.terms[0]?.[0]?.acl.criteria[0]?.expression.fetch.name ?? '')?.layer
  return mayWait(state, where) && (layer === 'payload' || layer === 'http')
}

function computedTargets(state: FlowState, format: Format, around: Around) {
  const where = state.proxy.mode === 'http' ? 'http' : 'content'
  const source = printedSource(format, state, where, around)
  const constant = constantOf(source)
  if (constant !== undefined) return [{ state, name: constant }]
  if (source.is !== 'text') return [{ state, name: undefined }]
  const found: { state: FlowState; name: string | undefined }[] = []
  const odd = exceptionsOf(source) ?? NOTHING
  for (const each of keep(state, intersect(state.flows, odd))) found.push({ state: each, name: undefined })
  let rest = subtract(state.flows, odd)
  for (const proxy of around.room.device.proxies) {
    if (proxy.kind === 'frontend') continue
    const flows = textFlows(source, exactText(proxy.name), around.room.maps)
    if (!flows) return [{ state, name: undefined }]
    for (const named of keep(state, intersect(rest, flows))) found.push({ state: named, name: proxy.name })
    rest = subtract(rest, flows)
  }
  // A name that is no backend's goes to the default one.
  for (const other of keep(state, rest)) found.push({ state: other, name: '' })
  return found
}

/** Numbers of samples are of a kind that JSON has not. */
function printKey(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}` : each))
}
