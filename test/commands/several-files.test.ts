import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from './in-memory.ts'

/** A folder as HAProxy is pointed at with `-f`; names sort as in the C locale: capitals first. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-parts-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const PARTS = {
  'B-defaults.cfg': 'defaults\n mode http\n timeout client 1s\n timeout connect 1s\n timeout server 1s\n',
  'a-front.cfg': 'frontend f\n bind :80\n use_backend a if { path -f words.lst }\n use_backend c if { path /c }\n',
  'b-back.cfg':
    '# servers\nbackend a\n http-request deny if { path /a/x }\n server s1 10.0.0.1:80\nbackend c\n foo bar\n',
  'words.lst': '/a\n/a/x\n',
  '.hidden.cfg': 'nonsense\n',
}

async function routes(args: readonly string[], path: string) {
  const request = JSON.stringify({
    id: '1',
    bind: '10.9.9.9:80',
    src: '198.51.100.7',
    method: 'GET',
    path,
    headers: [],
  })
  return JSON.parse((await run(['route', ...args], { stdin: `${request}\n` })).out)
}

test('a folder is its *.cfg in the order of the C locale, and each line keeps its file and number', async () => {
  const folder = folderWith({ ...PARTS, 'b-back.cfg': PARTS['b-back.cfg'].replace(' foo bar\n', '') })
  mkdirSync(join(folder, 'sub.cfg'))
  expect(await routes(['--config', folder], '/a/x')).toMatchObject({
    kind: 'status',
    status: 403,
    because: [{ file: 'b-back.cfg', line: 3 }],
  })
  expect(await routes(['--config', folder], '/a')).toMatchObject({
    kind: 'server',
    servers: ['s1'],
    because: [{ file: 'a-front.cfg', line: 3 }],
  })
})

test('files count in the order they are given: defaults reach only what comes behind', async () => {
  const folder = folderWith({ 'd.cfg': PARTS['B-defaults.cfg'], 'f.cfg': 'listen f\n bind :80\n http-request deny\n' })
  const inOrder = (...names: readonly string[]) => names.flatMap((name) => ['--config', join(folder, name)])
  expect(await routes(inOrder('d.cfg', 'f.cfg'), '/')).toMatchObject({ kind: 'status', status: 403 })
  expect((await routes(inOrder('f.cfg', 'd.cfg'), '/')).kind).not.toBe('status')
})

test('problems and lines that are not modelled are told where they stand', async () => {
  const folder = folderWith(PARTS)
  const { problems, lines } = JSON.parse((await run(['read', '--haproxy', folder, '--json'])).out)
  expect(problems).toMatchObject([{ code: 'UNKNOWN_KEYWORD', file: 'b-back.cfg', line: 6 }])
  expect(lines).toBe(15)
  expect((await routes(['--config', folder], '/c')).depends[0]).toContain('(b-back.cfg:6)')
})

test.each([
  ['.if 1\n', 'frontend f\n bind :80\n.endif\n', ['a.cfg:1 UNCLOSED_IF', 'b.cfg:3 LONE_DIRECTIVE']],
  ['frontend f\n bind :80\n', ' mode tcp\n', ['b.cfg:1 BEFORE_SECTIONS']],
  ['frontend f\n bind :80', 'backend b\n', ['a.cfg:2 MISSING_LINE_FEED']],
  ['', '# nothing\n', ['a.cfg:1 NO_LISTENER']],
  ['global\n setenv P 81\n', 'frontend f\n bind "127.0.0.1:${P}"\n', []],
])('%j and %j are two files, each with its own end', async (first, second, expected) => {
  const folder = folderWith({ 'a.cfg': first, 'b.cfg': second })
  const args = ['read', '--haproxy', join(folder, 'a.cfg'), join(folder, 'b.cfg'), '--json']
  const { problems } = JSON.parse((await run(args)).out)
  const told = problems.map(({ file, line, code }: Record<string, unknown>) => `${file}:${line} ${code}`)
  expect(told.toSorted()).toEqual(expected)
})

test('the release and the environment that are named decide, and what is assumed is said', async () => {
  const folder = folderWith({ 'a.cfg': 'frontend f\n bind "10.0.0.1:${PORT}"\n guid x\n' })
  const file = join(folder, 'a.cfg')
  const assumed = await run(['read', '--haproxy', file])
  expect(assumed.out).toMatch(/read for HAProxy 2\.6[\d.]*, which is assumed/)
  expect(assumed.out).not.toContain('Did you mean')
  expect(assumed.out).toMatch(/a\.cfg:2 not modelled: bind/)
  const told = await run(['read', '--haproxy', file, '--haproxy-version', '3.0.5-1', '--env', 'PORT=81'])
  expect(told.out).toContain('read for HAProxy 3.0.5-1\n')
  expect(told.out).not.toContain('a.cfg:2')
  expect(told.code).toBe(0)
  expect((await run(['read', '--haproxy', file, '--env', 'PORT'])).err).toContain('NAME=VALUE')
})

describe('diff', () => {
  const LISTEN = 'listen l\n mode http\n bind 10.9.9.9:80\n server s 10.0.0.1:80\n'

  test('compares folders, tells each line with its path, and counts a problem once', async () => {
    const before = folderWith({ 'a.cfg': LISTEN, 'b.cfg': 'backend b\n server s 10.0.0.1:80\n' })
    const after = folderWith({
      'a.cfg': `${LISTEN} http-request deny if { src 10.1.0.0/16 }\n`,
      'b.cfg': 'backend b\n',
    })
    const ran = await run(['diff', '--haproxy', before, after, '--json'])
    const { opens, closes } = JSON.parse(ran.out)
    expect(opens).toEqual([])
    expect(closes).toMatchObject([
      { to: 'backend l', flows: [expect.stringContaining('10.1.0.0/16 → 10.9.9.9 port 80')] },
    ])
    expect(closes[0].because[0].file).toBe(join(before, 'a.cfg'))
    expect(ran.code).toBe(0)
    writeFileSync(join(after, 'b.cfg'), 'backend b\n foo\n')
    const broken = await run(['diff', '--haproxy', before, after])
    expect(broken.err.match(/UNKNOWN_KEYWORD/g)).toHaveLength(1)
    expect(broken.err).toContain(`${join(after, 'b.cfg')}:2`)
    expect(broken.code).toBe(1)
  })

  test('reads for the release and the environment that are named', async () => {
    const folder = folderWith({
      'a.cfg': LISTEN,
      'b.cfg': `${LISTEN} guid x\n http-request deny if { src "\${WHO}" }\n`,
    })
    const compare = (...more: readonly string[]) =>
      run(['diff', '--haproxy', join(folder, 'a.cfg'), join(folder, 'b.cfg'), '--json', ...more])
    const named = await compare('--haproxy-version', '3.0', '--env', 'WHO=10.1.0.0/16')
    expect(named.code).toBe(0)
    expect(JSON.parse(named.out).closes[0].flows[0]).toContain('10.1.0.0/16')
    expect((await compare('--env', 'WHO=10.1.0.0/16')).err).toContain('came with HAProxy 3.0')
    expect((await compare('--haproxy-version', 'new')).code).toBe(2)
  })

  test('standard input is one file, and what listens nowhere is told', async () => {
    const secret = `userlist u\n user a insecure-password hunter2 zz\n`
    for (const args of [
      ['read', '--haproxy', '-', '-'],
      ['route', '--config', '-', '--config', '-'],
    ]) {
      const ran = await run(args, { stdin: secret })
      expect(ran.code).not.toBe(0)
      expect(ran.out + ran.err).not.toMatch(/hunter2|zz/)
    }
    const folder = folderWith({ 'a.cfg': LISTEN, 'empty.cfg': '' })
    const codes = async (...names: readonly string[]) => {
      const paths = names.map((name) => join(folder, name))
      const ran = await run(['read', '--haproxy', ...paths, '--json'])
      return JSON.parse(ran.out).problems.map(({ code }: { code: string }) => code)
    }
    expect(await codes('empty.cfg')).toEqual(['NO_LISTENER'])
    expect(await codes('empty.cfg', 'a.cfg')).toEqual([])
  })

  test('takes one of the two from standard input, and not both', async () => {
    const folder = folderWith({ 'a.cfg': LISTEN })
    const one = await run(['diff', '--haproxy', join(folder, 'a.cfg'), '-'], { stdin: LISTEN })
    expect(one.out).toBe('Opens nothing and closes nothing.\n')
    expect(await run(['diff', '--haproxy', '-', '-'], { stdin: LISTEN })).toMatchObject({ code: 2, out: '' })
  })
})
