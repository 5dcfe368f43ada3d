import type { FlowLabels } from '../flow/print-flows.ts'
import { hasText } from '../flow/text-set.ts'
import type { Edge } from '../policy/edge.ts'
import { sayInstant } from '../policy/say-time.ts'

const MOST_HOSTS = 4

/** Names and times as this company writes them, for printing flow sets. */
export function flowLabels(edge: Edge): FlowLabels {
  const hosts = edge.services.flatMap((service) => service.hosts)
  return {
    instant: (seconds, which) => (which === 'until' ? sayEnd : sayInstant)(seconds, edge.catalog.timezone),
    // HAProxy takes a host in any case and in any line of the header; people know it by its name.
    text: (dimension, set) => {
      const known = dimension === 'host' ? hosts.filter((host) => hasText(set, host)) : []
      return known.length > 0 && known.length <= MOST_HOSTS ? known.join(', ') : undefined
    },
  }
}

/** What ends with 17:59:59 ends at 18:00; the last second of a day is said by its own date. */
function sayEnd(lastSecond: number, timezone: string): string {
  const after = sayInstant(lastSecond + 1, timezone)
  return lastSecond % 60 !== 59 || after.endsWith(', 00:00') ? sayInstant(lastSecond, timezone) : after
}
