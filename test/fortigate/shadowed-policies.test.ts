import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readFortigate, vdomOf } from '../../src/fortigate/config.ts'
import { prepareMatch } from '../../src/fortigate/match.ts'
import { shadowedPolicies } from '../../src/fortigate/shadowed-policies.ts'
import { randomFortigate, randomPacket, randomPacket6 } from './random-fortigate.ts'

function shadowed(text: string): readonly string[] {
  const vdom = vdomOf(readFortigate({ id: 'fw' }, 'fw.conf', text))
  return vdom
    ? shadowedPolicies(vdom).map(({ policy, by }) => `${policy.id} by ${by.map(({ id }) => id).join(' ')}`)
    : []
}

const NETWORK = `config system interface
edit "wan1"\nset ip 203.0.113.1 255.255.255.0\nnext\nedit "lan"\nset ip 10.1.0.1 255.255.255.0\nnext\nedit "dmz"\nset ip 10.2.0.1 255.255.255.0\nnext\nend
config firewall address
edit "low"\nset subnet 10.1.0.0 255.255.255.128\nnext\nedit "high"\nset subnet 10.1.0.128 255.255.255.128\nnext\nedit "both"\nset subnet 10.1.0.0 255.255.255.0\nnext\nedit "named"\nset type fqdn\nset fqdn "x.example"\nnext\nend
config firewall service custom
edit "web"\nset tcp-portrange 443\nnext\nedit "more"\nset tcp-portrange 440-450\nnext\nend
config firewall vip
edit "v"\nset extip 203.0.113.10\nset extintf "wan1"\nset mappedip "10.2.0.9"\nnext\nend
`
/** Policies from lan to dmz, one line each: \`id source service action\`. */
function policies(...lines: readonly string[]): string {
  const edits = lines.map((line) => {
    const [id, source, service, action = 'accept', ...more] = line.split(' ')
    const [from, to] = source === 'all' ? ['wan1', '"v"'] : ['lan', '"all"']
    return `edit ${id}\nset srcintf "${from}"\nset dstintf "dmz"\nset srcaddr "${source}"\nset dstaddr ${to}\nset schedule "always"\nset service "${service}"\nset action ${action}\n${more.length > 0 ? `set ${more.join(' ')}\n` : ''}next\n`
  })
  return `${NETWORK}config firewall policy\n${edits.join('')}end\n`
}

describe('policies that never decide anything', () => {
  test('are those of which others above take every packet, together or alone', () => {
    expect(shadowed(policies('1 low more', '2 high more deny', '3 both web'))).toEqual(['3 by 1 2'])
    expect(shadowed(policies('1 both more', '2 low web', '3 both more'))).toEqual(['2 by 1', '3 by 1'])
    expect(shadowed(policies('1 all ALL', '2 all web'))).toEqual(['2 by 1'])
  })

  test('are not those of which anything is left', () => {
    expect(shadowed(policies('1 low more', '2 both web'))).toEqual([])
    expect(shadowed(policies('1 both web', '2 both more'))).toEqual([])
    expect(shadowed(policies('1 both more accept status disable', '2 both web'))).toEqual([])
    expect(shadowed(policies('1 both more accept groups "staff"', '2 both web'))).toEqual([])
    expect(shadowed(policies('1 named more', '2 both web'))).toEqual([])
  })

  test('decide no packet on random configurations', () => {
    let found = 0
    fc.assert(
      fc.property(
        randomFortigate,
        fc.array(fc.oneof(randomPacket, randomPacket6), { minLength: 60, maxLength: 60 }),
        (text, packets) => {
          const device = readFortigate({ id: 'fw' }, 'fw.conf', text)
          const vdom = vdomOf(device)
          const never = new Set(vdom ? shadowedPolicies(vdom).map(({ policy }) => policy.id) : [])
          found += never.size
          const match = prepareMatch(device)
          if (never.size > 0) for (const packet of packets) expect(never).not.toContain(match(packet).policy)
        },
      ),
      { numRuns: 40 },
    )
    expect(found).toBeGreaterThan(0)
  })
})
