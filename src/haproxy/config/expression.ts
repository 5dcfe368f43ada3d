import type { Call, Expression, Format } from '../model.ts'

/** Reads `req.hdr(host),field(1,:),lower`; undefined when it is no sample expression. */
export function readExpression(text: string): Expression | undefined {
  const read = readCalls(text, 0)
  return read && read.next === text.length ? read.expression : undefined
}

/** Reads a log-format string; undefined when an expression in it is broken. */
export const readFormat = rememberingLast(readParts)

/** A rule is judged, asked whether it keeps the request line, and read: three times in a row with the same text. */
function rememberingLast<T>(read: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly result: T } | undefined
  return (text) => {
    if (last?.text !== text) last = { text, result: read(text) }
    return last.result
  }
}

function readParts(text: string): Format | undefined {
  const parts: Format[number][] = []
  let literal = ''
  let always = ''
  for (let at = 0; at < text.length; ) {
    const percent = text.indexOf('%', at)
    if (percent !== at) {
      const end = percent < 0 ? text.length : percent
      literal += text.slice(at, end)
      at = end
    } else if (text[at + 1] === '%') {
      literal += '%'
      at += 2
    } else {
      const read = readComputed(text, at, always)
      if (!read) return undefined
      if (literal) parts.push({ kind: 'text', text: literal })
      literal = ''
      parts.push(read.part)
      at = read.next
      // `%{+Q}o` prints nothing: its options hold from there on.
      if (read.part.kind === 'alias' && read.part.name === 'o') always = read.part.flags ?? ''
    }
  }
  if (literal) parts.push({ kind: 'text', text: literal })
  return parts
}

const OPENING = /%(?:\{([^}]{0,200})\})?/y
const ALIAS = /[A-Za-z]{1,20}/y

/** `%[…]`, `%{+Q}[…]` and `%ci`; `always` are the options that hold already. */
function readComputed(
  text: string,
  at: number,
  always: string,
): { readonly part: Exclude<Format[number], { readonly kind: 'text' }>; readonly next: number } | undefined {
  OPENING.lastIndex = at
  const [opening = '%', options = ''] = OPENING.exec(text) ?? []
  const start = at + opening.length
  const letters = options === '' ? always : withOptions(always, options)
  const flags = letters === '' ? {} : { flags: letters }
  if (text[start] === '[') {
    const read = readCalls(text, start + 1)
    if (!read || text[read.next] !== ']') return undefined
    return { part: { kind: 'expression', expression: read.expression, ...flags }, next: read.next + 1 }
  }
  ALIAS.lastIndex = start
  const name = ALIAS.exec(text)?.[0]
  return name === undefined ? undefined : { part: { kind: 'alias', name, ...flags }, next: start + name.length }
}

/** `+Q,-E` on top of what holds already. */
function withOptions(before: string, options: string): string {
  let letters = before
  for (const [, sign, letter = ''] of options.matchAll(/([+-])([A-Z])/g))
    letters = letters.replace(letter, '') + (sign === '+' ? letter : '')
  return letters
}

/** The format's text when nothing in it is computed. */
export function literalOf(format: Format): string | undefined {
  if (format.length === 0) return ''
  const [only] = format
  return format.length === 1 && only?.kind === 'text' ? only.text : undefined
}

/** `base32+src` is a name too. */
const NAME = /[A-Za-z0-9_.+-]+/y

function readCalls(text: string, start: number): { expression: Expression; next: number } | undefined {
  const calls: Call[] = []
  let at = start
  while (true) {
    NAME.lastIndex = at
    const name = NAME.exec(text)?.[0]
    if (!name) return undefined
    at += name.length
    let args: readonly string[] = []
    if (text[at] === '(') {
      const read = readArgs(text, at + 1)
      if (!read) return undefined
      args = read.args
      at = read.next
    }
    calls.push({ name, args })
    if (text[at] !== ',') break
    // Commas without a converter between them are passed over (sample_parse_expr, src/sample.c; measured).
    while (text[at] === ',') at++
    if (at >= text.length || text[at] === ']') break
  }
  const [fetch, ...converters] = calls
  return fetch && { expression: { text: text.slice(start, at), fetch, converters }, next: at }
}

/** What a backslash stands for in an argument; before anything else it is one of the characters (make_arg_list, src/arg.c; measured). */
const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\',
  '"': '"',
  "'": "'",
  ' ': ' ',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Arguments up to the closing parenthesis; quotes protect commas and parentheses. */
function readArgs(text: string, start: number): { args: readonly string[]; next: number } | undefined {
  const args: string[] = []
  let arg = ''
  let quote = ''
  for (let at = start; at < text.length; at++) {
    const char = text[at] ?? ''
    const escaped = char === '\\' && quote !== "'" ? ESCAPED[text[at + 1] ?? ''] : undefined
    if (escaped !== undefined) {
      arg += escaped
      at++
    } else if ((char === '"' || char === "'") && (!quote || quote === char)) quote = quote ? '' : char
    else if (!quote && char === ',') {
      args.push(arg)
      arg = ''
    } else if (!quote && char === ')') {
      if (args.length > 0 || arg) args.push(arg)
      return { args, next: at + 1 }
    } else arg += char
  }
  return undefined
}
