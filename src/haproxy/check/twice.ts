import { valueAt, type Words, type Wrong, wrong } from '../grammar/grammar.ts'
import type { HaproxyText } from '../text.ts'

/** Sections of which HAProxy has one of a name (src/cfgparse*.c, 2.6; measured); lists of users may be written twice. */
const ONE_OF_A_NAME = new Set('peers cache mailers http-errors fcgi-app ring program log-forward resolvers'.split(' '))

/** Headers of sections, and name servers, whose name is taken. */
export function namesTwice({
  sections,
  lines,
}: HaproxyText): readonly { readonly line: number; readonly says: string }[] {
  const seen = new Map<string, number>()
  const twice = (key: string, line: number, what: string) => {
    const first = seen.get(key)
    if (first === undefined) seen.set(key, line)
    return first === undefined ? [] : [{ line, says: `there is ${what} at line ${first} already` }]
  }
  return sections.flatMap(({ keyword, name, from, to }) => {
    const header = lines[from]
    if (!ONE_OF_A_NAME.has(keyword) || header?.presence !== 'kept') return []
    const found = twice(`${keyword} ${name}`, header.number, `a \`${keyword} ${name}\``)
    if (keyword !== 'resolvers') return found
    const servers = lines.slice(from + 1, to).flatMap(({ number, words, presence }) => {
      const own = valueAt(words, 1)
      if (presence !== 'kept' || valueAt(words, 0) !== 'nameserver') return []
      return twice(`${keyword} ${name} ${own}`, number, `a name server \`${own}\``)
    })
    return [...found, ...servers]
  })
}

/** Numbers that proxies, and the servers of one, are given by hand: each is given once. */
export function openIdCheck(): (words: Words, proxy: object) => Wrong | undefined {
  const proxies = new Set<number>()
  const servers = new WeakMap<object, Set<number>>()
  return (words, proxy) => {
    const at = valueAt(words, 0) === 'id' ? 0 : words.findIndex((word, index) => index > 2 && word.value === 'id')
    const id = Number(valueAt(words, at + 1))
    if (at < 0 || !Number.isInteger(id) || id < 1) return undefined
    const taken = at === 0 ? proxies : (servers.get(proxy) ?? new Set<number>())
    if (at > 0) servers.set(proxy, taken)
    if (taken.has(id)) return wrong(`the id ${id} is taken`, at + 1)
    taken.add(id)
    return undefined
  }
}

/** Statistics ask for a password or have rules of their own, not both; said of the line that comes second. */
export function openStatsCheck(): (words: Words) => Wrong | undefined {
  let passwords = false
  let rules = false
  return (words) => {
    const what = valueAt(words, 1)
    passwords ||= what === 'auth' || what === 'realm'
    rules ||= what === 'http-request'
    return passwords && rules ? wrong('`stats auth` and `stats http-request` cannot stand in one section') : undefined
  }
}
