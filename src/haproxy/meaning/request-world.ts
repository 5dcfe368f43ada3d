import { FETCHES } from '../config/fetches.ts'
import { type Ends, type Exchange, isUnknown, type Unknown } from '../exchange.ts'
import type { Condition, Criterion, Ruleset } from '../model.ts'
import type { Room } from '../samples/room.ts'
import { nextIndexed } from '../samples/rule-index.ts'
import { matchCriterion, printFormat } from '../samples/samples.ts'
import { citeLine } from '../text/line-places.ts'
import { chooseServers } from './choose-servers.ts'
import { matchTogether } from './match-together.ts'
import { rewrite } from './rewrite.ts'
import type { Traced } from './traced.ts'
import type { Split, World } from './world.ts'

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
    nextRule: (state, rules, where, from) => nextIndexed(state.exchange, rules, where, from, room),
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
    answered: (state) => {
      const { vars } = state.exchange
      const left = [...vars].filter(([name]) => !name.startsWith('req.'))
      return left.length === vars.size ? state : change(state, { vars: new Map(left) })
    },
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
  // In `tcp-request content` each criterion may be the one that waits for the first bytes.
  const together = where === 'content' ? undefined : matchTogether(criteria, start.exchange, where, room)
  if (together !== undefined) return together ? { yes: [start], no: [] } : { yes: [], no: [start] }
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
