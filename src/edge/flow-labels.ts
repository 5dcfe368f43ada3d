import type { FlowLabels } from '../flow/print-flows.ts'
import { hasText } from '../flow/text-set.ts'
import type { Edge } from '../policy/edge.ts'
import { sayInstant } from '../policy/say-time.ts'

const MOST_NAMES = 4
/** Nobody's name: a set that holds it is about more than the names we know, and must not be said by them. */
const ANOTHER = 'another-name.invalid'

/** Names and times as this company writes them, for printing flow sets. */
export function flowLabels(edge: Edge): FlowLabels {
  const hosts = edge.services.flatMap((service) => service.hosts)
  const groups = [...edge.catalog.groups, ...edge.catalog.people].flatMap(({ header }) => header ?? [])
  const namesFor = (dimension: string) => {
    if (dimension === 'host') return hosts
    return dimension === `header:${edge.catalog.groupHeader}` ? groups : []
  }
  return {
    instant: (seconds, which) => (which === 'until' ? sayEnd : sayInstant)(seconds, edge.catalog.timezone),
    // HAProxy takes a host in any case and in any line of the header; people know it by its name.
    text: (dimension, set) => {
      const known = namesFor(dimension).filter((name) => hasText(set, name))
      return known.length > 0 && known.length <= MOST_NAMES && !hasText(set, ANOTHER) ? known.join(', ') : undefined
    },
  }
}

/** What ends with 17:59:59 ends at 18:00; the last second of a day is said by its own date. */
function sayEnd(lastSecond: number, timezone: string): string {
  const after = sayInstant(lastSecond + 1, timezone)
  return lastSecond % 60 !== 59 || after.endsWith(', 00:00') ? sayInstant(lastSecond, timezone) : after
}
