import { connect as connectTcp, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
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
    const answer = () => (!how.tls || below.includes('\r\nx-upstream: ') ? below : above)
    const timer = setTimeout(() => done({ kind: 'timeout' }), patienceMs)
    const finish = () => done(answer() ? readAnswer(answer()) : { kind: 'closed' })
    socket.on('connect', () => {
      // In one packet: after a silent drop, a second one would be answered by a reset.
      socket.cork()
      if (how.proxy) socket.write(proxyHeader(how.proxy))
      if (!how.tls) socket.write(request, 'latin1')
      else sendInTls(socket, how.tls.sni, request, (text) => (above += text))
      setImmediate(() => socket.uncork())
    })
    socket.on('data', (data) => {
      if (below.length < 4096) below += data.toString('latin1')
    })
    for (const event of ['end', 'error', 'close']) socket.on(event, () => setImmediate(finish))
  })
}

function sendInTls(socket: Socket, sni: string | undefined, request: string, take: (text: string) => void): void {
  const wrapped = new Duplex({
    read: () => undefined,
    write: (chunk, _, next) => void socket.write(chunk, () => next()),
  })
  socket.on('data', (data) => wrapped.push(data))
  socket.on('end', () => wrapped.push(null))
  const secure = connectTls({
    socket: wrapped,
    rejectUnauthorized: false,
    ...(sni === undefined ? {} : { servername: sni }),
  })
  secure.on('secureConnect', () => secure.write(request, 'latin1'))
  secure.on('data', (data: Buffer) => take(data.toString('latin1')))
  secure.on('error', () => secure.destroy())
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
