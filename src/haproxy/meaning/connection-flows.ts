import { EVERYTHING, type FlowSet, flowsWhere, NOTHING, subtract } from '../../flow/flow-set.ts'
import { exactText } from '../../flow/text-set.ts'
import { ABSENT_HEADER, numbers, texts } from '../../flow/values.ts'
import { FETCHES, isAvailable } from '../config/fetches.ts'
import type { Criterion, Ruleset } from '../model.ts'
import { matchNumber } from '../samples/numbers.ts'
import { certifiedTexts } from '../texts/text-criteria.ts'
import type { FlowState } from './flow-state.ts'

export const TLS = flowsWhere({ tls: numbers([1, 1]) })

/** Flows where a criterion on what the connection itself is holds; undefined for all other criteria. */
export function connectionFlows(
  { expression, method, patterns }: Criterion,
  { view, proxy }: FlowState,
  where: Ruleset,
): FlowSet | undefined {
  const { name } = expression.fetch
  const layer = FETCHES.get(name)?.layer
  if (expression.converters.length > 0 || (layer && !isAvailable(name, where, proxy.mode))) return undefined
  const early = proxy.mode === 'tcp' && !view.inspected
  if ((layer === 'payload' || layer === 'http') && early) return undefined
  if (name === '.client-tls') return TLS
  if (name === '.certified') return flowsWhere({ sni: texts(certifiedTexts(expression.fetch.args)) })
  if (name === '.unreadable') return view.terminated ? NOTHING : TLS
  if (method === 'bool' && name === 'ssl_fc_has_sni')
    return view.terminated ? subtract(EVERYTHING, flowsWhere({ sni: texts(exactText(ABSENT_HEADER)) })) : NOTHING
  if (method === 'bool' && (name === 'req.proto_http' || name === 'req_proto_http'))
    return view.terminated ? EVERYTHING : subtract(EVERYTHING, TLS)
  if (method === 'int' && (name === 'req.ssl_hello_type' || name === 'req_ssl_hello_type'))
    return !view.terminated && matchNumber(patterns, 1) ? TLS : NOTHING
  return undefined
}

/** In tcp mode only flows in the clear can be read as HTTP, and only TLS names a server before it is ended. */
export function readableFlows({ expression }: Criterion, { view, proxy }: FlowState): FlowSet {
  const layer = FETCHES.get(expression.fetch.name)?.layer
  if (proxy.mode === 'http' || view.terminated) return EVERYTHING
  if (layer === 'http') return subtract(EVERYTHING, TLS)
  return expression.fetch.name.endsWith('ssl_sni') ? TLS : EVERYTHING
}
