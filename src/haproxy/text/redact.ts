const HIDDEN = 'REDACTED'

/**
 * What stands after these words is a secret: passwords of users and of the statistics page, keys and tokens in headers that rules
 * and health checks set (HAProxy 2.6 configuration manual, sections 3.4, 4.2 "stats auth", "http-check send", "http-request set-header").
 */
const SECRETS = [
  /\b(?:insecure-password|password)\s+/,
  /\bstats\s+auth\s+[^\s:]+:/,
  /\b(?:authorization|proxy-authorization|cookie)\b["']?[\s:,]+/i,
  /\b(?:x-)?[a-z0-9_-]*(?:token|secret|api-?key|passphrase)\b["']?[\s:=,]+/i,
]

/** Without one of these there is nothing to hide: most lines of a large file are done with here. */
const PERHAPS_SECRET = /password|auth|cookie|token|secret|api-?key|passphrase/i

/** A header that carries a secret, compared with one: `{ req.hdr(authorization) -m str "Bearer …" }`. */
const COMPARED =
  /(\((?:proxy-)?(?:authorization|cookie|[a-z0-9_-]*(?:token|secret|api-?key))\)(?:,\S+)*(?:\s+-(?:i|m\s+(?:str|beg|end|sub|reg|dir|dom)))+\s+|\((?:proxy-)?authorization\)\s+(?!-|\}))(?!\})(?:(?!\s+\}).)+/gi

/** The file without its secrets; every line keeps its number. */
export function redactHaproxy(text: string): string {
  return text
    .split('\n')
    .map((line) => redactHaproxyLine(line))
    .join('\n')
}

/**
 * One line without its secret: from the secret to the condition, or to the end. A word such as `cookie` may also begin a harmless
 * line; `cookie NAME insert` of a backend, and a fetch like `req.hdr(authorization)`, stay as they are.
 */
export function redactHaproxyLine(line: string): string {
  if (!PERHAPS_SECRET.test(line)) return line
  const compared = line.replace(COMPARED, (_, fetch: string) => `${fetch}${HIDDEN}`)
  if (compared !== line) return compared
  if (/^\s*(?:#|cookie\s|server\s|stick\s|acl\s|use_backend\s)/.test(line) && !/password/.test(line)) return line
  for (const secret of SECRETS) {
    const found = secret.exec(line)
    if (!found) continue
    const from = found.index + found[0].length
    const rest = line.slice(from)
    if (rest === '' || rest.startsWith(HIDDEN)) continue
    const condition = /\s(?:if|unless)\s.*$/.exec(rest)?.[0] ?? ''
    const end = line.endsWith('\r') && !condition.endsWith('\r') ? '\r' : ''
    return `${line.slice(0, from)}${HIDDEN}${condition}${end}`
  }
  return line
}
