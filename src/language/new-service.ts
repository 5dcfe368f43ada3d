import type { Intent } from './intent.ts'
import type { Reading } from './interpret.ts'
import type { Item } from './items.ts'
import type { Doubt, Roles } from './settle.ts'

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/

/** "Onboard a new service called kiosk at kiosk.corp.example, port 443, backends 10.50.9.1:8080, owned by platform." */
export function readNewService(items: readonly Item[], text: string, roles: Roles): Reading {
  const folded = text.toLowerCase()
  const hosts = [
    ...new Set(
      items.flatMap((item) => (item.is === 'literal' && item.literal.is === 'host' ? [item.literal.host] : [])),
    ),
  ]
  const name = newName(folded, hosts)
  const backends = readBackends(items)
  // A service called "ldap" is not for that reason at the port of LDAP.
  const isName = ({ at, to }: Item) => name !== undefined && folded.slice(at, to) === name
  const backendPlaces = new Set(backends.flatMap(({ items: places }) => places))
  const ports = items.flatMap((item, index) =>
    item.is === 'literal' && item.literal.is === 'port' && !backendPlaces.has(index) && !isName(item)
      ? item.literal.ports
      : [],
  )
  const owner = roles.subjects.find(({ type }) => type === 'group')?.id
  const environment = /\b(production|prod|staging|stage|test|testing|development|dev)\b/.exec(
    withoutNames(folded, [...hosts, name ?? '']),
  )?.[1]
  const newService: NonNullable<Intent['newService']> = {
    ...(name === undefined ? {} : { name }),
    ...(hosts.length > 0 ? { hosts } : {}),
    ...(ports.length > 0 ? { ports: [...new Set(ports)] } : {}),
    ...(owner === undefined ? {} : { owner }),
    ...(environment === undefined ? {} : { environment: LONG_NAMES[environment] ?? environment }),
    ...(backends.length > 0 ? { backends: backends.map(({ backend }) => backend) } : {}),
    ...howItRuns(text),
  }
  const doubts: Doubt[] = []
  if (name === undefined) doubts.push({ slot: 'name', why: 'missing' })
  if (hosts.length === 0 && !PLAIN_TCP.test(folded)) doubts.push({ slot: 'host', why: 'missing' })
  if (ports.length === 0) doubts.push({ slot: 'port', why: 'missing' })
  return { intent: { kind: 'onboard-service', newService }, doubts }
}

/** "A plain TCP service" is told apart by its port; it needs no host name. */
const PLAIN_TCP = /\b(?:plain|raw|pure) tcp\b|\btcp (?:service|mode|only)\b|\bmode tcp\b/

/** Health check, stickiness and the way in, each only where it is said in so many words. */
function howItRuns(text: string): Pick<NonNullable<Intent['newService']>, 'health' | 'stickiness' | 'door'> {
  const health = /\bhealth(?:[ -]?checks?)?(?: (?:path|is|at|on|under|by|url|with|get))*:?\s+(\/[^\s,;]*)/i.exec(
    text,
  )?.[1]
  const folded = text.toLowerCase()
  const sticky = /\bstick(?:y|iness)\b[^.;]{0,40}/.exec(folded)?.[0] ?? ''
  const stickiness = /\bcookies?\b/.test(sticky)
    ? ('cookie' as const)
    : /\b(?:source|address|ip)\b/.test(sticky)
      ? ('source' as const)
      : undefined
  const door = /\b(?:frontend|vip)\s+([A-Za-z0-9_.:-]*[A-Za-z0-9])/i.exec(text)?.[1]
  return {
    ...(health === undefined ? {} : { health: health.replace(/[.:!?]+$/, '') }),
    ...(stickiness === undefined ? {} : { stickiness }),
    ...(door === undefined ? {} : { door }),
  }
}

const LONG_NAMES: Readonly<Record<string, string>> = {
  prod: 'production',
  stage: 'staging',
  testing: 'test',
  dev: 'development',
}

/** "shop-staging.corp.example" says nothing about where the service runs. */
function withoutNames(folded: string, names: readonly string[]): string {
  return names.filter(Boolean).reduce((text, name) => text.replaceAll(name, ' '), folded)
}

/** A name said to be one. Anything that is not a plain id is asked for again; it is never trimmed into one. */
function newName(folded: string, hosts: readonly string[]): string | undefined {
  const said =
    /\b(?:called|named|name is|name:|genannt|namens|llamad[oa]|appelee?)\s+(\S+)/.exec(folded)?.[1] ??
    /\b(?:service|app|application|site|dienst|servicio):?\s+(?!called|named|at|on|for|with|in|to|under|from|behind|that|please|namens|genannt)(\S+)/.exec(
      folded,
    )?.[1] ??
    /\b(?:onboard|register|publish)\s+(?!a\b|an\b|the\b|our\b|my\b|new\b)(\S+)/.exec(folded)?.[1]
  // Marks inside a word are part of it: "kiosk;reboot" is no name, and "kiosk" was not said.
  const name = said?.replace(/[.,;:!?]+$/, '')
  return name !== undefined && NAME.test(name) && !hosts.includes(name) ? name : undefined
}

/** Addresses with their ports: `10.50.9.1:8080`. */
function readBackends(
  items: readonly Item[],
): readonly { readonly backend: string; readonly items: readonly number[] }[] {
  return items.flatMap((item, index) => {
    if (item.is !== 'literal' || item.literal.is !== 'cidr' || !/\/(?:32|128)$/.test(item.literal.cidr)) return []
    const address = item.literal.cidr.replace(/\/\d+$/, '')
    const next = items[index + 1]
    const port =
      next?.is === 'literal' && next.literal.is === 'port' && next.at === item.to
        ? next.literal.ports[0]?.replace('tcp/', '')
        : undefined
    return [
      {
        backend: port === undefined ? address : `${address}:${port}`,
        items: port === undefined ? [index] : [index, index + 1],
      },
    ]
  })
}
