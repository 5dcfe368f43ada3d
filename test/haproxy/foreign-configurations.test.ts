import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Refusal } from '../../src/evidence/refusal.ts'
import { readCidr } from '../../src/flow/ip-set.ts'
import {
  compileHaproxyGrant,
  compileHaproxyGuard,
  type HaproxyEdit,
  type InnerAsk,
  removeHaproxyGrant,
} from '../../src/haproxy/compile.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { freePort, openUpstreams, realHaproxy, sendRequest, startHaproxy } from './real.ts'

/** As operators write them: PORT is listened on, SHOP and OTHER are servers; all lead requests for shop.example to the shop. */
const WAYS: Readonly<Record<string, { readonly text: string; readonly frontend?: string; readonly backend?: string }>> =
  {
    'a default backend only, tabs and comments behind lines': {
      text: 'frontend web # the door\n\tbind 127.0.0.1:PORT\n\tdefault_backend shop # all of it\n\nbackend shop\n\tserver s1 127.0.0.1:SHOP check # one\n',
    },
    'chained ACLs, negated and quoted': {
      text: `frontend web
    bind 127.0.0.1:PORT
    acl host_shop hdr(host) -i "shop.example" 'www.shop.example'
    acl host_other hdr(host) -i other.example
    acl is_static path_end .png .css
    use_backend other if host_other or is_static !host_shop
    use_backend shop if host_shop !is_static or host_shop { path_beg "/a b" }
    default_backend other
backend other
    server o 127.0.0.1:OTHER
backend shop
    http-request set-header x-seen "%[src] at %T"
    server s1 127.0.0.1:SHOP
`,
    },
    'a map of hosts, and a redirect first': {
      text: `frontend web
    bind 127.0.0.1:PORT
    http-request redirect location /new code 301 if { path -i /old }
    use_backend %[req.hdr(host),lower,map_dom(hosts.map,other)]
backend other
    server o 127.0.0.1:OTHER
backend shop
    balance leastconn
    server s1 127.0.0.1:SHOP
`,
    },
    'defaults of defaults': {
      text: `defaults base
    mode http
    timeout client 1s
    timeout server 1s
    timeout connect 1s
defaults web from base
    option httplog
frontend web from web
    bind 127.0.0.1:PORT
    use_backend other if { hdr(host) other.example }
    default_backend shop
backend other from base
    server o 127.0.0.1:OTHER
backend shop from base
    server s1 127.0.0.1:SHOP
`,
    },
    'a branch of .if': {
      text: `frontend web
    bind 127.0.0.1:PORT
.if version_atleast(2.4)
    use_backend shop if { hdr(host) shop.example }
.else
    http-request deny
.endif
    default_backend other
backend other
    server o 127.0.0.1:OTHER
backend shop
    server s1 127.0.0.1:SHOP
`,
    },
    'a section that listens': {
      text: `listen shop
    bind 127.0.0.1:PORT
    http-request deny deny_status 404 if { path /gone }
    server s1 127.0.0.1:SHOP
`,
      frontend: 'shop',
    },
    TCP: {
      text: `frontend web
    mode tcp
    bind 127.0.0.1:PORT
    tcp-request inspect-delay 1s
    tcp-request content accept if { req.len gt 0 }
    default_backend shop
backend shop
    mode tcp
    server s1 127.0.0.1:SHOP
`,
    },
  }
const DEFAULTS = 'defaults\n    mode http\n    timeout client 1s\n    timeout server 1s\n    timeout connect 1s\n'
const FILES = new Map([['hosts.map', 'shop.example shop\n']])
const NOW = Math.floor(Date.now() / 1000)
const SECONDS = 1000

const read = (text: string) => readHaproxy({ id: 'lb' }, 'haproxy.cfg', text, FILES)
function edited(result: HaproxyEdit | Refusal): string {
  if (!result.ok) throw new Error(result.says)
  return result.text
}
const linesOf = (text: string) => text.split('\n')
/** Whether the lines of one stand in the other in their order, whatever stands between them. */
function isWithin(before: string, after: string): boolean {
  const left = linesOf(before)
  for (const line of linesOf(after)) if (line === left[0]) left.shift()
  return left.length === 0
}

describe.skipIf(!realHaproxy())('configurations that others wrote', () => {
  let upstreams: Awaited<ReturnType<typeof openUpstreams>>
  beforeAll(async () => {
    upstreams = await openUpstreams(2)
  })
  afterAll(() => upstreams.close())

  /** What comes back for a request of a host, from an address inside of the grant and from one outside. */
  async function ask(text: string, port: number) {
    const haproxy = await startHaproxy(text, port, FILES)
    const get = async (src: string, host: string, path = '/x') => {
      const seen = await sendRequest(port, src, `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)
      return seen.upstream ?? seen.status ?? seen.kind
    }
    const [inside, outside, other, old] = await Promise.all([
      get('127.1.0.9', 'shop.example'),
      get('127.2.0.9', 'shop.example'),
      get('127.2.0.9', 'other.example'),
      get('127.1.0.9', 'shop.example', '/old'),
    ])
    await haproxy.stop()
    return { inside, outside, other, old }
  }

  test.each(
    Object.entries(WAYS).flatMap(([name, way]) => [
      { name, ...way, feed: '\n' },
      ...(name.startsWith('chained') ? [{ name: `${name}, with CRLF`, ...way, feed: '\r\n' }] : []),
    ]),
  )('$name', async ({ text: written, frontend = 'web', backend = 'shop', feed }) => {
    const port = await freePort()
    const [shop, others] = upstreams.ports
    const filled = written.replace('PORT', String(port)).replace('SHOP', String(shop)).replace('OTHER', String(others))
    const text = `${filled.startsWith('defaults') ? '' : DEFAULTS}${filled}`.replaceAll('\n', feed)
    const grant: InnerAsk = {
      request: 'ar-1',
      service: 'shop',
      frontend,
      backend,
      sources: readCidr('127.1.0.0/16') ?? { v4: [], v6: [] },
      headers: [],
      until: NOW + SECONDS,
    }
    const guarded = edited(compileHaproxyGuard(read(text), grant))
    const granted = edited(compileHaproxyGrant(read(guarded), grant))
    const over = edited(compileHaproxyGrant(read(guarded), { ...grant, until: NOW - SECONDS }))
    const two = edited(compileHaproxyGrant(read(granted), { ...grant, request: 'ar-2' }))

    expect(isWithin(text, guarded) && isWithin(guarded, granted)).toBe(true)
    expect(granted.includes('\r')).toBe(feed === '\r\n')
    expect(edited(removeHaproxyGrant(read(granted), 'ar-1'))).toBe(guarded)
    expect(edited(removeHaproxyGrant(read(two), 'ar-2'))).toBe(granted)

    const before = await ask(text, port)
    const [during, after] = [await ask(granted, port), await ask(over, port)]
    const closed = text.includes('mode tcp') ? 'closed' : 403
    expect(before).toMatchObject({ inside: 0, outside: 0 })
    expect(during).toMatchObject({ inside: 0, outside: closed, old: before.old })
    expect(after).toMatchObject({ inside: closed, outside: closed })
    // What never led to the shop fares as before.
    if (before.other === 1) expect([during.other, after.other]).toEqual([1, 1])
    else expect(during.other).toBe(closed)
  })
})
