import { readNetwork } from '../address.ts'
import { readExpression } from '../config/expression.ts'
import { METHODS } from '../config/fetches.ts'
import { type Grammar, isOpen, type NameKind, valueAt, type Words, type Wrong, wrong } from '../grammar/grammar.ts'
import type { WordType } from '../grammar/sample-words.ts'
import { readIntRange } from '../samples/numbers.ts'
import { isBrokenRegex, refersToNoGroup } from '../samples/regex.ts'
import { canMatch, checkCalls } from './expression.ts'
import { checkPatternList } from './lists.ts'

/** Judges the criteria of one configuration; what an ACL keyword is worth is found out once, however many lines use it. */
export function openCriterionCheck(grammar: Grammar): (words: Words) => Wrong | undefined {
  const known = new Map<string, Keyword>()
  return (words) => {
    const text = valueAt(words, 0)
    if (isOpen(words, 0)) return undefined
    let keyword = known.get(text)
    if (!keyword) {
      keyword = readKeyword(text, grammar)
      known.set(text, keyword)
    }
    for (const [kind, name] of keyword.names) grammar.refer?.(kind, name)
    if (keyword.groupsOf !== undefined) noteGroups(words, keyword.groupsOf, grammar)
    return keyword.wrong ?? checkPatterns(words, keyword, grammar)
  }
}

/** `implied`: how the keyword itself says that it matches; undefined where the line has to say so. */
type Keyword = {
  readonly wrong?: Wrong
  readonly type: WordType | undefined
  readonly implied: string | undefined
  /** The list of users whose groups its patterns name; there has to be one. */
  readonly groupsOf: string | undefined
  readonly names: readonly (readonly [kind: NameKind, name: string])[]
}

function readKeyword(text: string, grammar: Grammar): Keyword {
  const expression = readExpression(text)
  if (text === '' || !expression)
    return {
      wrong: wrong(`\`${text}\` is no sample expression`, undefined, 'WRONG_EXPRESSION'),
      type: undefined,
      implied: undefined,
      groupsOf: undefined,
      names: [],
    }
  const { name } = expression.fetch
  const names: [NameKind, string][] = []
  const [, base = name, suffix] = SUFFIXED.exec(name) ?? []
  const { wrong: bad, type } = checkCalls({ ...expression, fetch: { ...expression.fetch, name: base } }, undefined, {
    ...grammar,
    refer: (kind, named) => names.push([kind, named]),
  })
  // A converter after a suffixed keyword drops the suffix.
  const own = expression.converters.length === 0 ? (suffix ?? OWN_METHODS[name]) : undefined
  const implied = own ?? methodOf(type)
  return {
    ...(bad ? { wrong: bad } : {}),
    type,
    implied,
    groupsOf: name === 'http_auth_group' ? expression.fetch.args[0] : undefined,
    names,
  }
}

function noteGroups(words: Words, list: string, grammar: Grammar): void {
  let at = 1
  for (; valueAt(words, at).startsWith('-'); at++) if (!/^-[inM-]$/.test(valueAt(words, at))) at++
  for (; at < words.length; at++) if (!isOpen(words, at)) grammar.refer?.('group', `${list}/${valueAt(words, at)}`)
}

/** A fetch with a match method in its name. */
const SUFFIXED = /^(base|cook|hdr|path|scook|shdr|url|urlp|ssl_fc_sni(?=_(?:end|reg)$))_(beg|dir|dom|end|len|reg|sub)$/

/** ACL keywords that are more than their fetch (`haproxy -dKacl`, 2.6.12). */
const OWN_METHODS: Readonly<Record<string, string>> = { payload: 'bin', payload_lv: 'bin', method: 'meth' }

function methodOf(type: WordType | undefined): string | undefined {
  switch (type) {
    case 'bin':
    case 'meth':
    case 'any':
    case undefined:
      return undefined
    case 'ipv4':
    case 'ipv6':
    case 'addr':
      return 'ip'
    default:
      return type
  }
}

const METHOD_NAMES: ReadonlySet<string> = new Set(METHODS)

function checkPatterns(words: Words, { type, implied, groupsOf }: Keyword, { lists }: Grammar): Wrong | undefined {
  let method = implied
  let isMap = false
  const files: string[] = []
  let at = 1
  for (; valueAt(words, at).startsWith('-'); at++) {
    if (isOpen(words, at)) return undefined
    const flag = valueAt(words, at)
    if (flag === '--') {
      at++
      break
    }
    isMap ||= flag === '-M'
    if (flag === '-i' || flag === '-n' || flag === '-M') continue
    const value = valueAt(words, ++at)
    if (isOpen(words, at)) return undefined
    if (flag === '-m') {
      if (!METHOD_NAMES.has(value)) return wrong(`\`${value}\` is no match method`, undefined, 'BAD_MATCH_METHOD')
      if (type && !canMatch(type, value)) return wrong(`\`-m ${value}\` cannot match what this yields`)
      method = value
    } else if (flag === '-u') {
      if (!/^\d+$/.test(value)) return wrong('the identifier behind -u is a number')
    } else if (flag !== '-f')
      return wrong(`\`${flag}\` is no flag; \`--\` stands before a pattern that begins with \`-\``)
    else if (value === '') return wrong('the file behind -f is missing')
    else files.push(value)
  }
  if (method === undefined)
    // HAProxy looks for \`-m\` among the patterns too before it complains; what it then takes, nobody means.
    return type === undefined || words.some((word) => word.value === '-m')
      ? undefined
      : wrong(`\`${valueAt(words, 0)}\` needs a match method: -m str`, undefined, 'NO_MATCH_METHOD')
  if (groupsOf !== undefined && files.length === 0 && at >= words.length)
    return wrong(`\`${valueAt(words, 0)}\` needs the name of a group`)
  for (const path of files) {
    const bad = lists && checkPatternList(path, method, isMap, lists)
    if (bad) return bad
  }
  return checkEach(words, at, method)
}

function checkEach(words: Words, from: number, method: string): Wrong | undefined {
  const check = PATTERNS[method]
  if (!check) return undefined
  let operator = false
  for (let at = from; at < words.length; at++) {
    const value = valueAt(words, at)
    if (isOpen(words, at)) return undefined
    if (OPERATORS.has(value) && (method === 'int' || method === 'len')) operator = true
    else {
      const bad = check(value, operator)
      if (bad) return bad
    }
  }
  return undefined
}

const OPERATORS = new Set(['eq', 'ge', 'gt', 'le', 'lt'])

function checkNumber(value: string, operator: boolean): Wrong | undefined {
  // `ge 1.5` compares versions, two numbers in one.
  if (readIntRange({ text: value }) || (operator && /^\d+\.\d+$/.test(value))) return undefined
  return wrong(`\`${value}\` is no number and no range of numbers`, undefined, 'BAD_NUMBER')
}

const PATTERNS: Readonly<Record<string, (value: string, operator: boolean) => Wrong | undefined>> = {
  int: checkNumber,
  len: checkNumber,
  ip: (value) =>
    // A name is asked of the resolver when HAProxy starts.
    readNetwork(value) ||
    (/^(?=.*[A-Za-z])[A-Za-z0-9_.-]+$/.test(value) && !/^(?:if|unless|or|TRUE|FALSE)$/.test(value))
      ? undefined
      : wrong(`\`${value}\` is no IPv4 or IPv6 address`, undefined, 'BAD_ADDRESS'),
  bin: (value) =>
    /^(?:[0-9a-fA-F]{2})*$/.test(value) ? undefined : wrong(`\`${value}\` is no row of hexadecimal pairs`),
  reg: (value) =>
    isBrokenRegex(value) || refersToNoGroup(value)
      ? wrong(`\`${value}\` is no regular expression`, undefined, 'BAD_REGEX')
      : undefined,
}
