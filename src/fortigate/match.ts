import type { Trace } from '../evidence/trace.ts'
import { vdomOf } from './config.ts'
import { type Finder, scanningFinder } from './finder.ts'
import { indexedFinder } from './indexed-finder.ts'
import { lineTrace } from './line-trace.ts'
import type { FortiDevice, FortiVdom } from './model.ts'
import { type Packet, type ReadPacket, readPacket } from './packet.ts'
import { followPacket, type Outcome } from './packet-path.ts'
import { minuteOfWeek, weekClock } from './schedules.ts'

/** One line of output of `sallyport match`. */
export type FortiVerdict = {
  readonly id?: string
  readonly verdict: 'allow' | 'deny' | 'depends'
  readonly reason: string
  /** 0 is the implicit deny; null when no policy was reached. */
  readonly policy: number | null
  readonly vip: string | null
  readonly dnat: string | null
  readonly dstintf: string | null
  readonly snat: string | null
  /** What the verdict depends on, by name. */
  readonly depends: readonly string[]
  readonly because: readonly Omit<Trace, 'device'>[]
}

/** What the FortiGate alone does with one packet. Unknowns are tried both ways: only where that matters is the answer `depends`. */
export function matchPacket(device: FortiDevice, packet: Packet): FortiVerdict {
  const cite = (line: number) => lineTrace(device, line)
  return judge(device, packet, scanningFinder, cite, (at, timezone) => minuteOfWeek(at, timezone))
}

/**
 * `matchPacket` for many packets of one device: what it looks at is indexed first, so that a verdict does not cost more with more
 * policies. The answers are the same.
 */
export function prepareMatch(device: FortiDevice): (packet: Packet) => FortiVerdict {
  const finders = new Map<FortiVdom, Finder>()
  const finderOf = (vdom: FortiVdom) => {
    const known = finders.get(vdom) ?? indexedFinder(vdom)
    finders.set(vdom, known)
    return known
  }
  const traces = new Map<number, Trace>()
  const cite = (line: number) => {
    const known = traces.get(line) ?? lineTrace(device, line)
    traces.set(line, known)
    return known
  }
  const weekOf = weekClock()
  return (packet) => judge(device, packet, finderOf, cite, weekOf)
}

function judge(
  device: FortiDevice,
  packet: Packet,
  finderOf: (vdom: FortiVdom) => Finder,
  citeLine: (line: number) => Trace,
  weekOf: (at: number, timezone: string) => number,
): FortiVerdict {
  const id = packet.id === undefined ? {} : { id: packet.id }
  const vdom = vdomOf(device, packet.vdom, packet.srcintf)
  if (!vdom) return { ...id, ...open(['the VDOM is not in this file'], []), because: [] }
  const read = readPacket(packet, device.timezone, weekOf)
  const cite = (lines: readonly number[]) => lines.map(citeLine)
  if (vdom.unsure.length > 0) return { ...id, ...open(vdom.unsure, []), because: cite([vdom.policyLine]) }
  const ways = everyWay(vdom, read, finderOf(vdom))
  const depends = ways.complete
    ? whatMatters(ways.found)
    : [...new Set(ways.found.flatMap((way) => [...way.answers.keys()]))]
  const outcomes = ways.found.map((way) => way.outcome)
  const lines = [...new Set(outcomes.flatMap((outcome) => outcome.lines))]
  if (depends.length > 0) return { ...id, ...open(depends, outcomes), because: cite(lines) }
  const [first] = outcomes
  if (!first) return { ...id, ...open(['nothing'], []), because: [] }
  return { ...id, ...agreed(outcomes), verdict: first.verdict, depends: [], because: cite(first.lines) }
}

type Way = { readonly outcome: Outcome; readonly answers: ReadonlyMap<string, boolean> }
const MOST_WAYS = 2048

/** Follows the packet once for every combination of answers that it meets. */
function everyWay(
  vdom: FortiVdom,
  packet: ReadPacket,
  finder: Finder,
): { readonly found: readonly Way[]; readonly complete: boolean } {
  const found: Way[] = []
  const trail: { what: string; answer: boolean }[] = []
  for (;;) {
    const answers = new Map(trail.map(({ what, answer }) => [what, answer]))
    const outcome = followPacket(
      vdom,
      packet,
      (what) => {
        const known = answers.get(what)
        if (known !== undefined) return known
        answers.set(what, true)
        trail.push({ what, answer: true })
        return true
      },
      finder,
    )
    found.push({ outcome, answers })
    while (trail.at(-1)?.answer === false) trail.pop()
    const last = trail.at(-1)
    if (!last) return { found, complete: true }
    if (found.length >= MOST_WAYS) return { found, complete: false }
    last.answer = false
  }
}

/**
 * The questions on which the verdict turns. The ways are the leaves of a decision tree, in order; a question whose two sides come
 * to the same drops out.
 */
function whatMatters(ways: readonly Way[]): readonly string[] {
  const matter = new Set<string>()
  const shapes = ways.map((way) => ({
    questions: [...way.answers],
    shape: way.outcome.verdict as string,
    names: [] as string[],
  }))
  for (let depth = Math.max(0, ...shapes.map((leaf) => leaf.questions.length)); depth > 0; depth--) {
    for (let i = 0; i + 1 < shapes.length; i++) {
      const [yes, no] = [shapes[i], shapes[i + 1]]
      if (!yes || !no || yes.questions.length !== depth || no.questions.length !== depth) continue
      const [question] = yes.questions[depth - 1] ?? ['']
      const same = yes.shape === no.shape
      const shape = same ? yes.shape : `(${question}?${yes.shape}:${no.shape})`
      const names = same ? yes.names : [question, ...yes.names, ...no.names]
      shapes.splice(i, 2, { questions: yes.questions.slice(0, depth - 1), shape, names })
    }
  }
  for (const leaf of shapes) for (const name of leaf.names) matter.add(name)
  return [...matter]
}

type Told = Omit<FortiVerdict, 'id' | 'because' | 'verdict' | 'depends'>

/** What all outcomes have in common; a field on which they differ is null. */
function agreed(outcomes: readonly Outcome[]): Told {
  const shared = <T>(of: (outcome: Outcome) => T): T | null => {
    const [first, ...others] = outcomes.map(of)
    return first !== undefined && others.every((other) => other === first) ? first : null
  }
  return {
    reason: shared((outcome) => outcome.reason) ?? 'policy',
    policy: shared((outcome) => outcome.policy),
    vip: shared((outcome) => outcome.vip),
    dnat: shared((outcome) => outcome.dnat),
    dstintf: shared((outcome) => outcome.dstintf),
    snat: shared((outcome) => outcome.snat),
  }
}

function open(depends: readonly string[], outcomes: readonly Outcome[]): Omit<FortiVerdict, 'id' | 'because'> {
  const reason = depends.every((name) => name.startsWith('group:')) ? 'identity' : 'unknown'
  return { ...agreed(outcomes), verdict: 'depends', reason, depends }
}
