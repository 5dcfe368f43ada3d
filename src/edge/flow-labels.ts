import type { FlowLabels } from '../flow/print-flows.ts'
import { hasText } from '../flow/text-set.ts'
import type { Edge } from '../policy/edge.ts'
import { sayInstant } from '../policy/say-time.ts'

const MOST_HOSTS = 4

/** Names and times as this company writes them, for printing flow sets. */
export function flowLabels(edge: Edge): FlowLabels {
  const hosts = edge.services.flatMap((service) => service.hosts)
  return {
    instant: (seconds) => sayInstant(seconds, edge.catalog.timezone),
    // HAProxy takes a host in any case and in any line of the header; people know it by its name.
    text: (dimension, set) => {
      const known = dimension === 'host' ? hosts.filter((host) => hasText(set, host)) : []
      return known.length > 0 && known.length <= MOST_HOSTS ? known.join(', ') : undefined
    },
  }
}
