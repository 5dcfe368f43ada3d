/** PCRE syntax that JavaScript reads differently or not at all. What uses it is left undecided. */
const DIFFERENT = /\\[AzZGKQERXCNoOpPhHvVaeckg0-9]|\(\?(?!:|=|!)|\[\[:|\[\]|\[\^\]|[*+?}]\+|\(\*|\\x\{|\{,/

/** The regular expression as JavaScript runs it with the same result, or undefined when that is not sure. */
export function readRegex(pattern: string, { fold }: { readonly fold: boolean }): RegExp | undefined {
  if (DIFFERENT.test(pattern.replaceAll('\\\\', ''))) return undefined
  try {
    return new RegExp(pattern, fold ? 'is' : 's')
  } catch {
    return undefined
  }
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

/** Builds a replacement: `\1` is what group 1 matched, a backslash before anything else is that character. */
export function replaceGroups(format: string, match: readonly (string | undefined)[]): string {
  return format.replace(/\\(\d|.)/gs, (_, what: string) => (/\d/.test(what) ? (match[Number(what)] ?? '') : what))
}
