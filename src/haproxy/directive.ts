import type { Word } from './text.ts'

/** The version assumed when nobody names the running one: what Debian 12 ships and every fact here was measured on. */
const ASSUMED_VERSION = '2.6.12'

/**
 * What an `.if` condition is worth: true, false, or `maybe` when it hangs on the environment or the build.
 * Supports what HAProxy 2.6 documents: integers, `!`, `&&`, `||`, parentheses and the predicates of §2.4.
 */
export function decideDirective(words: readonly Word[]): boolean | 'maybe' {
  const tokens = words
    .map((word) => word.value)
    .join(' ')
    .match(TOKEN)
  if (!tokens) return false
  const reader = { tokens, at: 0 }
  const value = readOr(reader, 0)
  return reader.at < tokens.length ? 'maybe' : value
}

const TOKEN = /\|\||&&|!|[a-z_]+\([^()]*\)|[()]|-?\d+|[^\s()!&|]+/g
const DEEPEST = 50
type Reader = { readonly tokens: readonly string[]; at: number }
type Decided = boolean | 'maybe'

function readOr(reader: Reader, depth: number): Decided {
  let value = readAnd(reader, depth)
  while (reader.tokens[reader.at] === '||') {
    reader.at++
    const right = readAnd(reader, depth)
    value = value === true || right === true ? true : value === 'maybe' || right === 'maybe' ? 'maybe' : false
  }
  return value
}

function readAnd(reader: Reader, depth: number): Decided {
  let value = readOne(reader, depth)
  while (reader.tokens[reader.at] === '&&') {
    reader.at++
    const right = readOne(reader, depth)
    value = value === false || right === false ? false : value === 'maybe' || right === 'maybe' ? 'maybe' : true
  }
  return value
}

function readOne(reader: Reader, depth: number): Decided {
  const token = reader.tokens[reader.at++]
  if (depth > DEEPEST || token === undefined) return 'maybe'
  if (token === '!') {
    const value = readOne(reader, depth + 1)
    return value === 'maybe' ? value : !value
  }
  if (token === '(') {
    const value = readOr(reader, depth + 1)
    if (reader.tokens[reader.at] === ')') reader.at++
    return value
  }
  if (/^-?\d+$/.test(token)) return Number(token) !== 0
  return decidePredicate(token)
}

function decidePredicate(token: string): Decided {
  const open = token.indexOf('(')
  const name = token.slice(0, open)
  const [first = '', second = ''] = token.slice(open + 1, -1).split(',')
  if (name === 'streq') return first === second
  if (name === 'strneq') return first !== second
  if (name === 'version_atleast') return compareVersions(ASSUMED_VERSION, first) >= 0
  if (name === 'version_before') return compareVersions(ASSUMED_VERSION, first) < 0
  return 'maybe'
}

function compareVersions(left: string, right: string): number {
  const numbers = (text: string) => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number)
  const [a, b] = [numbers(left), numbers(right)]
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
