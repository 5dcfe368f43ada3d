import type { HaproxyLine } from './text.ts'

/** The section a line stands in, as far as what may stand there differs. */
export type Section = 'frontend' | 'backend' | 'listen' | 'defaults' | 'anonymous defaults'

const NEVER_IN_DEFAULTS = new Set(
  (
    'bind capture declare description dispatch filter force-persist id ignore-persist monitor redirect server server-template stick ' +
    'stick-table use-fcgi-app use-server use_backend'
  ).split(' '),
)
const NEVER_IN_FRONTENDS = new Set(
  'default-server retry-on server server-template tcp-response use-fcgi-app'.split(' '),
)
const ONLY_IN_NAMED_DEFAULTS = new Set(
  'acl http-request http-response http-after-response tcp-request tcp-response'.split(' '),
)
/** How many words must follow at least (configuration.txt 2.6, chapter 4). */
const FEWEST_WORDS: Readonly<Record<string, readonly [count: number, says: string]>> = {
  bind: [1, 'an address'],
  'monitor-uri': [1, 'a URI'],
  cookie: [1, 'the name of a cookie'],
  server: [2, 'a name and an address'],
  'server-template': [3, 'a prefix, a number and an address'],
  use_backend: [1, 'a backend'],
  default_backend: [1, 'a backend'],
  'use-server': [1, 'a server'],
}

/** Why HAProxy refuses such a line in such a section, undefined when it does not, as far as its keyword is modelled. */
export function misplaced(line: HaproxyLine, section: Section): string | undefined {
  const [keyword = '', second = '', third = ''] = line.words.map((word) => word.value)
  const inDefaults = section === 'defaults' || section === 'anonymous defaults'
  if (
    inDefaults &&
    (NEVER_IN_DEFAULTS.has(keyword) || (keyword === 'stats' && (second === 'http-request' || second === 'admin')))
  )
    return `\`${keyword}\` cannot stand in a defaults section`
  if (section === 'anonymous defaults' && ONLY_IN_NAMED_DEFAULTS.has(keyword))
    return `\`${keyword}\` can only stand in a defaults section that has a name`
  if (section === 'frontend' && NEVER_IN_FRONTENDS.has(keyword)) return `a frontend has no \`${keyword}\``
  if (section === 'backend' && keyword === 'declare') return 'a backend declares no captures'
  if (section === 'backend' && keyword === 'tcp-request' && (second === 'connection' || second === 'session'))
    return `\`tcp-request ${second}\` cannot stand in a backend`
  const fewest = FEWEST_WORDS[keyword]
  if (fewest && line.words.length <= fewest[0]) return `\`${keyword}\` needs ${fewest[1]}`
  if (line.words.some((word) => word.variable !== undefined)) return undefined
  if (keyword === 'bind') return wrongPort(second, { optional: false })
  if (keyword === 'server') return wrongPort(third, { optional: true }) ?? wrongWeight(line)
  return undefined
}

function wrongPort(written: string, { optional }: { readonly optional: boolean }): string | undefined {
  for (const address of written.split(',')) {
    if (/^[a-z0-9+]+@|^\/|^\[/.test(address)) continue
    const port = /:([^:]*)$/.exec(address)?.[1]
    if (port === undefined || port === '') {
      if (!optional) return `\`${address}\` has no port`
    } else if (/^\d+$/.test(port) && (Number(port) > 65535 || (!optional && Number(port) === 0)))
      return `${port} is no port`
  }
  return undefined
}

function wrongWeight({ words }: HaproxyLine): string | undefined {
  const weight = words[words.findIndex((word) => word.value === 'weight') + 1]?.value
  const given = words.some((word) => word.value === 'weight') && weight !== undefined && /^\d+$/.test(weight)
  return given && Number(weight) > 256 ? `a weight is 256 at most, not ${weight}` : undefined
}
