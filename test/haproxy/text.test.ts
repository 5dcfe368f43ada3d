import { existsSync, readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { printHaproxyText, readHaproxyText } from '../../src/haproxy/text.ts'

const CORPUS = new URL('../../../shared/corpus/haproxy/', import.meta.url)
const corpus = existsSync(CORPUS) ? readdirSync(CORPUS) : []

function wordsOf(line: string): string[] {
  return readHaproxyText('t.cfg', line).lines[0]?.words.map((word) => word.value) ?? []
}

function problemsOf(text: string): string[] {
  return readHaproxy({ id: 'lb' }, 't.cfg', text).problems.map((problem) => `${problem.line} ${problem.code}`)
}

describe('words', () => {
  test.each([
    ['a b\tc', ['a', 'b', 'c']],
    ['path /a#b }', ['path', '/a']],
    ['path /a\\#b', ['path', '/a#b']],
    ['path "/a#b c"', ['path', '/a#b c']],
    ["a'b c'd", ['ab cd']],
    ["'a\\n\"$X'", ['a\\n"$X']],
    ['path_reg ^/a\\.b', ['path_reg', '^/a\\.b']],
    ['x \\x2fa\\ b', ['x', '/a b']],
    ['$HOME "\\$x"', ['$HOME', '$x']],
    ['a "" b', ['a', '', 'b']],
    ['deny\r', ['deny']],
    ['  # only a comment', []],
  ])('%j is %j', (line, words) => {
    expect(wordsOf(`${line}\n`)).toEqual(words)
  })

  test('a variable inside double quotes is unknown, with its default; .LINE is known', () => {
    const [line] = readHaproxyText('t.cfg', 'bind "${ADDR-127.0.0.1}:80" "${.LINE}" "$PORT"\n').lines
    expect(line?.words.map((word) => [word.value, word.variable])).toEqual([
      ['bind', undefined],
      ['127.0.0.1:80', 'ADDR'],
      ['1', undefined],
      ['', 'PORT'],
    ])
  })

  test.each([
    ['frontend f\n a "b\n', '2 UNMATCHED_QUOTE'],
    ['frontend f\n log "^/x$"\n', '2 BAD_VARIABLE'],
    ['frontend f\n log \\xz1\n', '2 BAD_ESCAPE'],
    ['frontend f\n bind :80', '2 MISSING_LINE_FEED'],
    [`frontend f\n log ${'w '.repeat(64)}\n`, '2 TOO_MANY_WORDS'],
    ['.if 1\nfrontend f\n', '2 UNCLOSED_IF'],
    ['frontend f\n use_backend a if later\n acl later path /x\nbackend a\n', '2 NO_SUCH_ACL'],
    ['frontend f\n use_backend a if { path /x\nbackend a\n', '2 UNCLOSED_BRACE'],
    ['frontend f\n default_backend zz\n', '2 NO_SUCH_BACKEND'],
    ['backend a\nbackend a\n', '2 DUPLICATE_NAME'],
  ])('%j is a problem at %s', (text, problem) => {
    expect(problemsOf(text)).toContain(problem)
  })
})

describe('conditional blocks', () => {
  const linesKept = (text: string) => readHaproxyText('t.cfg', text).lines.map((line) => line.presence)

  test('constants and versions are decided, features and the environment are not', () => {
    expect(linesKept('.if 0\na\n.else\nb\n.endif\n')).toEqual(['dropped', 'dropped', 'dropped', 'kept', 'dropped'])
    expect(linesKept('.if version_atleast(2.4) && !version_atleast(9.0)\na\n.endif\n')[1]).toBe('kept')
    expect(linesKept('.if feature(OPENSSL)\na\n.elif 1\nb\n.else\nc\n.endif\n')).toEqual([
      'dropped',
      'maybe',
      'dropped',
      'maybe',
      'dropped',
      'dropped',
      'dropped',
    ])
  })

  test('a section that starts in a dropped block does not start', () => {
    const text = readHaproxyText('t.cfg', 'frontend f\n.if 0\nbackend b\n.endif\n bind :80\n')
    expect(text.sections.map((section) => section.keyword)).toEqual(['frontend'])
  })
})

describe('lossless', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'frontend f',
      ' bind :80',
      '"',
      "'",
      '\\',
      '\\x2',
      '#',
      '$',
      '${A-b}',
      '\r\n',
      '\n',
      '.if 1',
      '.endif',
      ' acl a path',
    ),
    fc.constantFrom(
      ' http-request deny if { src 10.0.0.0/8 }',
      'backend b',
      ' server s 1.2.3.4:80',
      ' { ',
      ' } ',
      ' or ',
      ' !',
    ),
    fc.string(),
  )

  test('a line has the same words and the same faults where it is read once and where it is kept to be read again', () => {
    const lines = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('').replaceAll('\n', ' '))
    fc.assert(
      fc.property(lines, (line) => {
        fc.pre(!/^\s*["'\\]*\./.test(line))
        const [alone, inBlock] = [`frontend f\n${line}\n`, `frontend f\n.if 1\n${line}\n.endif\n`].map((text) =>
          readHaproxyText('lb.cfg', text),
        )
        expect(alone?.lines[1]?.words).toEqual(inBlock?.lines[2]?.words)
        expect(alone?.problems.map(({ code, column }) => [code, column])).toEqual(
          inBlock?.problems.map(({ code, column }) => [code, column]),
        )
      }),
      { numRuns: 500 },
    )
  })

  test('any text is printed back byte for byte, and reading it never throws', () => {
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('')
        expect(printHaproxyText(readHaproxyText('t.cfg', text))).toBe(text)
        readHaproxy({ id: 'lb' }, 't.cfg', text)
      }),
      { numRuns: 400 },
    )
  })

  test.skipIf(corpus.length === 0)('real configurations of many ages are printed back, and mostly understood', () => {
    const shares: number[] = []
    for (const name of corpus) {
      const text = readFileSync(new URL(name, CORPUS), 'latin1')
      expect(printHaproxyText(readHaproxyText(name, text)), name).toBe(text)
      const { coverage } = readHaproxy({ id: 'lb' }, name, text)
      shares.push(coverage.lines === 0 ? 1 : coverage.modelled / coverage.lines)
    }
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
    expect(mean).toBeGreaterThan(0.9)
  })
})

describe('what stands in the file', () => {
  test('rules of a named defaults come first; anonymous ones give settings only', () => {
    const device = readHaproxy(
      { id: 'lb' },
      't.cfg',
      'defaults web\n mode http\n http-request deny if { path /d }\nfrontend f from web\n http-request allow\n bind :80\n',
    )
    expect(device.proxies[0]?.mode).toBe('http')
    expect(device.proxies[0]?.rules.http.map((rule) => rule.line)).toEqual([3, 5])
  })

  test('an empty word ends the line, so its condition is gone', () => {
    const device = readHaproxy({ id: 'lb' }, 't.cfg', 'frontend f\n use_backend a "" if { src 10.0.0.1 }\nbackend a\n')
    expect(device.proxies[0]?.switches[0]?.condition).toBeUndefined()
  })

  test('default-server holds for the servers after it, and `enabled` overrides it', () => {
    const device = readHaproxy(
      { id: 'lb' },
      't.cfg',
      'backend b\n server s1 10.0.0.1:80\n default-server disabled\n server s2 10.0.0.2:80\n server s3 10.0.0.3:80 enabled\n server-template w 2-3 10.0.0.4:80\n',
    )
    expect(device.proxies[0]?.servers.map((server) => [server.name, server.disabled])).toEqual([
      ['s1', false],
      ['s2', true],
      ['s3', false],
      ['w2', true],
      ['w3', true],
    ])
  })

  test('an unmodelled line is kept, counted and named', () => {
    const device = readHaproxy(
      { id: 'lb' },
      't.cfg',
      'frontend f\n mode http\n http-request lua.check\n frobnicate x\n',
    )
    expect(device.coverage.unmodelled).toEqual([
      { keyword: 'http-request lua.check', line: 3 },
      { keyword: 'frobnicate x', line: 4 },
    ])
  })
})
