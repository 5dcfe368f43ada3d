import type { Answer } from '../drift/answer.ts'
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
  await printLines(io, answer.unseen)
}
