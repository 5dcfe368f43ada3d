import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { readAnswer, type Seen } from './real.ts'

/** How a client comes: its own address, what a PROXY header says before anything else, and TLS. */
export type Dialled = {
  readonly port: number
  readonly src: string
  readonly proxy?: {
    readonly version: 1 | 2
    readonly src: string
    readonly sport: number
    readonly dst: string
    readonly dport: number
  }
  readonly tls?: { readonly sni: string | undefined }
  /** HTTP/2, after ALPN or, in the clear, at once. */
  readonly h2?: Http2Request
}
type Http2Request = {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
}

/**
 * Sends one request and tells what came back. Where TLS goes through to the server untouched, ours answers in the clear: what comes back
 * then is read from the bytes below TLS.
 */
export function dial(how: Dialled, request: string, patienceMs = 1500): Promise<Seen> {
  return new Promise((resolve) => {
    let below = ''
    let above = ''
    const socket = connectTcp({ host: '127.0.0.1', port: how.port, localAddress: how.src })
    const done = (seen: Seen) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(seen)
    }
    // An answer of HAProxy's own in the clear is nothing to a client that speaks TLS.
    const answer = () => ((!how.tls && !how.h2) || below.includes('\r\nx-upstream: ') ? below : above)
    const timer = setTimeout(() => done({ kind: 'timeout' }), patienceMs)
    const finish = () => done(answer() ? readAnswer(answer()) : { kind: 'closed' })
    socket.on('connect', () => {
      // In one packet: after a silent drop, a second one would be answered by a reset.
      socket.cork()
      if (how.proxy) socket.write(proxyHeader(how.proxy))
      const take = (text: string) => (above += text)
      if (how.h2)
        sendHttp2(
          { below: socket, over: how.tls ? startTls(socket, how.tls.sni, ['h2']) : wrap(socket) },
          how.h2,
          how.tls !== undefined,
          take,
        )
      else if (!how.tls) socket.write(request, 'latin1')
      else sendInTls(socket, how.tls.sni, request, take)
      setImmediate(() => socket.uncork())
    })
    socket.on('data', (data) => {
      if (below.length < 4096) below += data.toString('latin1')
    })
    for (const event of ['end', 'error', 'close']) socket.on(event, () => setImmediate(finish))
  })
}

function sendInTls(socket: Socket, sni: string | undefined, request: string, take: (text: string) => void): void {
  const secure = startTls(socket, sni, undefined)
  secure.on('secureConnect', () => secure.write(request, 'latin1'))
  secure.on('data', (data: Buffer) => take(data.toString('latin1')))
}

/** The socket as a stream of its own, so that what comes back can be read below it too. */
function wrap(socket: Socket): Duplex {
  const wrapped = new Duplex({
    read: () => undefined,
    write: (chunk, _, next) => void socket.write(chunk, () => next()),
  })
  socket.on('data', (data) => wrapped.push(data))
  socket.on('end', () => wrapped.push(null))
  return wrapped
}

function startTls(socket: Socket, sni: string | undefined, protocols: string[] | undefined): TLSSocket {
  const secure = connectTls({
    socket: wrap(socket),
    rejectUnauthorized: false,
    ...(sni === undefined ? {} : { servername: sni }),
    ...(protocols ? { ALPNProtocols: protocols } : {}),
  })
  secure.on('error', () => secure.destroy())
  return secure
}

/** One request; its answer is told as if it had come in HTTP/1. */
function sendHttp2(
  { below, over }: { readonly below: Socket; readonly over: Duplex },
  { method, path, headers }: Http2Request,
  tls: boolean,
  take: (text: string) => void,
): void {
  const session = connectHttp2(tls ? 'https://unused' : 'http://unused', { createConnection: () => over })
  session.on('error', () => below.destroy())
  const fields: Record<string, string[]> = {}
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    if (key !== 'host') fields[key] = [...(fields[key] ?? []), value]
  }
  const authority = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? ''
  const stream = session.request(
    {
      ...fields,
      ':method': method,
      ':path': path,
      ':scheme': tls ? 'https' : 'http',
      ':authority': authority,
    },
    { endStream: true },
  )
  stream.on('response', (answer) => {
    const lines = Object.entries(answer).map(([name, value]) => `${name}: ${value}\r\n`)
    take(`HTTP/2 ${answer[':status']} x\r\n${lines.join('')}\r\n`)
    below.destroy()
  })
  stream.on('error', () => below.destroy())
}

function proxyHeader({ version, src, dst, sport, dport }: NonNullable<Dialled['proxy']>): Buffer {
  const six = src.includes(':')
  if (version === 1) return Buffer.from(`PROXY TCP${six ? 6 : 4} ${src} ${dst} ${sport} ${dport}\r\n`)
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(sport, 0)
  ports.writeUInt16BE(dport, 2)
  const body = Buffer.concat([addressBytes(src), addressBytes(dst), ports])
  const head = Buffer.from([
    0x0d,
    0x0a,
    0x0d,
    0x0a,
    0,
    0x0d,
    0x0a,
    0x51,
    0x55,
    0x49,
    0x54,
    0x0a,
    0x21,
    six ? 0x21 : 0x11,
    0,
    body.length,
  ])
  return Buffer.concat([head, body])
}

function addressBytes(text: string): Buffer {
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number))
  const [head = '', tail] = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, quadToHex).split('::')
  const words = (part: string) => part.split(':').filter(Boolean)
  const left = words(head)
  const right = tail === undefined ? [] : words(tail)
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  return Buffer.from(all.flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]))
}

function quadToHex(_: string, a: string, b: string, c: string, d: string): string {
  return `${((Number(a) << 8) | Number(b)).toString(16)}:${((Number(c) << 8) | Number(d)).toString(16)}`
}
