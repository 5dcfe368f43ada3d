import { remember } from '../../flow/remember.ts'
import type { Action, Condition, Criterion, Expression, Literal, ProxySection, Rule } from '../model.ts'

/**
 * The `http-response` rules of a section as far as they decide whether the client sees the server's answer. What they ask of the answer
 * itself is not known, and is taken as it leaves the request at the server, which got it: what would end it then does not, what would
 * pass it does, and a variable that hangs on it is not known.
 */
export const answerRules = remember(({ rules }: ProxySection): readonly Rule[] =>
  rules.response.flatMap(asRequestTells),
)

const ENDS = new Set<Action['do']>(['answer', 'redirect', 'close', 'drop'])

/** What only the answer, or the server that gives it, has (`SMP_USE_HRS*`, src/sample.c). */
const OF_ANSWERS =
  /^(?:status$|res[._]|resp_ver$|shdr|scook|set_cookie|capture\.res\.|srv_(?:id|name|queue)$|bc_|req[._]len$)/

function asRequestTells(rule: Rule): readonly Rule[] {
  const { action, condition } = rule
  if (ENDS.has(action.do)) return [withCondition(rule, condition && bound(condition, 'least'))]
  if (action.do === 'pass') return [withCondition(rule, condition && bound(condition, 'most'))]
  if (action.do !== 'set-var' && action.do !== 'set-var-fmt' && action.do !== 'unset-var') return []
  const [first] = condition?.terms.flat().flatMap(({ acl }) => acl.criteria.filter(isOfAnswer)) ?? []
  if (!first || !condition) return [rule]
  return [withCondition({ ...rule, action: leftOpen(action.name, first.expression) }, bound(condition, 'most'))]
}

function withCondition(rule: Rule, condition: Condition | undefined): Rule {
  return condition ? { ...rule, condition } : rule
}

/** Whatever is stored there if what is asked of the answer holds. */
function leftOpen(name: string, expression: Expression): Action {
  return { do: 'set-var', name, value: { ...expression, converters: [] }, only: [] }
}

/** Whether it asks something of the answer itself, or of the server that gives it. */
export function isOfAnswer({ expression }: Criterion): boolean {
  return OF_ANSWERS.test(expression.fetch.name)
}

/** The condition without what it asks of the answer: where it holds whatever that says (`least`), or where it may hold (`most`). */
function bound(condition: Condition, which: 'least' | 'most'): Condition {
  const most = condition.unless ? which === 'least' : which === 'most'
  const terms = condition.terms.flatMap((term) => {
    const literals = term.map((literal) => boundLiteral(literal, most))
    return literals.includes('never') ? [] : [literals.flatMap((each) => (typeof each === 'string' ? [] : [each]))]
  })
  return { ...condition, terms }
}

function boundLiteral(literal: Literal, most: boolean): Literal | 'always' | 'never' {
  const { negated, acl } = literal
  const criteria = acl.criteria.filter((each) => !isOfAnswer(each))
  if (criteria.length === acl.criteria.length) return literal
  if (most !== negated) return most ? 'always' : 'never'
  if (criteria.length === 0) return most ? 'always' : 'never'
  return { negated, acl: { ...acl, criteria } }
}
