import type { Trace } from '../evidence/trace.ts'
import type { FortiDevice } from './model.ts'
import { redactFortigate } from './redact.ts'
import { wordsOfLine } from './text.ts'

/** The line as evidence: its words without indentation, secrets redacted. */
export function lineTrace(device: FortiDevice, line: number): Trace {
  const { statements } = device.text
  let low = 0
  let high = statements.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((statements[middle]?.line ?? 0) <= line) low = middle
    else high = middle - 1
  }
  const statement = statements[low]
  const says = statement ? redactFortigate(wordsOfLine(device.text, statement)) : ''
  return { device: device.id, file: device.file, line, says }
}
