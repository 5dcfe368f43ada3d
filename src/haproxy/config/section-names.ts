import type { HaproxyText } from '../text.ts'

/** Sections that are no proxies by keyword and name, and the tables of peers. */
export function sectionNames({ sections }: HaproxyText): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { keyword, name } of sections) if (!PROXIES.has(keyword)) names.add(`${keyword} ${name}`)
  return names
}

const PROXIES = new Set(['frontend', 'backend', 'listen'])

/** The groups of every list of users, as `LIST/GROUP`. */
export function groupsOf(text: HaproxyText): ReadonlySet<string> {
  const groups = new Set<string>()
  for (const { keyword, name, from, to } of text.sections)
    if (keyword === 'userlist')
      for (const { words } of text.lines.slice(from, to))
        if (words[0]?.value === 'group') groups.add(`${name}/${words[1]?.value ?? ''}`)
  return groups
}
