import { parseIp } from '../../flow/ip-set.ts'
import { hasRequestLine } from '../config/request-line.ts'
import { type Exchange, isUnknown, printPathQuery, printTarget, readTarget, type Unknown } from '../exchange.ts'
import type { Format } from '../model.ts'

type Flags = Format[number] & { readonly kind: 'alias' }

/** What a log variable prints while the request is under way (src/log.c, 2.6). */
export function printLogVariable({ name, flags = '' }: Flags, exchange: Exchange): string | Unknown {
  const value = variableText(name, flags, exchange)
  return isUnknown(value) ? value : flags.includes('Q') ? `"${value}"` : value
}

function variableText(name: string, flags: string, exchange: Exchange): string | Unknown {
  const known = <T>(value: T | Unknown, print: (value: T) => string) => (isUnknown(value) ? value : print(value))
  switch (name) {
    case 'ci':
      return known(exchange.src, (text) => printAddress(text, flags))
    case 'cp':
      return known(exchange.srcPort, (port) => printPort(port, flags))
    case 'fi':
      return known(exchange.dst, (text) => printAddress(text, flags))
    case 'fp':
      return known(exchange.dstPort, (port) => printPort(port, flags))
    case 'f':
      return exchange.frontend.name
    case 'ft':
      return `${exchange.frontend.name}${exchange.terminated ? '~' : ''}`
    case 'b':
      return exchange.proxy.name
    case 's':
      return '<NOSRV>'
    case 'o':
      return ''
    default:
      return partOfLine(name, exchange)
  }
}

/** The request line as it came, if the frontend kept it; what may not stand in a log is written with a `#`. */
function partOfLine(name: string, { frontend, firstMethod, original, version }: Exchange): string | Unknown {
  const uri = printTarget(original)
  const shown = version.startsWith('2') ? 'HTTP/2.0' : `HTTP/${version}`
  const { path, query } = readTarget(uri)
  const parts: Readonly<Record<string, string>> = {
    HM: firstMethod,
    HU: encode(uri),
    HP: encode(uri.replace(/\?.*$/s, '')),
    HPO: encode(path.startsWith('/') ? path : ''),
    HQ: query === undefined ? '' : encode(`?${query}`),
    HV: shown,
    r: encode(`${firstMethod} ${uri} ${shown}`),
  }
  const part = parts[name]
  if (part === undefined) return { unknown: `log variable %${name}` }
  return hasRequestLine(frontend) ? part : '<BADREQ>'
}

/** The target that `capture.req.uri` tells: what is behind the authority. */
export function keptPath({ frontend, original }: Exchange): string | undefined {
  return hasRequestLine(frontend) && original.path.startsWith('/') ? printPathQuery(original) : undefined
}

function encode(text: string): string {
  return text.replace(
    /[\0-\x1f"#\x7f-\xff]/g,
    (char) => `#${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

function printAddress(text: string, flags: string): string {
  const ip = parseIp(text)
  if (!flags.includes('X') || !ip) return text
  return ip.value
    .toString(16)
    .toUpperCase()
    .padStart(ip.family === 4 ? 8 : 32, '0')
}

function printPort(port: number, flags: string): string {
  return flags.includes('X') ? port.toString(16).toUpperCase().padStart(4, '0') : String(port)
}
