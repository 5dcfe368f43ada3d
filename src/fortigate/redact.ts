import { createHmac } from 'node:crypto'
import { readWords, startLexer } from './lexer.ts'
import { readFortiText, type Statement } from './text.ts'

const HIDDEN = 'REDACTED'
/** Attributes that hold a secret, by the end of their name (`ppk-secret`, `auth-pwd`, `sae-password`, `history0`). */
const SECRET =
  /(?:^|-)(?:passwd|password|passphrase|psk|psksecret|secret|pwd|token|keytab|enckey|authkey|community|history)\d*$|^(?:key|.*(?:private|auth|authentication|api|secret|access|session|shared|md5|wep|encryption|sync)-key)\d*$/
const BLOCKS = /-----BEGIN [^-\n]{1,60}-----[\s\S]*?(?:-----END [^-\n]{1,60}-----|$)/g
const ENCRYPTED = /\bENC([ \t]+)(?!REDACTED)([^\s"']+)/g
/** In text that is no statement (broken lines, comments) whatever follows the word for a secret goes. */
const LOOSE =
  /((?:passwd|password|passphrase|psksecret|secret|token|private-key|api-key)["']?[ \t:=]+)(?!ENC REDACTED)([^\n\r]+)/gi

/** Enough to tell two secrets apart and too little to find one. */
const FINGERPRINT_DIGITS = 12
type Mark = (secret: string) => string

/**
 * The text without its secrets: passwords, pre-shared keys, tokens, encrypted values and PEM blocks. Every line keeps its number. With
 * a key each secret leaves its keyed fingerprint behind (`REDACTED:3f2a…`), so that a changed one can be told from the same one.
 */
export function redactFortigate(text: string, key?: string): string {
  const mark: Mark = (secret) => {
    if (key === undefined || MARKED.test(secret)) return key === undefined ? HIDDEN : secret
    return `${HIDDEN}:${createHmac('sha256', key).update(secret).digest('hex').slice(0, FINGERPRINT_DIGITS)}`
  }
  // Blocks first: a key whose quote was never closed is many broken lines, none of which says what it is.
  const blocked = text.replace(BLOCKS, (block) => mark(block.replaceAll('\r', '')) + lineEnds(block))
  const tree = readFortiText('', blocked)
  const parts = tree.statements.map((statement) => {
    const own = blocked.slice(statement.from, statement.to)
    if (statement.broken || statement.kind === 'unknown' || statement.kind === 'comment') {
      return own.replace(LOOSE, (_, before: string, secret: string) => before + mark(secret))
    }
    return holdsSecret(statement) ? hideValues(own, mark) : own
  })
  return parts.join('').replace(ENCRYPTED, (_, blanks: string, secret: string) => `ENC${blanks}${mark(secret)}`)
}
const MARKED = /^REDACTED(?::[0-9a-f]{12})?\s*$/

function holdsSecret(statement: Statement): boolean {
  if (statement.kind !== 'set' && statement.kind !== 'append' && statement.kind !== 'select') return false
  const [name, first, more] = statement.words
  if (name === undefined || first === undefined) return false
  if (more === undefined && (first === 'enable' || first === 'disable' || first === '')) return false
  return SECRET.test(name)
}

/** Keeps the verb, the name and a leading `ENC`, so that the line still reads as what it is. */
function hideValues(own: string, mark: Mark): string {
  const lexer = startLexer(own, () => undefined)
  const words = readWords(lexer)
  const head = own.slice(0, lexer.ends[1])
  const rest = own.slice(head.length)
  const isEncrypted = own.slice(lexer.starts[2], lexer.ends[2]) === 'ENC'
  const secret = words.slice(isEncrypted ? 3 : 2).join(' ')
  if (MARKED.test(secret)) return own
  const hidden = mark(secret)
  const end = /\r?\n$/.exec(rest)?.[0] ?? ''
  const inner = lineEnds(rest.slice(0, rest.length - end.length))
  if (inner !== '') return `${head} "${hidden.trim()}${inner}"${end}`
  return `${head} ${isEncrypted ? 'ENC ' : ''}${hidden}${end}`
}

function lineEnds(text: string): string {
  return text.replace(/[^\r\n]+/g, '')
}
