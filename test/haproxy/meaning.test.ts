import { describe, expect, test } from 'vitest'
import {
  EVERYTHING,
  equal,
  type FlowSet,
  flowsWhere,
  intersect,
  isEmpty,
  subtract,
  uniteAll,
} from '../../src/flow/flow-set.ts'
import { readCidr } from '../../src/flow/ip-set.ts'
import { exactText } from '../../src/flow/text-set.ts'
import { ABSENT_HEADER, ips, names, numbers, texts } from '../../src/flow/values.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { type HaproxyPiece, haproxyMeaning, prepareMeaning } from '../../src/haproxy/meaning.ts'
import { prepareRoutes, type RouteVerdict } from '../../src/haproxy/route.ts'
import { Dice, generate, generateRequest, type Sent } from './generate.ts'
import { generateCompany } from './generate-companies.ts'
import { generateRare, generateRareRequest } from './generate-rare.ts'
import { generateNarrow, generateWide, NAMES, type Wide } from './generate-wide.ts'

const NOON = 1_795_600_000

const one = (address: string) => ips(readCidr(address) ?? { v4: [], v6: [] })
const text = (value: string) => texts(exactText(value))

type Come = {
  readonly port: number
  readonly tls: boolean
  readonly sni?: string | undefined
  readonly proxy?: string | undefined
}

const READ = ['x-group', 'x-real-ip', 'x-num', 'x-path', 'x', 'cookie', 'authorization']

/** The flow of one request, every dimension said but the unknown ones. */
function flowOf(sent: Sent, { port, tls, sni, proxy }: Come): FlowSet {
  const header = (name: string) => {
    const lines = sent.headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value.trim())
    return text(lines.length === 0 ? ABSENT_HEADER : lines.join(','))
  }
  const mark = sent.path.indexOf('?')
  return flowsWhere({
    src: one(sent.src),
    ...(proxy === undefined ? {} : { proxied: one(proxy) }),
    dst: one('127.0.0.1'),
    dport: numbers([port, port]),
    tls: numbers(tls ? [1, 1] : [0, 0]),
    sni: text(sni ?? ABSENT_HEADER),
    at: numbers([NOON, NOON]),
    method: names(sent.method),
    host: header('host'),
    ...Object.fromEntries(READ.map((name) => [`header:${name}`, header(name)])),
    path: text(mark < 0 ? sent.path : sent.path.slice(0, mark)),
    query: text(mark < 0 ? '' : sent.path.slice(mark + 1)),
  })
}

function ask(sent: Sent, { port, tls, sni, proxy }: Come) {
  return {
    ...sent,
    bind: `127.0.0.1:${port}`,
    tls,
    sni: sni ?? null,
    proxy: proxy ?? null,
    headers: sent.headers.map(([name, value]): [string, string] => [name, value]),
    at: new Date(NOON * 1000).toISOString(),
  }
}

const SITE = {
  ports: [8080, 8081, 8082, 8083, 8084, 8085, 8086, 8087],
  servers: [1, 2, 3, 4, 5, 6, 7, 8],
  noon: NOON,
  certificates: { a: '', b: '' },
}

/** Random requests to random configurations: how many a single piece foretells, and how many hang on something named. */
function checkAgreement(
  generator: (dice: Dice, site: typeof SITE) => Wide,
  generateCall: (dice: Dice) => Sent,
  configurations: number,
): { readonly certain: number; readonly open: number } {
  const compared = { certain: 0, open: 0 }
  for (let seed = 1; seed <= configurations; seed++) {
    const dice = new Dice(seed)
    const { text: config, device, doors } = generator(dice, SITE)
    expect(device.fatal, config).toEqual([])
    const meaning = prepareMeaning(device)
    const route = prepareRoutes(device)
    for (let n = 0; n < 12; n++) {
      const sent = generateCall(dice)
      const { port, tls, proxy } = dice.pick(doors)
      const come: Come = {
        port,
        tls,
        sni: tls && dice.often(85) ? dice.pick(NAMES) : undefined,
        proxy: proxy ? dice.pick(['10.1.2.3', '192.0.2.7', '2001:db8::5']) : undefined,
      }
      const verdict = route(ask(sent, come))
      const within = flowOf(sent, come)
      const pieces = meaning(within)
      const why = `seed ${seed}: ${JSON.stringify(sent)}\n${JSON.stringify(verdict)}\n${config}`
      expect(equal(uniteAll(pieces.map((piece) => piece.flows)), within), why).toBe(true)
      const vague = verdict.kind === 'depends' || pieces.some((piece) => piece.outcome.kind === 'depends')
      if (pieces.length === 1 && !vague) compared.certain++
      else compared.open++
      const outcomes = pieces.map((piece) => piece.outcome)
      if (!vague)
        expect(
          pieces.some((piece) => foretells(piece, verdict)),
          `${why} ${JSON.stringify(outcomes)}`,
        ).toBe(true)
    }
  }
  return compared
}

/** Whether a piece foretells this verdict. */
function foretells({ outcome }: HaproxyPiece, verdict: RouteVerdict): boolean {
  if (outcome.kind !== verdict.kind) return false
  if (outcome.kind === 'status') return outcome.status === verdict.status
  if (outcome.kind === 'server')
    return outcome.backend === verdict.backend && verdict.servers.every((server) => outcome.servers.includes(server))
  return true
}

describe('the meaning as sets', () => {
  test('pieces are disjoint, cover what was asked about, and agree with the route of every request', () => {
    const narrow = checkAgreement(generateNarrow, generateRequest, 30)
    const wide = checkAgreement(generateWide, generateRequest, 15)
    const rare = checkAgreement(generateRare, generateRareRequest, 15)
    const company = checkAgreement(generateCompany, generateRequest, 10)
    console.info(JSON.stringify({ narrow, wide, rare, company }))
    expect(narrow.open).toBeLessThan(narrow.certain * 0.25)
    expect(wide.open).toBeLessThan(wide.certain * 0.5)
    expect(rare.open).toBeLessThan(rare.certain * 0.7)
    // Most of what they write is computed along the way, which sets do not follow.
    expect(company.certain).toBeGreaterThan(8)
  })

  test('the pieces of everything overlap nowhere', () => {
    for (let seed = 1; seed <= 6; seed++) {
      const { device } = generate(new Dice(seed), { bind: 8080, servers: [1, 2, 3, 4, 5, 6, 7, 8], noon: NOON })
      const pieces = haproxyMeaning(device, flowsWhere({ dport: numbers([8080, 8080]), method: names('GET') }))
      for (const [i, a] of pieces.entries())
        for (const b of pieces.slice(i + 1)) expect(isEmpty(intersect(a.flows, b.flows)), `seed ${seed}`).toBe(true)
    }
  })

  test('an address nobody listens on is closed, whatever is asked', () => {
    const { device } = generate(new Dice(1), { bind: 8080, servers: [1, 2, 3, 4, 5, 6, 7, 8], noon: NOON })
    const other = flowsWhere({ dport: numbers([22, 22]) })
    expect(haproxyMeaning(device, other).map((piece) => piece.outcome)).toEqual([{ kind: 'closed' }])
  })

  test('what is kept of TLS and of HTTP in tcp mode is kept of nothing else', () => {
    const config = `defaults
 mode tcp
frontend pass
 bind :443
 tcp-request inspect-delay 1s
 tcp-request content accept if { req.proto_http } { var(txn.never) -m str x }
 tcp-request content set-var(txn.host) req.hdr(host)
 tcp-request content set-var(txn.sni) req.ssl_sni
 use_backend web if { var(txn.host) -m str a.test }
 use_backend tls-%[req.ssl_sni] if { var(txn.sni) -m found }
${['web', 'tls-a.test'].map((name) => `backend ${name}\n server s 10.0.0.1:80\n`).join('')}`
    const device = readHaproxy({ id: 'lb' }, 'lb.cfg', config)
    const servers = haproxyMeaning(device, EVERYTHING).flatMap(({ flows, outcome }) =>
      outcome.kind === 'server' ? [{ flows, backend: outcome.backend }] : [],
    )
    const clear = flowsWhere({ tls: numbers([0, 0]) })
    expect(servers.map(({ backend, flows }) => [backend, isEmpty(intersect(flows, clear))])).toEqual([
      ['tls-a.test', true],
      ['web', false],
    ])
    expect(servers.every(({ backend, flows }) => backend !== 'web' || isEmpty(subtract(flows, clear)))).toBe(true)
  })

  test('a server that is down gets what persistence forces on it, and nothing else', () => {
    const config = `defaults
 mode http
frontend f
 bind :80
 default_backend b
backend b
 force-persist if { src 10.0.0.0/8 }
 use-server down if { path /x }
 server down 10.0.0.1:80 disabled
`
    const device = readHaproxy({ id: 'lb' }, 'lb.cfg', config)
    const asked = (src: string, path: string) =>
      haproxyMeaning(
        device,
        flowsWhere({
          src: one(src),
          dst: one('10.9.9.9'),
          dport: numbers([80, 80]),
          tls: numbers([0, 0]),
          path: text(path),
        }),
      ).map(({ outcome }) => (outcome.kind === 'server' ? outcome.servers : outcome.kind))
    expect(asked('10.1.1.1', '/x')).toEqual([['down']])
    expect(asked('10.1.1.1', '/y')).toEqual(['status'])
    expect(asked('192.0.2.1', '/x')).toEqual(['status'])
  })

  test('twenty backends with guards are read in milliseconds when the question is narrow', () => {
    const backends = Array.from({ length: 20 }, (_, i) => `svc${i}`)
    const config = [
      'defaults',
      ' mode http',
      'frontend https-in',
      ' bind :443 ssl crt x.pem',
      ...backends.map((name) => ` use_backend ${name} if { req.hdr(host),lower,field(1,:) ${name}.corp.example }`),
      ...backends.flatMap((name, i) => [
        `backend ${name}`,
        ` acl g src 10.${i}.0.0/16`,
        ' acl g-until date le 1795820399',
        ` http-request set-var(txn.${name}) bool(true) if g g-until`,
        ` http-request deny deny_status 403 unless { var(txn.${name}) -m bool }`,
        ` server s1 10.0.0.${i}:80`,
      ]),
      '',
    ].join('\n')
    const device = readHaproxy({ id: 'lb' }, 'lb.cfg', config)
    const within = flowsWhere({
      dst: one('10.20.0.5'),
      dport: numbers([443, 443]),
      tls: numbers([1, 1]),
      host: text('svc7.corp.example'),
    })
    const pieces = haproxyMeaning(device, within)
    const open = pieces.filter((piece) => piece.outcome.kind === 'server').map((piece) => piece.flows)
    const expected = intersect(within, flowsWhere({ src: one('10.7.0.0/16'), at: numbers([0, 1_795_820_399]) }))
    expect(isEmpty(subtract(expected, uniteAll(open)))).toBe(true)
    // Closed: an IPv6 client does not come to an IPv4 address.
    expect(pieces.map((piece) => piece.outcome.kind).toSorted()).toEqual(['closed', 'server', 'status'])
    const whole = haproxyMeaning(device, EVERYTHING)
    expect(whole.filter((piece) => piece.outcome.kind === 'server')).toHaveLength(20)
  })
})
