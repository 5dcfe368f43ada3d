import type { HaproxyLine } from '../text.ts'

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
/** Why HAProxy refuses such a line in such a section, undefined when it does not, as far as its keyword is modelled. */
export function misplaced(line: HaproxyLine, section: Section): string | undefined {
  const keyword = line.words[0]?.value ?? ''
  const second = line.words[1]?.value ?? ''
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
  return undefined
}
