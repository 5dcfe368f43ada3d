import { readFortiText, type Statement } from './text.ts'

const HIDDEN = 'REDACTED'
/** Attributes that hold a secret, by the end of their name (`ppk-secret`, `auth-pwd`, `sae-password`, `history0`). */
const SECRET =
  /(?:^|-)(?:passwd|password|passphrase|psk|psksecret|secret|pwd|token|keytab|enckey|authkey|community|history)\d*$|^(?:key|.*(?:private|auth|authentication|api|secret|access|session|shared|md5|wep|encryption|sync)-key)\d*$/
const BLOCKS = /-----BEGIN [^-\n]{1,60}-----[\s\S]*?(?:-----END [^-\n]{1,60}-----|$)/g
const ENCRYPTED = /\bENC([ \t]+)(?!REDACTED)[^\s"']+/g
/** In text that is no statement (broken lines, comments) whatever follows the word for a secret goes. */
const LOOSE =
  /((?:passwd|password|passphrase|psksecret|secret|token|private-key|api-key)["']?[ \t:=]+)(?!ENC REDACTED)[^\n\r]+/gi

/** The text without its secrets: passwords, pre-shared keys, tokens, encrypted values and PEM blocks. Every line keeps its number. */
export function redactFortigate(text: string): string {
  // Blocks first: a key whose quote was never closed is many broken lines, none of which says what it is.
  const blocked = text.replace(BLOCKS, (block) => HIDDEN + lineEnds(block))
  const tree = readFortiText('', blocked)
  const parts = tree.statements.map((statement) => {
    const own = blocked.slice(statement.from, statement.to)
    if (statement.broken || statement.kind === 'unknown' || statement.kind === 'comment') {
      return own.replace(LOOSE, `$1${HIDDEN}`)
    }
    return holdsSecret(statement) ? hideValues(own, statement) : own
  })
  return parts.join('').replace(ENCRYPTED, `ENC$1${HIDDEN}`)
}

function holdsSecret(statement: Statement): boolean {
  if (statement.kind !== 'set' && statement.kind !== 'append' && statement.kind !== 'select') return false
  const [name, ...values] = statement.words
  if (!name || values.length === 0) return false
  const [first] = values
  if (values.length === 1 && (first?.text === 'enable' || first?.text === 'disable' || first?.text === '')) return false
  return SECRET.test(name.text)
}

/** Keeps the verb, the name and a leading `ENC`, so that the line still reads as what it is. */
function hideValues(own: string, statement: Statement): string {
  const [name, first] = statement.words
  if (!name || !first) return own
  const nameAt = own.indexOf(name.raw, own.search(/\S/) + 1)
  const head = own.slice(0, nameAt + name.raw.length)
  const rest = own.slice(head.length)
  const encrypted = first.raw === 'ENC' ? 'ENC ' : ''
  const end = /\r?\n$/.exec(rest)?.[0] ?? ''
  const inner = lineEnds(rest.slice(0, rest.length - end.length))
  return inner === '' ? `${head} ${encrypted}${HIDDEN}${end}` : `${head} "${HIDDEN}${inner}"${end}`
}

function lineEnds(text: string): string {
  return text.replace(/[^\r\n]+/g, '')
}
