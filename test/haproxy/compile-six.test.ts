import { expect, test } from 'vitest'
import { readCidr } from '../../src/flow/ip-set.ts'
import { compileHaproxyGrant } from '../../src/haproxy/compile.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'

/** HAProxy matches some IPv6 clients with IPv4 networks, so a guard that may meet one says so; one that cannot stays short. */
function guardsAgainstSix(bind: string, rules = '', route = 'use_backend shop if { hdr(host) shop.example }'): boolean {
  const text = `defaults
    mode http
frontend web
    bind ${bind}
    ${rules}
    ${route}
frontend other
    bind :::8080
    http-request set-src req.hdr(x-client)
    http-request return status 200
backend shop
    # sallyport:guard shop
    http-request deny deny_status 403 unless { var(txn.sallyport_shop) -m bool }
`
  const change = compileHaproxyGrant(readHaproxy({ id: 'lb' }, 'lb.cfg', text), {
    request: 'ar-7f3k2m9x0q',
    service: 'shop',
    frontend: 'web',
    backend: 'shop',
    sources: readCidr('10.1.1.0/24') ?? { v4: [], v6: [] },
    headers: [],
  })
  if (!change.ok) throw new Error(change.says)
  return change.text.includes('::/96')
}

test('a guard that only an IPv4 listener leads to says nothing of IPv6', () => {
  expect(guardsAgainstSix('10.9.0.5:8443')).toBe(false)
})

test.each([
  ['the listener takes IPv6', [':::8443']],
  ['the client comes in a PROXY header', ['10.9.0.5:8443 accept-proxy']],
  ['a rule says who the client is', ['10.9.0.5:8443', 'http-request set-src req.hdr(x-client)']],
  ['a line that is not modelled may say so', ['10.9.0.5:8443', 'http-request lua.who']],
  ['the backend is computed for each request', [':::8443', '', 'use_backend %[hdr(host)]']],
] as const)('a guard keeps IPv6 clients out where %s', (_, [bind, rules, route]) => {
  expect(guardsAgainstSix(bind, rules, route)).toBe(true)
})
