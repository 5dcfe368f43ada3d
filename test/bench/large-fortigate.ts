import type { FortiVdom } from '../../src/fortigate/model.ts'
import type { Packet } from '../../src/fortigate/packet.ts'

/**
 * A generated configuration: this many policies and three objects for each (addresses and groups, services, VIPs), written as a device prints a
 * backup. The same number gives the same text.
 */
export function largeFortigate(policies: number): string {
  const random = seeded(policies)
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)]
  const addresses = Math.max(8, policies * 2)
  const groups = Math.ceil(policies / 4)
  const services = Math.ceil(policies / 2)
  const vips = Math.ceil(policies / 4)
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
  const hosts = names('host', addresses)
  const grouped = names('grp', groups)
  const ports = names('svc', services)
  const entrances = names('vip', vips)
  const out: string[] = [HEADER]
  const table = (path: string, entries: Iterable<string>) => {
    out.push(`config ${path}\n`)
    for (const entry of entries) out.push(entry)
    out.push('end\n')
  }
  const edit = (key: string, lines: readonly string[]) =>
    `    edit ${key}\n        ${lines.join('\n        ')}\n    next\n`
  const uuid = (i: number) => `set uuid ${(0x10000000 + i).toString(16)}-0000-51f0-0000-000000000000`
  table('firewall address', [
    edit('"all"', [uuid(0)]),
    ...hosts.map((name, i) =>
      edit(`"${name}"`, [uuid(i), `set comment "generated ${i}"`, `set subnet ${addressOf(i)} 255.255.255.255`]),
    ),
  ])
  table(
    'firewall addrgrp',
    grouped.map((name, i) =>
      edit(`"${name}"`, [uuid(i), `set member ${[0, 1, 2, 3, 4].map(() => `"${pick(hosts)}"`).join(' ')}`]),
    ),
  )
  table('firewall service custom', [
    edit('"ALL"', ['set category "General"', 'set protocol IP']),
    ...ports.map((name, i) =>
      edit(`"${name}"`, [`set comment "generated ${i}"`, `set tcp-portrange ${1024 + (i % 60000)}`]),
    ),
  ])
  table('firewall schedule recurring', [
    edit('"always"', ['set day sunday monday tuesday wednesday thursday friday saturday']),
  ])
  table(
    'firewall vip',
    entrances.map((name, i) =>
      edit(`"${name}"`, [
        uuid(i),
        `set extip 203.0.${Math.floor(i / 250) % 250}.${(i % 250) + 2}`,
        `set mappedip "10.250.${Math.floor(i / 250) % 250}.${(i % 250) + 2}"`,
        'set extintf "wan1"',
        'set portforward enable',
        `set extport ${1024 + (i % 50000)}`,
        'set mappedport 8443',
      ]),
    ),
  )
  table(
    'firewall policy',
    Array.from({ length: policies }, (_, i) => {
      const inward = random() < 0.3
      return edit(String(i + 1), [
        `set name "rule-${i}"`,
        uuid(i),
        `set srcintf "${inward ? 'wan1' : 'lan'}"`,
        `set dstintf "${inward ? 'dmz' : 'lan'}"`,
        'set action accept',
        `set srcaddr ${[0, 1, 2].map(() => `"${random() < 0.3 ? pick(grouped) : pick(hosts)}"`).join(' ')}`,
        `set dstaddr ${inward ? `"${pick(entrances)}"` : `"${pick(grouped)}" "${pick(hosts)}"`}`,
        'set schedule "always"',
        `set service ${inward ? '"ALL"' : `"${pick(ports)}" "${pick(ports)}"`}`,
        'set logtraffic all',
        `set comments "CHG-${i} requested by team ${i % 97}"`,
      ])
    }),
  )
  return out.join('')
}

function addressOf(i: number): string {
  return `10.${(i >> 16) & 127}.${(i >> 8) & 255}.${i & 255}`
}

/** A packet that one of the policies was written for, most of the time; every fifth comes from somewhere else. */
export function packetFor(vdom: FortiVdom, random: () => number): Packet {
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)]
  const policy = pick(vdom.policies)
  const host = (names: readonly string[] = []) => {
    const object = vdom.addresses.get(pick(names) ?? '')
    const member = object?.kind === 'group' ? vdom.addresses.get(pick(object.members) ?? '') : object
    const first = member?.kind === 'address' ? member.ip.v4[0]?.[0] : undefined
    return first === undefined ? '10.9.9.9' : [24, 16, 8, 0].map((shift) => (first >>> shift) & 255).join('.')
  }
  const vip = vdom.vips.find(({ name }) => name === policy?.dstaddr[0])
  const service = vdom.services.get(pick(policy?.service ?? []) ?? '')
  const port = service?.kind === 'service' ? service.parts[0]?.dport[0] : undefined
  const outside = vip?.external.v4[0]?.[0] ?? 0
  return {
    srcintf: policy?.srcintf[0] ?? 'lan',
    src: random() < 0.2 ? '10.99.0.1' : host(policy?.srcaddr),
    dst: vip ? [24, 16, 8, 0].map((shift) => (outside >>> shift) & 255).join('.') : host(policy?.dstaddr),
    proto: 'tcp',
    sport: 50000,
    dport: vip?.forward?.ports[0] ?? port ?? 443,
    at: new Date(Date.UTC(2026, 10, 23) + Math.floor(random() * 1e9)).toISOString(),
  }
}

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const HEADER = `#config-version=FGT60F-7.4.8-FW-build2795-250523:opmode=0:vdom=0:user=admin
config system global
    set timezone "Europe/Berlin"
end
config system interface
    edit "wan1"
        set vdom "root"
        set ip 203.0.255.1 255.255.0.0
        set type physical
    next
    edit "lan"
        set vdom "root"
        set ip 10.127.0.1 255.255.0.0
        set type physical
    next
    edit "dmz"
        set vdom "root"
        set ip 10.250.255.1 255.255.0.0
        set type physical
    next
end
config router static
    edit 1
        set gateway 203.0.255.254
        set device "wan1"
    next
    edit 2
        set dst 10.0.0.0 255.0.0.0
        set gateway 10.127.0.254
        set device "lan"
    next
end
`
