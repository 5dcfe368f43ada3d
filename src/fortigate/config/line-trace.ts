import type { Trace } from '../../evidence/trace.ts'
import type { FortiDevice } from '../model.ts'
import { redactedLine } from '../text/redact.ts'

/** The line as evidence: its words without indentation, secrets redacted. */
export function lineTrace(device: FortiDevice, line: number): Trace {
  const { rows } = device.text
  let low = 0
  let high = rows.count - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((rows.lines[middle] ?? 0) <= line) low = middle
    else high = middle - 1
  }
  const says = redactedLine(device.text, low)
  return { device: device.id, file: device.file, line, says }
}
