import { createHmac } from 'node:crypto'
import { type FortiText, readFortiText, textAt } from '../text.ts'
import type { Kind } from './kinds.ts'
import { readWords, startLexer } from './lexer.ts'
import { kindAt, valuesAt, wordsAt } from './rows.ts'

const HIDDEN = 'REDACTED'
/** Attributes that hold a secret, by the end of their name (`ppk-secret`, `auth-pwd`, `sae-password`, `history0`), or shortened. */
const SECRET =
  /(?:passwd|password|passphrase|secret|(?:^|-)(?:pass|psk|pwd|token|keytab|enckey|authkey|key|community|history|seed))\d*(?:-(?:l1|l2|remote|local|string|value))?$|^(?:pass[a-z]{0,6}|psks[a-z]*|secre?|commun[a-z]*)$/
/** A community of SNMP is its name. */
const NAMES_ARE_SECRET = /^sys\w* snmp comm?\w*$/
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
  const parts = Array.from({ length: tree.rows.count }, (_, index) => hideIn(tree, index, mark))
  return parts.join('').replace(ENCRYPTED, (_, blanks: string, secret: string) => `ENC${blanks}${mark(secret)}`)
}

/** The line as it stands, without indentation, line end and secrets; of a value over several lines, the first. */
export function redactedLine(tree: FortiText, index: number): string {
  const [first = ''] = hideIn(tree, index, () => HIDDEN).split('\n')
  return first.trim().replace(BLOCKS, HIDDEN).replace(ENCRYPTED, `ENC$1${HIDDEN}`)
}

function hideIn(tree: FortiText, index: number, mark: Mark): string {
  const own = textAt(tree, index)
  const kind = kindAt(tree.rows, index)
  if (tree.rows.broken.has(index)) {
    const [, head = '', name = '', rest = ''] = SET_LINE.exec(own) ?? []
    return SECRET.test(name) ? head + mark(rest.trim()) + lineEnds(rest) : hideLoose(own, mark)
  }
  if (kind === 'unknown') return isTorn(tree, index) ? own.replace(/\S[^\r\n]*/, mark) : hideLoose(own, mark)
  if (kind === 'comment' || kind === 'prompt') return hideLoose(own, mark)
  return holdsSecret(tree, index, kind) ? hideValues(own, mark) : own
}
/** `set psksecret "never closed`: whatever stands behind the name. */
const SET_LINE = /^([ \t\r]*[a-z]+[ \t]+"?([\w-]+)"?[ \t]+)([\s\S]+)$/

function hideLoose(own: string, mark: Mark): string {
  return own.replace(LOOSE, (_, before: string, secret: string) => before + mark(secret))
}

/** Whether the line may be what followed a quote that was never closed: a piece of a key, or right behind a broken secret. */
function isTorn(tree: FortiText, index: number): boolean {
  if (/^\s*[\w+/=-]{24,}"?\s*$/.test(textAt(tree, index))) return true
  const { broken } = tree.rows
  let at = index
  while (at > 0 && kindAt(tree.rows, at) === 'unknown' && index - at < LONGEST_TEAR) at -= 1
  return broken.has(at) && SECRET.test(SET_LINE.exec(textAt(tree, at))?.[2] ?? '')
}
const LONGEST_TEAR = 64
const MARKED = /^REDACTED(?::[0-9a-f]{12})?\s*$/

function holdsSecret({ rows }: FortiText, index: number, kind: Kind): boolean {
  if (kind !== 'set' && kind !== 'append' && kind !== 'select') return false
  const name = rows.pool.words[rows.names[index] ?? -1]
  if (name === undefined) return false
  const table = rows.parents[rows.parents[index] ?? -1] ?? -1
  const isSecret = SECRET.test(name) || (name === 'name' && NAMES_ARE_SECRET.test(wordsAt(rows, table).join(' ')))
  if (!isSecret) return false
  const [first, more] = valuesAt(rows, index)
  return first !== undefined && (more !== undefined || !['enable', 'disable', ''].includes(first))
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
