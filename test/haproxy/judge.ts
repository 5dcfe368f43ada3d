import { generate as selfSigned } from 'selfsigned'
import { prepareRoutes, type RouteVerdict } from '../../src/haproxy/route.ts'
import { type Dialled, dial } from './dial.ts'
import { Dice, generateRequest, type Sent } from './generate.ts'
import { type Door, NAMES, type Site, type Wide } from './generate-wide.ts'
import { disagreement, freePort, openUpstreams, type Seen, startHaproxy } from './real.ts'

/** What the judge saw: comparisons, disagreements with everything that is needed to see them again, and what was left open. */
export type Judgement = {
  compared: number
  readonly wrong: string[]
  readonly refused: string[]
  /** Why verdicts depend, with how often. */
  readonly unsure: Map<string, number>
  depends: number
  /** How often the first answer was another one, and the second as foretold. */
  again: number
  /** HAProxy 2.6.12 itself crashes on some requests; what it did not live to answer says nothing. */
  readonly fallen: number[]
}

export type Generator = (dice: Dice, site: Site) => Wide
type Call = { readonly sent: Sent; readonly how: Dialled; readonly version: string }

const AT_ONCE = 14
const UPSTREAMS = 48
const PORTS = 8

/** Starts the real HAProxy with one configuration a seed, and compares what requests meet there with what we say. */
export async function judge(
  generator: Generator,
  seeds: Iterable<number>,
  { requests, generateCall = generateRequest }: { requests: number; generateCall?: (dice: Dice) => Sent },
): Promise<Judgement> {
  const upstreams = await openUpstreams(UPSTREAMS)
  const certificates = await makeCertificates()
  const found: Judgement = { compared: 0, wrong: [], refused: [], unsure: new Map(), depends: 0, again: 0, fallen: [] }
  for (const seed of seeds) {
    const dice = new Dice(seed * 15_485_863)
    const ports = await Promise.all(Array.from({ length: PORTS }, freePort))
    const noon = Math.floor(Date.now() / 1000)
    const site = { ports, servers: upstreams.ports, noon, certificates }
    const { text, files, device, doors } = generator(dice, site)
    const haproxy = await startHaproxy(text, [...new Set(doors.map((door) => door.port))], files).catch(
      (error: Error) => void found.refused.push(`seed ${seed}: ${error.message}`),
    )
    if (!haproxy) continue
    const route = prepareRoutes(device)
    const before = found.wrong.length
    const calls = Array.from({ length: requests }, () => makeCall(dice, doors, generateCall))
    for (let at = 0; at < calls.length; at += AT_ONCE)
      await Promise.all(
        calls.slice(at, at + AT_ONCE).map(async (each) => {
          const why = await compare(each, route, upstreams.ports, text, found)
          if (why !== undefined) found.wrong.push(`seed ${seed} ${why}\n${text}`)
        }),
      )
    // Its end is heard of a moment after the connections that it took along.
    if (found.wrong.length > before) await new Promise((resolve) => setTimeout(resolve, 200))
    if (haproxy.fell()) {
      found.fallen.push(seed)
      found.wrong.length = before
    }
    await haproxy.stop()
    if (found.wrong.length > 8) break
  }
  upstreams.close()
  return found
}

async function compare(
  call: Call,
  route: ReturnType<typeof prepareRoutes>,
  ports: readonly number[],
  text: string,
  found: Judgement,
): Promise<string | undefined> {
  const verdict = predict(route, call)
  const ask = () => dial(call.how, onTheWire(call), verdict.kind === 'timeout' ? 400 : 3000)
  const seen = await ask()
  found.compared++
  if (verdict.kind === 'depends' || (verdict.kind === 'server' && verdict.line === null)) {
    found.depends++
    for (const name of verdict.depends) found.unsure.set(name, (found.unsure.get(name) ?? 0) + 1)
    return undefined
  }
  if (isKernelsRace(verdict, seen, call.how)) return undefined
  if (disagreement(verdict, seen, ports, text) === undefined) return undefined
  // On a busy machine a connection may be cut or late; what is wrong is wrong a second time.
  found.again++
  // A machine that does other things too keeps a connection waiting until HAProxy gives it up; it does not do so each time.
  let why: string | undefined
  for (let times = 0; times < MOST_ASKED; times += 1) {
    why = disagreement(verdict, await ask(), ports, text)
    if (why === undefined) return undefined
  }
  return `${JSON.stringify(call)}: ${why}\n${JSON.stringify(verdict)}`
}
const MOST_ASKED = 4

const CLIENTS = [
  '10.1.2.3',
  '10.1.9.9',
  '10.9.9.9',
  '192.0.2.7',
  '172.0.0.16',
  '2001:db8::5',
  '2001:db8:1::5',
  '::1',
  '::ffff:10.1.2.3',
  '::10.1.2.3',
  '2002:a01:203::1',
  '127.0.0.2',
]

/** How long a body is, said as it should not be: no body follows. */
const ODD_FRAMING: readonly (readonly [string, string])[] = [
  ['content-length', 'x'],
  ['content-length', '0, 0'],
  ['content-length', '0, 1'],
  ['content-length', ''],
  ['content-length', '-1'],
  ['content-length', '+0'],
  ['content-length', '0'],
  ['transfer-encoding', 'chunked, gzip'],
  ['transfer-encoding', 'identity'],
  ['transfer-encoding', 'gzip, chunked'],
]

/** Mostly as the door wants it, sometimes not. */
function makeCall(dice: Dice, doors: readonly Door[], generateCall: (dice: Dice) => Sent): Call {
  const door = dice.pick(doors)
  const plain = generateCall(dice)
  const right = dice.often(94)
  const src = dice.pick(CLIENTS)
  const proxied = right ? door.proxy : !door.proxy
  const encrypted = right || dice.often(60) ? door.tls : !door.tls
  const six = src.includes(':')
  const h2 =
    door.h2 === true &&
    right &&
    plain.headers.some(([name, value]) => /^host$/i.test(name) && value !== '') &&
    dice.often(35)
  const framed = !h2 && dice.often(3)
  const sent = framed ? { ...plain, headers: [...plain.headers, dice.pick(ODD_FRAMING)] } : plain
  return {
    sent:
      !h2 && dice.often(4)
        ? {
            ...sent,
            path: dice.pick([
              'http://a.example.com/a',
              '*',
              '/a#b',
              'nonsense',
              'http://b.example.com:80/a?x=1',
              '/%00',
            ]),
          }
        : sent,
    version: h2 ? '2.0' : dice.often(6) ? '1.0' : '1.1',
    how: {
      port: door.port,
      src: dice.often(50) ? sent.src : dice.pick(['127.0.0.1', '127.0.0.2', '127.0.0.9']),
      ...(proxied
        ? {
            proxy: {
              version: dice.often(50) ? 1 : 2,
              src,
              sport: dice.pick([4242, 50_000]),
              dst: six ? '2001:db8::9' : dice.pick(['10.0.0.9', '127.0.0.1']),
              dport: dice.pick([443, 80]),
            },
          }
        : {}),
      ...(h2 ? { h2: sent } : {}),
      ...(encrypted ? { tls: { sni: dice.often(85) ? dice.pick(NAMES) : undefined } } : {}),
    },
  }
}

function predict(route: ReturnType<typeof prepareRoutes>, { sent, how, version }: Call): RouteVerdict {
  const { proxy, tls } = how
  return route({
    bind: `127.0.0.1:${how.port}`,
    src: how.src,
    proxy: proxy ? { src: proxy.src, sport: proxy.sport, dst: proxy.dst, dport: proxy.dport } : null,
    tls: tls !== undefined,
    sni: tls?.sni ?? null,
    version,
    method: sent.method,
    path: sent.path,
    headers: [
      ...sent.headers.map(([name, value]): [string, string] => [name, value]),
      ...(version === '2.0' ? [] : [['connection', 'close'] satisfies [string, string]]),
    ],
    at: new Date().toISOString(),
  })
}

function onTheWire({ sent, version }: Call): string {
  const lines = sent.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${sent.method} ${sent.path} HTTP/${version}\r\n${lines}connection: close\r\n\r\n`
}

/**
 * Two endings that the kernel decides: what is silently dropped is reset if the client sends once more, if only because nothing
 * acknowledged its bytes; and a 400 for a PROXY header that was not wanted is lost when more bytes lie unread.
 */
function isKernelsRace(verdict: RouteVerdict, seen: Seen, how: Dialled): boolean {
  if (seen.kind !== 'closed') return false
  return verdict.kind === 'timeout' || (verdict.status === 400 && how.proxy !== undefined)
}

async function makeCertificates(): Promise<Site['certificates']> {
  const pair = async (names: readonly string[]) => {
    const made = await selfSigned([{ name: 'commonName', value: names[0] ?? '' }], {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames: names.slice(1).map((value) => ({ type: 2 as const, value })) }],
    })
    return `${made.cert.trimEnd()}\n${made.private.trimEnd()}\n`
  }
  return {
    a: await pair(['a.example.com', 'A.Example.org', '*.corp']),
    b: await pair(['b.example.com', 'b.example.com']),
  }
}
