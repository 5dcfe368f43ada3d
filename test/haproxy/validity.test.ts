import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { readRunningHaproxy } from '../../src/haproxy/running-process.ts'
import { Dice, generate, LISTS } from './generate.ts'
import { mutate } from './mutations.ts'
import { checkWithHaproxy, realHaproxy } from './real.ts'

const binary = realHaproxy()
const [FIRST = 1, LAST = 120] = (process.env.HAPROXY_SEEDS ?? '').split('-').filter(Boolean).map(Number)

const SITE = { bind: 18_080, servers: [1, 2, 3, 4, 5, 6, 7, 8], noon: 1_795_600_000 }
/** Whether a name has an address is a question to the resolver, and whether a user exists one to the system. */
const ASKED_ELSEWHERE = /could not resolve address|invalid address: '[^']*[A-Za-z]|cannot find (?:user|group) id/

function codesOf(text: string, version?: string): string[] {
  const device = readHaproxy({ id: 'lb' }, 't.cfg', text, new Map(), version === undefined ? {} : { version })
  return device.fatal.map(({ line, code }) => `${line} ${code}`)
}

describe.skipIf(!binary)('valid or not', () => {
  test('is what haproxy -c says of broken configurations', { timeout: 600_000 }, () => {
    const wrong: string[] = []
    let broken = 0
    for (let seed = FIRST; seed <= LAST; seed++) {
      const dice = new Dice(seed * 7351)
      const mutated = `${mutate(dice, generate(dice, SITE).text.trimEnd().split('\n')).join('\n')}\n`
      const { fatal } = readHaproxy({ id: 'lb' }, 'haproxy.cfg', mutated, LISTS)
      const { valid, says } = checkWithHaproxy(mutated, LISTS)
      if (!valid) broken++
      if (valid === (fatal.length === 0) || (!valid && ASKED_ELSEWHERE.test(says))) continue
      const alert = says.split('\n').find((line) => line.includes('ALERT'))
      wrong.push(`seed ${seed}: ${valid ? `valid, but ${fatal[0]?.line} ${fatal[0]?.message}` : alert}`)
    }
    console.info(`${LAST - FIRST + 1} configurations, ${broken} of them broken`)
    expect(wrong.join('\n')).toBe('')
    expect(broken).toBeGreaterThan((LAST - FIRST) / 3)
  })

  test('the words of 2.6 are those that the binary lists', () => {
    // Without a listener it ends with 2, having said everything.
    const listed = spawnSync(binary ?? '', ['-dKall', '-q', '-c', '-f', '/dev/null'], { encoding: 'utf8' }).stdout
    const lines = listed.split('\n')
    const unknown: string[] = []
    const ask = (text: string, word: string, wrong = 'UNKNOWN_KEYWORD') => {
      const said = readHaproxy({ id: 'lb' }, 't.cfg', text).fatal
      if (said.some(({ code }) => code === wrong)) unknown.push(word)
    }
    for (const line of lines) {
      const [, option] = /^\toption (\S+)/.exec(line) ?? []
      if (option) ask(`listen l\n option ${option}\n`, line)
      const [, ruleset, action] = /^\t(tcp-re\w+ \w+|http-[a-z-]+) ([a-z0-9-]+)\*?$/.exec(line) ?? []
      if (ruleset) ask(`listen l\n ${ruleset} ${action} a b\n`, line)
      const [, listener, word] = /^\t(bind|server) .*?> (?:<addr> )?(?:ssl )?([a-z0-9-]+)(?: \+-?1)?$/.exec(line) ?? []
      if (listener) ask(`listen l\n ${listener === 'bind' ? 'bind :80' : 'server s 10.0.0.1:80'} ${word}\n`, line)
      const [, fetch] = /^\[[ Y.]+\] ([^(:]+)/.exec(line) ?? []
      if (fetch) ask(`listen l\n acl a ${fetch} -m found\n`, line, 'UNKNOWN_FETCH')
      const [, converter] = /^([a-z][\w-]*)(?:\(.*\))?: \w+ => \w+$/.exec(line) ?? []
      if (converter) ask(`listen l\n acl a path,${converter} -m found\n`, line, 'UNKNOWN_FETCH')
    }
    expect(unknown).toEqual([])
    expect(lines.length).toBeGreaterThan(1000)
  })
})

/** Each pair differs in one thing, and `haproxy -c` of 2.6 refuses the second. */
const PAIRS: readonly (readonly [good: string, bad: string])[] = [
  ['global\n stats socket /tmp/x mode 600', 'global\n stats socket /tmp/x mode 680'],
  ['global\n stats socket /tmp/x', 'global\n stats socket /tmp/x,y'],
  ['global\n tune.vars.txn-max-size 5 x', 'global\n tune.bufsize 16384 x'],
  ['global\n log 127.0.0.1 len 2048 local0', 'global\n log 127.0.0.1 profile x local0'],
  ['cache a,b\n total-max-size 4', 'cache a,b\n total-max-size 4 x'],
  ['listen l\n http-error status 404 hdr a b', 'listen l\n http-error status 404 string x'],
  ['listen l\n http-request capture path len 5', 'backend b\n http-request capture path len 5'],
  ['backend b\n http-response capture res.hdr(a) id 0', 'backend b\n http-response capture res.hdr(a) len 5'],
  ['backend b\n mode tcp\n tcp-request content accept', 'backend b\n mode tcp\n tcp-request content switch-mode http'],
  ['listen l\n acl a payload_lv(0,1) -m found', 'listen l\n acl a payload_lv(0,0) -m found'],
  ['listen l\n stats admin if TRUE', 'listen l\n stats admin if NOBODY'],
  ['listen l\n acl a http_auth_group(u) g\nuserlist u\n group g', 'listen l\n acl a http_auth_group(u)\nuserlist u'],
  ['backend b\n log-format %zz', 'frontend f\n log-format %zz'],
  ['backend b\n tcp-check connect\n tcp-check send x', 'backend b\n tcp-check send x\n tcp-check connect'],
  ['backend b\n http-check comment x\n http-check connect', 'backend b\n http-check send uri /\n http-check connect'],
  ['backend b\n external-check command /x', 'backend b\n external-check command x'],
  ['backend b\n server s 10.0.0.1:443 ssl verify none', 'backend b\n server s 10.0.0.1:443 ssl'],
  [
    'backend b\n default-server verify none\n server s 10.0.0.1:443 ssl',
    'backend b\n default-server ssl\n server s 10.0.0.1:443',
  ],
  [
    'global\n ssl-server-verify none\nbackend b\n server s 10.0.0.1:443 ssl',
    'backend b\n server s 10.0.0.1:443 check check-ssl',
  ],
  ['backend b\n server s 10.0.0.1 check port 80', 'backend b\n server s 10.0.0.1 check addr 10.0.0.2'],
  ['backend b\n server s 10.0.0.1', 'backend b\n server s 10.0.0.1:+5 check'],
  [
    'backend b\n option tcp-check\n tcp-check connect port 80\n server s 10.0.0.1 check',
    'backend b\n option tcp-check\n tcp-check connect port 80\n tcp-check connect\n server s 10.0.0.1 check',
  ],
  ['backend b\n server s 10.0.0.1:80 agent-check agent-port 5', 'backend b\n server s 10.0.0.1:80 agent-check'],
  [
    'listen l\n acl a http_auth_group(u) g\nuserlist u\n group g',
    'listen l\n acl a http_auth_group(u) h\nuserlist u\n group g',
  ],
  ['cache c\n total-max-size 4\n max-age x', 'cache c\n total-max-size 4\n max-age 5 6'],
  ['backend b\n option pgsql-check user x', 'backend b\n option pgsql-check user x y'],
  ['backend b\n server s [::1]', 'backend b\n server s [::1'],
  ['listen l\n http-request return status 222x', 'listen l\n http-request return status x222'],
  ['global\n unix-bind mode', 'global\n max-spread-checks 2s 2s'],
  ['global\n tune.idletimer 5', 'global\n tune.idletimer 70000'],
  ['global\n tune.h2.header-table-size 5000', 'global\n tune.h2.header-table-size -1'],
  ['global\n tune.pattern.cache-size 5 x', 'global\n tune.rcvbuf.client 5 x'],
  ['global\n cpu-map auto:1/1-2 0-1', 'global\n cpu-map auto:1/1-2 0-1 x'],
  ['global\n set-var-fmt proc.x %[int(5)]', 'global\n set-var-fmt proc.x'],
  ['global\n h1-case-adjust host HOST', 'global\n h1-case-adjust host HOSTS'],
  ['global\n thread-groups 1', 'global\n thread-groups x'],
  ['ring r\n size 32768\n timeout foo x', 'ring r\n size 32768\n timeout server x'],
  ['ring r\n size 32768\n maxlen 5 6', 'ring r\n size 32768\n maxlen x'],
  ['peers p\n peer a 127.0.0.1:1', 'peers p\n peer a 127.0.0.1:1 x'],
  ['peers p\n default-server ssl verify none', 'peers p\n default-server ssl verify x'],
  ['log-forward q\n bind 127.0.0.1:18081\n log global', 'log-forward q\n bind 127.0.0.1:18081\n log global x'],
  ['log-forward q\n dgram-bind 127.0.0.1:18081 name x', 'log-forward q\n dgram-bind 127.0.0.1:18081 x'],
  ['fcgi-app a\n docroot /x\n path-info ^/(.*)$', 'fcgi-app a\n docroot /x\n path-info ('],
  ['fcgi-app a\n docroot /x\n no option keep-conn', 'fcgi-app a\n docroot /x\n keep-conn'],
  ['cache c\n total-max-size 4\n process-vary x', 'cache c\n total-max-size 4\n process-vary on x'],
  ['listen l\n http-request disable-l7-retry if TRUE', 'listen l\n http-request disable-l7-retry x'],
  ['listen l\n http-request set-timeout tunnel 5s', 'frontend f\n http-request set-timeout tunnel 5s'],
  [
    'listen l\n http-request use-service prometheus-exporter',
    'listen l\n tcp-request content use-service prometheus-exporter',
  ],
  ['backend b\n http-check expect ok-status L7OK status 200', 'backend b\n http-check expect ok-status X status 200'],
  ['backend b\n http-check expect on-error x status 200', 'backend b\n http-check expect on-error %[x] status 200'],
  ['backend b\n tcp-check send x comment y', 'backend b\n tcp-check send x comment y z'],
  ['backend b\n server s 10.0.0.1:80 init-addr', 'backend b\n server s 10.0.0.1:80 max-reuse'],
  ['listen l\n bind 127.0.0.1:18081 backlog 5', 'listen l\n bind 127.0.0.1:18081 backlog -5'],
  ['listen l\n capture cookie a x 5', 'listen l\n capture cookie a x'],
  ['listen l\n filter trace name x quiet', 'listen l\n filter trace name x loud'],
  ['backend b\n tcp-response content close if TRUE', 'backend b\n tcp-response content close if nobody'],
  ['backend b\n log-format %[nosuch]', 'backend b\n unique-id-format %[nosuch]'],
  ['backend b\n http-check set-var(check.a) int(9)', 'backend b\n http-check set-var(check.a) 9'],
  ['frontend f\n stick match match src', 'listen l\n stick match match src'],
  [
    'backend b\n server s 10.0.0.1:80 verify none\n http-check connect ssl',
    'backend b\n server s 10.0.0.1:80\n http-check connect ssl',
  ],
  ['frontend f\n stick nowhere', 'listen l\n stick nowhere'],
  [
    'listen l\n stick-table type ip size 1k\n stick on src if TRUE',
    'listen l\n stick-table type ip size 1k\n stick on src if nobody',
  ],
  ['listen l\n bind 127.0.0.1:18081', 'listen l\n bind 127.0.0.1-127.0.0.5:18081'],
  [
    'defaults\n mode http\n tcp-check connect\nbackend b\n server s 10.0.0.1:80',
    'defaults\n mode http\n tcp-check connect ssl\nbackend b\n server s 10.0.0.1:80',
  ],
]

describe('one thing makes the difference', () => {
  const whole = (text: string) => `${text}\nlisten other\n mode http\n bind 127.0.0.1:18080\n`
  const isValid = (text: string) => readHaproxy({ id: 'lb' }, 't.cfg', whole(text)).fatal.length === 0
  test.each(PAIRS)('%j is right and %j is not', (good, bad) => {
    expect([good, bad].map(isValid)).toEqual([true, false])
  })

  test.skipIf(!binary)('haproxy -c says so too', () => {
    const wrong = PAIRS.flatMap(([good, bad]) => [
      ...(checkWithHaproxy(whole(good), new Map()).valid ? [] : [`refused: ${good}`]),
      ...(checkWithHaproxy(whole(bad), new Map()).valid ? [`taken: ${bad}`] : []),
    ])
    expect(wrong).toEqual([])
  })
})

describe('words and releases', () => {
  test.each([
    ['frontend f\n guid x\n', '2.8', ['2 UNKNOWN_KEYWORD']],
    ['frontend f\n guid x\n', '3.0.4', []],
    ['global\n nbproc 1\n', '2.4.1', []],
    ['global\n nbproc 1\n', '2.6', ['2 UNKNOWN_KEYWORD']],
    ['listen l\n option httpslog\n', '2.4', ['2 UNKNOWN_KEYWORD']],
    ['listen l\n http-request pause 5s\n', '3.2', []],
    ['listen l\n http-request pause 5s\n', undefined, ['2 UNKNOWN_KEYWORD']],
    ['listen l\n acl a bytes_in gt 5\n', '3.0', []],
    ['listen l\n acl a bytes_in gt 5\n', '2.9', ['2 UNKNOWN_FETCH']],
    ['listen l\n acl a path,base2 -m found\n', '2.6', ['2 UNKNOWN_FETCH']],
    ['listen l\n server s 10.0.0.1:80 strict-maxconn\n', '3.2', []],
    ['listen l\n acl a lua.check -m found\n', undefined, ['2 UNKNOWN_FETCH']],
    ['global\n lua-load x.lua\nlisten l\n acl a lua.check -m found\n', undefined, []],
    ['traces\n trace h1 sink stderr\n', '3.1', []],
    ['frontend f from\n', undefined, ['1 UNEXPECTED_WORD']],
    ['global\n tune.ssl.defa-lt-dh-param 2048\n', undefined, ['2 UNKNOWN_KEYWORD']],
    ['global\n tune.ssl.default-dh-param 2048\n', undefined, []],
    ['global\n tune.ssl.ocsp-update.maxdelay 1\n', '2.8', []],
    ['backend f from\n', undefined, []],
    ['http-errors e\n errorfile 1 x\n', undefined, ['2 WRONG_ARGUMENT']],
    ['http-errors e\n errorfile 404 x\n', undefined, []],
  ])('%j in %s', (text, version, problems) => {
    expect(codesOf(text, version)).toEqual(problems)
  })

  test('what runs is read for the release that runs', () => {
    const text = 'frontend f\n guid x\n'
    const fatal = (version: string) =>
      readRunningHaproxy({ id: 'lb' }, 't.cfg', text, new Map(), { version, servers: [], lists: [] }).fatal.length
    expect([fatal('3.0.5-8e879a5'), fatal('2.8.3'), fatal('')]).toEqual([0, 1, 1])
  })

  test('a word of a later release says when it came, and a misspelt one what was meant', () => {
    const says = (text: string) => readHaproxy({ id: 'lb' }, 't.cfg', text).fatal[0]
    expect(says('frontend f\n guid x\n')?.message).toMatch(/came with HAProxy 3\.0; 2\.6, which is assumed here,/)
    expect(says('frontend f\n defualt_backend x\n')?.hint).toBe('Did you mean `default_backend`?')
  })
})

describe('what .if hangs on', () => {
  const read = (text: string, options: Parameters<typeof readHaproxy>[4]) =>
    readHaproxy({ id: 'lb' }, 't.cfg', text, new Map(), options)

  test('is decided by the environment, the release and the build that are given', () => {
    const text = '.if defined(A) && feature(LUA) && version_atleast(3.0)\nbackend a\n.endif\n'
    const names = (options: Parameters<typeof read>[1]) => read(text, options).proxies.map(({ name }) => name)
    const all = { environment: new Map([['A', '1']]), features: new Set(['LUA']), version: '3.0' }
    expect(names(all)).toEqual(['a'])
    expect(read(text, all).fatal).toEqual([])
    expect(names({ ...all, version: '2.8' })).toEqual([])
    expect(read(text, { version: '3.0' }).fatal.map(({ code }) => code)).toEqual(['CONDITIONAL_SECTION'])
  })

  test('a variable of the environment, or of setenv above, is what it says', () => {
    const text = 'global\n setenv PORT 81\nfrontend f\n bind "${HOST}:${PORT}"\n'
    const [first] = read(text, { environment: new Map([['HOST', '10.0.0.1']]) }).proxies
    expect(first?.binds[0]).toMatchObject({ address: { kind: 'ip', ip: '10.0.0.1' }, ports: [81, 81] })
    expect(read(text, {}).proxies[0]?.unmodelled[0]?.keyword).toBe('bind, which depends on HOST')
  })

  test.each([
    ['.if foo(x)\n.endif\n', '1 BAD_CONDITION'],
    ['.if streq(a)\n.endif\n', '1 BAD_CONDITION'],
    ['.if (1\n.endif\n', '1 BAD_CONDITION'],
    ['.if 1\n.else\n.elif 1\n.endif\n', '3 LONE_DIRECTIVE'],
    ['.endif\n', '1 LONE_DIRECTIVE'],
    ['.if 1\n.endif x\n', '2 UNEXPECTED_WORD'],
  ])('%j is a problem at %s', (text, problem) => {
    expect(codesOf(text)).toEqual([problem])
  })
})
