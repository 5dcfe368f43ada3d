import { mayOpen } from '../edge/asked.ts'
import type { Doors } from '../edge/doors.ts'
import type { Entry } from '../edge/entry.ts'
import { owedBy } from '../edge/owed.ts'
import { type EdgePiece, reach } from '../edge/reach.ts'
import { cite, type Trace } from '../evidence/trace.ts'
import {
  compact,
  dimensionsOf,
  type FlowSet,
  flowsWhere,
  forget,
  intersect,
  isEmpty,
  mapDimension,
  NOTHING,
  subtract,
  uniteAll,
} from '../flow/flow-set.ts'
import { printFlows } from '../flow/print-flows.ts'
import { names, numbers } from '../flow/values.ts'
import { vdomOf } from '../fortigate/config.ts'
import type { AskedAccess } from '../policy/meaning.ts'
import { sayInstant } from '../policy/say-time.ts'
import type { Service } from '../policy/schema.ts'

const END_OF_TIME = 2 ** 40

/** One finding about the access of a service; `unsure` when it hangs on something that no configuration decides. */
export type AccessFinding = { readonly says: string; readonly unsure: boolean }

/** What is asked of the doors: everything that can come in by any of the FortiGate's interfaces, from `asOf` on. */
export function everythingThrough(doors: Doors, asOf: number): readonly EdgePiece[] {
  const ports = vdomOf(doors.outer)?.interfaces.keys() ?? []
  return reach(doors, flowsWhere({ at: numbers([asOf, END_OF_TIME]), ingress: names(...ports) }))
}

/** Whether everybody whom this entry lets in gets to the service; undefined when they do. */
export function checkDeclaredOpen(
  doors: Doors,
  asked: AskedAccess,
  entry: Entry,
  asOf: number,
  timezone: string,
): AccessFinding | undefined {
  const { missing, depends, lost } = owedBy(doors, asked, entry, asOf)
  if (isEmpty(missing)) return undefined
  const lines = printShort(missing, asOf, timezone)
  if (depends.length > 0) {
    return { unsure: true, says: `whether ${lines} gets to ${asked.service.name} depends on ${depends.join(' and ')}` }
  }
  const stopping = lost.filter(({ flows }) => !isEmpty(intersect(flows, missing)))
  return {
    unsure: false,
    says: `${lines} does not get to ${asked.service.name}${because(stopping.map((piece) => piece.because.at(-1)))}`,
  }
}

/** Everybody who gets to the service although no entry lets them in, one finding a box. */
export function checkNobodyElse(
  everything: readonly EdgePiece[],
  service: Service,
  entry: Entry,
  granted: readonly AskedAccess[],
  asOf: number,
  timezone: string,
): readonly AccessFinding[] {
  const served = everything.filter((piece) => leadsTo(piece, service))
  const identity = new Set(granted.flatMap(({ headers }) => headers.map(({ name }) => `header:${name}`)))
  const asked = uniteAll(granted.map((one) => seen(mayOpen(one, entry, asOf), identity)))
  return served.flatMap((piece): readonly AccessFinding[] => {
    const extra = compact(subtract(seen(piece.flows, identity), asked))
    if (isEmpty(extra)) return []
    const unknowns = unknownsOf(extra)
    const says = `${printShort(extra, asOf, timezone)} gets to ${service.name}, and no entry lets them in${because([piece.outer.because.at(-1), piece.because.at(-1)])}`
    return unknowns.length === 0
      ? [{ unsure: false, says }]
      : [{ unsure: true, says: `${says}; it depends on ${unknowns.join(' and ')}` }]
  })
}

/** Details of one request that no entry of an access list speaks about. */
const UNSAID = ['sport', 'ingress', 'tls', 'sni', 'host', 'query', 'icmp']

function seen(flows: FlowSet, identity: ReadonlySet<string>): FlowSet {
  const headers = [...dimensionsOf(flows)].filter((name) => name.startsWith('header:') && !identity.has(name))
  return [...UNSAID, ...headers].reduce(forget, flows)
}

function leadsTo(piece: EdgePiece, service: Service): boolean {
  return piece.outcome.kind === 'server' && piece.outcome.backend === service.route.backend
}

function unknownsOf(flows: FlowSet): readonly string[] {
  return [...dimensionsOf(flows)]
    .filter((name) => name.startsWith('unknown:'))
    .map((name) => name.slice('unknown:'.length))
}

function because(traces: readonly (Trace | undefined)[]): string {
  const lines = new Set(traces.flatMap((trace) => (trace ? [cite(trace)] : [])))
  if (lines.size === 0) return ''
  const shown = [...lines].slice(0, 3).join('; ')
  return `, because of ${shown}${lines.size > 3 ? ' and others' : ''}`
}

/** The first lines of a set, without the moment from which everything here is looked at. */
function printShort(flows: FlowSet, asOf: number, timezone: string): string {
  const unknown = [...dimensionsOf(flows)].filter((name) => name.startsWith('unknown:'))
  const plain = mapDimension([...UNSAID, ...unknown].reduce(forget, flows), 'at', (values) =>
    values.kind !== 'number'
      ? values
      : { kind: 'number', ranges: values.ranges.map(([from, to]) => [from <= asOf + 60 ? 0 : from, to] as const) },
  )
  const standing = plain.map((box) => {
    const at = box.get('at')
    if (at?.kind !== 'number' || at.ranges[0]?.[0] !== 0 || at.ranges[0][1] < END_OF_TIME) return box
    const rest = new Map(box)
    rest.delete('at')
    return rest
  })
  const lines = printFlows(standing.length > 0 ? standing : NOTHING, { instant: (at) => sayInstant(at, timezone) })
  return lines.length > 2 ? `${lines.slice(0, 2).join('; ')} and ${lines.length - 2} more` : lines.join('; ')
}
