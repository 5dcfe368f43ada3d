import { describe, expect, test } from 'vitest'
import { readFortigate } from '../../src/fortigate/config.ts'
import { printFortiText, readFortiText } from '../../src/fortigate/text.ts'
import { seeded } from '../bench/large-fortigate.ts'
import { damaged, SEEDS } from './damaged-fortigate.ts'
import { HOSTILE, readAll } from './hostile-fortigate.ts'

const BACKUP = `config system interface
    edit "wan1"
        set vdom "root"
    next
end
config system zone
    edit "inside"
        set interface "lan"
    next
end
config firewall address
    edit "host"
        set subnet 10.0.0.5 255.255.255.255
    next
end
config firewall addrgrp
    edit "hosts"
        set member "host"
    next
end
config firewall service custom
    edit "web"
        set tcp-portrange 443
    next
end
config firewall schedule onetime
    edit "once"
        set start 00:00 2026/11/23
        set end 12:00 2026/11/24
    next
end
config firewall vip
    edit "door"
        set type server-load-balance
        set extip 203.0.113.10
        set extintf "wan1"
        set extport 443
        config realservers
            edit 1
                set ip 10.20.0.5
                set port 8443
            next
        end
    next
end
config firewall policy
    edit 1
        set srcintf "wan1"
        set dstintf "inside"
        set srcaddr "hosts" "host"
        set dstaddr "door"
        set service "web"
        set schedule "once"
        set action accept
    next
end
`
const read = (text: string) => readFortigate({ id: 'fw', timezone: 'Europe/Berlin' }, 'fw.conf', text)
function rootOf(text: string) {
  const vdom = read(text).vdoms.get('root')
  if (!vdom) throw new Error('no root VDOM')
  return vdom
}
const script = (path: string, lines: string) => `config ${path}\n${lines}\nend\n`
const codes = (text: string) =>
  read(text)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code)

describe('a script behind a backup', () => {
  test('rename changes the entry and every reference that stands before it, wherever it is', () => {
    const renamed = [
      script('firewall address', 'rename "host" to "server"'),
      script('firewall addrgrp', 'rename "hosts" to "servers"'),
      script('firewall service custom', 'rename web to https'),
      script('firewall schedule onetime', 'rename "once" to "then"'),
      script('firewall vip', 'rename "door" to "gate"'),
      script('system zone', 'rename "inside" to "inner"'),
    ].join('')
    const { policies, addresses, services, schedules, vips, zones, vipsInPlay } = rootOf(BACKUP + renamed)
    expect(policies[0]).toMatchObject({
      srcaddr: ['servers', 'server'],
      dstaddr: ['gate'],
      service: ['https'],
      schedule: 'then',
      dstintf: ['inner'],
    })
    expect(addresses.get('servers')).toMatchObject({ members: ['server'] })
    expect([...addresses.keys(), ...services.keys(), ...schedules.keys(), ...zones.keys()]).toEqual([
      'server',
      'servers',
      'https',
      'then',
      'inner',
    ])
    expect([vips.map(({ name }) => name), vipsInPlay.map(({ name }) => name)]).toEqual([['gate'], ['gate']])
    expect(codes(BACKUP + renamed)).toEqual([])
    expect(rootOf(BACKUP + renamed).unsure).toEqual(rootOf(BACKUP).unsure)
  })

  test('a name given anew after a rename is another thing', () => {
    const twice = script(
      'firewall address',
      'rename "host" to "a"\nrename "a" to "b"\nedit "host"\nset subnet 10.9.9.9/32\nnext',
    )
    const later = script('firewall addrgrp', 'edit "hosts"\nappend member "host"\nnext')
    const { addresses, policies } = rootOf(BACKUP + twice + later)
    expect(addresses.get('hosts')).toMatchObject({ members: ['b', 'host'] })
    expect(policies[0]?.srcaddr).toEqual(['hosts', 'b'])
    expect([...addresses.keys()]).toEqual(['b', 'host', 'hosts'])
  })

  test('rename stays in its VDOM and keeps the place', () => {
    const vdoms = ['a', 'b'].map((name) => `config vdom\nedit ${name}\n${BACKUP}end\n`).join('')
    const one = `config vdom\nedit a\n${script('firewall address', 'rename "host" to "x"')}end\n`
    const device = read(vdoms + one)
    expect(device.vdoms.get('a')?.policies[0]?.srcaddr).toEqual(['hosts', 'x'])
    expect(device.vdoms.get('b')?.policies[0]?.srcaddr).toEqual(['hosts', 'host'])
    const ordered = script('firewall policy', 'edit 2\nnext\nrename 1 to 9\nedit 0\nnext\nmove 10 before 9')
    expect(rootOf(BACKUP + ordered).policies.map(({ id }) => id)).toEqual([10, 9, 2])
  })

  test('clone copies what is nested; neither changes with the other from then on', () => {
    const server = (ip: string) => `config realservers\nedit 1\nset ip ${ip}\nnext\nend\n`
    const cloned = script(
      'firewall vip',
      `clone "door" to "other"\nedit "other"\n${server('10.20.0.6')}next\nedit "door"\n${server('10.20.0.7')}next`,
    )
    const inside = rootOf(BACKUP + cloned).vips.map(({ name, mapping }) => [
      name,
      mapping.kind === 'shift' && mapping.targets,
    ])
    expect(inside).toMatchObject([
      ['door', [{ address: 0x0a140007n, port: 8443 }]],
      ['other', [{ address: 0x0a140006n, port: 8443 }]],
    ])
  })

  test('a name that is taken is refused, as a device does, and both stay as they are', () => {
    const taken = script(
      'firewall address',
      'edit "other"\nset subnet 10.1.1.1/32\nnext\nrename "host" to "other"\nclone "host" to "other"',
    )
    expect(codes(BACKUP + taken)).toEqual(['NAME_TAKEN', 'NAME_TAKEN'])
    expect(rootOf(BACKUP + taken).policies[0]?.srcaddr).toEqual(['hosts', 'host'])
    const nothing = script(
      'firewall address',
      'rename "x" to "y"\nclone "x" to "y"\nmove "x" before "host"\ndelete "x"',
    )
    expect(codes(BACKUP + nothing)).toEqual([
      'NOTHING_TO_RENAME',
      'NOTHING_TO_CLONE',
      'NOTHING_TO_MOVE',
      'NOTHING_TO_DELETE',
    ])
  })

  test('append, unselect, select, clear and unset in any order', () => {
    const members = (lines: string) => {
      const group = rootOf(script('firewall addrgrp', `edit "g"\n${lines}\nnext`)).addresses.get('g')
      return group?.kind === 'group' ? group.members : undefined
    }
    expect(members('append member "a"\nappend member "b" "c"\nunselect member "b"\nappend member "b"')).toEqual([
      'a',
      'c',
      'b',
    ])
    expect(members('set member "a"\nselect member "b"\nappend member "c"')).toEqual(['b', 'c'])
    expect(members('set member "a"\nclear member\nappend member "c"')).toEqual(['c'])
    expect(members('set member "a"\nunset member')).toEqual([])
    expect(members("set member ''")).toEqual([])
  })
})

describe('what a terminal leaves', () => {
  const captured = `FGT-1 # show\n${BACKUP.replace('        set port 8443', '--More--\r         \r        set port 8443')}\nFGT-1 (root) $ show system status\nFGT-1 # `
  test('prompts and the pager are kept and mean nothing', () => {
    expect(printFortiText(readFortiText('fw.conf', captured))).toBe(captured)
    expect(codes(captured)).toEqual([])
    expect(rootOf(captured).vips[0]?.mapping).toEqual(rootOf(BACKUP).vips[0]?.mapping)
  })

  test('a change typed at a prompt is not followed, and that is said', () => {
    expect(codes(`${BACKUP}FGT-1 (policy) # delete 1\n`)).toEqual(['TYPED_COMMAND'])
  })

  test('the release stands in the header, as a backup or a terminal writes it', () => {
    const version = (line: string) =>
      Object.values(read(`FGT $ show\n#config-version=${line}\n`).version ?? {}).join('.')
    expect(version('FortiGate-VM64 v6.2.3,build1066,191218 (GA):opmode=1:vdom=0:user=demo')).toBe('6.2.3')
    expect(version('FGT60D-5.02-FW-build762-170209:opmode=0:vdom=0:user=a')).toBe('5.2.0')
    expect(version('FG100F-7.0.14-FW-build0601-240206:opmode=0')).toBe('7.0.14')
  })
})

describe('another form of backup is one problem, with what to do', () => {
  test.each([
    ['ENCRYPTED_BACKUP', `#config-version=FGT60F-7.4.8-FW-build2795-250523:opmode=0\n${noise()}`],
    ['ENCRYPTED_BACKUP', `#FGBK|4|FGT60F|7|04|2795|\n${noise()}`],
    [
      'YAML_BACKUP',
      '#config-version=x\nsystem_global:\n    hostname: "x"\nfirewall_policy:\n  - 1:\n      name: "a b"\n      srcaddr:\n        - all\n',
    ],
    ['NOT_A_CONFIGURATION', 'global\n  log stdout\n\nfrontend x\n  bind :80\n  mode http\n  default_backend x\n'],
  ])('%s', (code, text) => {
    expect(codes(text)).toEqual([code])
    expect(printFortiText(readFortiText('fw.conf', text))).toBe(text)
    expect(rootOf(text).unsure).not.toEqual([])
  })
})

function noise(): string {
  return String.fromCharCode(...Array.from({ length: 3000 }, (_, index) => (index * index * 31 + 7) % 256))
}

test('damaged texts are read without a throw and printed back', () => {
  const random = seeded(1)
  for (let index = 0; index < 1500; index += 1) readAll(damaged(SEEDS[index % SEEDS.length] ?? '', random))
})

test.each(Object.entries(HOSTILE))('made to be slow and read all the same: %s', (_, make) => readAll(make(1500)))

describe('shortened names', () => {
  const policyOf = (lines: string) => {
    const text = `${BACKUP}config firewall policy\nedit 7\nset action accept\nset schedule "once"\n${lines}next\nend\n`
    return readFortigate({ id: 'fw' }, 'fw.conf', text)
      .vdoms.get('root')
      ?.policies.find(({ id }) => id === 7)
  }

  test('of attributes are the attributes that begin so, when only one does', () => {
    expect(policyOf('set stat disable\n')?.enabled).toBe(false)
    expect(policyOf('set stat disable\nset status enable\n')?.enabled).toBe(true)
    expect(policyOf('set status dis\n')?.enabled).toBe(false)
    expect(policyOf('set srcaddr-negate en\n')?.srcNegate).toBe(true)
    expect(policyOf('set serv "web"\n')?.service).toEqual([])
    expect(policyOf('set serv "web"\n')?.unknown.join()).toContain('serv')
    expect(policyOf('set match-vip-o enable\n')?.matchVipOnly).toBe(true)
    const down = readFortigate({ id: 'fw' }, 'fw.conf', `${BACKUP}config sys int\nedit wan1\nset stat do\nnext\nend\n`)
    expect(down.vdoms.get('root')?.interfaces.get('wan1')?.up).toBe(false)
  })
})
