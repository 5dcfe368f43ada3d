import type { Call, Expression, Format } from './model.ts'

/** Reads `req.hdr(host),field(1,:),lower`; undefined when it is no sample expression. */
export function readExpression(text: string): Expression | undefined {
  const read = readCalls(text, 0)
  return read && read.next === text.length ? read.expression : undefined
}

/** Reads a log-format string; undefined when an expression in it is broken. */
export function readFormat(text: string): Format | undefined {
  const parts: Format[number][] = []
  let literal = ''
  let always = ''
  const flush = () => {
    if (literal) parts.push({ kind: 'text', text: literal })
    literal = ''
  }
  for (let at = 0; at < text.length; ) {
    if (text[at] !== '%') {
      literal += text[at++]
      continue
    }
    if (text[at + 1] === '%') {
      literal += '%'
      at += 2
      continue
    }
    const [{ length: opening } = '%', options = ''] = /^%(?:\{([^}]*)\})?/.exec(text.slice(at, at + 200)) ?? []
    const letters = withOptions(always, options)
    const flags = letters === '' ? {} : { flags: letters }
    if (text[at + opening] === '[') {
      const read = readCalls(text, at + opening + 1)
      if (!read || text[read.next] !== ']') return undefined
      flush()
      parts.push({ kind: 'expression', expression: read.expression, ...flags })
      at = read.next + 1
      continue
    }
    const alias = /^[A-Za-z]+/.exec(text.slice(at + opening, at + opening + 20))?.[0]
    if (!alias) return undefined
    flush()
    // `%{+Q}o` prints nothing: its options hold from there on.
    if (alias === 'o') always = letters
    parts.push({ kind: 'alias', name: alias, ...flags })
    at += opening + alias.length
  }
  flush()
  return parts
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
