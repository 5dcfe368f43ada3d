import type { Problem } from '../evidence/problem.ts'
import { type Refusal, refuse } from '../evidence/refusal.ts'
import { rememberFew } from '../flow/remember.ts'
import { readFortigate } from '../fortigate/config.ts'
import type { FortiDevice } from '../fortigate/model.ts'
import { readHaproxy } from '../haproxy/config.ts'
import type { HaproxyDevice } from '../haproxy/model.ts'
import { type RunningHaproxy, readRunningHaproxy } from '../haproxy/running-process.ts'
import type { Edge } from '../policy/edge.ts'
import type { Service } from '../policy/schema.ts'

const MOST_REMEMBERED = 8
const fortigates = rememberFew<FortiDevice>(MOST_REMEMBERED)
const haproxies = rememberFew<HaproxyDevice>(MOST_REMEMBERED)

/** Both doors of one edge, read: the FortiGate that the outside meets and the HAProxy behind it. */
export type Doors = { readonly outer: FortiDevice; readonly inner: HaproxyDevice }

/** A configuration to read instead of the declared one: what is live, or what a change would make of it. */
export type Replacement = {
  readonly file: string
  readonly text: string
  /** The same, when somebody has read it already. */
  readonly read?: FortiDevice | undefined
  /** Map and pattern files as the configuration names them; absent: those of the repository. */
  readonly files?: ReadonlyMap<string, string>
  /** Those files as they lie on disk, where a running HAProxy holds others. */
  readonly written?: ReadonlyMap<string, string>
  /** What a running HAProxy holds besides its file. */
  readonly running?: RunningHaproxy
}

/**
 * The doors as the repository declares them, or as `instead` has them (device id → text). Where there are several devices of a
 * kind, the pair is the one that holds the service's VIP and its frontend.
 */
export function readDoors(
  edge: Edge,
  service?: Service,
  instead: ReadonlyMap<string, Replacement> = new Map(),
): Doors | Refusal {
  const outers = edge.devices
    .filter((device) => device.kind === 'fortigate')
    .map((device) => {
      const { file, text, read }: Replacement = instead.get(device.id) ?? device
      if (read) return read
      const identity = { id: device.id, vdom: device.vdom, timezone: edge.catalog.timezone }
      return fortigates([...Object.values(identity), file, text], () => readFortigate(identity, file, text))
    })
  const inners = edge.devices
    .filter((device) => device.kind === 'haproxy')
    .map((device) => {
      const { file, text, files, running }: Replacement = instead.get(device.id) ?? device
      return readInner(device.id, file, text, files ?? filesBeside(edge), running)
    })
  const outer = outers.find((device) => service && holdsVip(device, service.entry.vip)) ?? outers[0]
  const inner = inners.find((device) => service && holdsFrontend(device, service.route.frontend)) ?? inners[0]
  if (!outer) return refuse('NO_OUTER_DOOR', missing('FortiGate', '.conf'))
  if (!inner) return refuse('NO_INNER_DOOR', missing('HAProxy', '.cfg'))
  return { outer, inner }
}

/** A running HAProxy's file alone, and its process beside it; undefined where that could not be asked. */
export function readRunning(
  id: string,
  seen: Replacement | undefined,
): { readonly file: HaproxyDevice; readonly process: RunningHaproxy } | undefined {
  if (seen?.running === undefined) return undefined
  const { file, text, written = new Map(), running } = seen
  const { version } = running
  // The same release on both sides, or the release itself would look like a difference.
  const read = haproxies([id, file, text, version, ...[...written].flat()], () =>
    readHaproxy({ id }, file, text, written, { version }),
  )
  return { file: read, process: running }
}

function readInner(
  id: string,
  file: string,
  text: string,
  files: ReadonlyMap<string, string>,
  running?: RunningHaproxy,
): HaproxyDevice {
  return haproxies([id, file, text, running, ...[...files].flat()], () =>
    running ? readRunningHaproxy({ id }, file, text, files, running) : readHaproxy({ id }, file, text, files),
  )
}

/** The first thing so wrong in a door's configuration that its meaning is not certain; undefined when both can be relied on. */
export function brokenLine(doors: Doors): Problem | undefined {
  const outer = doors.outer.problems.filter((problem) => problem.severity === 'error')
  return [...outer, ...doors.inner.fatal][0]
}

/** Map and pattern files as HAProxy names them: by their path beside the configuration. */
export function filesBeside(edge: Edge): ReadonlyMap<string, string> {
  const folder = 'policies/devices/'
  return new Map(
    [...edge.files].flatMap(([path, text]) => (path.startsWith(folder) ? [[path.slice(folder.length), text]] : [])),
  )
}

function holdsVip(device: FortiDevice, name: string): boolean {
  return [...device.vdoms.values()].some((vdom) => vdom.vips.some((vip) => vip.name === name))
}

function holdsFrontend(device: HaproxyDevice, name: string): boolean {
  return device.proxies.some((proxy) => proxy.name === name && proxy.kind !== 'backend')
}

function missing(kind: string, ending: string): string {
  return `The edge repository declares no ${kind}: policies/devices/<id>${ending} is missing or not named in catalog.yaml.`
}
