import { readFormat } from '../config/expression.ts'
import { FETCHES, isAvailable } from '../config/fetches.ts'
import type { Call, Expression, Format, Ruleset } from '../model.ts'
import { lower } from '../samples/match.ts'
import { samplesOf } from '../samples/samples.ts'
import { constantOf, printed, type Source, throughConverter } from '../texts/source.ts'
import type { Around, FlowState } from './flow-state.ts'

/** Whether an ACL tries every value, or an expression takes one: the last of a header or cookie, the first of a parameter. */
type How = 'each' | 'one'

const dimensionOf = (name: string) => (lower(name) === 'host' ? 'host' : `header:${lower(name)}`)
const text = (dimension: string, emptyIsAbsent = false): Source & { readonly is: 'text' } => ({
  is: 'text',
  dimension,
  pick: 'whole',
  emptyIsAbsent,
  converters: [],
})
const opaque = (says: string): Source => ({ is: 'opaque', says })

/** What the expression yields in this state and ruleset. */
export function sourceOf(
  expression: Expression,
  state: FlowState,
  where: Ruleset,
  around: Around,
  how: How = 'each',
): Source {
  let source = fetchSource(expression.fetch, state, where, around, how)
  for (const call of expression.converters) source = throughConverter(source, call, around.room.maps)
  return source
}

function fetchSource(fetch: Call, state: FlowState, where: Ruleset, around: Around, how: How): Source {
  const { view, proxy } = state
  const { name, args } = fetch
  const layer = FETCHES.get(name)?.layer
  if (name === '.printed') return printedSource(readFormat(args[0] ?? '') ?? [], state, where, around)
  if (!layer) return opaque('')
  if (name === 'wait_end' && !['connection', 'session'].includes(where)) return constantSource(fetch, state, around)
  const length = /^req[._]len$/.test(name)
  if (!isAvailable(length && proxy.mode === 'http' ? 'path' : name, where, proxy.mode)) return { is: 'none' }
  if ((layer === 'payload' || layer === 'http') && proxy.mode === 'tcp' && !view.inspected)
    return opaque('no inspect-delay')
  if (proxy.mode === 'tcp' && layer === 'http' && view.passes === 'tls') return { is: 'none' }
  if (length)
    return { is: 'sample', sample: { type: 'between', low: 1, high: 2 ** 20, says: 'how many bytes have come' } }
  const part = (key: string, otherwise: Source) => view.parts[key] ?? otherwise
  switch (name) {
    case 'var':
      return variableSource(args[0] ?? '', state, around)
    case 'src':
      return part('src', { is: 'ip', dimension: 'src' })
    case 'fc_src':
      return part('fc-src', { is: 'ip', dimension: 'src' })
    case 'dst':
      return part('dst', { is: 'ip', dimension: 'dst' })
    case 'src_port':
      return view.parts.src ? opaque('') : part('src-port', { is: 'number', dimension: 'sport', plus: 0 })
    case 'dst_port':
      return part('dst-port', { is: 'number', dimension: 'dport', plus: 0 })
    case 'date':
      return args.length > 1 || !/^-?\d*$/.test(args[0] ?? '')
        ? opaque('')
        : { is: 'number', dimension: 'at', plus: Number(args[0] ?? 0) }
    case 'ssl_fc_sni':
      return view.terminated ? text('sni') : { is: 'none' }
    case 'req.ssl_sni':
    case 'req_ssl_sni':
      return view.terminated || view.passes === 'clear' ? { is: 'none' } : text('sni')
    case 'ssl_c_used':
    case 'ssl_fc_has_crt':
    case 'ssl_c_verify':
      return certificateSource(name, state)
    case 'method':
      return part('method', { is: 'method' })
    default:
      return layer === 'http' ? requestSource(fetch, state, around, how) : constantSource(fetch, state, around)
  }
}

/** Where none is asked for, there is no client certificate. */
function certificateSource(name: string, { view, frontend }: FlowState): Source {
  if (!view.terminated) return { is: 'none' }
  if (frontend.binds.some(({ verify }) => verify !== 'none')) return opaque('the client certificate')
  const sample =
    name === 'ssl_c_verify' ? ({ type: 'int', number: 0n } as const) : ({ type: 'bool', yes: false } as const)
  return { is: 'sample', sample }
}

function variableSource(name: string, state: FlowState, around: Around): Source {
  if (around.room.shiftingVariables.has(name)) return opaque(`variable ${name}`)
  if (name.startsWith('proc.')) return constantSource({ name: 'var', args: [name] }, state, around)
  return state.view.vars[name] ?? { is: 'none' }
}

/** What is read from the request itself: its target, its headers and what is in them. */
function requestSource(fetch: Call, state: FlowState, around: Around, how: How): Source {
  const { parts } = state.view
  const { name, args } = fetch
  const moved = parts.path !== undefined || parts.query !== undefined
  switch (name) {
    case 'path':
      return parts.path ?? text('path')
    case 'query':
      return parts.query ?? text('query', true)
    case 'url':
    case 'pathq':
      return moved ? opaque('') : { is: 'joined', of: 'url', converters: [] }
    case 'base':
    case 'baseq':
      return moved || parts['header:host'] || parts['*'] ? opaque('') : { is: 'joined', of: name, converters: [] }
    case 'url_param':
    case 'urlp':
      if (args.length !== 1 || !args[0] || parts.query) return opaque('')
      return { ...text('query'), pick: how === 'each' ? 'any' : 'first', inside: { kind: 'parameter', name: args[0] } }
    case 'req.cook':
    case 'cook':
    case 'cookie':
      if (args.length !== 1 || !args[0] || parts['header:cookie'] || parts['*']) return opaque('')
      return {
        ...text('header:cookie'),
        pick: how === 'each' ? 'any' : 'last',
        inside: { kind: 'cookie', name: args[0] },
      }
    case 'hdr_cnt':
    case 'req.hdr_cnt':
      if (args.length !== 1 || !args[0] || parts[`header:${lower(args[0])}`] || parts['*']) return opaque('')
      return { is: 'count', dimension: dimensionOf(args[0]) }
    case 'hdr':
    case 'req.hdr':
    case 'req.fhdr':
      return headerSource(fetch, state, how)
    default:
      return constantSource(fetch, state, around)
  }
}

function headerSource({ name, args: [written = '', index] }: Call, { view: { parts } }: FlowState, how: How): Source {
  const whole = name === 'req.fhdr'
  if (!written || (index !== undefined && (whole || !['1', '-1'].includes(index)))) return opaque('')
  if (parts['*']) return parts['*']
  const pick = index === '1' ? 'first' : index === '-1' || how === 'one' ? 'last' : 'any'
  const set = parts[`header:${lower(written)}`]
  if (!set) return { ...text(dimensionOf(written)), pick: whole ? 'whole' : pick }
  return whole ? set : listed(set, pick)
}

/** A header that was set is a list like any other. */
function listed(source: Source, pick: 'any' | 'first' | 'last'): Source {
  if (source.is === 'text') return { ...source, converters: [...source.converters, { name: '.listed', args: [pick] }] }
  if (source.is !== 'sample' || source.sample.type !== 'str') return source
  const { text: value } = source.sample
  if (/[",]/.test(value)) return opaque('a list that was set')
  return { is: 'sample', sample: { type: 'str', text: value.replace(/^[ \t]+|[ \t]+$/g, '') } }
}

const CONSTANT = new Set(
  (
    'always_true always_false bool int str ipv4 ipv6 bin meth nbsrv srv_is_up be_name fe_name fe_defbe ' +
    'wait_end ssl_fc var'
  ).split(' '),
)

/** What the file alone decides, and the two that are dimensions of their own. */
function constantSource({ name, args }: Call, state: FlowState, around: Around): Source {
  if (name === 'ssl_fc') return { is: 'sample', sample: { type: 'bool', yes: state.view.terminated } }
  if (!CONSTANT.has(name)) return opaque('')
  const expression = { text: name, fetch: { name, args }, converters: [] }
  const samples = samplesOf(expression, around.blank(state.frontend, state.proxy), 'http', around.room)
  if ('unknown' in samples) return opaque(samples.unknown)
  const [sample] = samples
  return sample ? { is: 'sample', sample } : { is: 'none' }
}

/** A log-format for all flows: a constant, or one value with words around it. */
export function printedSource(format: Format, state: FlowState, where: Ruleset, around: Around): Source {
  let before = ''
  let value: (Source & { readonly is: 'text' }) | undefined
  let after = ''
  for (const part of format) {
    if (part.kind === 'alias' || (part.kind === 'expression' && part.flags !== undefined)) return opaque('')
    const source: Source =
      part.kind === 'text'
        ? { is: 'sample', sample: { type: 'str', text: part.text } }
        : sourceOf(part.expression, state, where, around, 'one')
    const constant = constantOf(source)
    if (constant !== undefined) {
      if (value) after += constant
      else before += constant
    } else if (source.is === 'text' && !value) value = source
    else return opaque('')
  }
  return value ? printed(value, before, after) : { is: 'sample', sample: { type: 'str', text: before } }
}
