import { isIP } from 'node:net'
import { readExpression, readFormat } from '../config/expression.ts'
import type { Grammar, NameKind, Wrong } from '../grammar/grammar.ts'
import {
  CONVERTER_VOCABULARY,
  CONVERTER_WORDS,
  FETCH_VOCABULARY,
  SAMPLE_WORDS,
  type WordType,
} from '../grammar/sample-words.ts'
import { knowsWord, likelyWord, type Vocabulary, whyUnknown } from '../grammar/vocabulary.ts'
import type { Call, Expression } from '../model.ts'
import { isBrokenRegex } from '../samples/regex.ts'
import { checkMap } from './lists.ts'

/** Where a sample is taken, as columns of `haproxy -dKsmp`; an ACL may be taken anywhere and only warns. */
export type Places = readonly number[] | undefined

/** What HAProxy refuses in an expression, and what type it yields as far as it is known. */
export function checkExpression(
  text: string,
  places: Places,
  grammar: Grammar,
): { readonly wrong?: Wrong; readonly type: WordType | undefined } {
  const expression = readExpression(text)
  if (!expression) return { wrong: refused(`\`${text}\` is no sample expression`), type: undefined }
  return checkCalls(expression, places, grammar)
}

/** The same for an expression that is read already. */
export function checkCalls(
  { fetch, converters }: Expression,
  places: Places,
  grammar: Grammar,
): { readonly wrong?: Wrong; readonly type: WordType | undefined } {
  const lua = isLua(fetch.name, grammar)
  const word = SAMPLE_WORDS.get(fetch.name)
  if (!lua && (!word || !knowsWord(FETCH_VOCABULARY, fetch.name, grammar.version)))
    return { wrong: unknownWord(FETCH_VOCABULARY, fetch.name, grammar, 'fetch'), type: undefined }
  const bad = word && checkArguments(fetch, word.args)
  if (word && bad === undefined) noteNames(fetch, word.args, grammar)
  if (bad !== undefined) return { wrong: refused(bad), type: undefined }
  if (word && places && !places.some((place) => place >= word.from && place <= word.to))
    return { wrong: refused(`\`${fetch.name}\` is not known where this rule is evaluated`), type: word.type }
  let type: WordType | undefined = lua ? undefined : word?.type
  for (const call of converters) {
    const converter = CONVERTER_WORDS.get(call.name)
    if (isLua(call.name, grammar)) {
      type = undefined
      continue
    }
    if (!converter || !knowsWord(CONVERTER_VOCABULARY, call.name, grammar.version))
      return { wrong: unknownWord(CONVERTER_VOCABULARY, call.name, grammar, 'converter'), type: undefined }
    const problem =
      checkArguments(call, converter.args) ??
      (type && !canBecome(type, converter.takes) ? `\`${call.name}\` cannot be applied to ${NAMES[type]}` : undefined)
    if (problem !== undefined) return { wrong: refused(problem), type: undefined }
    noteNames(call, converter.args, grammar)
    const bad = grammar.lists && call.name.startsWith('map') && checkMap(call.name, call.args[0] ?? '', grammar.lists)
    if (bad) return { wrong: bad, type: undefined }
    type = converter.type
  }
  return { type }
}

/** What HAProxy refuses in a log-format string. */
export function checkFormat(text: string, places: Places, grammar: Grammar): Wrong | undefined {
  if (!text.includes('%')) return undefined
  const format = readFormat(text)
  if (!format) return refused(`\`${text}\` breaks off after a \`%\`; \`%%\` is a percent sign`)
  for (const part of format) {
    if (part.kind === 'expression') {
      const { wrong } = checkCalls(part.expression, places, grammar)
      if (wrong) return wrong
    } else if (part.kind === 'alias' && !ALIASES.has(part.name))
      return refused(`there is no log variable \`%${part.name}\`; \`%%\` is a percent sign`)
  }
  return undefined
}

/** How an ACL may match a sample of this type (`sample_casts` of src/sample.c and the match methods of src/pattern.c; measured). */
export function canMatch(type: WordType, method: string): boolean {
  if (type === 'bool') return method !== 'ip'
  if (type === 'ipv6') return method !== 'bool' && method !== 'int'
  return (type !== 'bin' && type !== 'meth') || !['bool', 'int', 'ip'].includes(method)
}

/** configuration.txt 2.6 §8.2.6, and what later releases added. */
const ALIASES = new Set(
  (
    'o B CC CS H HM HP HPO HQ HU HV ID ST T TR Ta Tc Td Th Ti Tl Tq Tr Ts Tt Tu Tw U ac b bc bi bp bq ci cp f fc fi fp ft hr hrl hs hsl ' +
    'lc ms pid r rc rt s sc si sp sq sslc sslv t tr trg trl ts OG'
  ).split(' '),
)

const NAMES: Readonly<Record<WordType, string>> = {
  bool: 'a yes or no',
  int: 'a number',
  ipv4: 'an address',
  ipv6: 'an IPv6 address',
  addr: 'an address',
  str: 'a text',
  bin: 'bytes',
  meth: 'a method',
  any: 'it',
}

function refused(says: string): Wrong {
  return { code: 'WRONG_EXPRESSION', says }
}

function unknownWord(vocabulary: Vocabulary, name: string, { version }: Grammar, what: string): Wrong {
  return {
    code: 'UNKNOWN_FETCH',
    says: whyUnknown(vocabulary, name, version, what),
    likely: () => likelyWord(vocabulary, name),
  }
}

function isLua(name: string, { lua }: Grammar): boolean {
  return lua && name.startsWith('lua.')
}

function canBecome(from: WordType, to: WordType): boolean {
  if (to === 'any' || from === 'any') return true
  if (from === 'bool') return to !== 'addr' && to !== 'ipv4' && to !== 'ipv6'
  if (from === 'ipv6') return to !== 'bool' && to !== 'int'
  return (from !== 'bin' && from !== 'meth') || to === 'str' || to === 'bin'
}

/** What is wrong with the arguments, undefined when nothing is (make_arg_list, src/arg.c). */
function checkArguments({ name, args }: Call, letters: string): string | undefined {
  const optional = letters.indexOf('?')
  const kinds = letters.replace('?', '')
  const fewest = optional < 0 ? kinds.length : optional
  if (args.length > kinds.length)
    return `\`${name}\` takes ${kinds.length === 0 ? 'no argument' : `${kinds.length} at most`}, not ${args.length}`
  if (kinds.length > 0 && args.length < fewest && !(args.length === 0 && fewest === 1 && EMPTY.includes(kinds)))
    return `\`${name}\` needs ${fewest === 1 ? 'an argument' : `${fewest} arguments`}`
  for (const [at, value] of args.entries()) {
    // What may be left out may be empty.
    if (value === '' && at >= fewest) continue
    const check = ARGUMENTS[kinds[at] ?? '']
    const bad = check?.(value, name)
    if (bad !== undefined) return bad
  }
  return undefined
}

/** The names of sections among the arguments. */
function noteNames({ name, args }: Call, letters: string, { refer }: Grammar): void {
  if (!refer) return
  const kinds = letters.replace('?', '')
  for (let at = 0; at < kinds.length; at++) {
    const kind = NAMED[kinds[at] ?? '']
    const given = args[at] ?? ''
    // Counters know their table from where they are tracked; what is looked up by the source is in the section's own.
    if (kind && (given !== '' || kind !== 'table' || /^(?:src|table)_/.test(name))) refer(kind, given)
  }
}

const NAMED: Readonly<Record<string, NameKind>> = {
  b: 'backend',
  f: 'frontend',
  t: 'table',
  u: 'userlist',
  S: 'server',
}

/** A text may be nothing at all: `str()`, `env`. */
const EMPTY = 's'

const VARIABLE = /^(?:proc|sess|txn|req|res|check)\.[A-Za-z0-9_.]+$/
const INTEGER = /^[+-]?\d+$/

type Check = (value: string, name: string) => string | undefined

/** i number, o offset, l length, n number or variable, x index, v variable, w variable or nothing, 4 and 6 addresses, m and M masks, h bytes, r regex. */
const ARGUMENTS: Readonly<Record<string, Check>> = {
  i: (value) => (INTEGER.test(value) ? undefined : `\`${value}\` is no number`),
  o: (value) => (INTEGER.test(value) && Number(value) >= 0 ? undefined : `\`${value}\` is no offset`),
  l: (value) => (INTEGER.test(value) && Number(value) > 0 ? undefined : `\`${value}\` is no length`),
  n: (value) =>
    INTEGER.test(value) || VARIABLE.test(value) ? undefined : `a number or a variable is expected, not \`${value}\``,
  x: (value) =>
    INTEGER.test(value) && Number(value) !== 0 ? undefined : `a number that is not 0 is expected, not \`${value}\``,
  v: (value) => (VARIABLE.test(value) ? undefined : `a variable starts with its scope, as in txn.${value}`),
  w: (value) =>
    value === '' || VARIABLE.test(value) ? undefined : `a variable starts with its scope, as in txn.${value}`,
  4: (value) => (isIP(value) === 4 ? undefined : `\`${value}\` is no IPv4 address`),
  6: (value) => (isIP(value) === 6 ? undefined : `\`${value}\` is no IPv6 address`),
  m: (value) => (isMask(value, 32) || isIP(value) === 4 ? undefined : `\`${value}\` is no IPv4 mask`),
  M: (value) => (isMask(value, 128) || isIP(value) === 6 ? undefined : `\`${value}\` is no IPv6 mask`),
  h: (value) => (/^(?:[0-9a-fA-F]{2})*$/.test(value) ? undefined : `\`${value}\` is no row of hexadecimal pairs`),
  r: (value) => (isBrokenRegex(value) ? `\`${value}\` is no regular expression` : undefined),
  s: (value, name) => ONLY[name]?.(value),
}

function isMask(value: string, bits: number): boolean {
  return /^\d{1,3}$/.test(value) && Number(value) <= bits
}

/** Words of which only some texts are taken. */
const SECOND_OFFSET = (value: string) => (INTEGER.test(value) ? undefined : `\`${value}\` is no number`)

const ONLY: Readonly<Record<string, (value: string) => string | undefined>> = {
  payload_lv: SECOND_OFFSET,
  'req.payload_lv': SECOND_OFFSET,
  'res.payload_lv': SECOND_OFFSET,
  bool: (value) => (['true', 'false', '0', '1'].includes(value) ? undefined : 'true or false is expected'),
  date: (value) => (['s', 'ms', 'us', ''].includes(value) ? undefined : 's, ms or us is expected'),
  json: (value) =>
    ['ascii', 'utf8', 'utf8s', 'utf8p', 'utf8ps', ''].includes(value) ? undefined : `\`${value}\` is no encoding`,
  url_enc: (value) => (value === 'query' || value === '' ? undefined : 'query is expected'),
}
