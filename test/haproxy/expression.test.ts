import { describe, expect, test } from 'vitest'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { prepareRoutes, type RouteVerdict } from '../../src/haproxy/route.ts'
import { CRITERIA, EXPRESSIONS, FILES, VALUES } from './expressions.ts'
import { Dice } from './generate.ts'
import { freePort, openUpstreams, realHaproxy, type Seen, sendRequest, startHaproxy } from './real.ts'

const binary = realHaproxy()
const [FIRST = 1, LAST = 1] = (process.env.HAPROXY_SEEDS ?? '').split('-').filter(Boolean).map(Number)
const REQUESTS_EACH = 5
const AT_ONCE = 20

/** One rule for each expression, chosen by the header `i`; what it yields becomes the query that the server sees. */
function configuration(bind: number, server: number): string {
  const values = EXPRESSIONS.map((expression, i) => {
    const when = `if { req.hdr(i) ${i} }`
    if (expression.startsWith('set-src'))
      return `    http-request ${expression} ${when}\n    http-request set-query s%[src] ${when}`
    // Nothing stands for anything else between single quotes.
    const word = /["$]/.test(expression) ? `'q%[${expression}]'` : `"q%[${expression.replaceAll('\\', '\\\\')}]"`
    return `    http-request set-query ${word} ${when}`
  })
  const hits = CRITERIA.map(
    (criterion, i) => `    http-request set-query hit if { req.hdr(i) ${EXPRESSIONS.length + i} } { ${criterion} }`,
  )
  return `global
    maxconn 200
userlist users
    group admins users bob
    user bob insecure-password pw
defaults
    mode http
    timeout connect 1s
    timeout client 2s
    timeout server 2s
frontend f
    bind 127.0.0.1:${bind}
    http-request set-var(txn.v) str(abc)
    http-request set-var(txn.n) int(4)
${[...values, ...hits].join('\n')}
    default_backend a
backend a
    server s 127.0.0.1:${server}
`
}

type Ask = { src: string; method: string; path: string; headers: [string, string][] }

function ask(dice: Dice, index: number): Ask {
  const headers: [string, string][] = [
    ['i', String(index)],
    ['host', dice.pick(VALUES.host)],
  ]
  const maybe = (percent: number, name: string, values: readonly string[]) => {
    if (dice.often(percent)) headers.push([name, dice.pick(values)])
  }
  maybe(80, 'x', VALUES.x)
  maybe(15, 'X', VALUES.x)
  maybe(60, 'cookie', VALUES.cookie)
  maybe(10, 'cookie', VALUES.cookie)
  maybe(40, 'authorization', VALUES.auth)
  return {
    src: dice.pick(['127.0.0.1', '127.0.0.2', '127.3.4.5']),
    method: dice.pick(['GET', 'POST', 'PATCH']),
    path: dice.pick(VALUES.path) + dice.pick(VALUES.query),
    headers: [...headers, ['connection', 'close'], ['content-length', '0']],
  }
}

function agree(said: RouteVerdict, seen: Seen): boolean {
  return said.kind === seen.kind && said.line === (seen.line ?? null) && said.status === (seen.status ?? null)
}

describe.skipIf(!binary)('expressions', () => {
  test('yield what the real HAProxy says they yield, or are left undecided', { timeout: 600_000 }, async () => {
    const upstreams = await openUpstreams(1)
    const port = await freePort()
    const text = configuration(port, upstreams.ports[0] ?? 0)
    const haproxy = await startHaproxy(text, port, FILES)
    const route = prepareRoutes(readHaproxy({ id: 'lb' }, 'haproxy.cfg', text, FILES))
    const names = [...EXPRESSIONS, ...CRITERIA]
    const asks: { name: string; sent: Ask }[] = []
    for (let seed = FIRST; seed <= LAST; seed++) {
      const dice = new Dice(seed * 104_729)
      for (const [index, name] of names.entries())
        for (let n = 0; n < REQUESTS_EACH; n++) asks.push({ name, sent: ask(dice, index) })
    }
    const wrong: string[] = []
    let compared = 0
    const unsure = new Map<string, number>()
    for (let at = 0; at < asks.length; at += AT_ONCE)
      await Promise.all(
        asks.slice(at, at + AT_ONCE).map(async ({ name, sent }) => {
          const said = route({ ...sent, bind: `127.0.0.1:${port}` })
          const lines = sent.headers.map(([header, value]) => `${header}: ${value}\r\n`).join('')
          const seen = await sendRequest(port, sent.src, `${sent.method} ${sent.path} HTTP/1.1\r\n${lines}\r\n`, 3000)
          const decided = said.kind !== 'depends' && !(said.kind === 'server' && said.line === null)
          if (!decided) unsure.set(name, (unsure.get(name) ?? 0) + 1)
          else compared++
          if (decided && !agree(said, seen))
            wrong.push(`${name} ${JSON.stringify(sent)}: said ${JSON.stringify(said)}, seen ${JSON.stringify(seen)}`)
        }),
      )
    await haproxy.stop()
    upstreams.close()
    console.info(`${compared} expressions compared; undecided: ${[...unsure].map((each) => each.join(' ')).join(', ')}`)
    expect(wrong.slice(0, 5).join('\n')).toBe('')
    expect(compared).toBeGreaterThan(asks.length * 0.95)
  })
})
