import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  containsIp,
  ipRange,
  parseIp,
  printIp,
  printIpSet,
  readCidr,
  subtractIp,
  uniteIp,
} from '../../src/flow/ip-set.ts'

const v6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n })

test('addresses survive printing and reading', () => {
  fc.assert(fc.property(v6, (value) => parseIp(printIp({ family: 6, value }))?.value === value))
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      (value) => parseIp(printIp({ family: 4, value }))?.value === value,
    ),
  )
})

test('IPv6 addresses are printed as RFC 5952 says, which is how a browser writes them', () => {
  const words = fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  })
  fc.assert(
    fc.property(words, (each) => {
      const value = each.reduce((sum, word) => (sum << 16n) | BigInt(word), 0n)
      return (
        `[${printIp({ family: 6, value })}]` ===
        new URL(`http://[${each.map((word) => word.toString(16)).join(':')}]`).hostname
      )
    }),
    { numRuns: 300 },
  )
})

test('text that two programs would read differently is no address', () => {
  for (const text of [
    '010.0.0.1',
    '10.1',
    '0x0a000001',
    '10.0.0.256',
    '1.2.3.4.5',
    '',
    ':',
    ':::',
    '1::2::3',
    '12345::',
    '::1%eth0',
  ])
    expect(parseIp(text), text).toBeUndefined()
  for (const text of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::/129'])
    expect(readCidr(text), text).toBeUndefined()
})

test('a set is printed as the shortest list of CIDRs', () => {
  const all = readCidr('10.0.0.0/24')
  const hole = readCidr('10.0.0.7')
  if (!all || !hole) throw new Error('the samples are addresses')
  expect(printIpSet(subtractIp(all, hole)).length).toBe(8)
  expect(printIpSet(uniteIp(subtractIp(all, hole), hole))).toEqual(['10.0.0.0/24'])
  expect(printIpSet(ipRange('2001:db8::', '2001:db8::ffff') ?? { v4: [], v6: [] })).toEqual(['2001:db8::/112'])
})

test('a range holds its ends and nothing beyond', () => {
  const set = ipRange('10.0.0.5', '10.0.0.9') ?? { v4: [], v6: [] }
  expect(['10.0.0.4', '10.0.0.5', '10.0.0.9', '10.0.0.10'].map((ip) => containsIp(set, ip))).toEqual([
    false,
    true,
    true,
    false,
  ])
})
