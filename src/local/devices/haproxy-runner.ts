import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../evidence/fault.ts'
import { type Refusal, refuse } from '../../evidence/refusal.ts'
import { type HaproxyEngine, openHaproxyEngine, type Stub } from './haproxy-engine.ts'
import { placeOf, replaceFile, writeIfAbsent } from './haproxy-files.ts'
import { isInstalled } from './haproxy-process.ts'
import { editFirst, mergeDeclared } from './live-text.ts'
import { type LoopbackAnswer, type LoopbackRequest, sendLoopback } from './loopback-request.ts'
import type { RelayTrouble } from './runtime-relay.ts'
import type { StubState } from './stub-states.ts'

type Done = { readonly ok: true } | Refusal

/** The real HAProxy on loopback behind a live configuration file, with a stub for every server. */
export interface HaproxyRunner {
  readonly id: string
  /** Holds `haproxy.cfg`, the live configuration with its declared addresses; absolute file names lead below it. */
  readonly dir: string
  /** The stats socket; undefined when HAProxy is not installed, and then only the file is live. */
  readonly socket: string | undefined
  text(): string
  edit(find: string, replace: string): Promise<Done>
  /** What a pipeline would do after a merge: the declared change laid over the live text, and over the files it names. */
  deploy(before: string, after: string, files?: ReadonlyMap<string, Change>): Promise<Done>
  /** Stops the process behind a server; resolves when HAProxy's own checks say so. Without checks HAProxy never will. */
  serverDown(server: ServerName): Promise<Done>
  serverUp(server: ServerName): Promise<Done>
  states(): Promise<readonly StubState[]>
  setTrouble(trouble: RelayTrouble): Promise<void>
  trouble(): RelayTrouble
  request(request: LoopbackRequest): Promise<LoopbackAnswer>
  close(): Promise<void>
}
export type Change = { readonly before: string; readonly after: string }
export type ServerName = { readonly backend?: string | undefined; readonly server: string }
export type HaproxyRunnerOptions = {
  readonly id: string
  readonly dir: string
  readonly text: string
  /** Files that the configuration names, as it writes them. */
  readonly files: ReadonlyMap<string, string>
  readonly binary?: string
}

/** Lays the state folder out (a live file that is already there stays) and starts HAProxy if it is installed. */
export async function openHaproxyRunner(options: HaproxyRunnerOptions): Promise<HaproxyRunner> {
  const { id, dir, binary = 'haproxy' } = options
  const liveFile = join(dir, 'haproxy.cfg')
  await mkdir(join(dir, 'run'), { recursive: true, mode: 0o700 })
  for (const [path, text] of options.files) await writeIfAbsent(placeOf(dir, path), text)
  await writeIfAbsent(liveFile, options.text)
  let live = await readFile(liveFile, 'utf8')
  let trouble: RelayTrouble = 'up'
  const engine = (await isInstalled(binary)) ? await openHaproxyEngine(dir, binary, live) : undefined
  const exclusive = oneAtATime()

  const put = async (text: string): Promise<Done> => {
    const loaded = engine ? await engine.load(text) : ({ ok: true } as const)
    if (!loaded.ok) return engine?.running() ? { ...loaded, says: `${loaded.says} The old one keeps running.` } : loaded
    live = text
    await replaceFile(liveFile, text)
    return loaded
  }
  return {
    id,
    dir,
    socket: engine?.socket,
    text: () => live,
    edit: (find, replace) =>
      exclusive(async () => {
        const edited = editFirst(live, find, replace)
        return edited.ok ? put(edited.text) : edited
      }),
    deploy: (before, after, files = new Map()) =>
      exclusive(async () => {
        const merged = mergeDeclared(live, before, after)
        if (!merged.ok) return merged
        const laid = await layFiles(dir, files)
        if (!laid.ok) return laid
        const done = await put(merged.text)
        if (!done.ok) for (const [path, text] of laid.before) await replaceFile(path, text)
        return done
      }),
    serverDown: (server) => exclusive(() => move(engine, server, 'down')),
    serverUp: (server) => exclusive(() => move(engine, server, 'up')),
    states: async () => (engine?.running() && trouble !== 'down' ? engine.states() : []),
    setTrouble: (next) =>
      exclusive(async () => {
        trouble = next
        await engine?.setTrouble(next)
      }),
    trouble: () => (engine && !engine.running() ? 'down' : trouble),
    async request(request) {
      const port = engine?.portOf(request.bind)
      if (port === undefined) throw new Fault('no-such-bind', `Nothing of ${id} listens at ${request.bind} here.`)
      return sendLoopback(port, request)
    },
    close: async () => engine?.close(),
  }
}

/** Stops or starts the one stub that is meant. A name that fits several servers is a refusal that lists them. */
async function move(engine: HaproxyEngine | undefined, name: ServerName, to: 'down' | 'up'): Promise<Done> {
  if (!engine) return refuse('not-installed', 'HAProxy is not installed here, so there is no server to stop or start.')
  const found = findStubs(engine.stubs(), name)
  const [stub, ...others] = found
  if (!stub) {
    const all = engine.stubs().flatMap(namesOf)
    return refuse('no-such-server', `There is no server ${fullName(name)}. There are: ${all.slice(0, 40).join(', ')}.`)
  }
  if (others.length > 0)
    return refuse(
      'ambiguous',
      `${name.server} is the name of several servers: ${found.flatMap(namesOf).join(', ')}. Say which.`,
    )
  await (to === 'down' ? stub.server.stop() : stub.server.start())
  if (await engine.settle([stub])) return { ok: true }
  return refuse('not-settled', `HAProxy does not see ${namesOf(stub).join(', ')} ${to} yet; its checks are slow.`)
}

/** `g1`, or `grafana/g1`, or both parts apart. */
function findStubs(stubs: readonly Stub[], { backend, server }: ServerName): Stub[] {
  const slash = server.indexOf('/')
  const wanted = slash < 0 ? { backend, server } : { backend: server.slice(0, slash), server: server.slice(slash + 1) }
  return stubs.filter(
    ({ wish }) =>
      (wanted.backend === undefined || wish.backend === wanted.backend) && wish.servers.includes(wanted.server),
  )
}

function namesOf({ wish }: Stub): string[] {
  return wish.servers.map((server) => `${wish.backend}/${server}`)
}

function fullName({ backend, server }: ServerName): string {
  return backend === undefined ? server : `${backend}/${server}`
}

/** Lays the changes of lists and maps; all or, at the first conflict, none. Answers what to put back. */
async function layFiles(
  dir: string,
  files: ReadonlyMap<string, Change>,
): Promise<{ ok: true; before: ReadonlyMap<string, string> } | Refusal> {
  const before = new Map<string, string>()
  const after = new Map<string, string>()
  for (const [path, change] of files) {
    const place = placeOf(dir, path)
    const held = await readFile(place, 'utf8').catch(() => '')
    const merged = mergeDeclared(held, change.before, change.after)
    if (!merged.ok) return merged
    before.set(place, held)
    after.set(place, merged.text)
  }
  for (const [place, text] of after) await replaceFile(place, text)
  return { ok: true, before }
}

/** Runs what is handed to it one after the other: two reloads at once would each replace the same process. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }
}
