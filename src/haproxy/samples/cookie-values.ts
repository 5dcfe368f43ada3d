/**
 * Every value of a cookie on one Cookie line, or of all when it has no name, as fetches see it (http_extract_cookie_value, src/http.c): parted by `;` and `,` outside
 * quotes, and the scan ends too early for an empty value at the end of the line.
 */
export function cookieValues(line: string, name: string): string[] {
  const values: string[] = []
  let next = -1
  for (let start = 0; start + name.length + 1 < line.length; start = next + 1) {
    while (start < line.length && BLANK.test(line[start] ?? '')) start++
    let equal = start
    while (equal < line.length && !'=;,'.includes(line[equal] ?? '')) equal++
    next = line[equal] === '=' ? cookieEnd(line, equal + 1) : equal
    const own = line.slice(start, equal).replace(/[ \t]+$/, '')
    if ((name === '' ? !own.startsWith('$') : own === name) && line[equal] === '=')
      values.push(line.slice(equal + 1, next).replace(/^[ \t]+|[ \t]+$/g, ''))
  }
  return values
}

const BLANK = /[ \t]/

function cookieEnd(line: string, from: number): number {
  let quoted = false
  for (let at = from; at < line.length; at++) {
    const char = line[at] ?? ''
    if (quoted && char === '\\') at++
    else if (char === '"') quoted = !quoted
    else if (!quoted && (char === ';' || char === ',')) return at
  }
  return line.length
}
