import { diffLines } from 'diff'
import { type BlastRadius, innerDifference, type Opened, outerDifference } from '../edge/blast-radius.ts'
import type { Doors } from '../edge/doors.ts'
import type { Trace } from '../evidence/trace.ts'
import { type FlowSet, flowsWhere, forget } from '../flow/flow-set.ts'
import { type FlowLabels, printFlows } from '../flow/print-flows.ts'
import { numbers } from '../flow/values.ts'
import { redactFortigate } from '../fortigate/text/redact.ts'
import { printFortiText } from '../fortigate/text.ts'
import type { HaproxyDevice } from '../haproxy/model.ts'
import type { RunningHaproxy } from '../haproxy/running-process.ts'
import { printHaproxyText } from '../haproxy/text.ts'
import type { Answer, Finding } from './answer.ts'
import { runningDifferences } from './running-differences.ts'

/** Which devices could be read live; a door that could not is left out of the comparison and named. */
export type DriftSight = {
  readonly declared: Doors
  readonly live: Doors
  readonly outerSeen: boolean
  readonly innerSeen: boolean
  readonly unseen: readonly string[]
  /** HAProxy's file alone, and the process that runs it, where that could be asked. */
  readonly running?: { readonly file: HaproxyDevice; readonly process: RunningHaproxy } | undefined
  /** Epoch seconds: only what is still to come is compared. */
  readonly now: number
  readonly labels: FlowLabels
  readonly reproduce: string
}

const MOST_LINES = 8
const MOST_TRACES = 3

/** What the live devices open or close that Git does not declare; text that means the same is not drift. */
export function reportDrift(sight: DriftSight): Answer {
  const differences = compareDoors(sight)
  const findings = differences.flatMap((difference) => [
    ...difference.found.opens.map((one) => drifted('opens', one, difference, sight)),
    ...difference.found.closes.map((one) => drifted('closes', one, difference, sight)),
  ])
  const quiet = differences.filter((difference) => isQuiet(difference) && difference.changed.count > 0).map(sayQuiet)
  const memory = sight.running ? runningDifferences(sight.running.file, sight.running.process) : []
  const base = { findings: [...findings, ...memory, ...quiet], unseen: sight.unseen, reproduce: sight.reproduce }
  const drift = differences.filter((difference) => !isQuiet(difference)).map(({ device }) => device)
  if (drift.length > 0) {
    return { ...base, verdict: 'drifted', headline: `${drift.join(' and ')} drifted from what Git declares.` }
  }
  if (differences.length === 0) {
    const headline = 'I could not read the live devices, so I cannot say what drifted.'
    return { ...base, verdict: 'unknown', headline }
  }
  const seen = differences.map(({ device }) => device).join(' and ')
  const lets = differences.length === 1 ? 'lets' : 'let'
  if (sight.running && memory.length > 0) {
    const headline = `${seen} ${lets} in exactly what Git declares, but ${sight.running.file.id} runs something else than its own file.`
    return { ...base, verdict: 'in-step', headline }
  }
  return { ...base, verdict: 'in-step', headline: `Nothing drifted: ${seen} ${lets} in exactly what Git declares.` }
}

type Difference = {
  readonly device: string
  readonly found: BlastRadius
  /** Lines that stand in the live text only, and how many lines differ in all. */
  readonly changed: { readonly traces: readonly Trace[]; readonly count: number }
}

function compareDoors({ declared, live, outerSeen, innerSeen, now }: DriftSight): readonly Difference[] {
  const within = flowsWhere({ at: numbers([now, 2 ** 40]) })
  const differences: Difference[] = []
  if (outerSeen) {
    const { id: device, file } = live.outer
    const found = outerDifference(declared.outer, live.outer, within)
    differences.push({ device, found, changed: changedLines(outerText(declared), outerText(live), device, file) })
  }
  if (innerSeen) {
    const { id: device, file } = live.inner
    const found = innerDifference(declared.inner, live.inner, within)
    differences.push({ device, found, changed: changedLines(innerText(declared), innerText(live), device, file) })
  }
  return differences
}

function isQuiet({ found }: Difference): boolean {
  return found.opens.length + found.closes.length === 0
}

function sayQuiet({ device, changed }: Difference): Finding {
  const lines = changed.count === 1 ? 'one line' : `${changed.count} lines`
  return {
    says: `The text of ${device} differs from Git in ${lines}, and nobody can reach more or less because of it.`,
    traces: changed.traces.slice(0, MOST_TRACES),
  }
}

function drifted(
  what: 'opens' | 'closes',
  opened: Opened,
  { device, changed }: Difference,
  sight: DriftSight,
): Finding {
  const lines = printFlows(readable(opened.flows, sight.now), sight.labels)
  const more = lines.length > MOST_LINES ? ` and ${lines.length - MOST_LINES} more` : ''
  const flows = `${lines.slice(0, MOST_LINES).join('; ')}${more} ⇒ ${opened.to}`
  const deciding = what === 'opens' ? opened.because.slice(0, MOST_TRACES) : []
  const traces = [...changed.traces.slice(0, MOST_TRACES), ...deciding]
  return what === 'opens'
    ? {
        says: `${device} lets in what Git does not declare: ${flows}.`,
        traces,
        remedy: 'Put the declared configuration back, or ask for this access so that it is declared.',
      }
    : {
        says: `${device} no longer lets in what Git declares: ${flows}.`,
        traces: traces.length > 0 ? traces : opened.because.slice(0, MOST_TRACES),
        remedy: 'Deploy the declared configuration again, or take the grant out of Git.',
      }
}

/** Without what says nothing to a reader: details of the connection, and "from now on". */
function readable(flows: FlowSet, now: number): FlowSet {
  const plain = ['sport', 'tls', 'sni'].reduce(forget, flows)
  return plain.map((box) => {
    const at = box.get('at')
    if (at?.kind !== 'number' || at.ranges[0]?.[0] !== now) return box
    const rest = new Map(box)
    const [[, to] = [0, 0], ...more] = at.ranges
    if (to >= 2 ** 40) rest.delete('at')
    else rest.set('at', { kind: 'number', ranges: [[0, to], ...more] })
    return rest
  })
}

/** Secrets are salted anew at every save and the header counts saves: neither is a difference. Line numbers stay. */
function outerText(doors: Doors): string {
  return redactFortigate(printFortiText(doors.outer.text)).replace(/^#.*$/gm, '#')
}

function innerText(doors: Doors): string {
  return printHaproxyText(doors.inner.text)
}

function changedLines(declared: string, live: string, device: string, file: string): Difference['changed'] {
  const traces: Trace[] = []
  let line = 1
  let removed = 0
  for (const part of diffLines(declared, live)) {
    if (part.removed) removed += part.count
    else {
      const lines = part.value.split('\n').slice(0, part.count)
      if (part.added) traces.push(...lines.map((says, i) => ({ device, file, line: line + i, says: says.trim() })))
      line += part.count
    }
  }
  return { traces, count: Math.max(traces.length, removed) }
}
