import { expect, test } from 'vitest'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { redactHaproxy, redactHaproxyLine } from '../../src/haproxy/text/redact.ts'

test.each([
  ['    user ops insecure-password Hunter2', '    user ops insecure-password REDACTED'],
  ['    user ops password $6$rounds=1$abc', '    user ops password REDACTED'],
  ['    stats auth admin:Hunter2', '    stats auth admin:REDACTED'],
  [
    '    http-request set-header Authorization "Basic aHVudGVyMg==" if x',
    '    http-request set-header Authorization REDACTED if x',
  ],
  ['    http-request set-header X-Api-Key s3cr3t', '    http-request set-header X-Api-Key REDACTED'],
  [
    '    http-request deny unless { req.hdr(authorization) -m str "Bearer abc" }',
    '    http-request deny unless { req.hdr(authorization) -m str REDACTED }',
  ],
  ['    acl robot req.hdr(x-robot-token) -m str s3cr3t', '    acl robot req.hdr(x-robot-token) -m str REDACTED'],
  ['    http-check send hdr authorization "Bearer abc"', '    http-check send hdr authorization REDACTED'],
])('the secret of %j does not leave', (line, shown) => {
  expect(redactHaproxyLine(line)).toBe(shown)
})

test.each([
  '    cookie CORVANE_NODE insert indirect nocache',
  '    server r1 10.50.5.11:8080 cookie r1 check',
  '    acl signed-in req.hdr(authorization) -m found',
  '    use_backend app if { req.hdr(authorization) -m found }',
  '    http-request deny unless { var(txn.sallyport_x) -m bool }',
])('%j holds no secret and stays', (line) => {
  expect(redactHaproxyLine(line)).toBe(line)
})

test('every line keeps its number, and a cited line is hidden too', () => {
  const text =
    'frontend f\n    mode http\n    bind 127.0.0.1:80\n    http-request set-header X-Token abc123\n    stats auth a:b\n'
  expect(redactHaproxy(text).split('\n').length).toBe(text.split('\n').length)
  expect(JSON.stringify(readHaproxy({ id: 'lb' }, 'lb.cfg', text).proxies)).not.toContain(
    'says":"http-request set-header X-Token abc',
  )
})
