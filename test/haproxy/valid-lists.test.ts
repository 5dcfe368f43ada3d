import { describe, expect, test } from 'vitest'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { checkWithHaproxy, realHaproxy } from './real.ts'

const proxy = (frontend: string, backend = '') => `defaults
 mode http
 timeout client 1s
 timeout server 1s
 timeout connect 1s
frontend f
 bind :18080
 ${frontend}
 default_backend b
backend b
 server s1 127.0.0.1:80
${backend}`

/** Whether it is valid, by both; each line of `list` is judged alone. */
function judge(text: string, list?: string): readonly [ours: boolean, theirs: boolean] {
  const files = new Map(list === undefined ? [] : [['list', `${list}\n`]])
  return [readHaproxy({ id: 'lb' }, 'lb.cfg', text, files).fatal.length === 0, checkWithHaproxy(text, files).valid]
}

/** What stands in a list, by what reads it: some of it each of them refuses. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  'acl a src -f list': ['10.0.0.0/8', '10', '1.2.3.4/33', '::1/64', '1.2.3.4 x'],
  'acl a dst_port -f list': ['5', '5:7', 'x', 'gt 5'],
  'acl a path -m len -f list': ['5', 'x'],
  'acl a path_reg -f list': ['a*', 'a(b'],
  'acl a req.payload(0,1) -m bin -f list': ['0a', '0'],
  'acl a path -M -m str -f list': ['a 1', 'b'],
  'http-request set-var(txn.x) path,map_str_int(list)': ['a -5', 'a', 'a 0x10', 'a 5 # c'],
  'http-request set-var(txn.x) path,map_str_ip(list)': ['a 1.2.3.4', 'a 1.2.3.4 x', 'a ::1', 'a 1.2.3', 'a'],
  'http-request set-var(txn.x) path,map_int(list)': ['5:7 v', 'x v'],
  'http-request set-var(txn.x) path,map_ip(list)': ['1.2.3.4/24 v', '10.1 v', '2001:db8::/129 v', 'zz v'],
  'http-request set-var(txn.x) path,map_reg(list)': ['a* v', 'a(b v'],
}

/** What may stand once; of each pair the first is fine. */
const ONCE: readonly (readonly [once: string, twice: string])[] = [
  ...['cache', 'http-errors', 'peers', 'mailers', 'fcgi-app', 'resolvers'].map((kind): readonly [string, string] => {
    const body = { cache: ' total-max-size 4\n', 'fcgi-app': ' docroot /x\n' }[kind] ?? ''
    return [`${kind} x\n${body}${kind} y\n${body}`, `${kind} x\n${body}${kind} x\n${body}`]
  }),
  [
    'resolvers r\n nameserver a 1.1.1.1:53\n nameserver b 1.1.1.1:53\n',
    'resolvers r\n nameserver a 1.1.1.1:53\n nameserver a 1.1.1.2:53\n',
  ],
  [
    ' server s2 127.0.0.1:81 id 5\n server s3 127.0.0.1:81 id 6\n',
    ' server s2 127.0.0.1:81 id 5\n server s3 127.0.0.1:81 id 5\n',
  ],
  ['backend c\n id 7\nbackend d\n id 8\n', 'backend c\n id 7\nbackend d\n id 7\n'],
  [
    'userlist u\n user a insecure-password b\nuserlist u\n user a insecure-password b\n',
    ' stats auth a:b\n stats http-request allow\n',
  ],
]

describe.skipIf(!realHaproxy())('valid or not, as haproxy -c says', () => {
  test('is each line of a list, by how it is matched', () => {
    const seen = Object.entries(LISTS).flatMap(([line, lists]) =>
      lists.map((list) => ({ line, list, judged: judge(proxy(line), list) })),
    )
    expect(seen.filter(({ judged: [ours, theirs] }) => ours !== theirs)).toEqual([])
    expect(seen.filter(({ judged: [ours] }) => !ours).length).toBeGreaterThan(10)
  })

  test('is a name or a number that is given twice', () => {
    for (const [once, twice] of ONCE) {
      expect(judge(proxy('', once)), once).toEqual([true, true])
      expect(judge(proxy('', twice)), twice).toEqual([false, false])
    }
  })
})
