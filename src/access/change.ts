import { brokenLine, type Doors, readDoors } from '../edge/doors.ts'
import { type Entry, findEntry } from '../edge/entry.ts'
import { innerIsOpen, outerIsOpen } from '../edge/owed.ts'
import { type Refusal, refuse } from '../evidence/refusal.ts'
import { ANY_IP, equalIp, type IpSet } from '../flow/ip-set.ts'
import { compileFortigateGrant } from '../fortigate/compile.ts'
import type { FortiDevice } from '../fortigate/model.ts'
import { removeFortigateGrant } from '../fortigate/remove-grant.ts'
import { compileHaproxyGrant, removeHaproxyGrant } from '../haproxy/compile.ts'
import { printHaproxyText } from '../haproxy/text.ts'
import type { Edge } from '../policy/edge.ts'
import { addGrant, removeGrant } from '../policy/edit.ts'
import { checkGuardrails } from '../policy/guardrails.ts'
import { type AskedAccess, grantMeaning } from '../policy/meaning.ts'
import type { Grant, Service } from '../policy/schema.ts'

/** One file of a change, whole, before and after. */
export type FileEdit = {
  readonly path: string
  /** The device's id, or `policy`. */
  readonly label: string
  readonly before: string
  readonly after: string
}

/** An edited policy plus both device edits. A proposal: nothing follows from it before it is proved and approved. */
export type Change = GrantChange | Onboarding
/** A grant that is added or taken away. */
export type GrantChange = Edited & {
  readonly action: 'grant' | 'revoke'
  readonly grant: Grant
  readonly asked: AskedAccess
}
/** A service that is set up, and open to nobody. */
export type Onboarding = Edited & { readonly action: 'onboard' }
type Edited = {
  readonly service: Service
  readonly entry: Entry
  readonly edits: readonly FileEdit[]
  readonly before: Doors
  readonly after: Doors
  /** What the compiler of each door did and why. */
  readonly says: { readonly outer: readonly string[]; readonly inner: readonly string[] }
}

/** What to edit so that `grant` holds for `service` on both doors, as little as possible; or why that cannot be. */
export function compileChange(edge: Edge, service: Service, grant: Grant, asOf: number): GrantChange | Refusal {
  const ground = readGround(edge, service, grant)
  if ('ok' in ground) return ground
  const { asked, entry, doors } = ground
  if (service.client !== 'source') return refuse('CLIENT_BY_HEADER', clientByHeader(service))
  const [forbidden] = checkGuardrails(edge, service, grant, asked, new Date(asOf * 1000))
  if (forbidden) return forbidden

  const outer = compileOuter(edge, ground, grant, asOf)
  if (!outer.ok) return outer
  const inner = compileInner(ground, grant, asOf)
  if (!inner.ok) return inner
  if (outer.text === doors.outer.text.text && inner.text === printHaproxyText(doors.inner.text)) {
    return {
      action: 'grant',
      service,
      grant,
      asked,
      entry,
      edits: [],
      before: doors,
      after: doors,
      says: { outer: outer.says, inner: inner.says },
    }
  }
  return changeOf('grant', edge, service, grant, ground, addGrant(ground.policyText, grant), outer, inner)
}

/** The edits that take one grant away again and leave everything that others use. */
export function compileRevocation(edge: Edge, service: Service, grant: Grant): GrantChange | Refusal {
  const request = grant.request
  if (request === undefined) {
    return refuse(
      'UNNAMED_GRANT',
      `This entry of ${service.name} carries no request id, so I cannot tell which lines are its own. Please edit its file by hand.`,
    )
  }
  const ground = readGround(edge, service, grant)
  if ('ok' in ground) return ground
  const outer = removeFortigateGrant(ground.doors.outer, request)
  if (!outer.ok) return outer
  const inner = removeHaproxyGrant(ground.doors.inner, request)
  if (!inner.ok) return inner
  return changeOf('revoke', edge, service, grant, ground, removeGrant(ground.policyText, request), outer, inner)
}

type Ground = {
  readonly asked: AskedAccess
  readonly entry: Entry
  readonly doors: Doors
  readonly policyPath: string
  readonly policyText: string
}
/** People whom only identity tells apart may come from anywhere, which at an IPv4 door means any IPv4 address. */
function ofFamily(sources: IpSet, external: IpSet): IpSet {
  const anywhere = equalIp(sources, ANY_IP)
  return anywhere
    ? { v4: external.v4.length > 0 ? sources.v4 : [], v6: external.v6.length > 0 ? sources.v6 : [] }
    : sources
}

type Compiled = {
  readonly ok: true
  readonly text: string
  readonly says: readonly string[]
  readonly after?: FortiDevice
}

/** What any change to a service needs to be known first: what the grant means, and doors whose text can be relied on. */
function readGround(edge: Edge, service: Service, grant: Grant): Ground | Refusal {
  const asked = grantMeaning(edge, service, grant)
  if ('ok' in asked) return asked
  const doors = readDoors(edge, service)
  if ('ok' in doors) return doors
  const broken = brokenLine(doors)
  if (broken) {
    return refuse(
      'BROKEN_DEVICE_FILE',
      `${broken.file}:${broken.line} is not right (${broken.message}), so I cannot prove a change to it. Please mend that line first.`,
    )
  }
  const entry = findEntry(doors, service)
  if ('ok' in entry) return entry
  const policyPath = `policies/services/${service.id}.yaml`
  const policyText = edge.files.get(policyPath)
  if (policyText === undefined) return refuse('NO_SERVICE_FILE', `${policyPath} is not in the repository.`)
  return { asked: { ...asked, sources: ofFamily(asked.sources, entry.external) }, entry, doors, policyPath, policyText }
}

function changeOf(
  action: GrantChange['action'],
  edge: Edge,
  service: Service,
  grant: Grant,
  { asked, entry, doors, policyPath, policyText }: Ground,
  policyAfter: string,
  outer: Compiled,
  inner: Compiled,
): GrantChange | Refusal {
  const edits = [
    { path: policyPath, label: 'policy', before: policyText, after: policyAfter },
    { path: doors.outer.file, label: doors.outer.id, before: doors.outer.text.text, after: outer.text },
    { path: doors.inner.file, label: doors.inner.id, before: printHaproxyText(doors.inner.text), after: inner.text },
  ].filter((edit) => edit.before !== edit.after)
  const after = readDoors(
    edge,
    service,
    new Map([
      [doors.outer.id, { file: doors.outer.file, text: outer.text, read: outer.after }],
      [doors.inner.id, { file: doors.inner.file, text: inner.text }],
    ]),
  )
  if ('ok' in after) return after
  return {
    action,
    service,
    grant,
    asked,
    entry,
    edits,
    before: doors,
    after,
    says: { outer: outer.says, inner: inner.says },
  }
}

function compileOuter(edge: Edge, { asked, entry, doors }: Ground, grant: Grant, asOf: number): Compiled | Refusal {
  if (outerIsOpen(doors, asked, entry, asOf)) {
    return {
      ok: true,
      text: doors.outer.text.text,
      says: [`${doors.outer.id} already lets these sources through.`],
    }
  }
  return compileFortigateGrant(doors.outer, {
    request: requestOf(grant),
    service: asked.service.id,
    vip: asked.service.entry.vip,
    sources: asked.sources,
    groups: asked.fortigateGroups,
    ports: asked.ports,
    ...(asked.from === undefined ? {} : { from: asked.from }),
    ...(asked.until === undefined ? {} : { until: asked.until }),
    note: noteOf(grant),
    protectedDenies: edge.guardrails.protectedDenies,
  })
}

function compileInner({ asked, entry, doors }: Ground, grant: Grant, asOf: number): Compiled | Refusal {
  if (innerIsOpen(doors, asked, entry, asOf)) {
    return {
      ok: true,
      text: printHaproxyText(doors.inner.text),
      says: [`${doors.inner.id} already lets these sources in.`],
    }
  }
  const { service } = asked
  return compileHaproxyGrant(doors.inner, {
    request: requestOf(grant),
    service: service.id,
    frontend: service.route.frontend,
    backend: service.route.backend,
    sources: asked.sources,
    headers: asked.headers,
    ...(asked.methods === undefined ? {} : { methods: asked.methods }),
    ...(asked.paths === undefined ? {} : { paths: asked.paths }),
    ...(asked.from === undefined ? {} : { from: asked.from }),
    ...(asked.until === undefined ? {} : { until: asked.until }),
  })
}

function clientByHeader(service: Service): string {
  const how = service.client === 'x-forwarded-for' ? 'in a header from the proxy before it' : 'in a PROXY header'
  return `${service.name} learns the client's address ${how}, so the firewall never sees it and I cannot yet prove a grant for it. Please ask its owner.`
}

function requestOf(grant: Grant): string {
  if (grant.request === undefined) throw new Error('a grant that is compiled carries its request id')
  return grant.request
}

function noteOf(grant: Grant): string {
  return [grant.ticket, grant.reason].filter(Boolean).join(' ')
}
