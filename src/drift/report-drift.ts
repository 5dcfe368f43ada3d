import { innerDifference, type Opened, outerDifference } from '../edge/blast-radius.ts'
import type { Doors } from '../edge/doors.ts'
import { type FlowSet, flowsWhere, forget } from '../flow/flow-set.ts'
import { printFlows } from '../flow/print-flows.ts'
import { numbers } from '../flow/values.ts'
import { redactFortigate } from '../fortigate/redact.ts'
import { printFortiText } from '../fortigate/text.ts'
import { printHaproxyText } from '../haproxy/text.ts'
import { sayInstant } from '../policy/say-time.ts'
import type { Answer, Finding } from './answer.ts'

/** Which devices could be read live; a door that could not is left out of the comparison and named. */
export type DriftSight = {
  readonly declared: Doors
  readonly live: Doors
  readonly outerSeen: boolean
  readonly innerSeen: boolean
  readonly unseen: readonly string[]
  /** Epoch seconds: only what is still to come is compared. */
  readonly now: number
  readonly timezone: string
  readonly reproduce: string
}

const MOST_LINES = 8

/** What the live devices open or close that Git does not declare; text that means the same is not drift. */
export function reportDrift(sight: DriftSight): Answer {
  const { declared, live } = sight
  const within = flowsWhere({ at: numbers([sight.now, 2 ** 40]) })
  const differences = [
    ...(sight.outerSeen
      ? [
          {
            id: live.outer.id,
            found: outerDifference(declared.outer, live.outer, within),
            lines: changedLines(outerText(declared), outerText(live)),
          },
        ]
      : []),
    ...(sight.innerSeen
      ? [
          {
            id: live.inner.id,
            found: innerDifference(declared.inner, live.inner, within),
            lines: changedLines(innerText(declared), innerText(live)),
          },
        ]
      : []),
  ]
  const findings = differences.flatMap(({ id, found }) => [
    ...found.opens.map((one) => drifted(id, 'opens', one, sight)),
    ...found.closes.map((one) => drifted(id, 'closes', one, sight)),
  ])
  const silent = differences.filter(({ found, lines }) => lines > 0 && found.opens.length + found.closes.length === 0)
  const quiet = silent.map(
    ({ id, lines }): Finding => ({
      says: `The text of ${id} differs from Git in ${lines} ${lines === 1 ? 'line' : 'lines'}, and nobody can reach more or less because of it.`,
      traces: [],
    }),
  )
  const base = { findings: [...findings, ...quiet], unseen: sight.unseen, reproduce: sight.reproduce }
  if (findings.length > 0) {
    const ids = [
      ...new Set(differences.filter(({ found }) => found.opens.length + found.closes.length > 0).map(({ id }) => id)),
    ]
    return { ...base, verdict: 'drifted', headline: `${ids.join(' and ')} drifted from what Git declares.` }
  }
  if (differences.length === 0)
    return { ...base, verdict: 'unknown', headline: 'I could not read the live devices, so I cannot say what drifted.' }
  const seen = differences.map(({ id }) => id).join(' and ')
  return {
    ...base,
    verdict: 'in-step',
    headline: `Nothing drifted: ${seen} ${differences.length === 1 ? 'lets' : 'let'} in exactly what Git declares.`,
  }
}

function drifted(device: string, what: 'opens' | 'closes', opened: Opened, sight: DriftSight): Finding {
  const lines = printFlows(readable(opened.flows, sight.now), {
    instant: (seconds) => sayInstant(seconds, sight.timezone),
  })
  const more = lines.length > MOST_LINES ? ` and ${lines.length - MOST_LINES} more` : ''
  const flows = `${lines.slice(0, MOST_LINES).join('; ')}${more}`
  return what === 'opens'
    ? {
        says: `${device} lets in what Git does not declare: ${flows} ⇒ ${opened.to}.`,
        traces: opened.because.slice(0, 4),
        remedy: 'Put the declared configuration back, or ask for this access so that it is declared.',
      }
    : {
        says: `${device} no longer lets in what Git declares: ${flows} ⇒ ${opened.to}.`,
        traces: opened.because.slice(0, 4),
        remedy: 'Deploy the declared configuration again, or take the grant out of Git.',
      }
}

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

/** Secrets are salted anew at every save and the header counts saves: neither is a difference. */
function outerText(doors: Doors): string {
  return redactFortigate(printFortiText(doors.outer.text)).replace(/^#.*\n/gm, '')
}

function innerText(doors: Doors): string {
  return printHaproxyText(doors.inner.text)
}

function changedLines(a: string, b: string): number {
  const count = new Map<string, number>()
  for (const line of a.split('\n')) count.set(line, (count.get(line) ?? 0) + 1)
  let added = 0
  for (const line of b.split('\n')) {
    const left = count.get(line) ?? 0
    if (left === 0) added++
    else count.set(line, left - 1)
  }
  const removed = [...count.values()].reduce((sum, left) => sum + left, 0)
  return Math.max(added, removed)
}
