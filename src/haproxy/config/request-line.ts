import type { Format } from '../model.ts'
import type { HaproxyLine } from '../text.ts'
import { readFormat } from './expression.ts'
import { FETCHES } from './fetches.ts'

const LOGS = new Set(['log-format', 'log-format-sd', 'error-log-format'])
const FORMATTED = new Set(['http-request', 'http-response', 'http-after-response', 'use_backend', 'unique-id-format'])
/** Log variables that print the request line or a part of it. */
const PARTS = new Set(['HM', 'HP', 'HPO', 'HQ', 'HU', 'HV', 'r'])
const OF_ANSWERS = /^(?:status$|res\.|shdr|scook|capture\.res)/

/**
 * Whether a line makes its proxy keep the request line it gets (`LW_REQ`, src/log.c; measured on 2.6): then `capture.req.uri`, `%HU` and
 * their kin have something to tell, in its own rules and in those of the backends it leads to. Without one, they have nothing.
 */
export function keepsRequestLine({ words, raw }: HaproxyLine): boolean {
  const [first, second] = words
  const keyword = first?.value ?? ''
  if (keyword === 'option') return second?.value === 'httplog' || second?.value === 'httpslog'
  const logs = LOGS.has(keyword)
  if ((!logs && !FORMATTED.has(keyword)) || !raw.includes('%')) return false
  for (const { value } of words)
    if (value.includes('%') && readFormat(value)?.some((part) => asksForRequestLine(part, logs))) return true
  return false
}

function asksForRequestLine(part: Format[number], logs: boolean): boolean {
  if (part.kind === 'alias') return PARTS.has(part.name)
  if (part.kind === 'text') return false
  const { name } = part.expression.fetch
  return logs || FETCHES.get(name)?.layer === 'http' || OF_ANSWERS.test(name)
}
