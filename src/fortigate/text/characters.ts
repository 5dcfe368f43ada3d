/** The characters that mean something between words, by their codes. */
const TAB = 9
export const LINE_END = 10
const RETURN = 13
export const SPACE = 32
export const DOUBLE = 34
export const HASH = 35
export const SINGLE = 39
export const BACKSLASH = 92

/** Behind the blanks that stand here. */
export function skipBlanks(text: string, from: number): number {
  let at = from
  while (isBlank(text.charCodeAt(at))) at += 1
  return at
}

/** Behind a word without quotes and escapes. */
export function endOfPlain(text: string, from: number): number {
  let at = from
  while (isPlain(text.charCodeAt(at))) at += 1
  return at
}

/** Whether it may stand in such a word. Past the end of the text the code is NaN, which no comparison holds for. */
export function isPlain(code: number): boolean {
  if (code > SINGLE) return code !== BACKSLASH
  return code >= 0 && code !== LINE_END && !isBlank(code) && code !== DOUBLE && code !== SINGLE
}

/** Whether a word ends before this character, or before the end of the text. */
export function endsWord(code: number): boolean {
  return code === LINE_END || isBlank(code) || Number.isNaN(code)
}

/** Carriage returns are blanks to FortiOS. */
export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB || code === RETURN
}
