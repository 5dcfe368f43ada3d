/**
 * The patterns of an ACL file: one a line, leading blanks stripped, trailing blanks KEPT (a classic silent miss), `#` only in
 * the very first column a comment, empty lines skipped, CRLF tolerated.
 */
export function readPatternFile(text: string): string[] {
  const patterns: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    const pattern = line.replace(/\r$/, '').replace(/^[ \t\v\f]+/, '')
    if (pattern) patterns.push(pattern)
  }
  return patterns
}

/** A map's entries in file order: key, blanks, value with its trailing blanks trimmed. A key without a value is not usable. */
export function readMapFile(text: string): (readonly [key: string, value: string])[] {
  const entries: (readonly [string, string])[] = []
  for (const line of readPatternFile(text)) {
    const blank = line.search(/[ \t]/)
    const value = blank < 0 ? '' : line.slice(blank).trim()
    if (value) entries.push([line.slice(0, blank), value])
  }
  return entries
}
