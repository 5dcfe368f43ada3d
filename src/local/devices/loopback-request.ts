import { request as sendHttp } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** One request to the edge as a client would send it, with a client address of our choice. */
export type LoopbackRequest = {
  /** As declared: `10.20.0.5:8443`. */
  readonly bind: string
  /** Any address of 127.0.0.0/8. */
  readonly src?: string
  /** Sent as a PROXY header (v1), for binds that accept one. */
  readonly proxy?: { readonly src: string; readonly dst: string }
  /** A TLS name; absent means no TLS, and an empty one TLS without a name. */
  readonly sni?: string
  readonly host?: string
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is, instead of HTTP. */
  readonly bytes?: string
}
export type LoopbackAnswer =
  | {
      readonly kind: 'http'
      readonly status: number
      readonly headers: Readonly<Record<string, unknown>>
      readonly body: string
    }
  | { readonly kind: 'bytes'; readonly text: string }
  | { readonly kind: 'closed' }

const TIMEOUT_MS = 5_000

/** Sends it to a port of 127.0.0.1. A connection that is refused, reset or closed without an answer is `closed`. */
export async function sendLoopback(port: number, request: LoopbackRequest): Promise<LoopbackAnswer> {
  const socket = connectTcp({ port, host: '127.0.0.1', ...(request.src ? { localAddress: request.src } : {}) })
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy())
  try {
    if (request.proxy) socket.write(`PROXY TCP4 ${request.proxy.src} ${request.proxy.dst} 50000 443\r\n`)
    const stream = request.sni === undefined ? socket : await secure(socket, request.sni)
    return await (request.bytes === undefined ? exchangeHttp(stream, request) : exchangeBytes(stream, request.bytes))
  } finally {
    socket.destroy()
  }
}

function secure(socket: Socket, name: string): Promise<Socket> {
  return new Promise((resolve) => {
    const tls = connectTls({ socket, rejectUnauthorized: false, ...(name ? { servername: name } : {}) })
    // A handshake that fails shows as a stream that is closed, and so as an answer that is.
    tls.once('secureConnect', () => resolve(tls))
    tls.once('error', () => resolve(tls.destroy()))
    tls.once('close', () => resolve(tls))
  })
}

function exchangeHttp(stream: Socket, { host, method, path, headers }: LoopbackRequest): Promise<LoopbackAnswer> {
  if (stream.destroyed) return Promise.resolve({ kind: 'closed' })
  return new Promise((resolve) => {
    const request = sendHttp({
      createConnection: () => stream,
      method: method ?? 'GET',
      path: path ?? '/',
      headers: { host: host ?? 'localhost', ...headers },
    })
    request.once('error', () => resolve({ kind: 'closed' }))
    request.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', () => resolve({ kind: 'closed' }))
      response.once('end', () =>
        resolve({
          kind: 'http',
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    request.end()
  })
}

function exchangeBytes(stream: Socket, bytes: string): Promise<LoopbackAnswer> {
  if (stream.destroyed) return Promise.resolve({ kind: 'closed' })
  return new Promise((resolve) => {
    stream.once('data', (chunk: Buffer) => resolve({ kind: 'bytes', text: chunk.toString('utf8') }))
    stream.once('error', () => resolve({ kind: 'closed' }))
    stream.once('close', () => resolve({ kind: 'closed' }))
    stream.write(bytes)
  })
}
