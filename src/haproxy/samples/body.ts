import { type Exchange, isUnknown, linesOf, type Sample, type Unknown } from '../exchange.ts'
import type { Call } from '../model.ts'
import { parameterValues } from './target-fetchers.ts'

/** The body as far as it is known to be there: nothing, or all of it once a rule has waited for it. */
export function readBody(exchange: Exchange): string | Unknown {
  const body = exchange.body ?? ''
  const lengths = linesOf(exchange, 'content-length')
  const coded = linesOf(exchange, 'transfer-encoding').length > 0
  if (body === '' && !coded && lengths.every((length) => length === '0')) return ''
  const whole = !coded && lengths.length === 1 && lengths[0] === String(Buffer.byteLength(body, 'latin1'))
  return exchange.awaited && whole ? body : { unknown: 'how much of the body is there' }
}

/** `req.body_param`: a parameter of a form that was sent. */
export function readBodyParameter({ args: [name = ''] }: Call, exchange: Exchange): readonly Sample[] | Unknown {
  const body = readBody(exchange)
  if (name === '') return { unknown: '`req.body_param` without a name' }
  return isUnknown(body) ? body : parameterValues(body, name, '&')
}

/** Whether a request waits here until enough of its body is there, so that the rest of the rules see all of it. */
export function awaitBody(exchange: Exchange, atLeast: number | undefined): Exchange {
  const enough = atLeast === undefined || atLeast >= (exchange.body ?? '').length
  return enough ? { ...exchange, awaited: true } : exchange
}
