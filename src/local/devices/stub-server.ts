import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

/** A server behind the simulated edge: whatever comes in, it says which backend and server it is. */
export interface StubServer {
  readonly port: number
  /** What it says it is from now on. */
  become(identity: StubIdentity): void
  start(): Promise<void>
  stop(): Promise<void>
}
export type StubIdentity = {
  readonly backend: string
  readonly server: string
  readonly health: { readonly path: string | undefined; readonly status: number }
}

/** Starts a stub on a free port of 127.0.0.1. It understands HTTP, TLS and PROXY headers by their first bytes, and echoes the rest. */
export async function openStubServer(
  first: StubIdentity,
  certificate: { readonly key: string; readonly cert: string },
): Promise<StubServer> {
  let identity = first
  const sockets = new Set<Socket>()
  const http = createHttpServer((request, response) => serveHttp(identity, request, response))
  const tls = createTlsServer({ ...certificate, ALPNProtocols: ['http/1.1'] }, (socket) => route(socket))
  tls.on('tlsClientError', () => undefined)
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    route(socket)
  })

  /** Decides by the first bytes who reads on; they are put back so that the reader sees all of it. */
  function route(socket: Socket): void {
    socket.once('data', (chunk: Buffer) => {
      socket.pause()
      const rest = withoutProxyHeader(chunk)
      if (rest.length === 0) {
        route(socket)
        socket.resume()
        return
      }
      if (rest[0] === 0x16) handOver(socket, rest, () => tls.emit('connection', socket))
      else if (/^[A-Z]{3,10} [^ ]+ HTTP\/1/.test(rest.toString('latin1', 0, 4096)))
        handOver(socket, rest, () => http.emit('connection', socket))
      else {
        const { backend, server } = identity
        socket.write(`${backend}/${server} heard ${rest.length} bytes\n`)
        socket.on('data', (more) => socket.write(more))
        socket.on('end', () => socket.end())
        socket.resume()
      }
    })
  }

  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      listener.once('error', reject)
      listener.listen(port, '127.0.0.1', () => {
        listener.off('error', reject)
        const address = listener.address()
        resolve(typeof address === 'object' && address ? address.port : port)
      })
    })
  const port = await listen(0)
  return {
    port,
    become(next) {
      identity = next
    },
    async start() {
      if (!listener.listening) await listen(port)
    },
    async stop() {
      if (!listener.listening) return
      const closed = new Promise((resolve) => listener.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function handOver(socket: Socket, rest: Buffer, take: () => void): void {
  socket.unshift(rest)
  take()
  process.nextTick(() => socket.resume())
}

function serveHttp(identity: StubIdentity, request: IncomingMessage, response: ServerResponse): void {
  const { backend, server, health } = identity
  request.resume()
  const path = request.url ?? '/'
  const status = path === health.path ? health.status : 200
  const body = JSON.stringify({ backend, server, method: request.method, path, headers: request.rawHeaders })
  const plain = status === 204 || status === 304
  response.writeHead(status, plain ? {} : { 'content-type': 'application/json' }).end(plain ? undefined : body)
}

const PROXY_V2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a])

/** What follows a PROXY header, version 1 or 2; HAProxy sends the header whole in its first segment. */
function withoutProxyHeader(chunk: Buffer): Buffer {
  if (chunk.subarray(0, 6).toString('latin1') === 'PROXY ') {
    const end = chunk.indexOf('\r\n')
    return end < 0 ? chunk : chunk.subarray(end + 2)
  }
  if (chunk.length >= 16 && chunk.subarray(0, 12).equals(PROXY_V2)) return chunk.subarray(16 + chunk.readUInt16BE(14))
  return chunk
}
