import { parseIp } from '../../flow/ip-set.ts'
import {
  type Exchange,
  isUnknown,
  listValues,
  printPathQuery,
  type Sample,
  type Target,
  type Unknown,
} from '../exchange.ts'
import type { Call } from '../model.ts'
import { sdbm, spread } from './hashes.ts'

type Samples = readonly Sample[] | Unknown
const string = (text: string): readonly Sample[] => [{ type: 'str', text }]
const number = (value: number): readonly Sample[] => [{ type: 'int', number: BigInt(value) }]

/** `base` and `baseq`: the first Host, and the part of the target that is asked for. */
export function readBase(exchange: Exchange, part: (target: Target) => string): Samples {
  const host = listValues(exchange, 'host').at(0) ?? ''
  const { target } = exchange
  if (isUnknown(host)) return host
  if (isUnknown(target)) return target
  return string(`${host}${target.path.startsWith('/') ? part(target) : ''}`)
}

/** `base32` and `url32`: the same, hashed. */
export function hashBase(exchange: Exchange, part: (target: Target) => string): Samples {
  const base = readBase(exchange, part)
  if (isUnknown(base)) return base
  return base.flatMap((sample) =>
    sample.type === 'str' ? number(spread(sdbm(Buffer.from(sample.text, 'latin1')))) : [],
  )
}

/** Values of one parameter (http_find_param_list, src/http.c): the delimiter that starts the list also parts it, beside `&` and `;`. */
export function readParameter({ args: [name = '', delimiter = '?', more] }: Call, { target }: Exchange): Samples {
  if (name === '' || more !== undefined || delimiter.length !== 1) return { unknown: '`url_param` with options' }
  if (isUnknown(target)) return target
  const whole = printPathQuery(target)
  const start = whole.indexOf(delimiter)
  return start < 0 ? [] : parameterValues(whole.slice(start + 1), name, delimiter)
}

export function parameterValues(text: string, name: string, delimiter: string): readonly Sample[] {
  return text
    .split(/[&;]/)
    .flatMap((pair) => pair.split(delimiter))
    .flatMap((pair) => {
      const equal = pair.indexOf('=')
      const own = equal >= 0 && pair.slice(0, equal) === name
      return own ? string(pair.slice(equal + 1)) : []
    })
}

/** The address in an absolute target; names are not looked up here, and other schemes have other ports. */
export function readUrlAuthority({ name }: Call, { target }: Exchange): Samples {
  if (isUnknown(target)) return target
  // Without an authority there is none (url2sa, src/tools.c).
  if (target.prefix === '') return []
  const [, host = '', port] = /^http:\/\/([0-9.]+)(?::(\d+))?$/i.exec(target.prefix) ?? []
  if (parseIp(host)?.family !== 4) return { unknown: `\`${name}\`` }
  return name === 'url_ip' ? [{ type: 'ip', text: host }] : number(Number(port ?? 80))
}
