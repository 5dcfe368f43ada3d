import type { Format, ProxySection } from '../model.ts'
import type { HaproxyLine } from '../text.ts'
import { readFormat } from './expression.ts'
import { FETCHES } from './fetches.ts'

const LOGS = new Set(['log-format', 'log-format-sd', 'error-log-format'])
const FORMATTED = new Set(['http-request', 'http-response', 'http-after-response', 'use_backend', 'unique-id-format'])
const IN_BOTH_MODES = new Set(['use_backend', 'unique-id-format'])
/** Log variables that print the request line or a part of it. */
const PARTS = new Set(['HM', 'HP', 'HPO', 'HQ', 'HU', 'HV', 'r'])
const OF_ANSWERS = /^(?:status$|res\.|shdr|scook|capture\.res)/

/** Whether the request line is there for `capture.req.uri`, `%HU` and their kin, in this frontend's rules and those of its backends. */
export function hasRequestLine({ mode, keepsRequestLine }: ProxySection): boolean {
  return keepsRequestLine === 'always' || (keepsRequestLine === 'in-http' && mode === 'http')
}

type Kept = ProxySection['keepsRequestLine']

/**
 * Whether a line makes its proxy keep the request line it gets (`LW_REQ`, src/log.c; measured on 2.6). In tcp mode logs say nothing of
 * it, and what was asked for before the mode was settled is forgotten.
 */
export function keepsRequestLine(before: Kept, { words, raw }: HaproxyLine): Kept {
  const [first, second] = words
  const keyword = first?.value ?? ''
  const here = IN_BOTH_MODES.has(keyword) ? 'always' : 'in-http'
  if (before === 'always' || before === here) return before
  if (keyword === 'option') return second?.value === 'httplog' || second?.value === 'httpslog' ? here : before
  const logs = LOGS.has(keyword)
  if ((!logs && !FORMATTED.has(keyword)) || !raw.includes('%')) return before
  for (const { value } of words)
    if (value.includes('%') && readFormat(value)?.some((part) => asksForRequestLine(part, logs))) return here
  return before
}

function asksForRequestLine(part: Format[number], logs: boolean): boolean {
  if (part.kind === 'alias') return PARTS.has(part.name)
  if (part.kind === 'text') return false
  const { name } = part.expression.fetch
  return logs || FETCHES.get(name)?.layer === 'http' || OF_ANSWERS.test(name)
}
