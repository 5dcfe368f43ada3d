import type { Target } from './exchange.ts'

/** What `normalize-uri` may do (http_act.c, uri_normalizer.c, 2.6). */
export const NORMALIZERS = [
  'fragment-encode',
  'fragment-strip',
  'path-merge-slashes',
  'path-strip-dot',
  'path-strip-dotdot',
  'percent-decode-unreserved',
  'percent-to-uppercase',
  'query-sort-by-name',
] as const
export type Normalizer = (typeof NORMALIZERS)[number]

/** The target normalised. A broken escape stays as it is; that `strict` refuses it is decided before. */
export function normalizeTarget(target: Target, how: Normalizer, option: string | undefined): Target {
  const { path, query } = target
  const everywhere = (change: (text: string) => string): Target => ({
    ...target,
    path: change(path),
    query: query === undefined ? undefined : change(query),
  })
  switch (how) {
    case 'path-merge-slashes':
      return { ...target, path: path.replace(/\/+/g, '/') }
    case 'path-strip-dot':
      return { ...target, path: stripDot(path) }
    case 'path-strip-dotdot':
      return { ...target, path: stripDotDot(path, { full: option === 'full' }) }
    case 'percent-decode-unreserved':
      return everywhere(decodeUnreserved)
    case 'percent-to-uppercase':
      return everywhere(upperEscapes)
    case 'query-sort-by-name':
      return { ...target, query: query === undefined ? undefined : sortByName(query) }
    default:
      // HTTP parsing lets no fragment through.
      return target
  }
}

function stripDot(path: string): string {
  const segments = path.split('/')
  const kept = segments.filter((segment) => segment !== '.')
  return segments.at(-1) === '.' ? `${kept.join('/')}/` : kept.join('/')
}

/** Each `..` takes the segment before it along, even an empty one; what is left of them at the start goes with `full`. */
function stripDotDot(path: string, { full }: { readonly full: boolean }): string {
  if (!path.startsWith('/')) return path
  const kept: string[] = []
  const segments = path.slice(1).split('/')
  for (const segment of segments) {
    if (segment !== '..') kept.push(segment)
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (!full) kept.push('..')
  }
  if (segments.at(-1) === '..') kept.push('')
  return `/${kept.join('/')}`
}

function upperEscapes(text: string): string {
  return text.replace(/%[0-9a-fA-F]{2}/g, (coded) => coded.toUpperCase())
}

function decodeUnreserved(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (coded, hex: string) => {
    const char = String.fromCharCode(Number.parseInt(hex, 16))
    return /[A-Za-z0-9._~-]/.test(char) ? char : coded
  })
}

function sortByName(query: string): string {
  const name = (pair: string) => pair.replace(/=.*$/s, '')
  const pairs = query
    .replace(/&$/, '')
    .split('&')
    .map((pair, at) => ({ pair, at }))
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return pairs
    .sort((a, b) => order(name(a.pair), name(b.pair)) || a.at - b.at)
    .map(({ pair }) => pair)
    .join('&')
}
