import type { Trace } from '../evidence/trace.ts'
import { lineTrace } from './config/line-trace.ts'
import { minuteOfWeek, weekClock } from './config/schedules.ts'
import { vdomOf } from './config.ts'
import type { FortiDevice, FortiVdom } from './model.ts'
import type { Ask } from './packet/fields.ts'
import { type Finder, scanningFinder } from './packet/finder.ts'
import { indexedFinder } from './packet/indexed-finder.ts'
import { followPacket, type Outcome } from './packet/path.ts'
import { type Packet, type ReadPacket, readPacket } from './packet.ts'

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
  /** Null: the source is kept. Where the outcomes differ, all that may be seen. */
  readonly snat: string | null
  /** Seconds of silence after which an allowed connection is forgotten; null where nothing tells. */
  readonly ttl: number | 'never' | null
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
  if (depends.length > 0) {
    const outcomes = ways.found.map((way) => way.outcome)
    return { ...id, ...open(depends, outcomes), because: cite([...new Set(outcomes.flatMap(({ lines }) => lines))]) }
  }
  const told = ways.found.flatMap(explained)
  const isOne = new Set(told.map(({ reason }) => reason)).size === 1
  const outcomes = isOne ? told : ways.found.map((way) => way.outcome)
  const [first] = outcomes
  if (!first) return { ...id, ...open(['nothing'], []), because: [] }
  return { ...id, ...agreed(outcomes), verdict: first.verdict, depends: [], because: cite(first.lines) }
}

type Way = { readonly outcome: Outcome; readonly answers: ReadonlyMap<string, boolean> }
const MOST_WAYS = 2048

function everyWay(
  vdom: FortiVdom,
  packet: ReadPacket,
  finder: Finder,
): { readonly found: readonly Way[]; readonly complete: boolean } {
  const { found, complete } = everyAnswer((ask) => followPacket(vdom, packet, ask, finder), new Map(), MOST_WAYS)
  return { found: found.map(({ result, answers }) => ({ outcome: result, answers })), complete }
}

/** Does it once for every combination of answers that it comes to ask for; `given` are answered already. */
function everyAnswer<T>(
  run: (ask: Ask) => T,
  given: ReadonlyMap<string, boolean>,
  most: number,
): { readonly found: readonly { result: T; answers: ReadonlyMap<string, boolean> }[]; readonly complete: boolean } {
  const found: { result: T; answers: ReadonlyMap<string, boolean> }[] = []
  const trail: { what: string; answer: boolean }[] = []
  for (;;) {
    const answers = new Map(trail.map(({ what, answer }) => [what, answer]))
    const result = run((what) => {
      const known = given.get(what) ?? answers.get(what)
      if (known !== undefined) return known
      answers.set(what, true)
      trail.push({ what, answer: true })
      return true
    })
    found.push({ result, answers })
    while (trail.at(-1)?.answer === false) trail.pop()
    const last = trail.at(-1)
    if (!last) return { found, complete: true }
    if (found.length >= most) return { found, complete: false }
    last.answer = false
  }
}

const MOST_REASONS = 64

/** The outcome with the reason behind an implicit deny; once for each where unknowns decide which it is. */
function explained({ outcome, answers }: Way): readonly Outcome[] {
  const { whyNot } = outcome
  if (!whyNot) return [outcome]
  const reasons = everyAnswer(whyNot, answers, MOST_REASONS)
  if (!reasons.complete) return [outcome]
  return reasons.found.map(({ result }) => ({ ...outcome, ...result }))
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
  const policy = shared((outcome) => outcome.policy)
  const sources = [...new Set(outcomes.map(({ snat }) => snat))]
  return {
    reason: shared((outcome) => outcome.reason) ?? (policy === 0 ? 'implicit' : 'policy'),
    policy,
    vip: shared((outcome) => outcome.vip),
    dnat: shared((outcome) => outcome.dnat),
    dstintf: shared((outcome) => outcome.dstintf),
    snat:
      sources.length > 1
        ? sources
            .map((source) => source ?? 'kept')
            .sort()
            .join(' or ')
        : (sources[0] ?? null),
    ttl: shared((outcome) => outcome.ttl?.seconds ?? null),
  }
}

function open(depends: readonly string[], outcomes: readonly Outcome[]): Omit<FortiVerdict, 'id' | 'because'> {
  const reason = depends.every((name) => name.startsWith('group:')) ? 'identity' : 'unknown'
  return { ...agreed(outcomes), verdict: 'depends', reason, depends }
}
