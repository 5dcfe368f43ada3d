import { expect, test } from 'vitest'
import { restPath, restTable } from '../../src/fortigate/compile/rest-tables.ts'

/** FortiOS CLI reference and REST schema, 7.6: what an attribute is when nobody wrote it. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'firewall/policy': `status=enable action=deny schedule= nat=disable srcaddr-negate=disable dstaddr-negate=disable service-negate=disable
    internet-service=disable internet-service-src=disable match-vip-only=disable ippool=disable fixedport=disable port-preserve=enable
    utm-status=disable inspection-mode=flow ssl-ssh-profile=no-inspection logtraffic=utm schedule-timeout=disable policy-expiry=disable
    anti-replay=enable tcp-session-without-syn=disable geoip-match=physical-location reputation-minimum=0 auto-asic-offload=enable
    send-deny-packet=disable firewall-session-dirty=check-all`,
  'firewall/address': `type=ipmask subnet=0.0.0.0~0.0.0.0 start-ip=0.0.0.0 end-ip=0.0.0.0 wildcard=0.0.0.0~0.0.0.0 sub-type=sdn
    allow-routing=disable associated-interface= cache-ttl=0`,
  'firewall/addrgrp': 'type=default category=default exclude=disable allow-routing=disable',
  'firewall/vip': `type=static-nat status=enable extintf= portforward=disable protocol=tcp portmapping-type=1-to-1 arp-reply=enable
    nat-source-vip=disable src-vip-filter=disable nat44=enable ldb-method=static persistence=none http-ip-header=disable ssl-mode=half
    ssl-min-version=tls-1.1 ssl-max-version=tls-1.3 max-embryonic-connections=1000 http-redirect=disable`,
  'firewall.service/custom': 'protocol=TCP/UDP/UDP-Lite/SCTP protocol-number=0 helper=auto proxy=disable',
  'firewall.schedule/recurring': 'day=none start=00:00 end=00:00',
  'firewall.schedule/onetime': 'expiration-days=3',
  'system/zone': 'intrazone=deny',
  'router/static': 'status=enable dst=0.0.0.0~0.0.0.0 distance=10 priority=1 weight=0 blackhole=disable',
  'system/session-ttl': 'default=3600',
  'firewall/local-in-policy': 'action=deny status=enable',
  'firewall/ippool': 'type=overload arp-reply=enable',
  'firewall/central-snat-map': 'nat=enable status=enable protocol=0',
  'user/group': 'group-type=firewall authtimeout=0',
}
test.each(Object.entries(DEFAULTS))('what is unset in %s is sent as the default of the device', (path, words) => {
  const { attributes } = restTable(path, { major: 7, minor: 6, patch: 5 }) ?? { attributes: new Map() }
  for (const word of words.trim().split(/\s+/)) {
    const [name = '', value = ''] = word.split('=')
    const attribute = attributes.get(name)
    expect(`${name}=${attribute && 'initial' in attribute ? attribute.initial : undefined}`).toBe(
      `${name}=${value.replace('~', ' ')}`,
    )
  }
})

test('servers behind a VIP have defaults of their own', () => {
  const servers = restTable('firewall/vip')?.children.realservers
  const initial = (name: string) => {
    const attribute = servers?.attributes.get(name)
    return attribute && 'initial' in attribute ? attribute.initial : undefined
  }
  expect(
    ['type', 'port', 'status', 'weight', 'healthcheck', 'holddown-interval', 'max-connections', 'translate-host'].map(
      initial,
    ),
  ).toEqual(['ip', 0, 'active', 1, 'vip', 300, 0, 'enable'])
})

test('a default that changed with a release is that of the release, and none where nobody knows', () => {
  const matchVip = (minor: number, patch: number) => {
    const attribute = restTable('firewall/policy', { major: 7, minor, patch })?.attributes.get('match-vip')
    return attribute && 'initial' in attribute ? attribute.initial : 'no such attribute'
  }
  expect([matchVip(0, 14), matchVip(2, 2), matchVip(2, 3), matchVip(2, 4), matchVip(6, 5)]).toEqual([
    'disable',
    'disable',
    undefined,
    'enable',
    'enable',
  ])
})

test('the path has dots inside the category', () => {
  expect(['firewall policy', 'firewall service custom', 'vpn certificate local'].map(restPath)).toEqual([
    'firewall/policy',
    'firewall.service/custom',
    'vpn.certificate/local',
  ])
})
