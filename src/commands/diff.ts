import { basename, join } from 'node:path'
import { type BlastRadius, innerDifference, type Opened, outerDifference } from '../edge/blast-radius.ts'
import type { Problem } from '../evidence/problem.ts'
import { printProblem } from '../evidence/problem.ts'
import { cite } from '../evidence/trace.ts'
import { compact, type FlowSet, flowsWhere, witness } from '../flow/flow-set.ts'
import { printFlows } from '../flow/print-flows.ts'
import { domainOf, numbers } from '../flow/values.ts'
import { readFortigate } from '../fortigate/config.ts'
import { readHaproxy } from '../haproxy/config.ts'
import type { TextOptions } from '../haproxy/text.ts'
import { sayInstant } from '../policy/say-time.ts'
import { readArguments, readKind, readMoment, WHICH_KIND } from './arguments.ts'
import { openHaproxyFiles, readSurroundings } from './haproxy-files.ts'
import { hideIn, openSecretHider } from './hide-secrets.ts'
import { calledWrongly, FINE, NO, printJson, printLine, printLines, type Terminal, tell } from './terminal.ts'
import { openText } from './text-file.ts'

const END_OF_TIME = 2 ** 40

/** `sallyport diff`: what one configuration opens and closes compared with another, as exact sets. */
export async function diffCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, {
    fortigate: 'flag',
    haproxy: 'flag',
    'haproxy-version': 'text',
    env: 'texts',
    at: 'text',
    vdom: 'text',
    json: 'flag',
    policies: 'text',
  })
  if ('wrong' in given) return calledWrongly(io, 'diff', given.wrong)
  const kind = readKind(given)
  if (kind === undefined) return calledWrongly(io, 'diff', WHICH_KIND)
  const at = readMoment(io, '--at', given.text('at'))
  if ('wrong' in at) return calledWrongly(io, 'diff', at.wrong)
  const [before, after, another] = given.words
  if (before === undefined || after === undefined || another !== undefined)
    return calledWrongly(io, 'diff', 'name two files: the one before and the one after.')
  if (before === '-' && after === '-')
    return calledWrongly(io, 'diff', 'only one of the two can come on standard input.')
  const surroundings = readSurroundings(given.text('haproxy-version'), given.texts('env'))
  if ('wrong' in surroundings) return calledWrongly(io, 'diff', surroundings.wrong)
  const from = Math.floor(at.getTime() / 1000)
  const within = flowsWhere({ at: numbers([from, END_OF_TIME]) })
  const { radius, problems } = await (kind === 'fortigate'
    ? compareOuter(io, before, after, within, given.text('vdom'))
    : compareInner(io, before, after, within, surroundings))
  for (const problem of problems) await tell(io, printProblem(problem))
  const told = {
    opens: biggestFirst(radius.opens).map((one) => tellOpened(one, from)),
    closes: biggestFirst(radius.closes).map((one) => tellOpened(one, from)),
  }
  await (given.flag('json') ? printJson(io, told) : printRadius(io, told))
  return problems.length > 0 ? NO : FINE
}

type Compared = { readonly radius: BlastRadius; readonly problems: readonly Problem[] }

async function compareOuter(
  io: Terminal,
  before: string,
  after: string,
  within: FlowSet,
  vdom: string | undefined,
): Promise<Compared> {
  const read = async (path: string) => {
    const text = await openText(io, path)
    const device = readFortigate({ id: basename(path), vdom }, path, text)
    return { device, problems: errorsOf(device.problems, 'fortigate', text, path) }
  }
  const [old, current] = [await read(before), await read(after)]
  return {
    radius: outerDifference(old.device, current.device, within),
    problems: [...old.problems, ...current.problems],
  }
}

async function compareInner(
  io: Terminal,
  before: string,
  after: string,
  within: FlowSet,
  options: TextOptions,
): Promise<Compared> {
  const read = async (path: string) => {
    const opened = await openHaproxyFiles(io, [path])
    // Both may have the same name, so that each is told with its path.
    const parts = opened.parts.map(({ file, text }) => ({ file: opened.file === file ? path : join(path, file), text }))
    const device = readHaproxy({ id: opened.file }, path, parts, opened.files, options)
    return { device, problems: parts.flatMap((part) => errorsOf(device.problems, 'haproxy', part.text, part.file)) }
  }
  const [old, current] = [await read(before), await read(after)]
  return {
    radius: innerDifference(old.device, current.device, within),
    problems: [...old.problems, ...current.problems],
  }
}

function errorsOf(
  problems: readonly Problem[],
  kind: 'fortigate' | 'haproxy',
  text: string,
  of: string,
): readonly Problem[] {
  const hide = openSecretHider(kind, text)
  return problems
    .filter(({ severity, file }) => severity === 'error' && file === of)
    .map((problem) => hideIn(problem, hide))
}

/** Whoever reads only the first lines should have read of the widest: most sources, then most destinations and ports. */
function biggestFirst(list: readonly Opened[]): readonly Opened[] {
  const sized = list.map((one) => ({ one, size: EXPOSED.map((dimension) => sizeOf(one.flows, dimension)) }))
  return sized
    .sort((a, b) => b.size.map((size, index) => size - (a.size[index] ?? 0)).find((more) => more !== 0) ?? 0)
    .map(({ one }) => one)
}
const EXPOSED = ['src', 'dst', 'dport'] as const

/** How many values of the dimension are in the set, IPv6 networks counted as what they are: vast. */
function sizeOf(flows: FlowSet, dimension: (typeof EXPOSED)[number]): number {
  return flows.reduce((sum, box) => {
    const values = box.get(dimension) ?? domainOf(dimension)
    const ranges =
      values.kind === 'ip' ? [...values.ip.v4, ...values.ip.v6] : values.kind === 'number' ? values.ranges : []
    return ranges.reduce((all, [first, last]) => all + Number(last) - Number(first) + 1, sum)
  }, 0)
}

/** Flows by where they lead, one line a box, each with one flow that is in it. */
function tellOpened(opened: Opened, from: number) {
  const flows = compact(opened.flows)
  return {
    to: opened.to,
    flows: flows.flatMap((box) => printFlows([sinceAlways(box, from)], { instant: (at) => sayInstant(at, 'UTC') })),
    because: opened.because.map(({ file, line, says }) => ({ file, line, says })),
    witness: witness(flows) ?? null,
    witnesses: flows.map((box) => witness([box]) ?? null),
  }
}
type Told = ReturnType<typeof tellOpened>

/** "From now on" is what everything here is about, so a line says only an end. */
function sinceAlways(box: FlowSet[number], from: number): FlowSet[number] {
  const at = box.get('at')
  if (at?.kind !== 'number' || at.ranges[0]?.[0] !== from) return box
  const [[, to], ...more] = [at.ranges[0], ...at.ranges.slice(1)]
  const rest = new Map(box)
  if (to >= END_OF_TIME) rest.delete('at')
  else rest.set('at', { kind: 'number', ranges: [[0, to], ...more] })
  return rest
}

async function printRadius(
  io: Terminal,
  { opens, closes }: { readonly opens: readonly Told[]; readonly closes: readonly Told[] },
): Promise<void> {
  for (const [verb, list] of [
    ['opens', opens],
    ['closes', closes],
  ] as const) {
    for (const one of list) {
      await printLine(io, `${verb} ${one.to}`)
      await printLines(
        io,
        one.flows.map((line) => `  ${line}`),
      )
      const because = one.because.map((trace) => cite({ ...trace, device: '' }))
      if (because.length > 0) await printLine(io, `    because of ${because.join('; ')}`)
      if (one.witness) await printLine(io, `    for example ${sayFlow(one.witness)}`)
    }
  }
  if (opens.length + closes.length === 0) await printLine(io, 'Opens nothing and closes nothing.')
}

function sayFlow(flow: Readonly<Record<string, string | number>>): string {
  return Object.entries(flow)
    .map(([dimension, value]) => `${dimension} ${value}`)
    .join(', ')
}
