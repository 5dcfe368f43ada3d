import { readAddress } from '../address.ts'
import type { Action, Format, Ruleset } from '../model.ts'
import { printSample } from '../samples/casts.ts'
import { lower } from '../samples/match.ts'
import { constantOf, type Source } from '../texts/source.ts'
import { printedSource, sourceOf } from './flow-sources.ts'
import type { Around, FlowState } from './flow-state.ts'

/** What an action makes of the parts and variables; what is not followed is opaque from there on. */
export function rewriteView(state: FlowState, action: Action, line: number, where: Ruleset, around: Around): FlowState {
  const { view } = state
  const print = (format: Format) => printedSource(format, state, where, around)
  const says = `rewritten at line ${line}`
  const parts = (changed: Readonly<Record<string, Source>>): FlowState => ({
    ...state,
    view: { ...view, parts: { ...view.parts, ...changed }, rewrittenAt: line },
  })
  switch (action.do) {
    case 'set-header':
      return parts({ [`header:${lower(action.name)}`]: print(action.format) })
    case 'del-header':
      return action.method === 'str'
        ? parts({ [`header:${lower(action.name)}`]: { is: 'none' } })
        : touchHeaders(state, line)
    case 'add-header':
    case 'replace-header':
    case 'replace-value':
      return parts({ [`header:${lower(action.name)}`]: opaque(says) })
    case 'set-path':
      return parts({ path: print(action.format) })
    case 'set-query':
      return parts({ query: print(action.format) })
    case 'replace-path':
      return parts({ path: opaque(says) })
    case 'set-pathq':
    case 'replace-pathq':
      return parts({ path: opaque(says), query: opaque(says) })
    // An absolute target brings a Host of its own.
    case 'set-uri':
    case 'replace-uri':
      return parts({ path: opaque(says), query: opaque(says), 'header:host': opaque(says) })
    case 'set-method':
      return parts({ method: { is: 'method', set: constantOf(print(action.format)) ?? '?' } })
    case 'set-var': {
      const source = sourceOf(action.value, state, where, around, 'one')
      // What yields nothing leaves the variable as it was: with an earlier value that may be either.
      const before = view.vars[action.name]
      const unsure = action.only.length > 0 || (mayBeMissing(source) && before !== undefined)
      const settled = unsure
        ? source.is === 'none' && action.only.length === 0
          ? (before ?? source)
          : opaque(says)
        : source
      return setVariable(state, action.name, settled)
    }
    case 'set-var-fmt':
      return setVariable(state, action.name, action.only.length > 0 ? opaque(says) : print(action.value))
    case 'unset-var': {
      const { [action.name]: _gone, ...vars } = view.vars
      return { ...state, view: { ...view, vars } }
    }
    case 'normalize':
      return parts({ path: opaque(says), query: opaque(says) })
    case 'set-address': {
      const set = addressSource(sourceOf(action.value, state, where, around, 'one'), says)
      return parts({ [action.which]: set, ...(where === 'connection' ? { [`fc-${action.which}`]: set } : {}) })
    }
    case 'expect-proxy':
      return { ...state, view: { ...view, expectsProxy: true } }
    default:
      return state
  }
}

function setVariable(state: FlowState, name: string, source: Source): FlowState {
  return { ...state, view: { ...state.view, vars: { ...state.view.vars, [name]: source } } }
}

/** An address that is the same for all is one; whether a text is an address, no set says. */
function addressSource(source: Source, says: string): Source {
  const { is } = source
  if (is === 'ip') return source
  const address = is === 'sample' && source.sample.type !== 'int' ? readAddress(printSample(source.sample)) : undefined
  return address === undefined ? opaque(says) : { is: 'sample', sample: { type: 'ip', text: address } }
}

function mayBeMissing(source: Source): boolean {
  return source.is === 'none' || source.is === 'opaque' || source.is === 'text' || source.is === 'joined'
}

/** Headers deleted by a pattern: every header may be gone. */
function touchHeaders(state: FlowState, line: number): FlowState {
  return {
    ...state,
    view: { ...state.view, rewrittenAt: line, parts: { ...state.view.parts, '*': opaque(`line ${line}`) } },
  }
}

const opaque = (says: string): Source => ({ is: 'opaque', says })
