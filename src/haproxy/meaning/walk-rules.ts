import type { Action, ProxySection, Rule, Ruleset } from '../model.ts'
import { citeLine } from '../text/line-places.ts'
import { shownStatus } from './after-response.ts'
import { ASKED_AS_PROXY, BROKEN_ESCAPE, builtIn, NO_AUTHORITY, SCOPED } from './built-in.ts'
import type { Place, Split, Walk, World } from './world.ts'

/** More undecided ways than this, and the rest is answered as depending on all of them. */
const MOST_STATES = 256

/** Rules in order. `pass` ends this ruleset only. */
export function walkRules<S>(
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
      if (rule.action.do === 'export') {
        exportMetrics(walk, proxy, rule, yes)
        continue
      }
      const ended = endingOf(rule, proxy, walk)
      // What an unmodelled action does is not known; one thing it may do is nothing that matters.
      if (ended?.kind === 'depends') next.push(...forkOff(walk, proxy, yes, ended, rule))
      else if (rule.action.do === 'answer' && rule.action.asksWho) askWho(walk, proxy, yes, rule)
      else if (ended) end(walk, proxy, yes, ended, rule)
      else if (rule.action.do === 'pass') passed.push(...yes)
      else next.push(...performRule(walk, proxy, rule, where, yes, strictAt(rules, at)))
    }
    going = limit(walk, proxy, world.merge(next), rule)
  }
  return world.merge([...passed, ...going])
}

/** Changes the request; a broken escape that is not let pass makes it a bad one, and a target without its authority an error. */
function performRule<S>(
  walk: Walk<S>,
  proxy: ProxySection,
  rule: Rule,
  where: Ruleset,
  states: readonly S[],
  strictness: Strictness,
): readonly S[] {
  const { action } = rule
  const strict = action.do === 'normalize' && action.option === 'strict'
  const fit = strict ? states.flatMap((state) => refuseBroken(walk, proxy, rule, where, state)) : states
  const done = fit.map((state) => walk.world.perform(state, action, rule, where))
  if (strictness.strict === false || !mayLackAuthority(action)) return done
  return done.flatMap((state) => refuseNoAuthority(walk, proxy, rule, where, state, strictness))
}

type Strictness = { readonly strict: boolean } | { readonly strict: undefined; readonly line: number }

/** Whether a rewrite that fails is an error at this rule: so it is unless a rule above, which may have a condition, says otherwise. */
function strictAt(rules: readonly Rule[], at: number): Strictness {
  const above = rules.slice(0, at).filter(({ action }) => action.do === 'be-strict')
  const certain = above.findLastIndex(({ condition, unknown }) => condition === undefined && unknown === undefined)
  const on = (rule: Rule | undefined) => rule?.action.do !== 'be-strict' || rule.action.on
  const unsure = above.slice(certain + 1).find((rule) => on(rule) !== on(above[certain]))
  return unsure ? { strict: undefined, line: unsure.line } : { strict: on(above[certain]) }
}

/** A whole target that does not begin as a path: what is computed may leave nothing between `//` and `/` (http_update_host, src/http_htx.c). */
function mayLackAuthority(action: Action): boolean {
  if (action.do !== 'set-uri' && action.do !== 'replace-uri') return false
  const [first, ...more] = action.format
  if (first?.kind !== 'text') return true
  return !/^[/*]/.test(first.text) && !NAMED.test(more.length > 0 ? `${first.text}\n` : first.text)
}

/** With a host that is written out whole. */
const NAMED = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[A-Za-z0-9.-]+(?::\d+)?(?:\/|$)/

function refuseNoAuthority<S>(
  walk: Walk<S>,
  proxy: ProxySection,
  rule: Rule,
  where: Ruleset,
  state: S,
  strictness: Strictness,
): readonly S[] {
  const { yes, no } = walk.world.split(state, NO_AUTHORITY, where)
  const failing =
    strictness.strict === undefined
      ? yes.map((each) => walk.world.fork(each, `\`strict-mode\` (${citeLine(walk.device, strictness.line)})`))
      : [{ yes, no: [] }]
  end(
    walk,
    proxy,
    failing.flatMap((each) => each.yes),
    { kind: 'status', status: statusOf(500, proxy, walk) },
    rule,
  )
  return [...no, ...failing.flatMap((each) => each.no)]
}

function refuseBroken<S>(walk: Walk<S>, proxy: ProxySection, rule: Rule, where: Ruleset, state: S): readonly S[] {
  const { yes, no } = walk.world.split(state, BROKEN_ESCAPE, where)
  end(walk, proxy, yes, { kind: 'status', status: statusOf(400, proxy, walk) }, rule)
  return no
}

/** The exporter answers whatever is asked, but looks into what a query says of scopes (addons/promex; measured). */
function exportMetrics<S>(walk: Walk<S>, proxy: ProxySection, rule: Rule, states: readonly S[]): void {
  for (const state of states) {
    const { yes, no } = walk.world.split(state, SCOPED, 'http')
    const on = `the scope of the metrics (${citeLine(walk.device, rule.line)})`
    const asked = forkOff(walk, proxy, yes, { kind: 'depends', on }, rule)
    end(walk, proxy, [...no, ...asked], { kind: 'status', status: 200 }, rule)
  }
}

/** Asks for a name and a password, as a server does or as a proxy. */
export function askWho<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[], place: Place): void {
  const mayBeProxy = walk.frontend.options.has('http-use-proxy-header')
  for (const state of states) {
    const { yes, no } = mayBeProxy ? walk.world.split(state, ASKED_AS_PROXY, 'http') : { yes: [], no: [state] }
    end(walk, proxy, yes, { kind: 'status', status: statusOf(407, proxy, walk) }, place)
    end(walk, proxy, no, { kind: 'status', status: statusOf(401, proxy, walk) }, place)
  }
}

/** The next rule that may take part, where the world can tell. */
export function nextRule<S>(
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
export function forkOff<S>(
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

/** More states than can be followed end as depending on all that is undecided. */
export function limit<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[], place: Place): readonly S[] {
  if (states.length <= MOST_STATES) return states
  end(walk, proxy, states, { kind: 'depends', on: 'more undecided conditions than can be followed' }, place)
  return []
}

/** A redirect to a location that comes to nothing may be passed over. */
function splitPrinted<S>(walk: Walk<S>, { yes, no }: Split<S>, action: Action | undefined, where: Ruleset): Split<S> {
  if (action?.do !== 'redirect' || action.unlessEmpty === undefined) return { yes, no }
  const printed = builtIn('.printed', 'len', ['1:'], [action.unlessEmpty])
  const split = yes.map((state) => walk.world.split(state, printed, where))
  return { yes: split.flatMap((each) => each.yes), no: [...no, ...split.flatMap((each) => each.no)] }
}

/** Where a rule takes part: its condition, and what is not known about the line itself. */
export function splitRule<S>(
  walk: Walk<S>,
  state: S,
  rule: Omit<Rule, 'action'> & { readonly action?: Action },
  where: Ruleset,
): Split<S> {
  const asked: Split<S> = rule.condition ? walk.world.split(state, rule.condition, where) : { yes: [state], no: [] }
  const whole = splitPrinted(walk, asked, rule.action, where)
  if (!rule.unknown?.startsWith('.')) return whole
  const present = whole.yes.map((each) => walk.world.fork(each, `${rule.unknown}`))
  return { yes: present.flatMap((each) => each.yes), no: [...whole.no, ...present.flatMap((each) => each.no)] }
}

function endingOf<S>(rule: Rule, proxy: ProxySection, walk: Walk<S>): Ended | undefined {
  const { action } = rule
  if (rule.unknown !== undefined && !rule.unknown.startsWith('.'))
    return { kind: 'depends', on: `${rule.unknown} (${citeLine(walk.device, rule.line)})` }
  if (action.do === 'unmodelled')
    return { kind: 'depends', on: `\`${action.keyword}\` (${citeLine(walk.device, rule.line)})` }
  if (action.do === 'answer') {
    return { kind: 'status', status: action.from === 'error' ? statusOf(action.status, proxy, walk) : action.status }
  }
  if (action.do === 'redirect') return { kind: 'status', status: action.status }
  if (action.do === 'close') return { kind: 'closed' }
  if (action.do === 'drop') return { kind: 'timeout' }
  return undefined
}

/** The status of an error as the client sees it: pages of one's own say what they like. */
export function statusOf<S>(status: number, proxy: ProxySection, walk: Walk<S>): number {
  return proxy.errorStatus.get(status) ?? walk.frontend.errorStatus.get(status) ?? status
}

/** Ends states there, and says where. */
export function end<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[], outcome: Ended, place: Place): void {
  if (outcome.kind !== 'status') endUnheard(walk, proxy, states, outcome, place)
  else
    for (const state of states)
      for (const { state: after, status } of shownStatus(walk, proxy, state, outcome.status))
        endUnheard(walk, proxy, [after], { kind: 'status', status }, place)
}

/** The same where no rule after the answer hears of it: before there is a stream, there are no rules. */
export function endUnheard<S>(
  walk: Walk<S>,
  proxy: ProxySection,
  states: readonly S[],
  outcome: Ended,
  place: Place,
): void {
  const backend = proxy === walk.frontend && proxy.kind === 'frontend' ? null : proxy.name
  const names = { frontend: walk.frontend.name, backend }
  for (const state of states) walk.endings.push({ state, outcome: { ...outcome, ...names }, place })
}
export type Ended =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'closed' | 'timeout' }
  | { readonly kind: 'depends'; readonly on: string }
