import type { Condition, Criterion } from '../model.ts'

/** Conditions for what HAProxy does without a rule. */
export function builtIn(
  fetch: string,
  method: Criterion['method'],
  patterns: readonly string[],
  args: readonly string[] = [],
): Condition {
  const criterion: Criterion = {
    text: fetch,
    line: 0,
    expression: { text: fetch, fetch: { name: fetch, args }, converters: [] },
    method,
    patterns: patterns.map((text) => ({ text, fold: false })),
  }
  return { text: fetch, unless: false, terms: [[{ negated: false, acl: { name: fetch, criteria: [criterion] } }]] }
}

/** The statistics page is for these methods alone. */
export function pageAsked(uri: string): Condition {
  const literals = [
    builtIn(uri.startsWith('/') ? 'pathq' : 'url', 'beg', [uri]),
    builtIn('method', 'meth', ['GET', 'HEAD', 'POST']),
  ]
  return { text: uri, unless: false, terms: [literals.flatMap(({ terms }) => terms.flat())] }
}

/** What HAProxy itself asks of a request. */
export const POSTED = builtIn('method', 'meth', ['POST'])
export const CLIENT_TLS = builtIn('.client-tls', 'bool', [])
export const HAS_SNI = builtIn('ssl_fc_has_sni', 'bool', [])
export const BROKEN_ESCAPE = builtIn('.broken-escape', 'bool', [])
export const NO_AUTHORITY = builtIn('.no-authority', 'bool', [])
export const UNREADABLE = builtIn('.unreadable', 'bool', [])
export const ASKED_AS_PROXY = builtIn('.asked-as-proxy', 'bool', [])
export const SCOPED = builtIn('url_param', 'found', [], ['scope'])
