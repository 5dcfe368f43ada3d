import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { Fault } from '../../src/evidence/fault.ts'
import { socketFault } from '../../src/live/haproxy-faults.ts'
import { openHaproxyRuntime } from '../../src/live/haproxy-runtime.ts'
import { askHaproxy } from '../../src/live/haproxy-socket.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** A socket that answers each line with what the test wants, and keeps what it was sent. */
async function answering(reply: (line: string, socket: Socket) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-test-'))
  const path = join(folder, 's')
  const sent: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => sockets.delete(socket))
    socket.on('data', (data) => {
      sent.push(data.toString())
      reply(data.toString().trim().split(';')[1] ?? '', socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  })
  return { sent, path, access: { device: 'inner', socket: path, timeoutMs: 150 } }
}

async function faultOf(attempt: Promise<unknown>): Promise<Fault> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Fault)) throw new Error('no fault was thrown', { cause: error })
  expect(error.says).toContain('inner')
  return error
}

const STAT = `# pxname,svname,status,weight,act,bck,lastchg,type,check_status,last_chk,addr,a_new_column,
shop,FRONTEND,OPEN,,,,,0,,,,,
shop,s1,UP,1,1,0,12,2,* L7OK,,10.0.0.1:80,,
shop,s2,DOWN,1,1,0,30,2,L7STS,"HTTP status check returned code <3C>503<3E>, ""busy""",10.0.0.2:80,,
shop,s3,UP 1/3,1,0,1,5,2,L7OK,,,,
shop,BACKEND,UP,2,2,0,12,1,,,,,
wiki,w1,no check,0,1,0,9,2,,,,,
wiki,w2,DOWN 1/2,1,1,0,9,2,L4CON,Connection refused,,,
wiki,w3,UP,1,0,1,9,2,L4OK,,,,
wiki,w4,DRAIN,0,1,0,9,2,L4OK,,,,
wiki,w5,MAINT,1,1,0,9,2,,,,,

`
const STATE = `1
# be_id srv_admin_state be_name srv_id srv_name srv_addr a_new_column srv_op_state srv_fqdn srv_port srv_uweight srv_iweight
3 0 shop 1 s1 10.9.9.1 x 2 - 8080 1 1
3 0 shop 2 s2 2001:db8::2 x 0 - 8080 1 1
3 0 wiki 1 w1 - x 2 - 0 1 1

`

test('servers are read by the names of columns, whatever their order and number', async () => {
  const { access } = await answering((line, socket) => socket.end(`\n${line === 'show stat' ? STAT : STATE}`))
  const servers = await openHaproxyRuntime(access).readServers()
  expect(servers.map(({ backend, server, usable }) => [`${backend}/${server}`, usable])).toEqual([
    ['shop/s1', true],
    ['shop/s2', false],
    ['shop/s3', false],
    ['wiki/w1', false],
    ['wiki/w2', false],
    ['wiki/w3', true],
    ['wiki/w4', false],
    ['wiki/w5', false],
  ])
  expect(servers[0]).toEqual({
    backend: 'shop',
    server: 's1',
    status: 'UP',
    usable: true,
    check: 'L7OK',
    sinceSeconds: 12,
    address: '10.9.9.1:8080',
  })
  expect(servers[1]).toMatchObject({
    check: 'L7STS',
    lastCheck: 'HTTP status check returned code <503>, "busy"',
    address: '[2001:db8::2]:8080',
  })
})

test.each([
  'set server shop/s1 state maint',
  'add acl #0 10.0.0.0/8',
  'show stat;disable server shop/s1',
  'show acl x;clear acl x',
  'show acl a b',
  'show map <<',
  'show env',
  'show ssl cert */x',
  'show acl @1 #0',
  '@1 show info',
  'show table t data.gpc0 gt 1; clear table t',
  'show stat\nshutdown sessions server shop/s1',
])('nothing but a question is ever sent: %j', async (line) => {
  const { access, sent } = await answering((_, socket) => socket.end('\n\n'))
  expect((await faultOf(askHaproxy(access, line))).code).toBe('haproxy-not-a-question')
  expect(sent).toEqual([])
})

test('of any words, what goes over the socket is one question that changes nothing', async () => {
  const { access, sent } = await answering((_, socket) => socket.end('\n\n'))
  const question = fc.constantFrom(
    ...['show acl ', 'show map ', 'show table ', 'show ssl cert ', 'show ssl crt-list -n ', 'show servers state '],
    ...['show acl', 'show stat', 'show info ', 'show sess', 'show ', ''],
  )
  const hostile = fc.constantFrom(
    ...[
      'x',
      '/a.lst',
      '#0',
      '-n',
      ' ',
      ';',
      '\n',
      '\r',
      '\\;',
      '<<',
      '@1',
      '*',
      'quit',
      'clear acl x',
      'disable server a/b',
    ],
  )
  const line = fc.tuple(question, fc.array(hostile, { maxLength: 3 }))
  await fc.assert(
    fc.asyncProperty(line, async ([begun, words]) => {
      sent.length = 0
      const asked = begun + words.join('')
      const code = await askHaproxy(access, asked).then(
        () => undefined,
        (cause: unknown) => (cause instanceof Fault ? cause.code : 'thrown'),
      )
      if (code === 'haproxy-not-a-question') return sent.length === 0
      return sent.length === 1 && /^set severity-output number;show (?!.* [@*])[^;\n\r\\<>]*\n$/.test(sent[0] ?? '')
    }),
    { numRuns: 300 },
  )
})

test('a file name with a separator in it is not asked about', async () => {
  const { access, sent } = await answering((_, socket) => socket.end('\n\n'))
  const attempt = openHaproxyRuntime(access).readPatterns('acl', '/x;disable server shop/s1')
  expect((await faultOf(attempt)).code).toBe('haproxy-not-a-question')
  expect(sent).toEqual([])
})

test.each([
  ['nothing at all', '', 'haproxy-no-answer'],
  ['an error', '\n[3]: Unknown ACL identifier.\n\n', 'haproxy-refused'],
  ['a hint instead of an answer', '\n[6]: Unknown command, but maybe\n  help\n\n', 'haproxy-refused'],
  ['a missing right', '\n[6]: Permission denied\n\n', 'haproxy-refused'],
  ['half an answer', '\n# pxname,svname,stat', 'haproxy-truncated'],
  ['noise', '\n\u0000\u0001garbage\n\n', 'haproxy-unexpected-answer'],
])('a socket that answers with %s is a fault', async (_, reply, code) => {
  const { access } = await answering((_line, socket) => socket.end(reply))
  expect((await faultOf(openHaproxyRuntime(access).readServers())).code).toBe(code)
})

test('a socket that keeps silent, floods or is not there is a fault', async () => {
  const silent = await answering(() => undefined)
  expect((await faultOf(openHaproxyRuntime(silent.access).readVersion())).code).toBe('haproxy-timeout')
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  const flood = await answering((_, socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(chunk));
      if (!socket.destroyed) socket.once('drain', more)
    }
    more()
  })
  const flooded = openHaproxyRuntime({ ...flood.access, timeoutMs: 10_000 }).readVersion()
  expect((await faultOf(flooded)).code).toBe('haproxy-too-large')
  const missing = { device: 'inner', socket: join(tmpdir(), 'sallyport-no-such-socket') }
  expect((await faultOf(openHaproxyRuntime(missing).readVersion())).says).toContain('not there')
  expect((await faultOf(openHaproxyRuntime({ device: 'inner', socket: 'nonsense' }).readVersion())).code).toBe(
    'haproxy-address',
  )
})

test('a TCP address serves as well as a path', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.end('\n[6]: 2.6.12\n\n')))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const runtime = openHaproxyRuntime({ device: 'inner', socket: `127.0.0.1:${port}` })
  expect(await runtime.readVersion()).toBe('2.6.12')
})

const INFO = 'Name: HAProxy\nVersion: 2.6.12\nPid: 7\nUptime_sec: 5\nStopping: 0\n'
const LISTS = '# id (file) description\n'
/** A process that answers all that is read of it, but for what the test changes. */
function process(changed: (line: string) => string | undefined) {
  const says: Readonly<Record<string, string>> = {
    'show info': INFO,
    'show stat': STAT.trimEnd(),
    'show servers state': STATE.trimEnd(),
    'show acl': `${LISTS}0 (/a.lst) pattern loaded from file '/a.lst'. curr_ver=0 next_ver=0 entry_cnt=1`,
    'show map': LISTS,
    'show acl #0': '0x1 10.0.0.0/8',
  }
  return answering((line, socket) => socket.end(`\n${(changed(line) ?? says[line] ?? '').trimEnd()}\n\n`))
}

test('a process that is being replaced, or is another by the end, is a reload in progress', async () => {
  const stopping = await process((line) =>
    line === 'show info' ? INFO.replace('Stopping: 0', 'Stopping: 1') : undefined,
  )
  expect((await faultOf(openHaproxyRuntime(stopping.access).readRunning())).code).toBe('haproxy-reloading')
  let pid = 7
  const replaced = await process((line) => (line === 'show info' ? INFO.replace('7', String(pid++)) : undefined))
  expect((await faultOf(openHaproxyRuntime(replaced.access).readRunning())).code).toBe('haproxy-reloading')
  const steady = await process(() => undefined)
  expect((await openHaproxyRuntime(steady.access).readRunning()).running.lists).toEqual([
    { kind: 'acl', file: '/a.lst', entries: [{ key: '10.0.0.0/8' }] },
  ])
})

test('what a list says of its size is not believed: of a file with several criteria it is a multiple, or nothing', async () => {
  for (const count of [0, 1, 8]) {
    const { access } = await process((line) =>
      line === 'show acl' ? `${LISTS}0 (/a.lst) x. entry_cnt=${count}` : undefined,
    )
    const { running } = await openHaproxyRuntime(access).readRunning()
    expect(running.lists.flatMap(({ entries }) => entries)).toEqual([{ key: '10.0.0.0/8' }])
  }
})

test('each way that a socket can be closed to us has its own code', async () => {
  const { access, path } = await answering((_, socket) => socket.destroy())
  expect((await faultOf(openHaproxyRuntime(access).readVersion())).code).toMatch(/^haproxy-(?:no-answer|truncated)$/)
  const gone = { device: 'inner', socket: `${path}-not` }
  expect((await faultOf(openHaproxyRuntime(gone).readVersion())).code).toBe('haproxy-missing')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  await new Promise((resolve) => server.close(resolve))
  const refused = { device: 'inner', socket: `127.0.0.1:${port}` }
  expect((await faultOf(openHaproxyRuntime(refused).readVersion())).code).toBe('haproxy-connection-refused')
  const closed = socketFault('inner', Object.assign(new Error('connect EACCES'), { code: 'EACCES' }))
  expect([closed.code, closed.says]).toEqual(['haproxy-permission', expect.stringContaining('not ours to open')])
})

test('a master is asked for its worker, and about processes for itself', async () => {
  const { path, sent } = await answering((_, socket) => socket.end('Unknown map identifier. Please use #<id>.\n\n'))
  const runtime = openHaproxyRuntime({ device: 'inner', socket: `master@${path}`, timeoutMs: 500 })
  expect((await faultOf(runtime.readPatterns('map', '/x'))).code).toBe('haproxy-refused')
  expect((await faultOf(runtime.readProcesses())).code).toBe('haproxy-refused')
  expect(sent).toEqual(['@1 show map /x;quit\n', 'show proc;quit\n'])
})
