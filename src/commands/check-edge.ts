import { brokenLine, type Doors, filesBeside, readDoors } from '../edge/doors.ts'
import { findEntry } from '../edge/entry.ts'
import type { EdgePiece } from '../edge/reach.ts'
import type { Problem } from '../evidence/problem.ts'
import { readFortigate, vdomOf } from '../fortigate/config.ts'
import type { FortiDevice } from '../fortigate/model.ts'
import { type ShadowedPolicy, shadowedPolicies } from '../fortigate/shadowed-policies.ts'
import { readHaproxy } from '../haproxy/config.ts'
import type { DeclaredDevice, Edge } from '../policy/edge.ts'
import { checkGuardrails } from '../policy/guardrails.ts'
import { type AskedAccess, grantMeaning } from '../policy/meaning.ts'
import { type DataPath, readYaml } from '../policy/read-yaml.ts'
import { epochSeconds, sayInstant } from '../policy/say-time.ts'
import type { Service } from '../policy/schema.ts'
import { type AccessFinding, checkDeclaredOpen, checkNobodyElse, everythingThrough } from './check-access.ts'
import { CHECK_PROBLEMS, type CheckProblemCode } from './check-problems.ts'
import { hideIn, openSecretHider } from './hide-secrets.ts'

/** What a check found, and what it could not look at. */
export type EdgeCheck = {
  readonly problems: readonly Problem[]
  readonly grants: number
  /** Services whose access lists could not be compared with the doors, and why. */
  readonly notCompared: readonly { readonly service: string; readonly why: string }[]
}

/** Everything wrong with an edge repository: its files, its devices, and whether the doors let in exactly what its access lists say. */
export function checkEdge(edge: Edge, asOf: number): EdgeCheck {
  const problems: Problem[] = [...edge.problems, ...edge.devices.flatMap((device) => deviceProblems(edge, device))]
  const notCompared: { service: string; why: string }[] = []
  const pairs = new Map<string, Pair | Problem>()
  for (const service of edge.services) {
    const place = openPlaces(edge, service)
    const grants = checkGrants(edge, service, place, asOf)
    problems.push(...grants.problems)
    const pair = pairFor(edge, service, pairs, asOf)
    if ('code' in pair) continue
    const { doors } = pair
    const broken = brokenLine(doors)
    if (broken) {
      notCompared.push({ service: service.id, why: `${broken.file}:${broken.line} is not right` })
      continue
    }
    problems.push(...checkRoute(doors, service, place))
    const entry = findEntry(doors, service)
    if ('ok' in entry) {
      const path = /VIP/.test(entry.reason) ? ['entry'] : ['route']
      problems.push(place(codeOf(entry.reason), path, entry.says))
    } else if (service.client !== 'source') {
      notCompared.push({
        service: service.id,
        why: 'the doors see its clients only as somebody before them names them',
      })
    } else {
      const { timezone } = edge.catalog
      for (const { asked, index } of grants.alive) {
        const finding = checkDeclaredOpen(doors, asked, entry, asOf, timezone)
        if (finding) problems.push(placed(place, finding, 'GRANT_NOT_OPEN', 'GRANT_DEPENDS', ['access', index]))
      }
      // An entry that means nothing certain may be the one that lets somebody in.
      if (grants.unclear) continue
      const others = checkNobodyElse(
        pair.everything(),
        service,
        entry,
        grants.alive.map(({ asked }) => asked),
        asOf,
        timezone,
      )
      for (const finding of others)
        problems.push(placed(place, finding, 'OPEN_TO_OTHERS', 'PERHAPS_OPEN_TO_OTHERS', ['access']))
    }
  }
  problems.push(...[...pairs.values()].filter((pair) => 'code' in pair))
  const grants = edge.services.reduce((sum, service) => sum + service.access.length, 0)
  return { problems: problems.sort(byPlace), grants, notCompared }
}

type Place = (code: CheckProblemCode, path: DataPath, message: string, severity?: Problem['severity']) => Problem

/** Where things stand in the file of a service. */
function openPlaces(edge: Edge, service: Service): Place {
  const file = `policies/services/${service.id}.yaml`
  const read = readYaml(file, edge.files.get(file) ?? '')
  return (code, path, message, severity = 'error') => {
    if (!('yaml' in read)) return { code, file, line: 1, column: 0, message, severity }
    return {
      ...read.yaml.problem('WRONG_VALUE', path, message, { severity, atKey: typeof path.at(-1) === 'string' }),
      code,
    }
  }
}

function placed(
  place: Place,
  finding: AccessFinding,
  sure: CheckProblemCode,
  unsure: CheckProblemCode,
  path: DataPath,
): Problem {
  return finding.unsure ? place(unsure, path, finding.says, 'warning') : place(sure, path, finding.says)
}

function codeOf(reason: string): CheckProblemCode {
  const known = (Object.keys(CHECK_PROBLEMS) as CheckProblemCode[]).find((code) => code === reason)
  if (known === undefined) throw new Error(`the way into a service has no problem code ${reason}`)
  return known
}

/** The doors of a service, read once for all services that share them; what all of them let through, worked out when first asked. */
type Pair = { readonly doors: Doors; readonly everything: () => readonly EdgePiece[] }

function pairFor(edge: Edge, service: Service, pairs: Map<string, Pair | Problem>, asOf: number): Pair | Problem {
  const several = edge.devices.length > 2
  const key = several ? `${service.entry.vip}\n${service.route.frontend}` : ''
  const known = pairs.get(key)
  if (known) return known
  const doors = readDoors(edge, service)
  const pair = 'ok' in doors ? missingDoor(codeOf(doors.reason), doors.says) : openPair(doors, asOf)
  pairs.set(key, pair)
  return pair
}

function missingDoor(code: CheckProblemCode, message: string): Problem {
  return { code, file: 'policies/catalog.yaml', line: 1, column: 0, message, severity: 'error' }
}

function openPair(doors: Doors, asOf: number): Pair {
  let known: readonly EdgePiece[] | undefined
  return {
    doors,
    everything: () => {
      known ??= everythingThrough(doors, asOf)
      return known
    },
  }
}

/** What is wrong in a declared configuration, without the secrets of its lines. */
function deviceProblems(edge: Edge, { id, kind, vdom, file, text }: DeclaredDevice): readonly Problem[] {
  const hide = openSecretHider(kind, text)
  if (kind === 'haproxy')
    return readHaproxy({ id }, file, text, filesBeside(edge)).problems.map((problem) => hideIn(problem, hide))
  const device = readFortigate({ id, vdom, timezone: edge.catalog.timezone }, file, text)
  return [...device.problems, ...shadowProblems(device)].map((problem) => hideIn(problem, hide))
}

/** Policies that look as if they did something and never do: whoever reads them is misled. */
function shadowProblems(device: FortiDevice): readonly Problem[] {
  const meant = vdomOf(device)
  return (meant ? shadowedPolicies(meant) : []).filter(isOdd).map(({ policy, by }) => {
    const others = by.slice(0, MOST_NAMED).map((other) => `${other.id} (line ${other.line})`)
    const more = by.length > MOST_NAMED ? ` and ${by.length - MOST_NAMED} more` : ''
    const message = `policy ${policy.id} never decides anything: all it would match is taken by ${others.join(', ')}${more} above it`
    return { code: 'POLICY_SHADOWED', file: device.file, line: policy.line, column: 0, message, severity: 'warning' }
  })
}
const MOST_NAMED = 3

/** Grants to two services behind one VIP are let in by the firewall alike; each has its own policy, so that each can be taken back. */
function isOdd({ policy, by }: ShadowedPolicy): boolean {
  return !/^sallyport ar-/i.test(policy.comments) || by.some((other) => other.action === 'deny')
}

type Alive = { readonly asked: AskedAccess; readonly index: number }

/** What each entry of an access list means, and what the guardrails have against it. */
function checkGrants(
  edge: Edge,
  service: Service,
  place: Place,
  asOf: number,
): { readonly problems: readonly Problem[]; readonly alive: readonly Alive[]; readonly unclear: boolean } {
  const problems: Problem[] = []
  const alive: Alive[] = []
  let unclear = false
  for (const [index, grant] of service.access.entries()) {
    const path = ['access', index]
    if (grant.until !== undefined && epochSeconds(grant.until) < asOf) {
      const end = sayInstant(epochSeconds(grant.until), edge.catalog.timezone)
      problems.push(place('GRANT_OVER', path, `this entry ended on ${end} and can be taken out`, 'warning'))
      continue
    }
    const asked = grantMeaning(edge, service, grant)
    if ('ok' in asked) {
      unclear = true
      problems.push(place('GRANT_UNCLEAR', path, asked.says))
      continue
    }
    alive.push({ asked, index })
    for (const { reason, says } of checkGuardrails(edge, service, grant, asked, new Date(asOf * 1000))) {
      // Access without an end is not asked for; whoever writes it here by hand has it reviewed.
      if (reason === 'STANDING' || reason === 'GUARDRAILS_UNREADABLE') continue
      if (reason === 'TOO_LONG') problems.push(place('GRANT_TOO_LONG', path, says, 'warning'))
      else problems.push(place('AGAINST_GUARDRAIL', path, says))
    }
  }
  return { problems, alive, unclear }
}

/** The backend that a service names, and whether its servers are those of the service file. */
function checkRoute({ inner }: Doors, service: Service, place: Place): readonly Problem[] {
  const { backend } = service.route
  const found = inner.proxies.find(({ name, kind }) => name === backend && kind !== 'frontend')
  if (!found)
    return [
      place(
        'NO_BACKEND',
        ['route'],
        `${inner.file} has no backend "${backend}", which ${service.name} names as its route.`,
      ),
    ]
  const declared = service.servers.map(({ name }) => name)
  const own = found.servers.map(({ name }) => name)
  if (declared.length === 0 || (declared.length === own.length && declared.every((name) => own.includes(name))))
    return []
  const says = `the servers here are ${declared.join(', ')}; those of backend ${backend} (${inner.file}:${found.line}) are ${own.join(', ') || 'none'}`
  return [place('OTHER_SERVERS', ['servers'], says, 'warning')]
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}
