import { type CommandName, MANUAL, printContents, printPage } from './commands/manual.ts'
import { CALLED_WRONGLY, FINE, printLines, type Sink, type Terminal, tell, WORLD_BROKE } from './commands/terminal.ts'
import { Fault } from './evidence/fault.ts'
import { nearName } from './evidence/near-name.ts'
import { likeness } from './language/nearest.ts'

type Command = (args: readonly string[], io: Terminal) => Promise<number>

/** Each is loaded when it is called, so that a quick question does not wait for the whole bot. */
const COMMANDS: Readonly<Record<CommandName, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.ts')).startCommand,
  read: async () => (await import('./commands/read.ts')).readCommand,
  ask: async () => (await import('./commands/ask.ts')).askCommand,
  plan: async () => (await import('./commands/plan.ts')).planCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  match: async () => (await import('./commands/match.ts')).matchCommand,
  route: async () => (await import('./commands/route.ts')).routeCommand,
  diff: async () => (await import('./commands/diff.ts')).diffCommand,
  drift: async () => (await import('./commands/drift.ts')).driftCommand,
  check: async () => (await import('./commands/check.ts')).checkCommand,
  eval: async () => (await import('./commands/eval.ts')).evalCommand,
}

/** Runs one command and answers with the exit code: the rim where a broken world becomes one sentence. */
export async function runCommand(args: readonly string[], io: Terminal): Promise<number> {
  const [named = 'help', ...rest] = args
  if (named === 'help' || named === '--help' || named === '-h') return help(rest[0], io)
  if (!isCommand(named)) return unknownCommand(named, io)
  if (rest.includes('--help') || rest.includes('-h')) return help(named, io)
  try {
    const command = await COMMANDS[named]()
    return await command(rest, io)
  } catch (cause) {
    if (cause instanceof Fault) await tell(io, cause.says)
    else
      await io.stderr(`Sallyport itself broke in ${named}: ${cause instanceof Error ? cause.stack : String(cause)}\n`)
    return WORLD_BROKE
  }
}

async function help(named: string | undefined, io: Terminal): Promise<number> {
  if (named !== undefined && !isCommand(named)) return unknownCommand(named, io)
  await printLines(io, named === undefined ? printContents() : printPage(MANUAL[named]))
  return FINE
}

async function unknownCommand(named: string, io: Terminal): Promise<number> {
  const near = nearCommands(named)
  await tell(io, `There is no command "${named}".${near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`}`)
  await tell(io, `Commands: ${Object.keys(COMMANDS).join(', ')}. See: sallyport help`)
  return CALLED_WRONGLY
}

const ALIKE = 0.3

function nearCommands(named: string): readonly string[] {
  const typed = nearName(named, Object.keys(COMMANDS))
  if (typed !== undefined) return [typed]
  return Object.keys(COMMANDS)
    .map((command) => ({ command, alike: likeness(named.toLowerCase(), command) }))
    .filter(({ alike }) => alike >= ALIKE)
    .sort((a, b) => b.alike - a.alike)
    .slice(0, 2)
    .map(({ command }) => command)
}

function isCommand(named: string): named is CommandName {
  return Object.hasOwn(COMMANDS, named)
}

/** Waits while the reader is slower than we are. A reader that has gone away, such as `head`, ends the process quietly. */
function openSink(stream: NodeJS.WriteStream): Sink {
  stream.on('error', (cause: NodeJS.ErrnoException) => {
    process.exit(cause.code === 'EPIPE' ? FINE : WORLD_BROKE)
  })
  return (chunk) =>
    new Promise((resolve) => {
      if (stream.write(chunk)) resolve()
      else stream.once('drain', resolve)
    })
}

if (import.meta.main) {
  process.exitCode = await runCommand(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: openSink(process.stdout),
    stderr: openSink(process.stderr),
    env: process.env,
    now: () => new Date(),
  })
}
