import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flowsWhere } from '../../src/flow/flow-set.ts'
import { readCidr } from '../../src/flow/ip-set.ts'
import { ips, names } from '../../src/flow/values.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import { matchPacket } from '../../src/fortigate/match.ts'
import { fortigateMeaning } from '../../src/fortigate/meaning.ts'
import { randomFortigate, randomPacket } from './random-fortigate.ts'

const read = (text: string) => readFortigate({ id: 'fw' }, 'fw.conf', text)
const root = (text: string) => {
  const vdom = read(text).vdoms.get('root')
  if (!vdom) throw new Error('no root VDOM')
  return vdom
}

describe('reading a configuration', () => {
  test('model and version come from the header, the VDOM from it where it names one', () => {
    expect(read('#config-version=FG100F-7.0.14-FW-build0601-240206:opmode=0:vdom=0:user=a\n').version).toEqual({
      major: 7,
      minor: 0,
      patch: 14,
    })
    expect([...read('#global_vdom=0:vd_name=edge/edge\n').vdoms.keys()]).toEqual(['edge'])
  })

  test('scripts are carried out: append, unselect, clone, move, delete, abbreviated words', () => {
    const vdom = root(`conf firewall addrgrp
edit "g"
set member "a" "b"
append member "c"
unselect member "a"
next
end
config firewall policy
edit 1
set name "one"
next
edit 2
next
edit 0
next
clone 1 to 9
move 9 before 2
delete 1
end
`)
    expect(vdom.addresses.get('g')).toMatchObject({ members: ['b', 'c'] })
    expect(vdom.policies.map(({ id, name }) => `${id}${name}`)).toEqual(['9one', '2', '3'])
  })

  test('what is not modelled is listed with its line, what cannot change a verdict is not', () => {
    const { coverage } = read(`config firewall policy
    edit 1
        set name "x"
        set vlan-filter "10"
        set tos-mask 0x00
        set comments "y"
    next
end
config router bgp
    config neighbor
        edit "10.0.0.1"
        next
    end
end
config log disk setting
    set status enable
end
`)
    expect(coverage.unmodelled).toEqual([
      { line: 4, says: 'set vlan-filter "10"' },
      { line: 9, says: 'config router bgp' },
    ])
    expect(coverage.beside).toBe(3)
    expect(coverage.modelled).toBe(7)
  })

  test('references to nothing and policies that name a zone member are said', () => {
    const { problems } = read(`config system zone
edit "z"
set interface "p1"
next
end
config firewall policy
edit 1
set srcintf "p1"
set dstintf "any"
set srcaddr "nobody"
set dstaddr "all"
set service "ALL"
set schedule "always"
next
end
`)
    const told = problems.map(({ code, line }) => `${line} ${code}`)
    expect(told).toContain('7 UNKNOWN_REFERENCE')
    expect(told).toContain('7 ZONE_MEMBER')
  })

  test('groups that hold themselves end, as unknown', () => {
    const member = (name: string, inside: string) => `edit "${name}"\nset member ${inside}\nnext\n`
    const circle = member('a', '"a" "b"') + member('b', '"a" "b"')
    const chain = Array.from(
      { length: 40 },
      (_, i) => member(`x${i + 1}`, `"x${i}" "y${i}"`) + member(`y${i + 1}`, `"x${i}" "y${i}"`),
    )
    const vdom = root(`config firewall addrgrp\n${circle}${chain.join('')}end\n`)
    expect(vdom.addresses.get('a')?.unknown).toBe('address group a (circular or too large)')
    expect(vdom.addresses.get('x40')?.unknown).toBe('address group x40 (circular or too large)')
    expect(vdom.addresses.get('x3')?.unknown).toBeUndefined()
  })

  test('a file that is broken open makes no verdict definite', () => {
    const text = fc.sample(randomFortigate, { seed: 1, numRuns: 1 })[0] ?? ''
    const broken = text.replace('config firewall policy\n', 'config firewall policy\nedit 5\nedit 6\n')
    const [packet] = fc.sample(randomPacket, { seed: 1, numRuns: 1 })
    if (!packet) throw new Error('no packet')
    expect(matchPacket(read(broken), packet)).toMatchObject({ verdict: 'depends' })
  })
})

test('nothing in a text makes reading, matching or meaning throw', () => {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.nat(60),
    put: fc.constantFrom(
      '',
      '"',
      '\n',
      'end\n',
      'next\n',
      'edit 1\n',
      'config firewall policy\n',
      '999999',
      '\\',
      'set ',
      '-',
      '/',
      ':',
    ),
  })
  const cidr = readCidr('10.1.0.0/24')
  fc.assert(
    fc.property(randomFortigate, fc.array(damage, { maxLength: 8 }), randomPacket, (text, damages, packet) => {
      let broken = text
      for (const { at, drop, put } of damages) {
        const place = Math.floor(at * broken.length)
        broken = broken.slice(0, place) + put + broken.slice(place + drop)
      }
      const device = read(broken)
      expect(['allow', 'deny', 'depends']).toContain(matchPacket(device, packet).verdict)
      const within = flowsWhere({ src: cidr && ips(cidr), ingress: names('lan1') })
      expect(fortigateMeaning(device, within).length).toBeGreaterThan(0)
    }),
    { numRuns: 150 },
  )
})
