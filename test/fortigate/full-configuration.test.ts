import { describe, expect, test } from 'vitest'
import { readFortigate } from '../../src/fortigate/config.ts'

const HEADER = '#config-version=FGT60F-7.6.5-FW-build3651-250523:opmode=0:vdom=0:user=admin\n'

/** As `show` prints it: what differs from the factory's. */
const SHOWN = `config system global
    set timezone "Europe/Berlin"
end
config system interface
    edit "wan1"
        set vdom "root"
        set ip 203.0.113.1 255.255.255.0
        set type physical
    next
    edit "dmz"
        set vdom "root"
        set ip 10.20.0.1 255.255.255.0
        set type physical
    next
end
config system zone
    edit "z"
        set interface "dmz"
    next
end
config firewall address
    edit "all"
    next
    edit "h"
        set subnet 10.20.0.5 255.255.255.255
    next
    edit "r"
        set type iprange
        set start-ip 10.0.0.1
        set end-ip 10.0.0.9
    next
    edit "f"
        set type fqdn
        set fqdn "x.example"
    next
end
config firewall address6
    edit "all"
    next
end
config firewall addrgrp
    edit "g"
        set member "h" "r"
    next
end
config firewall service custom
    edit "ALL"
        set protocol IP
    next
    edit "web"
        set tcp-portrange 443
    next
    edit "ping"
        set protocol ICMP
        set icmptype 8
        unset icmpcode
    next
    edit "icmp"
        set protocol ICMP
        unset icmptype
    next
end
config firewall schedule recurring
    edit "always"
        set day sunday monday tuesday wednesday thursday friday saturday
    next
    edit "none"
    next
end
config firewall schedule onetime
    edit "o"
        set start 00:00 2026/11/23
        set end 12:00 2026/11/24
    next
end
config firewall vip
    edit "v"
        set extip 203.0.113.10
        set mappedip "10.20.0.5"
        set extintf "wan1"
    next
    edit "p"
        set extip 203.0.113.11
        set mappedip "10.20.0.5"
        set extintf "wan1"
        set portforward enable
        set extport 443
        set mappedport 8443
    next
    edit "s"
        set type server-load-balance
        set server-type tcp
        set extip 203.0.113.12
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
config firewall ippool
    edit "pool"
        set startip 203.0.113.50
        set endip 203.0.113.60
    next
end
config user group
    edit "ug"
        set member "u"
    next
end
config firewall policy
    edit 1
        set name "one"
        set srcintf "wan1"
        set dstintf "z"
        set srcaddr "all"
        set dstaddr "v" "p" "s"
        set service "web"
        set schedule "always"
        set action accept
    next
    edit 2
        set srcintf "z"
        set dstintf "wan1"
        set srcaddr "g"
        set dstaddr "all"
        set service "ALL"
        set schedule "always"
    next
end
config firewall local-in-policy
    edit 1
        set intf "wan1"
        set srcaddr "all"
        set dstaddr "all"
        set service "ALL"
        set schedule "always"
    next
end
config firewall central-snat-map
    edit 1
        set srcintf "z"
        set dstintf "wan1"
        set orig-addr "all"
        set dst-addr "all"
    next
end
config router static
    edit 1
        set gateway 203.0.113.254
        set device "wan1"
    next
end
config system session-ttl
end
`

/** What `show full-configuration` prints besides, by the line it follows (facts §1.4, from the schema of 7.6.5, and more). */
const DEFAULTS: Readonly<Record<string, string>> = {
  'config system global': `
    set udp-idle-timer 180
    set admin-sport 443
    set admin-port 80
    set admin-ssh-port 22
    set admin-telnet-port 23`,
  'edit "wan1"': `
    set vrf 0
    set mode static
    set status up
    set allowaccess ''
    unset allowaccess
    set src-check enable
    set security-mode none
    set secondary-IP disable
    set alias ''
    set interface ''`,
  'edit "z"': `
    set intrazone deny
    set description ''`,
  'edit "h"': `
    set type ipmask
    set comment ''
    set associated-interface ''
    set color 0
    set allow-routing disable
    set fabric-object disable
    set sub-type sdn
    set cache-ttl 0
    set clearpass-spt unknown
    set macaddr ''
    set obj-type ip
    set tag-detection-level ''
    set tag-type ''
    set hw-vendor ''
    set hw-model ''
    set os ''
    set sw-version ''`,
  'edit "g"': `
    set type default
    set category default
    set exclude disable
    set comment ''
    set color 0
    set allow-routing disable
    set fabric-object disable
    unset exclude-member`,
  'edit "web"': `
    set proxy disable
    set category ''
    set protocol TCP/UDP/UDP-Lite/SCTP
    set helper auto
    set iprange 0.0.0.0
    set fqdn ''
    set udp-portrange ''
    unset udp-portrange
    unset sctp-portrange
    set tcp-halfclose-timer 0
    set tcp-halfopen-timer 0
    set tcp-timewait-timer 0
    set tcp-rst-timer 0
    set udp-idle-timer 0
    set session-ttl 0
    set check-reset-range default
    set comment ''
    set color 0
    set app-service-type disable
    set fabric-object disable
    set protocol-number 6`,
  'edit "none"': `
    set start 00:00
    set end 00:00
    set day none
    set color 0
    set fabric-object disable
    set label-day none`,
  'edit "o"': `
    set color 0
    set expiration-days 3
    set fabric-object disable`,
  'edit "v"': `
    set id 0
    set comment ''
    set type static-nat
    set status enable
    set portforward disable
    set arp-reply enable
    set nat-source-vip disable
    set nat44 enable
    set nat46 disable
    set gratuitous-arp-interval 0
    set color 0
    set src-vip-filter disable
    set add-nat46-route enable`,
  'edit "p"': `
    set protocol tcp
    set portmapping-type 1-to-1
    set type static-nat
    set status enable`,
  'edit "s"': `
    set ldb-method static
    set persistence none
    set http-ip-header disable
    set ssl-mode half
    set ssl-min-version tls-1.1
    set ssl-max-version tls-1.3
    set max-embryonic-connections 1000
    set http-redirect disable
    set h2-support enable
    set monitor ''
    set http-ip-header-name ''`,
  'edit 1\n                set ip 10.20.0.5': `
    set type ip
    set address ''
    set status active
    set weight 1
    set healthcheck vip
    set holddown-interval 300
    set max-connections 0
    set client-ip ''
    set translate-host enable
    set verify-cert enable
    set http-host ''
    set monitor ''`,
  'edit "pool"': `
    set type overload
    set arp-reply enable
    set arp-intf ''
    set associated-interface ''
    set comments ''
    set permit-any-host disable
    set nat64 disable
    set exclude-ip ''
    set port-per-user 0`,
  'edit "ug"': `
    set group-type firewall
    set authtimeout 0
    set auth-concurrent-override disable
    set http-digest-realm ''`,
  'set name "one"': `
    set status enable
    set nat disable
    set srcaddr-negate disable
    set dstaddr-negate disable
    set srcaddr6-negate disable
    set dstaddr6-negate disable
    set service-negate disable
    set internet-service disable
    set internet-service-src disable
    set internet-service6 disable
    set internet-service6-src disable
    set ippool disable
    set match-vip enable
    set match-vip-only disable
    set utm-status disable
    set inspection-mode flow
    set ssl-ssh-profile "no-inspection"
    set logtraffic utm
    set logtraffic-start disable
    set schedule-timeout disable
    set policy-expiry disable
    set policy-expiry-date 0000-00-00 00:00:00
    set anti-replay enable
    set tcp-session-without-syn disable
    set geoip-match physical-location
    set geoip-anycast disable
    set reputation-minimum 0
    set reputation-direction destination
    set reputation-minimum6 0
    set reputation-direction6 destination
    set session-ttl 0
    set auto-asic-offload enable
    set policy-offload enable
    set send-deny-packet disable
    set firewall-session-dirty check-all
    set fixedport disable
    set port-preserve enable
    set port-random disable
    set permit-any-host disable
    set permit-stun-host disable
    set rtp-nat disable
    set nat64 disable
    set nat46 disable
    set ztna-status disable
    set ztna-device-ownership disable
    set ztna-tags-match-logic or
    set ztna-policy-redirect disable
    set identity-based-route ''
    set captive-portal-exempt disable
    set dsri disable
    set radius-mac-auth-bypass disable
    set radius-ip-auth-bypass disable
    set delay-tcp-npu-session disable
    set traffic-shaper ''
    set traffic-shaper-reverse ''
    set per-ip-shaper ''
    set vlan-filter ''
    set vlan-cos-fwd 255
    set vlan-cos-rev 255
    set tos 0x00
    set tos-mask 0x00
    set tos-negate disable
    set vpntunnel ''
    set ntlm disable
    set ntlm-guest disable
    set auth-path disable
    set disclaimer disable
    set email-collect disable
    set natip 0.0.0.0 0.0.0.0
    set wccp disable
    set sgt-check disable
    set webproxy-profile ''
    set webproxy-forward-server ''
    set redirect-url ''
    set replacemsg-override-group ''
    set auth-cert ''
    set auth-redirect-addr ''
    set block-notification disable
    set passive-wan-health-measurement disable
    set app-monitor disable
    set pcp-inbound disable
    set pcp-outbound disable
    set dynamic-shaping disable
    set cgn-session-quota 16777215
    set cgn-eif disable
    set cgn-eim disable
    set cgn-log-server-grp ''
    set cgn-resource-quota 16
    set tcp-mss-sender 0
    set tcp-mss-receiver 0
    set timeout-send-rst disable
    set capture-packet disable
    set learning-mode disable
    set np-acceleration enable
    set users ''
    set groups ''
    set fsso-groups ''
    set comments ''
    set label ''
    set global-label ''
    set decrypted-traffic-mirror ''
    set http-policy-redirect disable
    set ssh-policy-redirect disable
    set http-tunnel-auth disable
    set fec disable
    set wanopt disable
    set webcache disable
    set webcache-https disable
    set diffserv-forward disable
    set diffserv-reverse disable
    set diffserv-copy disable
    set eif-check disable
    set eif-learn disable
    set log-http-transaction disable
    set scan-botnet-connections disable
    set service-connector ''
    set telemetry-profile ''
    unset custom-log-fields
    set src-vendor-mac ''
    set rsso disable
    set fsso enable
    set fsso-agent-for-ntlm ''
    set port-random disable
    set internet-service-negate disable`,
  'set intf "wan1"': `
    set status enable
    set action deny
    set srcaddr-negate disable
    set dstaddr-negate disable
    set service-negate disable
    set ha-mgmt-intf-only disable
    set virtual-patch disable
    set comments ''
    set internet-service-src disable
    set internet-service6-src disable
    set logtraffic disable`,
  'set orig-addr "all"': `
    set status enable
    set nat enable
    set protocol 0
    set nat-port 0
    set orig-port 0
    set dst-port 0
    set comments ''
    set nat46 disable
    set nat64 disable
    set type ipv4
    set port-preserve enable
    set port-random disable`,
  'set gateway 203.0.113.254': `
    set status enable
    set dst 0.0.0.0 0.0.0.0
    set src 0.0.0.0 0.0.0.0
    set distance 10
    set weight 0
    set priority 1
    set comment ''
    set blackhole disable
    set dynamic-gateway disable
    set sdwan-zone ''
    set dstaddr ''
    set internet-service 0
    set internet-service-custom ''
    set link-monitor-exempt disable
    set vrf unspecified
    set bfd disable
    set tag 0`,
  'config system session-ttl': `
    set default 3600`,
}

const read = (text: string) => readFortigate({ id: 'fw' }, 'fw.conf', HEADER + text)

/** Everything that is modelled, without the places where it stands. */
function meaningOf(text: string): string {
  const device = read(text)
  const plain = (key: string, value: unknown) => {
    if (/^(?:line|opener)$|Line$/.test(key)) return undefined
    if (typeof value === 'bigint') return String(value)
    return value instanceof Map || value instanceof Set ? [...value] : value
  }
  return JSON.stringify([device.version, device.timezone, [...device.vdoms]], plain, 1)
}

function withDefaults(text: string): string {
  return Object.entries(DEFAULTS).reduce((all, [after, lines]) => {
    expect(all).toContain(after)
    return all.replace(after, after + lines)
  }, text)
}

describe('show and show full-configuration of the same device', () => {
  test('mean the same: a default that is written is one that is left out', () => {
    expect(meaningOf(withDefaults(SHOWN))).toBe(meaningOf(SHOWN))
    const { coverage, problems } = read(withDefaults(SHOWN))
    expect(coverage.unmodelled).toEqual([])
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  test('another value than the default does not: each of these changes the model', () => {
    const changed = [
      ['set action accept', 'set action accept\nset status disable'],
      ['set action accept', 'set action accept\nset srcaddr-negate enable'],
      ['set action accept', 'set action accept\nset reputation-minimum 3'],
      ['set action accept', 'set action accept\nset tos-mask 0xff'],
      ['set intf "wan1"', 'set intf "wan1"\nset action accept'],
      ['set interface "dmz"', 'set interface "dmz"\nset intrazone allow'],
      ['set device "wan1"', 'set device "wan1"\nset internet-service 327681'],
      ['set device "wan1"', 'set device "wan1"\nset distance 20\nset status disable'],
      ['set member "h" "r"', 'set member "h" "r"\nset exclude enable\nset exclude-member "h"'],
      ['set tcp-portrange 443', 'set tcp-portrange 443\nset iprange 10.0.0.1'],
      ['set mappedip "10.20.0.5"', 'set mappedip "10.20.0.5"\nset status disable'],
    ]
    for (const [was = '', is = ''] of changed) {
      expect(meaningOf(SHOWN.replace(was, is)), is).not.toBe(meaningOf(SHOWN))
    }
  })
})
