import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { Fault } from '../../evidence/fault.ts'
import { forward } from './runtime-relay.ts'

/** One running HAProxy. It cannot outlive this process, not even when this process is killed without warning. */
export type HaproxyProcess = { readonly pid: number; stop(): Promise<void> }

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin'
const START_LIMIT_MS = 10_000
const STEP_MS = 20

/**
 * A shell between us and HAProxy holds the reading end of a pipe whose writing end only we have. When we are gone, however that came
 * about, the pipe ends, `read` returns and the shell kills HAProxy. When HAProxy is gone first, the shell ends with it.
 */
const WATCHDOG = `
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
echo "$child"
{ read -r _ <&3; kill -KILL "$child" 2>/dev/null; } &
watch=$!
exec 3<&-
wait "$child"
kill "$watch" 2>/dev/null
`

/** Starts HAProxy on these files and waits until its socket answers as this very process. `replaces` is told to finish (reload). */
export async function startHaproxy(options: {
  readonly binary: string
  readonly files: readonly string[]
  readonly socket: string
  readonly folder: string
  readonly replaces?: number | undefined
}): Promise<HaproxyProcess> {
  const files = options.files.flatMap((file) => ['-f', file])
  const finish = options.replaces === undefined ? [] : ['-sf', String(options.replaces)]
  const shell = spawn('/bin/sh', ['-c', WATCHDOG, 'watchdog', options.binary, '-db', ...files, ...finish], {
    cwd: options.folder,
    env: { PATH },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said: string[] = []
  shell.stderr.on('data', (chunk: Buffer) => {
    // Health changes are written here for as long as it runs; only what it says while starting is of use.
    if (said.length < 50) said.push(chunk.toString('utf8'))
  })
  shell.stdin.on('error', () => undefined)
  const gone = new Promise<void>((resolve) => shell.once('close', () => resolve()))
  try {
    const pid = await readPid(shell)
    await untilReady(shell, options.socket, pid)
    return { pid, stop: () => stop(shell, gone) }
  } catch (error) {
    await stop(shell, gone)
    throw new Fault('haproxy-start', 'The local HAProxy did not start.', new Error(said.join(''), { cause: error }))
  }
}

/** Runs `haproxy -c` on the files; undefined when they are valid, else what it says. */
export function checkHaproxy(binary: string, files: readonly string[], folder: string): Promise<string | undefined> {
  const args = ['-c', ...files.flatMap((file) => ['-f', file])]
  return new Promise((resolve) => {
    execFile(binary, args, { cwd: folder, env: { PATH }, timeout: 10_000, killSignal: 'SIGKILL' }, (error, _, stderr) =>
      resolve(error ? stderr || 'it cannot be checked' : undefined),
    )
  })
}

/** Whether this binary runs at all. */
export function isInstalled(binary: string): Promise<boolean> {
  return new Promise((resolve) =>
    execFile(binary, ['-v'], { env: { PATH }, timeout: 10_000 }, (error) => resolve(!error)),
  )
}

function readPid(shell: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    shell.once('error', reject)
    shell.once('close', () => reject(new Error('it ended at once')))
    shell.stdout?.once('data', (chunk: Buffer) => resolve(Number.parseInt(chunk.toString('utf8'), 10)))
  })
}

async function untilReady(shell: ChildProcess, socket: string, pid: number): Promise<void> {
  for (let waited = 0; waited < START_LIMIT_MS; waited += STEP_MS) {
    if (shell.exitCode !== null) throw new Error('it ended while starting')
    const info = await new Promise<string>((resolve) => forward(socket, 'show info', resolve))
    if (new RegExp(`^Pid: ${pid}$`, 'm').test(info)) return
    await wait(STEP_MS)
  }
  throw new Error('its socket did not answer in time')
}

/** Closing the pipe is the whole of it: the watchdog does the rest. */
async function stop(shell: ChildProcess, gone: Promise<void>): Promise<void> {
  shell.stdin?.end()
  await gone
}
