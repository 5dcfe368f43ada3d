import { chmod, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'

export type RelayTrouble = 'up' | 'down' | 'slow' | 'garble'
/** The stats socket that others see: the real one behind it, and trouble on purpose in between. */
export interface RuntimeRelay {
  setTrouble(trouble: RelayTrouble): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the relay at `path`. Questions are translated to what runs on loopback, and answers back to what the live configuration says,
 * so that its readers meet the addresses and file names that they know.
 */
export async function openRuntimeRelay(options: {
  readonly path: string
  readonly inner: string
  readonly question: (line: string) => string
  readonly answer: (text: string) => string
}): Promise<RuntimeRelay> {
  let trouble: RelayTrouble = 'up'
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk.toString('utf8')
      const end = heard.indexOf('\n')
      if (end < 0 || trouble === 'slow') return
      const line = heard.slice(0, end)
      heard = ''
      if (trouble === 'garble') socket.end('\u0000\u0001\u001a\u001a\n\n')
      else forward(options.inner, options.question(line), (text) => socket.end(options.answer(text)))
    })
  })
  const start = async () => {
    if (server.listening) return
    await rm(options.path, { force: true })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(options.path, () => {
        server.off('error', reject)
        resolve()
      })
    })
    await chmod(options.path, 0o600)
  }
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  await start()
  return {
    async setTrouble(next) {
      trouble = next
      await (next === 'down' ? stop() : start())
    },
    close: stop,
  }
}

const ANSWER_LIMIT_MS = 3_000

/** One question and its whole answer; an empty one when nobody is there, which readers take for a fault. */
export function forward(path: string, line: string, done: (text: string) => void): void {
  const chunks: Buffer[] = []
  const socket = connect(path)
  socket.setTimeout(ANSWER_LIMIT_MS, () => socket.destroy(new Error('no answer in time')))
  socket.on('error', () => done(''))
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('end', () => done(Buffer.concat(chunks).toString('utf8')))
  socket.write(`${line}\n`)
}
