import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openHaproxyCheck } from '../../src/live/haproxy-binary.ts'
import { haproxyInstalled } from './haproxy-installed.ts'

const check = openHaproxyCheck()
const none = new Map<string, string>()

const BASE = `global
    user nobody-of-that-name
    group nobody-of-that-name
    chroot /no/such/folder
    log /dev/log local0
    stats socket /run/haproxy/admin.sock mode 660 level admin
    crt-base /etc/no-such-certs
defaults
    mode http
    timeout connect 1s
    timeout client 1s
    timeout server 1s
    errorfile 503 /etc/haproxy/errors/503.http
frontend in
    bind :8443 ssl crt site.pem crt /etc/other/ ca-file /etc/ca.pem verify optional crt-list /etc/list
    acl bad src -f /etc/haproxy/bad.lst
    use_backend %[req.hdr(host),lower,map(/etc/haproxy/hosts.map,app)] unless bad
backend app
    server a1 app.internal.invalid:80 check
`
const FILES = new Map([
  ['/etc/haproxy/bad.lst', '192.0.2.0/24\n'],
  ['policies/devices/etc/haproxy/hosts.map', 'a.example app\n'],
])

test.skipIf(!haproxyInstalled)(
  'what lives only on the device has a stand-in: users, certificates, error pages, names',
  async () => {
    const result = await check.check('edge.cfg', BASE, FILES)
    expect(result).toMatchObject({ verdict: 'valid' })
    expect(await check.check('edge.cfg', BASE, FILES)).toEqual(result)
  },
)

test.skipIf(!haproxyInstalled)(
  'a list that is nowhere to be found is an alert at its line, under its own name',
  async () => {
    const result = await check.check('edge.cfg', BASE, none)
    if (result.verdict !== 'invalid') throw new Error(`it is ${result.verdict}`)
    const alert = result.alerts.find((each) => each.message.includes('bad.lst'))
    expect(alert).toMatchObject({ file: 'edge.cfg', line: 16, code: 'HAPROXY_ALERT', severity: 'error' })
    expect(JSON.stringify(result)).not.toContain(tmpdir())
  },
)

test.skipIf(!haproxyInstalled)(
  'scripts that are not at hand have a stand-in with their names, and it is said',
  async () => {
    const text = BASE.replace(
      '    log',
      '    lua-load /etc/haproxy/a.lua\n    lua-load /etc/haproxy/b.lua\n    log',
    ).replace(
      '    use_backend',
      [
        '    http-request lua.sign-in realm /login HEAD if { lua.needs_it -m bool }',
        '    tcp-request content lua.look',
        '    http-request set-header x-who %[src,lua.name-of(a)]',
        '    http-request use-service lua.captcha if { path /captcha }',
        '    use_backend',
      ].join('\n'),
    )
    const result = await check.check('edge.cfg', text, FILES)
    if (result.verdict !== 'valid') throw new Error(JSON.stringify(result))
    const said = result.warnings.filter(({ code }) => code === 'HAPROXY_UNCHECKED')
    expect(said.map(({ line }) => line)).toEqual([5, 6])
    const given = new Map([...FILES, ['/etc/haproxy/a.lua', 'this is no Lua']])
    expect(await check.check('edge.cfg', text, given)).toMatchObject({ verdict: 'invalid', alerts: [{ line: 5 }] })
  },
)

const wrongs: [string, string, number, string][] = [
  ['an unknown keyword', BASE.replace('use_backend', 'use_backnd'), 17, 'use_backnd'],
  ['an unknown ACL', BASE.replace('unless bad', 'unless worse'), 17, 'worse'],
  [
    'a backend that does not exist',
    BASE.replace('backend app\n', 'backend apps\n').replace(/use_backend .*/, 'use_backend app'),
    17,
    "'app'",
  ],
  ['a server twice', `${BASE}    server a1 10.0.0.1:80\n`, 20, 'a1'],
  ['a missing last line feed', BASE.trimEnd(), 19, 'LF'],
]
test.skipIf(!haproxyInstalled).each(wrongs)('%s is an alert with our file and line', async (_, text, line, words) => {
  const result = await check.check('policies/devices/edge.cfg', text, FILES)
  if (result.verdict !== 'invalid') throw new Error(`it is ${result.verdict}`)
  const alert = result.alerts.find((each) => each.message.includes(words))
  expect(alert).toMatchObject({ file: 'policies/devices/edge.cfg', line })
})

test.skipIf(!haproxyInstalled)('warnings do not make it invalid and keep their line', async () => {
  const text = BASE.replace('use_backend', 'http-request deny if bad\n    use_backend').concat(
    '    http-request deny if FALSE\n',
  )
  const odd = text.replace('    acl bad', '    use_backend app if FALSE\n    http-request allow\n    acl bad')
  const result = await check.check('edge.cfg', odd, FILES)
  if (result.verdict !== 'valid') throw new Error(`it is ${JSON.stringify(result)}`)
  expect(result.warnings).toContainEqual(
    expect.objectContaining({ line: 17, code: 'HAPROXY_WARNING', severity: 'warning' }),
  )
})

test.skipIf(!haproxyInstalled)('nothing that listens is not valid', async () => {
  const result = await check.check('edge.cfg', 'defaults\n    mode http\n', none)
  expect(result).toMatchObject({ verdict: 'invalid', alerts: [{ line: 1 }] })
})

test.skipIf(!haproxyInstalled)('no copy is left behind', async () => {
  const before = tmpdir()
  const folder = await mkdtemp(join(before, 'sallyport-test-'))
  process.env.TMPDIR = folder
  try {
    expect(await check.check('edge.cfg', BASE, FILES)).toMatchObject({ verdict: 'valid' })
    expect(await check.check('edge.cfg', 'nonsense\n', none)).toMatchObject({ verdict: 'invalid' })
    expect(readdirSync(folder)).toEqual([])
  } finally {
    process.env.TMPDIR = before
    await rm(folder, { recursive: true })
  }
})

test('without the binary nothing is called valid', async () => {
  const absent = openHaproxyCheck({ binary: '/no/such/haproxy' })
  expect(await absent.check('edge.cfg', BASE, FILES)).toEqual({ verdict: 'not-installed' })
})

test('a check that hangs is given up', async () => {
  const hanging = openHaproxyCheck({ binary: new URL('hanging-haproxy.sh', import.meta.url).pathname, timeoutMs: 150 })
  await expect(hanging.check('edge.cfg', BASE, FILES)).rejects.toMatchObject({ code: 'haproxy-check' })
})

const CORPUS = new URL('../../../shared/corpus/haproxy/', import.meta.url).pathname
const corpus = (() => {
  try {
    return readdirSync(CORPUS).filter((name) => name.endsWith('.cfg'))
  } catch {
    return []
  }
})()
test.skipIf(!haproxyInstalled || corpus.length === 0)(
  'real configurations: no alert of ours names a temporary file',
  async () => {
    for (const name of corpus.slice(0, 12)) {
      const result = await check.check(name, readFileSync(CORPUS + name, 'utf8'), none)
      expect(JSON.stringify(result)).not.toContain('sallyport-check-')
    }
  },
)
