import type { HaproxyText } from '../text.ts'

/** What is answered instead of an error: by the status that HAProxy means, the one that the page says. */
export type ErrorPages = ReadonlyMap<number, number>

/** The `http-errors` sections of a configuration by name. */
export function readErrorPages(text: HaproxyText, files: ReadonlyMap<string, string>): ReadonlyMap<string, ErrorPages> {
  const sections = new Map<string, Map<number, number>>()
  for (const section of text.sections) {
    if (section.keyword !== 'http-errors') continue
    const pages = sections.get(section.name) ?? new Map<number, number>()
    sections.set(section.name, pages)
    for (const { words, presence } of text.lines.slice(section.from + 1, section.to)) {
      const [keyword, status, path] = words.map((word) => word.value)
      if (keyword === 'errorfile' && presence !== 'dropped')
        pages.set(Number(status), pageStatus(path ?? '', files) ?? Number(status))
    }
  }
  return sections
}

/** A page is sent as it is written, its status line included; undefined when the file was not given or has none. */
export function pageStatus(path: string, files: ReadonlyMap<string, string>): number | undefined {
  const status = /^HTTP\/\d(?:\.\d)? (\d{3})\b/.exec(files.get(path) ?? '')?.[1]
  return status === undefined ? undefined : Number(status)
}
