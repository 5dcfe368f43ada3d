/**
 * Why something is so: the device, the file, the line and the words that stand there.
 * `line` counts from 1, as editors do. `says` is the line without its indentation, secrets redacted.
 */
export type Trace = {
  readonly device: string
  readonly file: string
  readonly line: number
  readonly says: string
}

/** `denied by edit 12 (edge-fw.conf:418)`: how a trace is cited in a sentence. */
export function cite(trace: Trace): string {
  return `${trace.says} (${trace.file}:${trace.line})`
}
