import { FETCHES } from '../config/fetches.ts'
import type { Condition, Criterion, ProxySection } from '../model.ts'
import { prepareMatcher } from '../samples/match.ts'
import { builtIn } from './built-in.ts'
import type { Walk } from './world.ts'

type Shown<S> = { readonly state: S; readonly status: number }

/**
 * The status that the client sees: `http-after-response` rules may change that of every answer, HAProxy's own too, the backend's first
 * (http_eval_after_res_rules, src/http_ana.c; measured).
 */
export function shownStatus<S>(walk: Walk<S>, proxy: ProxySection, state: S, status: number): readonly Shown<S>[] {
  let shown: readonly Shown<S>[] = [{ state, status }]
  for (const each of new Set([proxy, walk.frontend])) {
    if (each.afterResponse.length > 0) shown = shown.flatMap((answer) => applyRules(walk, each, answer))
  }
  return shown
}

function applyRules<S>(walk: Walk<S>, proxy: ProxySection, start: Shown<S>): readonly Shown<S>[] {
  const passed: Shown<S>[] = []
  let going: readonly Shown<S>[] = [start]
  for (const { action, condition } of proxy.afterResponse) {
    if (action.do !== 'set-status' && action.do !== 'pass') continue
    going = going.flatMap(({ state, status }) => {
      const split = condition
        ? walk.world.split(state, knowingStatus(condition, status), 'response')
        : { yes: [state], no: [] }
      const then = split.yes.map((each) => ({
        state: each,
        status: action.do === 'set-status' ? action.status : status,
      }))
      const rest = split.no.map((each) => ({ state: each, status }))
      if (action.do === 'set-status') return [...then, ...rest]
      passed.push(...then)
      return rest
    })
  }
  return [...passed, ...going]
}

/** What asks for the status is decided; what asks for anything else of the answer is not. */
function knowingStatus(condition: Condition, status: number): Condition {
  const settle = (criterion: Criterion): Criterion => {
    const { fetch, converters } = criterion.expression
    if (fetch.name === 'status' && converters.length === 0) {
      const matched = prepareMatcher(criterion)({ type: 'int', number: BigInt(status) })
      const [only] = builtIn(matched === true ? 'always_true' : 'always_false', 'bool', []).terms.flat()
      return only?.acl.criteria[0] ?? criterion
    }
    const known = ['always', 'connection', 'session'].includes(FETCHES.get(fetch.name)?.layer ?? '')
    return known ? criterion : { ...criterion, unknown: `\`${fetch.name}\` of the answer` }
  }
  const terms = condition.terms.map((term) =>
    term.map((literal) => ({ ...literal, acl: { ...literal.acl, criteria: literal.acl.criteria.map(settle) } })),
  )
  return { ...condition, terms }
}
