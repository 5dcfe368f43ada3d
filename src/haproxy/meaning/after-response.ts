import type { Action, Condition, Criterion, ProxySection } from '../model.ts'
import { prepareMatcher } from '../samples/match.ts'
import { isOfAnswer } from './answer-rules.ts'
import { builtIn } from './built-in.ts'
import type { Walk } from './world.ts'

type Shown<S> = { readonly state: S; readonly status: number }

/**
 * The status that the client sees: `http-after-response` rules may change that of every answer, HAProxy's own too, the backend's first
 * (http_eval_after_res_rules, src/http_ana.c; measured). Of the request they know what the rules on a server's answer know of it.
 */
export function shownStatus<S>(walk: Walk<S>, proxy: ProxySection, state: S, status: number): readonly Shown<S>[] {
  let shown: readonly Shown<S>[] = [{ state, status }]
  if (![proxy, walk.frontend].some(({ afterResponse }) => afterResponse.length > 0)) return shown
  shown = [{ state: walk.world.answered(state), status }]
  for (const each of new Set([proxy, walk.frontend])) {
    if (each.afterResponse.length > 0) shown = shown.flatMap((answer) => applyRules(walk, each, answer))
  }
  return shown
}

const DECIDING = new Set<Action['do']>(['set-status', 'pass', 'set-var', 'set-var-fmt', 'unset-var'])

function applyRules<S>(walk: Walk<S>, proxy: ProxySection, start: Shown<S>): readonly Shown<S>[] {
  const passed: Shown<S>[] = []
  let going: readonly Shown<S>[] = [start]
  for (const rule of proxy.afterResponse) {
    const { action, condition } = rule
    if (!DECIDING.has(action.do)) continue
    going = going.flatMap(({ state, status }) => {
      const split = condition
        ? walk.world.split(state, knowingStatus(condition, status), 'response')
        : { yes: [state], no: [] }
      const rest = split.no.map((each) => ({ state: each, status }))
      const then = split.yes.map((each) => ({
        state: walk.world.perform(each, action, rule, 'response'),
        status: action.do === 'set-status' ? action.status : status,
      }))
      if (action.do !== 'pass') return [...then, ...rest]
      passed.push(...then)
      return rest
    })
  }
  return [...passed, ...going]
}

/** What asks for the status is decided; what asks for anything else of an answer is not. */
function knowingStatus(condition: Condition, status: number): Condition {
  const settle = (criterion: Criterion): Criterion => {
    const { fetch, converters } = criterion.expression
    if (fetch.name === 'status' && converters.length === 0) {
      const matched = prepareMatcher(criterion)({ type: 'int', number: BigInt(status) })
      const [only] = builtIn(matched === true ? 'always_true' : 'always_false', 'bool', []).terms.flat()
      return only?.acl.criteria[0] ?? criterion
    }
    return isOfAnswer(criterion) ? { ...criterion, unknown: `\`${fetch.name}\` of the answer` } : criterion
  }
  const terms = condition.terms.map((term) =>
    term.map((literal) => ({ ...literal, acl: { ...literal.acl, criteria: literal.acl.criteria.map(settle) } })),
  )
  return { ...condition, terms }
}
