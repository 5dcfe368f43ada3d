import { type IpSet, readCidr, uniteIp } from '../../src/flow/ip-set.ts'
import { compileFortigateGrant, type OuterAsk } from '../../src/fortigate/compile.ts'
import { readFortigate } from '../../src/fortigate/config.ts'
import type { FortiDevice } from '../../src/fortigate/model.ts'

/** A small edge: one VIP from anywhere, a zone inside, and a last policy that denies. */
export const EDGE = `#config-version=FGT60F-7.4.8-FW-build2795-250523:opmode=0:vdom=0:user=admin
config system global
    set timezone "Europe/Berlin"
end
config system interface
    edit "wan1"
        set vdom "root"
        set ip 203.0.113.1 255.255.255.0
    next
    edit "port2"
        set vdom "root"
        set ip 10.10.20.1 255.255.255.0
    next
    edit "port3"
        set vdom "root"
        set ip 10.20.0.1 255.255.255.0
    next
end
config system zone
    edit "inside"
        set interface "port2"
    next
end
config firewall address
    edit "all"
    next
    edit "hq"
        set subnet 10.10.20.0 255.255.255.0
    next
end
config firewall service custom
    edit "ALL"
        set protocol IP
    next
    edit "HTTPS"
        set tcp-portrange 443
    next
end
config firewall schedule recurring
    edit "always"
        set day sunday monday tuesday wednesday thursday friday saturday
    next
end
config firewall schedule onetime
end
config user group
    edit "grp-data"
        set member "alice"
    next
end
config firewall vip
    edit "vip-edge"
        set extip 203.0.113.10
        set mappedip "10.20.0.5"
        set extintf "any"
        set portforward enable
        set extport 443
        set mappedport 8443
    next
end
config firewall policy
    edit 7
        set name "guests-out"
        set srcintf "inside"
        set dstintf "wan1"
        set action accept
        set srcaddr "all"
        set dstaddr "all"
        set schedule "always"
        set service "ALL"
        set nat enable
    next
    edit 3
        set name "deny-rest"
        set srcintf "any"
        set dstintf "any"
        set srcaddr "all"
        set dstaddr "all"
        set schedule "always"
        set service "ALL"
    next
end
config router static
    edit 1
        set gateway 203.0.113.254
        set device "wan1"
    next
end
`

export const cidrs = (...all: string[]): IpSet =>
  all.reduce<IpSet>((set, cidr) => uniteIp(set, readCidr(cidr) ?? set), { v4: [], v6: [] })
export const device = (text: string): FortiDevice => readFortigate({ id: 'edge-fw' }, 'edge-fw.conf', text)

/** What the tests ask the outer door for, when they do not say otherwise. */
export const ask = (over: Partial<OuterAsk> = {}): OuterAsk => ({
  request: 'ar-0123456789',
  service: 'grafana',
  vip: 'vip-edge',
  sources: cidrs('10.10.20.0/24'),
  groups: [],
  ports: [{ proto: 'tcp', from: 443, to: 443 }],
  note: 'quarterly report',
  protectedDenies: [],
  ...over,
})

/** The text with the grant in it. */
export function compiled(text: string, over: Partial<OuterAsk> = {}): string {
  const change = compileFortigateGrant(device(text), ask(over))
  if (!change.ok) throw new Error(change.says)
  return change.text
}
