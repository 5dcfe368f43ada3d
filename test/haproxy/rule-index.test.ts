import { describe, expect, test } from 'vitest'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { prepareRoutes } from '../../src/haproxy/route.ts'
import { condition, Dice, generateRequest, LISTS } from './generate.ts'

const NOON = 1_795_600_000

function denying(conditions: readonly string[]) {
  const rules = conditions.map((when) => `    http-request deny ${when}`).join('\n')
  const text = `userlist users
    group admins users bob
    user bob insecure-password pw
defaults
    mode http
frontend f
    bind 127.0.0.1:80
${rules}
    default_backend a
backend a
    server s1 10.0.0.1:80
backend c
    server s1 10.0.0.1:80
`
  return { text, route: prepareRoutes(readHaproxy({ id: 'lb' }, 'lb.cfg', text, LISTS)) }
}

describe('a long list of rules', () => {
  test('is decided by the rule that decides when each stands alone', () => {
    let denied = 0
    for (let seed = 1; seed <= 12; seed++) {
      const dice = new Dice(seed * 31)
      const conditions = Array.from({ length: 40 }, () => condition(dice, [], NOON)).filter((when) =>
        when.startsWith('if'),
      )
      const together = denying(conditions)
      const alone = conditions.map((when) => denying([when]).route)
      for (let n = 0; n < 40; n++) {
        const sent = generateRequest(dice)
        const request = {
          ...sent,
          bind: '127.0.0.1:80',
          src: dice.pick([sent.src, '10.1.2.3', '2001:db8::1', '::ffff:127.0.0.2', '::127.0.0.1']),
          headers: sent.headers.map(([name, value]): [string, string] => [name, value]),
          at: new Date(NOON * 1000).toISOString(),
        }
        const first = alone.findIndex((route) => route(request).kind !== 'server')
        const verdict = together.route(request)
        const line = verdict.kind === 'server' ? undefined : verdict.because.at(-1)?.says
        if (first >= 0 && alone[first]?.(request).kind === 'status') {
          denied++
          expect(line, JSON.stringify(request)).toContain(conditions[first]?.trim())
        } else if (first < 0) expect(verdict.kind, JSON.stringify(request)).toBe('server')
      }
    }
    expect(denied).toBeGreaterThan(100)
  })
})
