/**
 * Other people's text inside GitHub's markdown, as text: code is the only place where GitHub makes no mentions, links, issue
 * references, closing keywords or HTML of it (github.github.com/gfm, sections 4.5 and 6.3).
 */
export function fence(text: string, language = 'text'): string {
  const shown = showHidden(text.replace(/\r\n?/g, '\n'))
  const mark = '`'.repeat(Math.max(3, longestRun(shown) + 1))
  return `${mark}${language}\n${shown}\n${mark}`
}

/**
 * A sentence as plain text where GitHub would read nothing into it, else as code. Not for the beginning of a line.
 */
export function sentence(text: string): string {
  const harmless = /^\p{L}(?:[\p{L}\p{N} ,.:;()/+→−'-]|& )*$/u.test(text)
  // www.x and //x become links, :x: a picture, seven hexadecimal digits a commit, GH-1 an issue.
  const read = /www\.|\/\/|:[a-z+_-]|\b[0-9a-f]{7,40}\b|\bGH-\d/i.test(text)
  return harmless && !read ? text : inlineCode(text)
}

/** The text, or its beginning and how much is missing. */
export function clip(text: string, most: number): string {
  if (text.length <= most) return text
  const kept = [...text.slice(0, most)].slice(0, -1).join('')
  return `${kept}… (${text.length - kept.length} more characters)`
}

/** One line of somebody's text for running text or a table cell. */
export function inlineCode(text: string): string {
  const line = showHidden(text).replace(/\s+/g, ' ').trim()
  if (line === '') return '–'
  // A cell of a table ends at a bar even inside code (GFM 4.10), and a backslash before it would be text of its own.
  if (line.includes('|')) return `<code>${htmlText(line)}</code>`
  const mark = '`'.repeat(longestRun(line) + 1)
  const gap = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return `${mark}${gap}${line}${gap}${mark}`
}

/** Text for between HTML tags: everything that markdown or HTML could read as more than a letter becomes a character reference. */
export function htmlText(text: string): string {
  const line = showHidden(text).replace(/\s+/g, ' ')
  return line.replace(/[^\p{L}\p{N} /,+−-]/gu, (character) => `&#${character.codePointAt(0)};`)
}

/** Plain words for a title: no line breaks, and nothing that GitHub would notify or close. */
export function titleText(text: string): string {
  return showHidden(text)
    .replace(/\s+/g, ' ')
    .replace(/([@#])(?=\w)/g, '$1 ')
    .replace(/\b(GH)-(?=\d)/gi, '$1 ')
    .trim()
}

/**
 * Makes invisible characters visible: control characters, and those that reorder or hide what stands around them, so that what
 * a reviewer reads is what is there (Unicode Technical Report 36, section 2.5).
 */
function showHidden(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) => {
    if (character === '\n' || character === '\t') return character
    return `\\u{${character.codePointAt(0)?.toString(16)}}`
  })
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}
