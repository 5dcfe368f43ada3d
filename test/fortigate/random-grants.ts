import fc from 'fast-check'
import type { OuterAsk } from '../../src/fortigate/compile.ts'
import { cidrs } from './edge-fortigate.ts'
import { randomFortigate } from './random-fortigate.ts'

/** Ways in which people and releases write the same configuration, and things that stand in a grant's way. */
const dressing = fc.record({
  crlf: fc.boolean(),
  wrapped: fc.boolean(),
  unended: fc.boolean(),
  openEnds: fc.boolean(),
  split: fc.boolean(),
  without: fc.subarray(['firewall schedule onetime', 'firewall service custom', 'firewall address', 'firewall policy']),
  emptied: fc.boolean(),
  highIds: fc.boolean(),
  protectedDeny: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined }),
  catchAll: fc.boolean(),
  collisions: fc.boolean(),
})
type Dressing = typeof dressing extends fc.Arbitrary<infer T> ? T : never

/** A configuration of the random world, dressed. Policies are named `p-<id>`; some of the packets' world has user groups. */
export const dressedFortigate: fc.Arbitrary<{ text: string; one: Dressing }> = fc
  .tuple(randomFortigate, dressing)
  .map(([text, one]) => ({ text: dress(text, one), one }))

const COLLIDING = `config firewall addrgrp
edit "sp-10.1.0.5"
set member "a-lan"
next
end
config firewall service group
edit "sp-tcp-8080"
set member "web"
next
end
config firewall schedule group
edit "sp-ar-one"
set member "work"
next
end
config firewall service custom
edit "slow"
set tcp-portrange 8080
set session-ttl 604800
next
end
config firewall address
edit "near-wan"
set subnet 10.2.0.5 255.255.255.255
set associated-interface "wan1"
next
edit "follows"
set type interface-subnet
set interface "dmz"
set subnet 10.20.0.1 255.255.255.0
next
end
`

function dress(plain: string, one: Dressing): string {
  let text = plain.replace(/^edit (\d+)\nset srcintf/gm, 'edit $1\nset name "p-$1"\nset srcintf')
  text += 'config user group\nedit "staff"\nnext\nedit "ops"\nnext\nend\n'
  if (one.collisions) text = text.replace('config firewall vip\n', `${COLLIDING}config firewall vip\n`)
  if (one.catchAll)
    text = insertLast(
      text,
      'edit 70\nset name "p-70"\nset srcintf "any"\nset dstintf "any"\nset srcaddr "all"\nset dstaddr "all"\nset srcaddr6 "all"\nset dstaddr6 "all"\nset service "ALL"\nset schedule "always"\nset match-vip enable\nnext\n',
    )
  for (const path of one.without) {
    text = text.replace(
      new RegExp(`^config ${path}\\n[\\s\\S]*?^end\\n`, 'm'),
      one.emptied ? `config ${path}\nend\n` : '',
    )
  }
  if (one.highIds) text = text.replace(/^edit 90$/m, 'edit 4294967294')
  if (one.openEnds) text = text.replace(/^(\s*)next\nend$/gm, 'end')
  if (one.split) text = text.replace(/\nnext\n(edit 8[4-7]\n)/, '\nnext\nend\nconfig firewall policy\n$1')
  if (one.wrapped) {
    const [header = '', ...rest] = text.split('\n')
    text = `${header.replace('vdom=0', 'vdom=1')}\nconfig vdom\nedit root\nnext\nedit other\nnext\nend\nconfig vdom\nedit root\n${rest.join('\n')}end\n`
    text +=
      'config vdom\nedit other\nconfig firewall service custom\nedit "sp-tcp-443"\nset comment "Sallyport"\nset tcp-portrange 443\nnext\nend\nend\n'
  }
  if (one.unended) text = text.trimEnd()
  return one.crlf ? text.replaceAll('\n', '\r\n') : text
}

function insertLast(text: string, entry: string): string {
  return text.replace(/^(config firewall policy\n[\s\S]*?)^end$/m, (_, section: string) => `${section}${entry}end`)
}

const SOURCES = [
  '10.1.0.0/24',
  '10.1.0.5',
  '10.2.0.5',
  '10.2.0.0/25',
  '198.51.100.0/24',
  '198.51.100.7',
  '10.20.0.0/24',
  '10.1.0.4/30',
]
const SOURCES6 = ['2001:db8:1::/64', '2001:db8:1::5', '2001:db8:9::/48', '2001:db8:20::6']
const NOTES = [
  'quarterly report',
  '"\nnext\nedit 99\nset action accept',
  'Grüße \u{1f600} <b> #1',
  '\u{1f600}'.repeat(120),
  '',
]
const NAMES = ['grafana', 'a-service-with-a-very-long-name-indeed-and-more', 'büro-\u{1f600}'.repeat(4), 'a']
const START = Date.UTC(2026, 10, 19) / 1000

/** What may be asked of a configuration of that world, more often than not something that can be done. */
export const randomAsk: fc.Arbitrary<(text: string) => Omit<OuterAsk, 'request'>> = fc
  .record({
    odd: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    which: fc.nat(),
    sources4: fc.subarray(SOURCES, { minLength: 1, maxLength: 3 }),
    sources6: fc.subarray(SOURCES6, { minLength: 1, maxLength: 2 }),
    ports: fc.subarray([443, 80, 85, 8080, 8443], { minLength: 1, maxLength: 2 }),
    range: fc.boolean(),
    udp: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    groups: fc.subarray(['staff', 'ops']),
    grouped: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
    window: fc.option(fc.tuple(fc.integer({ min: 0, max: 600_000 }), fc.integer({ min: 30, max: 400_000 })), {
      nil: undefined,
    }),
    standing: fc.boolean(),
    note: fc.constantFrom(...NOTES),
    service: fc.constantFrom(...NAMES),
    guard: fc.constantFrom<readonly string[]>([], [], ['p-84', 'p-87'], ['p-70']),
  })
  .map((one) => (text: string) => {
    const there = Object.keys(FITS).filter((name) => text.includes(`edit "${name}"`))
    const vip = one.odd ? (ODD[one.which % ODD.length] ?? '') : (there[one.which % there.length] ?? 'v-six')
    const fit = one.odd ? undefined : FITS[vip]
    const [after, lasts] = one.window ?? [0, 0]
    const ports = fit?.port === undefined ? one.ports : [fit.port]
    return {
      service: one.service,
      vip,
      sources: cidrs(...(vip.startsWith('v-six') ? one.sources6 : (fit?.sources ?? one.sources4))),
      groups: one.grouped ? one.groups : [],
      ports: ports.map((from) => ({
        proto: one.udp ? ('udp' as const) : ('tcp' as const),
        from,
        to: one.range && fit?.port === undefined ? from + 3 : from,
      })),
      ...(one.window && !one.standing ? { from: START + after } : {}),
      ...(one.window ? { until: START + after + lasts } : {}),
      note: one.note,
      protectedDenies: one.guard,
    }
  })

const ODD = ['v-any', 'v-odd', 'v-group', 'v-none', 'v-src', 'v-web', 'v-range']
/** What the VIPs take, where they do not take all. */
const FITS: Readonly<Record<string, { port?: number; sources?: readonly string[] }>> = {
  'v-one': { sources: ['198.51.100.0/24'] },
  'v-web': { port: 443 },
  'v-src': { port: 85, sources: ['198.51.100.7', '10.1.0.5'] },
  'v-range': { sources: ['10.1.0.4/30'] },
  'v-slb': { port: 80, sources: ['198.51.100.0/24', '192.0.2.9'] },
  'v-own': { port: 443, sources: ['198.51.100.7'] },
  'v-six': {},
  'v-six-web': { port: 443 },
}
