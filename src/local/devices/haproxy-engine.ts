import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Fault } from '../../evidence/fault.ts'
import { type Refusal, refuse } from '../../evidence/refusal.ts'
import { readHaproxyText } from '../../haproxy/text.ts'
import { openFilePlaces, placeOf, writeStandIns } from './haproxy-files.ts'
import { checkHaproxy, type HaproxyProcess, startHaproxy } from './haproxy-process.ts'
import { compileRunCopy, type RunCopy, type StubWish } from './run-copy.ts'
import { forward, openRuntimeRelay, type RelayTrouble } from './runtime-relay.ts'
import type { StubIdentity } from './stub-server.ts'
import { openStubServers, type Stub as StubServer } from './stub-servers.ts'
import { readStubStates, type StubState } from './stub-states.ts'

type Done = { readonly ok: true } | Refusal

/** HAProxy, its stubs and its socket as one thing that can be given another configuration. */
export interface HaproxyEngine {
  readonly socket: string
  /** Checks the text and puts it to work without a gap; an invalid one is refused and the old one keeps running. */
  load(text: string): Promise<Done>
  running(): boolean
  states(): Promise<readonly StubState[]>
  stubs(): readonly Stub[]
  /** Waits until HAProxy sees these stubs as they are; false when it still does not after 15 seconds. */
  settle(stubs: readonly Stub[]): Promise<boolean>
  setTrouble(trouble: RelayTrouble): Promise<void>
  /** The loopback port of a declared bind address; a wildcard bind serves every address. */
  portOf(bind: string): number | undefined
  close(): Promise<void>
}
export type Stub = { readonly server: StubServer; readonly wish: StubWish }

const SETTLE_LIMIT_MS = 15_000
const START_ATTEMPTS = 5
const STEP_MS = 40

/** Starts HAProxy on the text. One that HAProxy refuses leaves nothing running, as on a real machine, until `load` brings a better one. */
export async function openHaproxyEngine(dir: string, binary: string, text: string): Promise<HaproxyEngine> {
  const folder = join(dir, 'run')
  // Socket paths may hold 107 bytes only, and a state folder may lie deep.
  const sockets = await mkdtemp(join(tmpdir(), 'sallyport-haproxy-'))
  const inner = join(sockets, 'inner.sock')
  const own = join(folder, 'own.cfg')
  await writeFile(own, ownConfiguration(inner), { mode: 0o600 })
  const servers = openStubServers(await writeStandIns(folder, text))
  const world: World = { dir, folder, open: servers.open, ports: new Map(), stubs: new Map() }
  const processes: HaproxyProcess[] = []
  let trouble: RelayTrouble = 'up'
  let copy: RunCopy = { text: '', binds: new Map(), stubs: [] }
  let loaded: string | undefined

  const start = async () => {
    const replaces = processes.at(-1)?.pid
    const files = [own, join(folder, 'haproxy.cfg')]
    processes.push(await startHaproxy({ binary, files, socket: inner, folder: dir, replaces }))
  }
  /** A free port may be somebody else's by the time HAProxy binds it: then that address gets another one. */
  const launch = async () => {
    for (let attempt = 1; loaded !== undefined; attempt++) {
      try {
        return await start()
      } catch (error) {
        const taken = takenPorts(error)
        if (taken.size === 0 || attempt === START_ATTEMPTS) throw error
        for (const [address, port] of world.ports) if (taken.has(port)) world.ports.delete(address)
        copy = await prepare(world, loaded)
        await writeFile(join(folder, 'haproxy.cfg'), copy.text, { mode: 0o600 })
      }
    }
  }
  const stopAll = async () => {
    await Promise.all(processes.splice(0).map((each) => each.stop()))
  }
  const states = async () => readStubStates(await ask(inner, 'show stat json'))
  const settle = async (stubs: readonly Stub[]) => processes.length === 0 || settled(states, stubs)
  const load = async (live: string): Promise<Done> => {
    const next = await prepare(world, live)
    const path = join(folder, 'haproxy.cfg')
    await writeFile(`${path}.next`, next.text, { mode: 0o600 })
    const alerts = await checkHaproxy(binary, [own, `${path}.next`], dir)
    if (alerts !== undefined) return refuse('invalid', `HAProxy refuses this configuration: ${firstAlert(alerts)}`)
    await rename(`${path}.next`, path)
    copy = next
    loaded = live
    if (trouble === 'down') return { ok: true }
    await launch()
    // A new process thinks every server well until it has looked.
    await settle([...world.stubs.values()].filter((stub) => !stub.server.running()))
    return { ok: true }
  }
  const relay = await openRuntimeRelay({
    path: join(sockets, 'haproxy.sock'),
    inner,
    question: (line) =>
      line.replace(/(show (?:acl|map) )(\/\S+)$/, (_, words: string, path: string) => words + placeOf(dir, path)),
    answer: (answer) => declaredAddresses(copy, world, answer).replaceAll(`(${dir}/`, '(/'),
  })
  const close = async () => {
    await stopAll()
    await relay.close()
    await servers.close()
    await rm(sockets, { recursive: true, force: true })
  }
  await load(text).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    socket: join(sockets, 'haproxy.sock'),
    load,
    running: () => processes.length > 0,
    states,
    settle,
    stubs: () => copy.stubs.flatMap(({ key }) => world.stubs.get(key) ?? []),
    async setTrouble(next) {
      trouble = next
      await relay.setTrouble(next)
      if (next === 'down') await stopAll()
      else if (processes.length === 0) await launch()
    },
    portOf(bind) {
      const port = bind.slice(bind.lastIndexOf(':') + 1)
      return copy.binds.get(bind) ?? copy.binds.get(`*:${port}`) ?? copy.binds.get(`0.0.0.0:${port}`)
    },
    close,
  }
}

type World = {
  readonly dir: string
  readonly folder: string
  readonly open: (identity: StubIdentity) => Promise<StubServer>
  /** Bind address → loopback port. Kept over reloads, so that an address stays where it was. */
  readonly ports: Map<string, number>
  readonly stubs: Map<string, Stub>
}

/** Ours, read before the live configuration: its own global lines are silenced where these stand. */
function ownConfiguration(socket: string): string {
  return [
    'global',
    '    nbthread 1',
    '    maxconn 500',
    '    hard-stop-after 2s',
    `    stats socket unix@${socket} mode 600 level admin`,
    '',
  ].join('\n')
}

/** The run copy, after making sure that every address in it has a port and every server a stub. */
async function prepare(world: World, live: string): Promise<RunCopy> {
  const text = readHaproxyText('haproxy.cfg', live)
  const place = await openFilePlaces(world.dir, world.folder, text)
  const wanted = new Set<string>()
  const collect = (address: string) => {
    wanted.add(address)
    return 1
  }
  const draft = compileRunCopy(text, { bind: collect, stub: () => 1 }, place, world.folder)
  const missing = [...wanted].filter((address) => !world.ports.has(address))
  const free = await findFreePorts(missing.length)
  for (const [index, address] of missing.entries()) world.ports.set(address, free[index] ?? 0)
  for (const wish of draft.stubs) {
    const known = world.stubs.get(wish.key)
    if (known) await known.server.become(identityOf(wish))
    world.stubs.set(wish.key, { server: known?.server ?? (await world.open(identityOf(wish))), wish })
  }
  const ports = {
    bind: (address: string) => world.ports.get(address) ?? 0,
    stub: (key: string) => world.stubs.get(key)?.server.port ?? 0,
  }
  return compileRunCopy(text, ports, place, world.folder)
}

function identityOf({ backend, servers, health }: StubWish): StubIdentity {
  return { backend, server: servers.join(','), health }
}

/** All are held open at once, so that no two are the same. */
async function findFreePorts(count: number): Promise<number[]> {
  const held = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(0, '127.0.0.1', resolve)
      })
      return server
    }),
  )
  const ports = held.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  })
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Loopback ports that HAProxy could not bind, out of what it said while starting. */
function takenPorts(error: unknown): ReadonlySet<number> {
  const said = error instanceof Fault && error.cause instanceof Error ? error.cause.message : ''
  const taken = said.matchAll(/cannot bind socket \(Address already in use\) for \[127\.0\.0\.1:(\d+)\]/g)
  return new Set([...taken].map(([, port]) => Number(port)))
}

async function settled(states: () => Promise<readonly StubState[]>, stubs: readonly Stub[]): Promise<boolean> {
  const watched = stubs.filter(({ wish }) => wish.checked)
  for (let waited = 0; waited <= SETTLE_LIMIT_MS; waited += STEP_MS) {
    const seen = new Map((await states()).map((state) => [`${state.backend}/${state.server}`, state.status] as const))
    const open = watched.some(({ server, wish }) =>
      wish.servers.some((name) => {
        const status = seen.get(`${wish.backend}/${name}`) ?? ''
        return !(server.running() ? /^(?:UP$|MAINT|DRAIN|NOLB|no check)/ : /^(?:DOWN$|MAINT)/).test(status)
      }),
    )
    if (!open) return true
    await wait(STEP_MS)
  }
  return false
}

/** Answers speak of loopback; their readers know the addresses of the live configuration. */
function declaredAddresses(copy: RunCopy, world: World, answer: string): string {
  const declared = new Map(
    copy.stubs.map((wish) => [String(world.stubs.get(wish.key)?.server.port), wish.declared] as const),
  )
  const lines = answer.replaceAll(/127\.0\.0\.1:(\d+)/g, (loopback, port: string) => declared.get(port) ?? loopback)
  // `show servers state`: be_id be_name srv_id srv_name srv_addr … srv_port, blank-separated.
  return lines.replaceAll(/^\d+ \S+ \d+ \S+ 127\.0\.0\.1 .*$/gm, (line) => {
    const words = line.split(' ')
    const at = words.findIndex((word, index) => index > 15 && declared.has(word))
    const found = /^(.*?)(?::(\d+))?$/.exec(declared.get(words[at] ?? '') ?? '')
    if (at < 0 || !found) return line
    words[4] = found[1] ?? '-'
    words[at] = found[2] ?? '0'
    return words.join(' ')
  })
}

/** The first alert that says what is wrong, with the line of the live configuration. */
function firstAlert(output: string): string {
  const alerts = output.split('\n').filter((line) => line.startsWith('[ALERT]'))
  const placed = alerts.map((line) => /\[[^\]]*:(\d+)\]\s*:?\s*(.*)$/.exec(line)).find((found) => found !== null)
  if (placed) return `line ${placed[1]}: ${placed[2]}`
  return (alerts[0] ?? output.trim().split('\n')[0] ?? '').replace(/^\[ALERT\]\s*\(\d+\)\s*:\s*(?:config\s*:\s*)?/, '')
}

function ask(path: string, line: string): Promise<string> {
  return new Promise((resolve) => forward(path, line, resolve))
}
