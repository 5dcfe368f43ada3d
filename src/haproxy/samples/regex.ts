/** PCRE syntax that JavaScript reads differently or not at all. What uses it is left undecided. */
const DIFFERENT = /\\[AzZGKQERXCNoOpPhHvVaeckg0-9]|\(\?(?!:|=|!|<[=!])|\[\[:|\[\]|\[\^\]|[*+?}]\+|\(\*|\\x\{|\{,/

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  xdigit: '0-9A-Fa-f',
  word: 'A-Za-z0-9_',
  blank: ' \\t',
  space: ' \\t\\n\\v\\f\\r',
}

/** The same expression in words that JavaScript has too: `(?i)` in front, `[[:digit:]]`, names of groups. */
export function plainRegex(pattern: string, fold: boolean): { readonly pattern: string; readonly fold: boolean } {
  const option = /^\(\?i\)/.exec(pattern)?.[0] ?? ''
  const plain = pattern
    .slice(option.length)
    .replace(/\[:([a-z]+):\]/g, (written, name: string) => CLASSES[name] ?? written)
    .replace(/\(\?P?<[A-Za-z_]\w*>/g, '(')
  return { pattern: plain, fold: fold || option !== '' }
}

/** A reference back to a group that always takes part means the same in both. */
function keepsReferences(pattern: string): boolean {
  return !/\\[1-9]/.test(pattern) || (!/\||\)[?*{]|\\\d\d/.test(pattern) && /\([^?]/.test(pattern))
}

/** The regular expression as JavaScript runs it with the same result, or undefined when that is not sure. */
export function readRegex(written: string, options: { readonly fold: boolean }): RegExp | undefined {
  const { pattern, fold } = plainRegex(written, options.fold)
  const referring = keepsReferences(pattern) ? pattern.replace(/\\[1-9]/g, '') : pattern
  if (DIFFERENT.test(referring.replaceAll('\\\\', ''))) return undefined
  try {
    return new RegExp(pattern, fold ? 'is' : 's')
  } catch {
    return undefined
  }
}

/**
 * What every text must begin with that the expression matches, as far as the expression says so plainly: `/api/` of `^/api/v[12]`.
 * Nothing where it does not begin with `^`, or might choose between several ways.
 */
export function beginningOf(pattern: string): string {
  if (!pattern.startsWith('^') || /[|]|\(\?[^:=!<]/.test(pattern)) return ''
  const [, plain = ''] = /^\^((?:[A-Za-z0-9/_%~:;,=&@!"'<> -]|\\[./_-])*)/.exec(pattern) ?? []
  const next = pattern[1 + plain.length] ?? ''
  // What is repeated may be there not at all.
  const sure = '*?{'.includes(next) && next !== '' ? plain.replace(/\\?.$/, '') : plain
  return sure.replaceAll('\\', '')
}

/** Whether it is certainly refused: a bracket or parenthesis that is not closed, or closes nothing. */
export function isBrokenRegex(pattern: string): boolean {
  if (DIFFERENT.test(pattern.replaceAll('\\\\', ''))) return false
  try {
    new RegExp(pattern, 's')
    return false
  } catch (error) {
    return (
      error instanceof SyntaxError &&
      /Unterminated (?:group|character class)|Unmatched|\\ at end|Nothing to repeat|out of order/.test(error.message)
    )
  }
}

/** Groups of an ACL capture nothing (PCRE2_NO_AUTO_CAPTURE, src/regex.c), unless they have a name; what refers to one is refused. */
export function refersToNoGroup(pattern: string): boolean {
  return /\\[1-9]/.test(pattern.replaceAll('\\\\', '')) && !/\(\?P?</.test(pattern)
}

/** Builds a replacement: `\1` is what group 1 matched, a backslash before anything else is that character. */
export function replaceGroups(format: string, match: readonly (string | undefined)[]): string {
  return format.replace(/\\(\d|.)/gs, (_, what: string) => (/\d/.test(what) ? (match[Number(what)] ?? '') : what))
}
