import { type FlowSet, flowsWhere, intersect, unite } from '../../flow/flow-set.ts'
import { containsText, exactText, isEmptyText, subtractText, type TextSet, uniteText } from '../../flow/text-set.ts'
import { ABSENT_HEADER, texts } from '../../flow/values.ts'
import { buildText, stepText } from './build-text.ts'

/**
 * The flows whose dimensions, written one behind the other, are a wanted text: the first may end in any state of its automaton, and the
 * rest goes on from there. `url` is the path and, after `?`, the query; `base` the first Host and the path; `baseq` all of them.
 */
export function joinedFlows(of: 'url' | 'base' | 'baseq', wanted: TextSet): FlowSet {
  if (of === 'url') return targetFlows(wanted)
  const rest = (tail: TextSet) => (of === 'base' ? flowsWhere({ path: texts(tail) }) : targetFlows(tail))
  let all = intersect(flowsWhere({ host: texts(exactText(ABSENT_HEADER)) }), rest(wanted))
  const lines = containsText(',')
  for (const { head, tail } of splitsOf(wanted)) {
    const host = subtractText(subtractText(head, lines), exactText(ABSENT_HEADER))
    if (!isEmptyText(host)) all = unite(all, intersect(flowsWhere({ host: texts(host) }), rest(tail)))
  }
  return all
}

/** Path and query; a query that is empty is none. */
function targetFlows(wanted: TextSet): FlowSet {
  const none = exactText('')
  let all = flowsWhere({ path: texts(wanted), query: texts(none) })
  for (const { head, state } of splitsOf(wanted)) {
    const query = subtractText(restOf(wanted, stepText(wanted, state, QUESTION)), none)
    const path = subtractText(head, containsText('?'))
    if (!isEmptyText(query) && !isEmptyText(path))
      all = unite(all, flowsWhere({ path: texts(path), query: texts(query) }))
  }
  return all
}

const QUESTION = '?'.charCodeAt(0)

type Cut = { readonly state: number; readonly head: TextSet; readonly tail: TextSet }

/** Every way to cut the wanted texts in two: what leads to a state, and what is wanted from there. */
function splitsOf(wanted: TextSet): readonly Cut[] {
  return wanted.accepts.flatMap((_, state) => {
    const tail = restOf(wanted, state)
    if (isEmptyText(tail)) return []
    const head: TextSet = { accepts: wanted.accepts.map((_, each) => each === state), edges: wanted.edges }
    return [{ state, head: uniteText(head, head), tail }]
  })
}

function restOf(wanted: TextSet, start: number): TextSet {
  return buildText<number>({
    start,
    breaks: [wanted],
    accepts: (state) => wanted.accepts[state] === true,
    step: (state, code) => stepText(wanted, state, code),
    key: String,
  })
}
