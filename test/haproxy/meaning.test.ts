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
import { type RouteVerdict, routeRequest } from '../../src/haproxy/route.ts'
import { Dice, generate, generateRequest, type Sent } from './generate.ts'

const NOON = 1_795_600_000

const one = (address: string) => ips(readCidr(address) ?? { v4: [], v6: [] })
const text = (value: string) => texts(exactText(value))

/** The flow of one request, every dimension said but the unknown ones. */
function flowOf(sent: Sent, port: number): FlowSet {
  const header = (name: string) => {
    const lines = sent.headers.filter(([each]) => each === name).map(([, value]) => value)
    return text(lines.length === 0 ? ABSENT_HEADER : lines.join(','))
  }
  const [path = '', query = ''] = sent.path.split('?')
  return flowsWhere({
    src: one(sent.src),
    dst: one('127.0.0.1'),
    dport: numbers([port, port]),
    tls: numbers([0, 0]),
    sni: text(ABSENT_HEADER),
    at: numbers([NOON, NOON]),
    method: names(sent.method),
    host: header('host'),
    'header:x-group': header('x-group'),
    'header:cookie': header('cookie'),
    path: text(path),
    query: text(query),
  })
}

function ask(sent: Sent, port: number) {
  return {
    ...sent,
    bind: `127.0.0.1:${port}`,
    headers: sent.headers.map(([name, value]): [string, string] => [name, value]),
    at: new Date(NOON * 1000).toISOString(),
  }
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
    const compared = { certain: 0, undecided: 0 }
    for (let seed = 1; seed <= 40; seed++) {
      const dice = new Dice(seed)
      const { text: config, device } = generate(dice, { bind: 8080, servers: [1, 2, 3, 4, 5, 6, 7, 8], noon: NOON })
      expect(device.fatal, config).toEqual([])
      const meaning = prepareMeaning(device)
      for (let n = 0; n < 12; n++) {
        const sent = generateRequest(dice)
        const verdict = routeRequest(device, ask(sent, 8080))
        const within = flowOf(sent, 8080)
        const pieces = meaning(within)
        const why = `seed ${seed}: ${JSON.stringify(sent)}\n${JSON.stringify(verdict)}\n${config}`
        expect(equal(uniteAll(pieces.map((piece) => piece.flows)), within), why).toBe(true)
        const vague = pieces.some((piece) => piece.outcome.kind === 'depends')
        if (pieces.length === 1 && !vague && verdict.kind !== 'depends') {
          compared.certain++
          expect(
            pieces.map((piece) => foretells(piece, verdict)),
            why,
          ).toEqual([true])
        } else if (verdict.kind !== 'depends' && !vague) {
          compared.undecided++
          expect(
            pieces.some((piece) => foretells(piece, verdict)),
            `${why} ${JSON.stringify(pieces.map((p) => p.outcome))}`,
          ).toBe(true)
        }
      }
    }
    expect(compared.certain).toBeGreaterThan(300)
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
