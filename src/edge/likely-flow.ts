import { type Box, type Flow, type FlowSet, flowsWhere, intersect, witness } from '../flow/flow-set.ts'
import { inRanges } from '../flow/ranges.ts'
import { exactText, prefixText } from '../flow/text-set.ts'
import { ABSENT_HEADER, numbers, texts } from '../flow/values.ts'
import { minuteOfWeek } from '../fortigate/config/schedules.ts'

const WEEK = 10_080
/** A server name is said in TLS or not at all. */
const UNNAMED = flowsWhere({ sni: texts(exactText(ABSENT_HEADER)) })
const IN_TLS = flowsWhere({ tls: numbers([1, 1]) })
const ORIGIN_FORM = flowsWhere({ path: texts(prefixText('/')) })

/**
 * One flow of the set that somebody could really send: a path that begins with a slash, a moment that falls on its day of the week, and
 * nothing undecided, wherever the set has such a flow. Undefined when the set is empty.
 */
export function likelyFlow(flows: FlowSet, timezone: string | undefined): Flow | undefined {
  const certain = flows.filter((box) => ![...box.keys()].some((dimension) => dimension.startsWith('unknown:')))
  for (const box of [...certain, ...flows]) {
    const inForm = intersect([box], ORIGIN_FORM)
    const [sent] = box.has('sni') ? [...intersect(inForm, UNNAMED), ...intersect(inForm, IN_TLS)] : inForm
    const at = sent && momentOf(sent, timezone)
    if (sent && at !== undefined) return { ...witness([withoutPath(sent, box)]), ...at }
  }
  return witness(flows)
}

/** The path is named only where the set speaks of it. */
function withoutPath(sent: Box, box: Box): Box {
  if (box.has('path')) return sent
  const free = new Map(sent)
  free.delete('path')
  return free
}

/** The first moment in the box that is in its week too: once a minute is enough, because weeks are told in minutes. */
function momentOf(box: Box, timezone: string | undefined): Flow | undefined {
  const [at, week] = [box.get('at'), box.get('week')]
  if (week?.kind !== 'number' || timezone === undefined) return {}
  const spans = at?.kind === 'number' ? at.ranges : [[0, 2 ** 40] as const]
  for (const [from, to] of spans) {
    for (let minute = 0; minute <= WEEK; minute++) {
      const moment = from + minute * 60
      if (moment > to) break
      const here = minuteOfWeek(moment, timezone)
      if (inRanges(week.ranges, here)) return { at: moment, week: here }
    }
  }
  return undefined
}
