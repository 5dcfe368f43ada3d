/** Where a command reads from and writes to; tests give it memory instead of a process. */
export type Terminal = {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly stdout: Sink
  readonly stderr: Sink
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
}
/** Takes text as UTF-8 and bytes as they are; the promise waits until more is welcome. */
export type Sink = (chunk: string | Uint8Array) => Promise<void>

/** What a command comes to, as the exit code of the process. */
export const FINE = 0
/** The answer is no, or problems were found. */
export const NO = 1
export const CALLED_WRONGLY = 2
export const WORLD_BROKE = 3

export async function printLine(io: Terminal, line: string): Promise<void> {
  await io.stdout(`${forTerminal(line)}\n`)
}

export async function printLines(io: Terminal, lines: readonly string[]): Promise<void> {
  for (const line of lines) await printLine(io, line)
}

/** One line for machines. */
export async function printJson(io: Terminal, value: unknown): Promise<void> {
  await io.stdout(`${JSON.stringify(value)}\n`)
}

/** Beside the answer: what a person should know and a pipe should not get. */
export async function tell(io: Terminal, line: string): Promise<void> {
  await io.stderr(`${forTerminal(line)}\n`)
}

/** Says in one line how the command is called, and answers with the exit code for it. */
export async function calledWrongly(io: Terminal, command: string, why: string): Promise<number> {
  await tell(io, `sallyport ${command}: ${why}`)
  await tell(io, `See: sallyport ${command} --help`)
  return CALLED_WRONGLY
}

/** Words of files and messages must not move the cursor or recolour the screen: control characters are shown as escapes. */
function forTerminal(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
