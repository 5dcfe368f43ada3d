import { type HaproxyVersion, isAtLeast } from './version.ts'

/** What an `.if` may hang on, besides its own words; what is left out is not known. */
export type Surroundings = {
  readonly version: HaproxyVersion
  readonly environment: ReadonlyMap<string, string> | undefined
  /** What the binary was built with, as `haproxy -vv` lists it: `OPENSSL`, `LUA`. */
  readonly features: ReadonlySet<string> | undefined
}

/** True, false, `maybe` when it hangs on the environment or the build, undefined when HAProxy cannot read it. */
export type Decided = boolean | 'maybe' | undefined

/** What an `.if` condition is worth (src/cfgcond.c, 2.6): numbers, `!`, `&&`, `||`, parentheses and predicates. */
export function decideDirective(text: string, surroundings: Surroundings): Decided {
  const reader: Reader = { text: text.trim(), at: 0, surroundings }
  if (reader.text === '') return false
  const value = readOr(reader, 0)
  skip(reader)
  return reader.at < reader.text.length ? undefined : value
}

const DEEPEST = 50
type Reader = { readonly text: string; at: number; readonly surroundings: Surroundings }

function skip(reader: Reader): void {
  while (reader.text[reader.at] === ' ' || reader.text[reader.at] === '\t') reader.at++
}

function takes(reader: Reader, sign: string): boolean {
  skip(reader)
  if (!reader.text.startsWith(sign, reader.at)) return false
  reader.at += sign.length
  return true
}

function readOr(reader: Reader, depth: number): Decided {
  let value = readAnd(reader, depth)
  while (value !== undefined && takes(reader, '||')) {
    const right = readAnd(reader, depth)
    if (right === undefined) return undefined
    value = value === true || right === true ? true : value === 'maybe' || right === 'maybe' ? 'maybe' : false
  }
  return value
}

function readAnd(reader: Reader, depth: number): Decided {
  let value = readOne(reader, depth)
  while (value !== undefined && takes(reader, '&&')) {
    const right = readOne(reader, depth)
    if (right === undefined) return undefined
    value = value === false || right === false ? false : value === 'maybe' || right === 'maybe' ? 'maybe' : true
  }
  return value
}

const NUMBER = /[+-]?(?:0x[0-9a-fA-F]+|\d+)/y
const PREDICATE = /([a-z_]+)\(([^()]*)\)/y

function readOne(reader: Reader, depth: number): Decided {
  skip(reader)
  if (depth > DEEPEST) return 'maybe'
  if (takes(reader, '!')) {
    const value = readOne(reader, depth + 1)
    return typeof value === 'boolean' ? !value : value
  }
  if (takes(reader, '(')) {
    const value = readOr(reader, depth + 1)
    return takes(reader, ')') ? value : undefined
  }
  const number = match(NUMBER, reader)
  if (number) return Number(number[0]) !== 0
  const predicate = match(PREDICATE, reader)
  return predicate ? decidePredicate(predicate[1] ?? '', predicate[2] ?? '', reader.surroundings) : undefined
}

function match(pattern: RegExp, reader: Reader): RegExpExecArray | undefined {
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.text)
  if (found) reader.at += found[0].length
  return found ?? undefined
}

/** Since which release, and with how many arguments at least and at most. */
const PREDICATES: ReadonlyMap<string, readonly [since: number, fewest: number, most: number]> = new Map([
  ['defined', [204, 0, 1]],
  ['feature', [204, 0, 1]],
  ['streq', [204, 2, 2]],
  ['strneq', [204, 2, 2]],
  ['version_atleast', [204, 0, 1]],
  ['version_before', [204, 0, 1]],
  ['openssl_version_atleast', [205, 0, 1]],
  ['openssl_version_before', [205, 0, 1]],
  ['ssllib_name_startswith', [205, 0, 1]],
  ['enabled', [207, 0, 1]],
  ['strstr', [208, 2, 2]],
  ['awslc_api_atleast', [300, 0, 1]],
  ['awslc_api_before', [300, 0, 1]],
])

function decidePredicate(name: string, list: string, { version, environment, features }: Surroundings): Decided {
  const args = list === '' ? [] : list.split(',')
  const known = PREDICATES.get(name)
  if (!known || known[0] > version.series || args.length < known[1] || args.length > known[2]) return undefined
  const [first = '', second = ''] = args
  switch (name) {
    case 'streq':
      return first === second
    case 'strneq':
      return first !== second
    case 'strstr':
      return first.includes(second)
    case 'version_atleast':
      return isAtLeast(version, first)
    case 'version_before':
      return !isAtLeast(version, first)
    case 'defined':
      return first === '' ? false : environment?.has(first) ? true : 'maybe'
    case 'feature':
      return features?.has(first) ?? 'maybe'
    default:
      return 'maybe'
  }
}
