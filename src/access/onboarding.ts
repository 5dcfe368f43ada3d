import { createHash } from 'node:crypto'
import { openedBy } from '../edge/blast-radius.ts'
import { brokenLine, readDoors } from '../edge/doors.ts'
import { findEntry, mappedTarget } from '../edge/entry.ts'
import { printProblem } from '../evidence/problem.ts'
import { type Refusal, refuse } from '../evidence/refusal.ts'
import { flowsWhere, NOTHING } from '../flow/flow-set.ts'
import { printIpSet } from '../flow/ip-set.ts'
import { numbers } from '../flow/values.ts'
import { vdomOf } from '../fortigate/config.ts'
import type { FortiDevice } from '../fortigate/model.ts'
import { compileHaproxyService, type InnerService } from '../haproxy/compile-service.ts'
import { printHaproxyText } from '../haproxy/text.ts'
import type { Edge } from '../policy/edge.ts'
import { printService } from '../policy/print-service.ts'
import { readEdge } from '../policy/read.ts'
import type { Service } from '../policy/schema.ts'
import type { Onboarding } from './change.ts'
import { coverageOf, type Proof, witnessOf } from './proof.ts'

/** The files of a service that is not there yet: its own, and HAProxy's with a route, a backend and a guard that lets nobody in. */
export function compileOnboarding(edge: Edge, service: Service): Onboarding | Refusal {
  const path = `policies/services/${service.id}.yaml`
  if (edge.files.has(path)) return refuse('SERVICE_EXISTS', `${path} is there already, so ${service.name} is not new.`)
  const before = readDoors(edge, service)
  if ('ok' in before) return before
  const broken = brokenLine(before)
  if (broken) {
    return refuse(
      'BROKEN_DEVICE_FILE',
      `${broken.file}:${broken.line} is not right (${broken.message}), so I cannot prove a change to it. Please mend that line first.`,
    )
  }
  const by = routeBy(before.outer, service)
  if ('ok' in by) return by
  const { frontend, backend } = service.route
  const { servers, stickiness } = service
  const inner = compileHaproxyService(before.inner, { service: service.id, frontend, backend, servers, stickiness, by })
  if (!inner.ok) return inner
  const after = readDoors(edge, service, new Map([[before.inner.id, { file: before.inner.file, text: inner.text }]]))
  if ('ok' in after) return after
  const entry = findEntry(after, service)
  if ('ok' in entry) return entry
  const edits = [
    { path, label: 'policy', before: '', after: printService(service) },
    { path: before.inner.file, label: before.inner.id, before: printHaproxyText(before.inner.text), after: inner.text },
  ]
  const written = readEdge(new Map([...edge.files, ...edits.map((edit) => [edit.path, edit.after] as const)]))
  const [wrong] = written.problems.filter((problem) => problem.file === path && problem.severity === 'error')
  if (wrong) return refuse('NOT_A_SERVICE', `The new file would not be right: ${printProblem(wrong)}`)
  const outer = [`${before.outer.id} needs no change: ${entry.vip.says} leads to HAProxy already.`]
  return { action: 'onboard', service, entry, edits, before, after, says: { outer, inner: inner.says } }
}

/**
 * Proves that setting up a service changes nobody's access: over the whole of both doors nothing opens, nothing closes, and nothing
 * newly hangs on an unknown. A request that got no server before and gets none now may be refused in other words.
 */
export function proveOnboarding(change: Onboarding, asOf: number): Proof {
  const radius = openedBy(change.before, change.after, flowsWhere({ at: numbers([asOf, 2 ** 40]) }))
  const moved = [...radius.opens, ...radius.closes]
  const depends = [...new Set(moved.flatMap((one) => one.depends ?? []))]
  const verdict =
    depends.length > 0
      ? 'unproved'
      : radius.opens.length > 0
        ? 'too-wide'
        : radius.closes.length > 0
          ? 'closes-something'
          : 'exact'
  const { access: _nobody, ...meaning } = change.service
  const { external, mapped, mappedPort } = change.entry
  const where = [printIpSet(external), printIpSet(mapped), mappedPort]
  const digest = createHash('sha256')
    .update(`onboard ${verdict} ${JSON.stringify([meaning, where])}`)
    .digest('hex')
  return {
    asOf,
    verdict,
    radius,
    opens: NOTHING,
    extra: radius.opens,
    closes: radius.closes,
    before: { open: NOTHING, because: [] },
    missing: NOTHING,
    stillRefused: [],
    forbidden: [],
    depends,
    ...witnessOf(moved, change.after),
    coverage: coverageOf(change),
    digest: digest.slice(0, 32),
  }
}

/** A service without a host name is told apart by the address and port where its VIP leads. */
function routeBy(outer: FortiDevice, service: Service): InnerService['by'] | Refusal {
  const { hosts, health, entry } = service
  if (hosts.length > 0)
    return { kind: 'host', hosts, ...(health?.path === undefined ? {} : { healthPath: health.path }) }
  const vip = vdomOf(outer)?.vips.find((one) => one.name === entry.vip)
  const target = vip && mappedTarget(vip, entry.port)
  if (!target)
    return refuse('NO_VIP', `${outer.file} has no VIP "${entry.vip}" that leads tcp/${entry.port} to one address.`)
  const [address = ''] = printIpSet(target.mapped)
  return { kind: 'port', address, port: target.mappedPort }
}
