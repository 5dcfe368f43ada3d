import type { Answer, Finding } from '../drift/answer.ts'
import type { Trace } from '../evidence/trace.ts'
import { type Block, context, type Layout, layout, section } from './blocks.ts'
import { printBullets, printCode, printLine } from './mrkdwn.ts'

/** Slack takes about 13,000 characters of blocks in all, so there is room for this much evidence. */
const ROOM_FINDINGS = 9000
const ROOM_FINDING = 1400
const ROOM_UNSEEN = 900
const MOST_TRACES = 8

/** The answer to a question: what is so, the lines that prove it, what to do about it, and what was not seen. */
export function printAnswer(answer: Answer): Layout {
  const { shown, left } = takeFindings(answer.findings)
  return layout(printLine(answer.headline, 300), [
    section(`${MARKS[answer.verdict]} *${printLine(answer.headline, 900)}*`),
    ...shown,
    ...(left > 0
      ? [context(`… ${left} more ${left === 1 ? 'finding' : 'findings'}, the command below shows them`)]
      : []),
    ...(answer.unseen.length > 0 ? [section(printUnseen(answer.unseen))] : []),
    context(`The same in a terminal, in a checkout of the edge repository: ${printCode(answer.reproduce, 900)}`),
  ])
}

const MARKS = {
  reachable: '✓',
  unreachable: '✗',
  depends: '?',
  drifted: '≠',
  'in-step': '✓',
  unknown: '?',
} as const satisfies Record<Answer['verdict'], string>

function takeFindings(findings: readonly Finding[]): { readonly shown: Block[]; readonly left: number } {
  const shown: Block[] = []
  let length = 0
  for (const finding of findings) {
    const text = printFinding(finding)
    length += text.length
    if (length > ROOM_FINDINGS || shown.length === 30) break
    shown.push(section(text))
  }
  return { shown, left: findings.length - shown.length }
}

function printFinding({ says, traces, remedy }: Finding): string {
  const lines = [printLine(says, 700)]
  const shown = traces.slice(0, MOST_TRACES)
  const cited = printBullets(shown.map(printTrace), ROOM_FINDING, (left) => more(left + traces.length - shown.length))
  if (cited) lines.push(cited)
  if (traces.length > shown.length && !cited.includes('\n… ')) lines.push(more(traces.length - shown.length))
  if (remedy) lines.push(`→ *${printLine(remedy, 500)}*`)
  return lines.join('\n')
}

function printTrace({ file, line, says }: Trace): string {
  return `${printCode(`${file}:${line}`, 120)} ${printCode(says, 220)}`
}

function more(left: number): string {
  return `… ${left} more ${left === 1 ? 'line' : 'lines'}, the command below shows them`
}

function printUnseen(unseen: readonly string[]): string {
  const lines = unseen.map((line) => printLine(line, 300))
  return `*Not seen*\n${printBullets(lines, ROOM_UNSEEN, (left) => `… ${left} more, the command below shows them`)}`
}
