import { describe, expect, test } from 'vitest'
import { routeRequest } from '../../src/haproxy/route.ts'
import { Dice, generate, generateRequest, type Sent } from './generate.ts'
import { disagreement, freePort, openUpstreams, realHaproxy, sendRequest, startHaproxy } from './real.ts'

const binary = realHaproxy()
/** Which seeds to run: `HAPROXY_SEEDS=100-400` looks further than the test suite does. */
const [FIRST = 1, LAST = 14] = (process.env.HAPROXY_SEEDS ?? '').split('-').filter(Boolean).map(Number)
const REQUESTS = 25

function onTheWire({ method, path, headers }: Sent): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} ${path} HTTP/1.1\r\n${lines}connection: close\r\n\r\n`
}

describe.skipIf(!binary)('the real HAProxy is the judge', () => {
  test('random configurations and requests: not one disagreement', { timeout: 600_000 }, async () => {
    const upstreams = await openUpstreams(8)
    const wrong: string[] = []
    const refused: string[] = []
    let compared = 0
    const unsure: string[] = []
    for (let seed = FIRST; seed <= LAST; seed++) {
      const dice = new Dice(seed * 7919)
      const port = await freePort()
      const { text, files, device } = generate(dice, {
        bind: port,
        servers: upstreams.ports,
        noon: Math.floor(Date.now() / 1000),
      })
      const haproxy = await startHaproxy(text, port, files).catch((error: Error) => void refused.push(error.message))
      if (!haproxy) continue
      for (let n = 0; n < REQUESTS; n++) {
        const sent = generateRequest(dice)
        const verdict = routeRequest(device, {
          ...sent,
          bind: `127.0.0.1:${port}`,
          headers: [...sent.headers.map(([name, value]): [string, string] => [name, value]), ['connection', 'close']],
          at: new Date().toISOString(),
        })
        const seen = await sendRequest(port, sent.src, onTheWire(sent))
        if (verdict.kind === 'depends') unsure.push(...verdict.depends)
        else {
          compared++
          const why = disagreement(verdict, seen, upstreams.ports, text)
          if (why !== undefined)
            wrong.push(`seed ${seed} ${JSON.stringify(sent)}: ${why}\n${JSON.stringify(verdict)}\n${text}`)
        }
      }
      await haproxy.stop()
      if (wrong.length > 3) break
    }
    upstreams.close()
    console.info(`${compared} compared, ${unsure.length} depend ${unsure.slice(0, 3)}`)
    expect(refused.slice(0, 1).join('')).toBe('')
    expect(wrong.slice(0, 2).join('\n')).toBe('')
    expect(compared).toBeGreaterThan(150)
    expect(unsure.length, unsure.join('\n')).toBeLessThan(compared * 0.02)
  })
})
