import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { type HaproxyProcess, startHaproxy } from '../../src/local/devices/haproxy-process.ts'
import { forward } from '../../src/local/devices/runtime-relay.ts'

/** A real HAProxy in a folder of its own, and a socket that takes every command: what operators do behind a file's back. */
export type RunningHaproxyFixture = {
  readonly dir: string
  readonly socket: string
  readonly config: string
  readonly port: number
  command(line: string): Promise<string>
  reload(): Promise<void>
  close(): Promise<void>
}

/** `DIR` in the configuration is the folder, `PORT` a free port; `crt.pem` in the folder is a certificate for shop.example. */
export async function runHaproxy(
  body: string,
  files: Readonly<Record<string, string>> = {},
  head = '',
): Promise<RunningHaproxyFixture> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-run-'))
  const socket = join(dir, 's')
  const config = join(dir, 'haproxy.cfg')
  const pair = await generate([{ name: 'commonName', value: 'shop.example' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'shop.example' }] }],
  })
  for (const [name, text] of Object.entries({ 'crt.pem': `${pair.cert.trim()}\n${pair.private.trim()}\n`, ...files }))
    await writeFile(join(dir, name), text)
  const global = `${head}global\n    nbthread 1\n    stats socket unix@${socket} mode 600 level admin\n`
  const port = await findFreePort()
  await writeFile(config, global + body.replaceAll('DIR', dir).replaceAll('PORT', String(port)))
  let running: HaproxyProcess
  const start = async (replaces?: number) => {
    running = await startHaproxy({ binary: 'haproxy', files: [config], socket, folder: dir, replaces })
  }
  await start()
  return {
    dir,
    socket,
    config,
    port,
    command: (line) => new Promise((resolve) => forward(socket, line, resolve)),
    async reload() {
      const before = running
      await start(before.pid)
      await before.stop()
    },
    async close() {
      await running.stop()
      await rm(dir, { recursive: true })
    },
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
