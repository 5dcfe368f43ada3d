import { readFormat } from '../config/expression.ts'
import { FETCHES, isAvailable } from '../config/fetches.ts'
import { type Exchange, isUnknown, type Sample, type Unknown } from '../exchange.ts'
import type { Call, Criterion, Expression, Format, MatchMethod, Ruleset } from '../model.ts'
import { printSample } from './casts.ts'
import { convert } from './converters.ts'
import { FETCHERS, speaksHttp } from './fetchers.ts'
import { printLogVariable } from './log-variables.ts'
import { type Matcher, prepareMatcher } from './match.ts'
import type { Room } from './room.ts'

/** Every value that the expression yields for an ACL to try, none when it has none, or why it is not decided. */
export function samplesOf(
  expression: Expression,
  exchange: Exchange,
  where: Ruleset,
  room: Room,
): readonly Sample[] | Unknown {
  const fetched = fetchSamples(expression.fetch, exchange, where, room)
  return isUnknown(fetched) ? fetched : convertAll(fetched, expression, exchange, room)
}

/** The first value for which a converter yields nothing ends the search: what comes after it is not looked at. */
function convertAll(
  fetched: readonly Sample[],
  expression: Expression,
  exchange: Exchange,
  room: Room,
): readonly Sample[] | Unknown {
  if (expression.converters.length === 0) return fetched
  const around = { maps: room.maps, variable: (name: string) => variableOf(name, exchange, room) }
  const converted: Sample[] = []
  for (const value of fetched) {
    let sample: Sample | Unknown | undefined = value
    for (const call of expression.converters) {
      if (sample && !isUnknown(sample)) sample = convert(sample, call, around)
    }
    if (isUnknown(sample)) return sample
    if (!sample) break
    converted.push(sample)
  }
  return converted
}

/** Fetches that yield their first value where only one is taken; all others yield their last. */
const FIRST_TAKEN = new Set('url_param urlp url_param_val urlp_val req.body_param'.split(' '))
const COOKIES = new Set('req.cook cook cookie req.cook_val cook_val'.split(' '))
const HEADERS = /^(?:req\.)?f?hdr(?:_val|_ip)?$/

/** The one value of an expression outside ACLs: it is picked before converters and casts see it. */
export function sampleOf(
  expression: Expression,
  exchange: Exchange,
  where: Ruleset,
  room: Room,
): Sample | Unknown | undefined {
  const { fetch } = expression
  // An address is looked for in the last value alone.
  if (fetch.name.endsWith('hdr_ip') && fetch.args.length === 1) {
    const last = { ...expression, fetch: { name: fetch.name, args: [...fetch.args, '-1'] } }
    const samples = samplesOf(last, exchange, where, room)
    return isUnknown(samples) ? samples : samples.at(-1)
  }
  const fetched = fetchSamples(fetch, exchange, where, room)
  if (isUnknown(fetched)) return fetched
  // An ACL asks whether the user is in the group; the value itself is the user.
  if (fetch.name === 'http_auth_group' && fetched.length === 0) return undefined
  if (fetch.name === 'http_auth_group')
    return sampleOf({ ...expression, fetch: { name: 'http_auth_user', args: [] } }, exchange, where, room)
  const nameless = (fetch.args[0] ?? '') === ''
  if (nameless && HEADERS.test(fetch.name)) return { unknown: `\`${fetch.name}\` without a name` }
  const first = FIRST_TAKEN.has(fetch.name) || (nameless && COOKIES.has(fetch.name))
  const picked = fetched.at(first ? 0 : -1)
  const samples = picked ? convertAll([picked], expression, exchange, room) : []
  if (isUnknown(samples)) return samples
  const sample = samples.at(-1)
  return sample?.type === 'between' ? { unknown: sample.says } : sample
}

/** `header`: what is printed must be able to stand in one, so that it is coded, not quoted (`LOG_OPT_HTTP`, src/log.c; measured). */
type Style = 'header' | 'text'

/** A log-format string for this request. What an expression does not yield is empty. */
export function printFormat(
  format: Format,
  exchange: Exchange,
  where: Ruleset,
  room: Room,
  style: Style = 'header',
): string | Unknown {
  let text = ''
  for (const part of format) {
    if (part.kind === 'text') text += part.text
    else {
      const printed =
        part.kind === 'alias'
          ? printLogVariable(part, exchange)
          : printPart(part, style, sampleOf(part.expression, exchange, where, room))
      if (isUnknown(printed)) return printed
      text += printed
    }
  }
  return text
}

function printPart(
  { flags = '' }: Format[number] & { readonly kind: 'expression' },
  style: Style,
  value: Sample | Unknown | undefined,
): string | Unknown {
  if (isUnknown(value)) return value
  const text = value ? printSample(value) : ''
  const shown = flags.includes('E')
    ? text.replace(/["\\\]]/g, '\\$&')
    : style === 'header'
      ? encodeControls(text)
      : text
  return flags.includes('Q') && style === 'text' ? `"${shown}"` : shown
}

/** How a number is matched of which only the bounds are known. */
const BOUNDED = new Set<MatchMethod>(['found', 'int'])

/** Log-formats write what may not stand in a header as an escape (`http_encode_map`, src/log.c). */
function encodeControls(text: string): string {
  return text.replace(
    /[\0-\x08\x0a-\x1f\x7f]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  )
}

/** Whether one of the expression's values matches, prepared patterns included. */
export function matchCriterion(
  criterion: Criterion,
  exchange: Exchange,
  where: Ruleset,
  room: Room,
): boolean | Unknown {
  if (criterion.unknown !== undefined) return { unknown: criterion.unknown }
  const shifting = criterion.files?.find((file) => room.shiftingFiles.has(file))
  if (shifting !== undefined) return { unknown: `file ${shifting}, which requests change` }
  const samples = samplesOf(criterion.expression, exchange, where, room)
  const matcher = matcherOf(criterion, room)
  if (isUnknown(samples)) return isOtherProtocol(criterion, matcher) ? false : samples
  let verdict: boolean | Unknown = false
  for (const sample of samples) {
    const matched =
      sample.type === 'between' && !BOUNDED.has(criterion.method) ? { unknown: sample.says } : matcher(sample)
    if (matched === true) return true
    if (isUnknown(matched)) verdict = matched
  }
  return verdict
}

/** A client that does not speak HTTP/2 may have named HTTP/1 or nothing. */
function isOtherProtocol({ expression, method }: Criterion, matcher: Matcher): boolean {
  if (expression.text !== 'ssl_fc_alpn' || method === 'found') return false
  return ['http/1.1', 'http/1.0'].every((text) => matcher({ type: 'str', text }) === false)
}

function matcherOf(criterion: Criterion, room: Room): Matcher {
  const known = room.matchers.get(criterion)
  if (known) return known
  const own = prepareMatcher(criterion)
  const shared = sharedFile(criterion, room)
  const matcher = shared === undefined ? own : withOther(own, criterion, shared)
  room.matchers.set(criterion, matcher)
  return matcher
}

/** A list that is asked by substring and by ending answers for both as it did first. */
function withOther(own: Matcher, criterion: Criterion, shared: string): Matcher {
  const { patterns } = criterion
  const other = prepareMatcher({ ...criterion, method: criterion.method === 'sub' ? 'end' : 'sub', patterns })
  return (sample) => {
    const matched = own(sample)
    return matched === other(sample)
      ? matched
      : { unknown: `whether ${shared} was asked by substring or by ending first` }
  }
}

/** The file of a criterion that is asked both ways, if this one is one of them. */
export function sharedFile({ method, files }: Criterion, room: Room): string | undefined {
  return method === 'sub' || method === 'end' ? files?.find((file) => room.sharedFiles.has(file)) : undefined
}

function fetchSamples(call: Call, exchange: Exchange, where: Ruleset, room: Room): readonly Sample[] | Unknown {
  if (call.name === 'var') return readVariable(call, exchange, room)
  if (call.name === '.printed') return printedText(call, exchange, where, room)
  const fetch = FETCHES.get(call.name)
  const fetcher = FETCHERS.get(call.name)
  if (!fetch || !fetcher) return { unknown: `\`${call.name}\`` }
  if (call.name === 'wait_end' && !['connection', 'session'].includes(where)) return [{ type: 'bool', yes: true }]
  // A parsed request still has its bytes.
  if (/^req[._]len$/.test(call.name) && exchange.proxy.mode === 'http')
    return isAvailable('path', where, 'http') ? fetcher(call, exchange, room) : []
  if (!isAvailable(call.name, where, exchange.proxy.mode)) return []
  if (fetch.layer === 'payload' || fetch.layer === 'http') {
    const tcp = exchange.proxy.mode === 'tcp'
    if (tcp && !exchange.inspected) return { unknown: 'whether the first bytes are there in time (no inspect-delay)' }
    if (fetch.layer === 'http' && !speaksHttp(exchange)) return []
  }
  return fetcher(call, exchange, room)
}

function readVariable(
  { args: [name = '', fallback] }: Call,
  exchange: Exchange,
  room: Room,
): readonly Sample[] | Unknown {
  const value = variableOf(name, exchange, room)
  if (value === undefined) return fallback === undefined ? [] : [{ type: 'str', text: fallback }]
  return isUnknown(value) ? value : [value]
}

/** What a redirect's location comes to. */
function printedText({ args: [text = ''] }: Call, exchange: Exchange, where: Ruleset, room: Room) {
  const printed = printFormat(readFormat(text) ?? [], exchange, where, room)
  return isUnknown(printed) ? printed : [{ type: 'str' as const, text: printed }]
}

function variableOf(name: string, exchange: Exchange, room: Room): Sample | Unknown | undefined {
  if (room.shiftingVariables.has(name)) return { unknown: `variable ${name}` }
  const value = exchange.vars.get(name)
  if (value !== undefined || !name.startsWith('proc.')) return value
  const set = room.device.processVars.get(name)
  return set && ['str', 'int', 'bool'].includes(set.fetch.name)
    ? sampleOf(set, exchange, 'connection', room)
    : { unknown: `variable ${name}` }
}
