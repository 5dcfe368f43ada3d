import type { MatchMethod } from '../model.ts'

/** Shorter lists are quicker tried one by one. */
const SHORTEST = 16

/**
 * Tells whether a text matches one of many patterns, in time that does not grow with their number: parts of the text are looked up, of
 * each length that a pattern has. Undefined where trying them one by one is as quick, or what the method compares is no part of the text.
 */
export function indexTexts(
  method: MatchMethod,
  patterns: readonly string[],
  delimiters: string | undefined,
): ((text: string) => boolean) | undefined {
  if (patterns.length < SHORTEST) return undefined
  const known = new Set(patterns)
  const lengths = [...new Set(patterns.map(({ length }) => length))].sort((a, b) => a - b)
  switch (method) {
    case 'beg':
      return (text) => lengths.some((length) => length <= text.length && known.has(text.slice(0, length)))
    case 'end':
      return (text) => lengths.some((length) => length <= text.length && known.has(text.slice(text.length - length)))
    case 'sub':
      return (text) => lengths.some((length) => hasPart(text, length, known))
    case 'dir':
    case 'dom':
      return delimiters === undefined ? undefined : (text) => hasWords(text, known, lengths.at(-1) ?? 0, delimiters)
    default:
      return undefined
  }
}

function hasPart(text: string, length: number, known: ReadonlySet<string>): boolean {
  for (let at = 0; at + length <= text.length; at++) if (known.has(text.slice(at, at + length))) return true
  return false
}

/** Whether words between delimiters, one or several in a row, are a pattern; `known` are without delimiters at their ends. */
function hasWords(text: string, known: ReadonlySet<string>, longest: number, delimiters: string): boolean {
  const isEdge = (at: number) => at < 0 || at >= text.length || delimiters.includes(text[at] ?? '')
  for (let from = 0; from < text.length; from++) {
    if (!isEdge(from - 1) || isEdge(from)) continue
    for (let to = from + 1; to <= text.length && to - from <= longest; to++)
      if (isEdge(to) && known.has(text.slice(from, to))) return true
  }
  return false
}
