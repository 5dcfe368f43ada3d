import { BACKSLASH, DOUBLE, endOfPlain, endsWord, isBlank, LINE_END, SINGLE, SPACE, skipBlanks } from './characters.ts'

/** The words from a place on to the end of their line, where the line is known to be a simple one. */
export function simpleWords(text: string, from: number): readonly string[] {
  const words: string[] = []
  let at = skipBlanks(text, from)
  for (;;) {
    const code = text.charCodeAt(at)
    if (!(code > SPACE) && (code === LINE_END || Number.isNaN(code))) return words
    const end = code === DOUBLE ? text.indexOf('"', at + 1) : endOfPlain(text, at)
    words.push(code === DOUBLE ? text.slice(at + 1, end) : text.slice(at, end))
    at = skipBlanks(text, code === DOUBLE ? end + 1 : end)
  }
}

/** The first of those words. */
export function simpleWord(text: string, from: number): string | undefined {
  const at = skipBlanks(text, from)
  const code = text.charCodeAt(at)
  if (code === DOUBLE) return text.slice(at + 1, text.indexOf('"', at + 1))
  return code === LINE_END || Number.isNaN(code) ? undefined : text.slice(at, endOfPlain(text, at))
}

/** Behind the end of a line that holds only plain words and simple quotes from here on, otherwise -1. */
export function endOfSimpleLine(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code > SINGLE) {
      if (code === BACKSLASH) return -1
      at += 1
    } else if (code === LINE_END) return at + 1
    else if (code === DOUBLE) {
      if (!isBlank(text.charCodeAt(at - 1))) return -1
      for (at += 1; text.charCodeAt(at) !== DOUBLE; at += 1) {
        const inside = text.charCodeAt(at)
        if (inside === BACKSLASH || inside === LINE_END || Number.isNaN(inside)) return -1
      }
      at += 1
      if (!endsWord(text.charCodeAt(at))) return -1
    } else if (code === SINGLE) return -1
    else if (Number.isNaN(code)) return at
    else at += 1
  }
}
