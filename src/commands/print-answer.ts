import type { Answer } from '../drift/answer.ts'
import type { Hop } from '../edge/way-through.ts'
import { cite } from '../evidence/trace.ts'
import { printLine, printLines, type Terminal } from './terminal.ts'

/** An answer as lines: what is so, why, with the places, and what to do about it. */
export async function printAnswer(io: Terminal, answer: Answer): Promise<void> {
  await printLine(io, answer.headline)
  for (const { says, traces, remedy } of answer.findings) {
    await printLine(io, `- ${says}`)
    await printLines(
      io,
      traces.map((trace) => `    ${cite(trace)}`),
    )
    if (remedy !== undefined) await printLine(io, `    ${remedy}`)
  }
  if (answer.way !== undefined) await printWay(io, answer.way)
  await printLines(io, answer.unseen)
}

async function printWay(io: Terminal, way: readonly Hop[]): Promise<void> {
  await printLine(io, 'One of these requests, hop by hop:')
  for (const [index, { at, says, traces }] of way.entries()) {
    await printLine(io, `${String(index + 1).padStart(3)}. ${at.padEnd(8)}${says}`)
    await printLines(
      io,
      traces.map((trace) => `             ${cite(trace)}`),
    )
  }
}
