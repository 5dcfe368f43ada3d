import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RouteVerdict } from '../../src/haproxy/route.ts'

const BINARY = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy', '/usr/bin/haproxy'].find((path) => existsSync(path))

/** The real HAProxy, if it is installed. Where CI runs, it must be. */
export function realHaproxy(): string | undefined {
  if (!BINARY && process.env.CI === 'true') throw new Error('CI must have the haproxy binary')
  return BINARY
}

/** What `haproxy -c` says of a file. */
export function checkWithHaproxy(text: string, files: ReadonlyMap<string, string> = new Map()) {
  const folder = writeFolder(text, files)
  const run = spawnSync(BINARY ?? '', ['-c', '-f', 'haproxy.cfg'], { cwd: folder, encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  return { valid: run.status === 0, says: run.stderr }
}

function writeFolder(text: string, files: ReadonlyMap<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-haproxy-'))
  writeFileSync(join(folder, 'haproxy.cfg'), text)
  for (const [name, content] of files) writeFileSync(join(folder, name), content)
  return folder
}

/** Servers that answer every request with their number and the request line they got. */
export async function openUpstreams(count: number): Promise<{ ports: number[]; close: () => void }> {
  const servers: Server[] = []
  const ports: number[] = []
  for (let index = 0; index < count; index++) {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      let seen = Buffer.alloc(0)
      socket.on('data', (data) => {
        seen = Buffer.concat([seen, data])
        const own = withoutProxyHeader(seen)
        if (own.length === 0 || socket.writableEnded) return
        const line = own.toString('latin1').split('\r\n')[0] ?? ''
        const echo = Buffer.from(line, 'latin1').toString('base64')
        socket.end(
          `HTTP/1.1 200 OK\r\nx-upstream: ${index}\r\nx-line: ${echo}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
        )
      })
    })
    ports.push(await listen(server))
    servers.push(server)
  }
  return { ports, close: () => servers.forEach((server) => void server.close()) }
}

/** What `send-proxy` and `send-proxy-v2` put in front. */
function withoutProxyHeader(data: Buffer): Buffer {
  if (data.subarray(0, 6).toString() === 'PROXY ') return data.subarray(data.indexOf('\r\n') + 2)
  return data.length > 16 && data.readUInt32BE(0) === 0x0d0a0d0a ? data.subarray(16 + data.readUInt16BE(14)) : data
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Starts HAProxy and waits until it accepts connections at each of the ports: on a busy machine it may listen at one and not yet at the next. */
export async function startHaproxy(
  text: string,
  ports: number | readonly number[],
  files: ReadonlyMap<string, string> = new Map(),
) {
  const folder = writeFolder(text, files)
  const child: ChildProcess = spawn(BINARY ?? '', ['-db', '-f', 'haproxy.cfg'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let says = ''
  child.stderr?.on('data', (data: Buffer) => {
    says += data.toString()
  })
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    if (child.exitCode === null && child.kill('SIGKILL')) await gone
    rmSync(folder, { recursive: true, force: true })
  }
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) {
      await stop()
      throw new Error(`haproxy did not start: ${says}\n${text}`)
    }
    const waiting = typeof ports === 'number' ? [ports] : [...ports]
    while (waiting[0] !== undefined && (await accepts(waiting[0]))) waiting.shift()
    if (waiting.length === 0) return { stop, fell: () => child.exitCode !== null || child.signalCode !== null }
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
  await stop()
  throw new Error('haproxy does not listen')
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: '127.9.9.9' }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

export type Seen = {
  readonly kind: 'server' | 'status' | 'closed' | 'timeout'
  readonly status?: number
  readonly rule?: string
  readonly upstream?: number
  readonly line?: string
}

/** Sends one request from the given address and tells what came back. */
export function sendRequest(port: number, src: string, request: string, patienceMs = 700): Promise<Seen> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect({ host: '127.0.0.1', port, localAddress: src }, () => socket.write(request, 'latin1'))
    const done = (seen: Seen) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(seen)
    }
    const timer = setTimeout(() => done({ kind: 'timeout' }), patienceMs)
    const finish = () => done(answer ? readAnswer(answer) : { kind: 'closed' })
    socket.on('data', (data) => {
      answer += data.toString('latin1')
    })
    socket.on('end', finish)
    socket.on('error', finish)
    socket.on('close', finish)
  })
}

export function readAnswer(whole: string): Seen {
  // What is said before the answer, as `103 Early Hints`, is no answer.
  const answer = whole.replace(/^(?:HTTP\/1\.1 1\d\d [\s\S]*?\r\n\r\n)+/, '')
  const header = (name: string) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(answer)?.[1]
  const upstream = header('x-upstream')
  if (upstream !== undefined)
    return {
      kind: 'server',
      upstream: Number(upstream),
      line: Buffer.from(header('x-line') ?? '', 'base64').toString('latin1'),
    }
  const rule = header('x-rule') ?? /^\/([a-z]+\d+)$/.exec(header('location') ?? '')?.[1]
  return { kind: 'status', status: Number(answer.split(' ')[1]), ...(rule === undefined ? {} : { rule }) }
}

/** Undefined when what was seen is what was said. */
export function disagreement(
  verdict: RouteVerdict,
  seen: Seen,
  ports: readonly number[],
  text: string,
): string | undefined {
  if (verdict.kind !== seen.kind)
    return `said ${verdict.kind}, seen ${seen.kind} ${seen.status ?? ''} ${seen.rule ?? ''}`
  if (seen.kind === 'server') {
    const used = new RegExp(`^\\s*server .*:${ports[seen.upstream ?? -1]}( |$)`)
    const lines = text.split('\n')
    const at = lines.findIndex((line) => used.test(line))
    const backend = lines
      .slice(0, at)
      .findLast((line) => /^(?:backend|listen) /.test(line))
      ?.split(' ')[1]
    const server = lines[at]?.trim().split(' ')[1] ?? ''
    if (backend !== verdict.backend) return `said backend ${verdict.backend}, seen ${backend}`
    if (!verdict.servers.includes(server)) return `said servers ${verdict.servers}, seen ${server}`
    if (seen.line?.includes(' HTTP/') && verdict.line !== seen.line)
      return `said line ${verdict.line}, seen ${seen.line}`
  }
  if (seen.kind === 'status') {
    if (verdict.status !== seen.status) return `said ${verdict.status}, seen ${seen.status} ${seen.rule ?? ''}`
    const says = verdict.because.at(-1)?.says ?? ''
    if (seen.rule !== undefined && !says.includes(seen.rule)) return `said \`${says}\`, seen ${seen.rule}`
  }
  return undefined
}
