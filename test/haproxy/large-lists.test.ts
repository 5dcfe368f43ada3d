import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHaproxy } from '../../src/haproxy/config.ts'
import type { Criterion, MatchMethod } from '../../src/haproxy/model.ts'
import { prepareRoutes, routeRequest } from '../../src/haproxy/route.ts'
import { prepareMatcher } from '../../src/haproxy/samples/match.ts'
import { beginningOf, readRegex } from '../../src/haproxy/samples/regex.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'B', 'b', '/', '?', '.', ':'), maxLength: 5 })

function criterion(method: MatchMethod, texts: readonly string[], fold: boolean): Criterion {
  const expression = { text: 'path', fetch: { name: 'path', args: [] }, converters: [] }
  return { text: 'path', line: 1, expression, method, patterns: texts.map((text) => ({ text, fold })) }
}

describe('a long list of patterns', () => {
  test('matches what one of them matches alone', () => {
    const methods = fc.constantFrom<MatchMethod>('str', 'beg', 'end', 'sub', 'dir', 'dom')
    fc.assert(
      fc.property(
        methods,
        fc.array(word, { minLength: 20, maxLength: 40 }),
        fc.string({ unit: fc.constantFrom('a', 'B', '/', '?', '.', ':', 'x'), maxLength: 12 }),
        fc.boolean(),
        (method, texts, text, fold) => {
          const together = prepareMatcher(criterion(method, texts, fold))({ type: 'str', text })
          const alone = texts.some((each) => prepareMatcher(criterion(method, [each], fold))({ type: 'str', text }))
          expect(together).toBe(alone)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('an ACL of many lines', () => {
  const lines = ['path /p', 'path_beg /b', 'path_end .e', 'hdr(x) h', 'src 10.0.0.', 'path_reg ^/r/']
  const all = Array.from({ length: 48 }, (_, i) => `    acl known ${lines[i % lines.length]}${i}`)
  const reading = (acls: readonly string[]) =>
    prepareRoutes(
      readHaproxy(
        { id: 'lb' },
        'lb.cfg',
        `defaults
    mode http
frontend f
    bind :80
${acls.join('\n')}
    http-request deny if known
    http-request return status 200
`,
      ),
    )
  const together = reading(all)
  const alone = all.map((line) => reading([line]))

  test('matches what one of its lines matches alone', () => {
    const path = fc
      .tuple(fc.constantFrom('/p', '/b', '/x.e', '/r/', '/'), fc.nat(60))
      .map(([start, i]) => `${start}${i}`)
    fc.assert(
      fc.property(path, fc.nat(60), fc.nat(60), (asked, header, host) => {
        const request = {
          bind: '127.0.0.1:80',
          src: `10.0.0.${host}`,
          path: asked,
          headers: [
            ['host', 'a'],
            ['x', `h${header}`],
          ] satisfies [string, string][],
        }
        expect(together(request).status).toBe(alone.some((route) => route(request).status === 403) ? 403 : 200)
      }),
      { numRuns: 200 },
    )
  })
})

describe('what a regular expression begins with', () => {
  test('is read where it says so plainly', () => {
    expect(beginningOf('^/api/v[12]')).toBe('/api/v')
    expect(beginningOf('^/a\\.b/x+')).toBe('/a.b/x')
    expect(beginningOf('^/ab*')).toBe('/a')
    expect(beginningOf('^/a|^/b')).toBe('')
    expect(beginningOf('/api')).toBe('')
    expect(beginningOf('(?i)^/api')).toBe('')
  })

  test('begins every text that it matches', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '/',
      '\\.',
      '.',
      '*',
      '+',
      '?',
      '{0,1}',
      '(a|b)',
      '[ab]',
      '(?:b)?',
      '$',
      '\\d',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), word, (pieces, text) => {
        const pattern = `^${pieces.join('')}`
        if (readRegex(pattern, { fold: false })?.test(text)) expect(text.startsWith(beginningOf(pattern))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('thousands of listeners', () => {
  const text = `defaults
    mode http
${Array.from({ length: 50 }, (_, i) => `frontend f${i}\n    bind 127.0.0.${i + 1}:8080-8081\n    http-request return status 200\n`).join('')}frontend any
    bind :8080
    http-request return status 200
`
  const device = readHaproxy({ id: 'lb' }, 'lb.cfg', text)

  test('the one that listens there is found by its address and port, before the one for all addresses', () => {
    const asked = (bind: string) => routeRequest(device, { bind, src: '10.0.0.1', headers: [['host', 'a']] }).frontend
    expect([asked('127.0.0.7:8081'), asked('127.0.0.99:8080'), asked('127.0.0.99:8081')]).toEqual(['f6', 'any', null])
  })
})
