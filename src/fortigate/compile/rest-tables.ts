import { matchVipDefault } from '../config/policies.ts'
import type { FortiVersion } from '../model.ts'
import { type RestAttribute, type RestTable, shape } from './rest-shape.ts'

/**
 * The table by its path as the API writes it (`firewall.service/custom`) with the attributes of the release; undefined for one that is
 * not known. Defaults: FortiOS 7.6 schema, where releases differ the difference is here.
 */
export function restTable(path: string, version?: FortiVersion): RestTable | undefined {
  const table = REST_TABLES[path]
  const special = RELEASE_ATTRIBUTES[path]?.(version)
  return table && special ? { ...table, attributes: new Map([...table.attributes, ...special]) } : table
}

/** `firewall service custom` → `firewall.service/custom`. */
export function restPath(path: string): string {
  const words = path.split(' ')
  return `${words.slice(0, -1).join('.')}/${words.at(-1)}`
}

/** Whether the device is at least of this release; the newest is assumed where it is not known. */
export function isSince(version: FortiVersion | undefined, major: number, minor: number, patch = 0): boolean {
  if (!version) return true
  const [own, asked] = [version, { major, minor, patch }].map((one) => one.major * 1e6 + one.minor * 1e3 + one.patch)
  return (own ?? 0) >= (asked ?? 0)
}

const RELEASE_ATTRIBUTES: Readonly<
  Record<string, (version: FortiVersion | undefined) => readonly (readonly [string, RestAttribute])[]>
> = {
  'firewall/policy': (version) => {
    const matchVip = matchVipDefault(version)
    const initial = matchVip === undefined ? undefined : matchVip ? 'enable' : 'disable'
    return [['match-vip', { kind: 'text', quoted: false, initial }]]
  },
  // 7.6 lists certificates of a VIP, where releases before it name one.
  'firewall/vip': vipCertificate,
  'firewall/vip6': vipCertificate,
  'firewall.service/custom': (version) => {
    const initial = isSince(version, 7, 6) ? 'TCP/UDP/UDP-Lite/SCTP' : 'TCP/UDP/SCTP'
    return [['protocol', { kind: 'text', quoted: false, initial: version ? initial : undefined }]]
  },
}

function vipCertificate(version: FortiVersion | undefined): readonly (readonly [string, RestAttribute])[] {
  return isSince(version, 7, 6)
    ? [['ssl-certificate', { kind: 'list', member: 'name' }]]
    : [['ssl-certificate', { kind: 'text', quoted: true, initial: '' }]]
}

const LABELS = 'uuid? comment" color:0 fabric-object=disable'
const NAMES = (text: string) =>
  text
    .trim()
    .split(/\s+/)
    .map((name) => `${name}[name]`)
    .join(' ')
const TAGGING = { tagging: shape('name', 'category" tags[name]') }

const POLICY = shape(
  'policyid',
  `policyid:0 name" uuid? status=enable action=deny schedule" comments" nat=disable nat46=disable nat64=disable
  ${NAMES(`srcintf dstintf srcaddr dstaddr srcaddr6 dstaddr6 service groups users fsso-groups poolname poolname6 pcp-poolname custom-log-fields
    internet-service-name internet-service-group internet-service-custom internet-service-custom-group internet-service-src-name
    internet-service-src-group internet-service-src-custom internet-service-src-custom-group internet-service6-name internet-service6-group
    internet-service6-custom internet-service6-custom-group internet-service6-src-name internet-service6-src-group internet-service6-src-custom
    internet-service6-src-custom-group network-service-dynamic network-service-src-dynamic rtp-addr ztna-ems-tag ztna-ems-tag-secondary
    ztna-geo-tag`)}
  internet-service-id[id] internet-service-src-id[id] src-vendor-mac[id] ntlm-enabled-browsers[user-agent-string] sgt[id]
  internet-service=disable internet-service-src=disable internet-service6=disable internet-service6-src=disable reputation-minimum:0
  reputation-minimum6:0 reputation-direction=destination reputation-direction6=destination rtp-nat=disable send-deny-packet=disable
  firewall-session-dirty=check-all schedule-timeout=disable policy-expiry=disable policy-expiry-date=0000-00-00~00:00:00 policy-expiry-date-utc
  tos-mask=0x00 tos=0x00 tos-negate=disable anti-replay=enable tcp-session-without-syn=disable geoip-anycast=disable
  geoip-match=physical-location dynamic-shaping=disable passive-wan-health-measurement=disable app-monitor=disable utm-status=disable
  inspection-mode=flow http-policy-redirect=disable ssh-policy-redirect=disable ztna-policy-redirect=disable ztna-status=disable
  ztna-device-ownership=disable ztna-tags-match-logic=or profile-type=single profile-group" profile-protocol-options"=default
  ssl-ssh-profile"=no-inspection av-profile" webfilter-profile" dnsfilter-profile" emailfilter-profile" dlp-profile" file-filter-profile"
  ips-sensor" application-list" voip-profile" ips-voip-filter" sctp-filter-profile" diameter-filter-profile" virtual-patch-profile"
  icap-profile" videofilter-profile" waf-profile" ssh-filter-profile" casb-profile" webproxy-profile" logtraffic=utm logtraffic-start=disable
  log-http-transaction=disable capture-packet=disable auto-asic-offload=enable np-acceleration=enable wanopt=disable
  wanopt-detection=active wanopt-passive-opt=default wanopt-profile" wanopt-peer" webcache=disable webcache-https=disable
  webproxy-forward-server" traffic-shaper" traffic-shaper-reverse" per-ip-shaper" pcp-outbound=disable pcp-inbound=disable
  permit-any-host=disable permit-stun-host=disable fixedport=disable port-preserve=enable port-random=disable ippool=disable session-ttl=0
  vlan-cos-fwd:255 vlan-cos-rev:255 inbound=disable outbound=enable natinbound=disable natoutbound=disable fec=disable wccp=disable
  ntlm=disable ntlm-guest=disable fsso-agent-for-ntlm" auth-path=disable disclaimer=disable email-collect=disable vpntunnel"
  natip=0.0.0.0~0.0.0.0 match-vip? match-vip-only=disable diffserv-copy=disable diffserv-forward=disable diffserv-reverse=disable
  diffservcode-forward diffservcode-rev tcp-mss-sender:0 tcp-mss-receiver:0 auth-cert" auth-redirect-addr" redirect-url"
  identity-based-route" block-notification=disable replacemsg-override-group" srcaddr-negate=disable srcaddr6-negate=disable
  dstaddr-negate=disable dstaddr6-negate=disable ztna-ems-tag-negate=disable service-negate=disable internet-service-negate=disable
  internet-service-src-negate=disable internet-service6-negate=disable internet-service6-src-negate=disable timeout-send-rst=disable
  captive-portal-exempt=disable decrypted-traffic-mirror" dsri=disable radius-mac-auth-bypass=disable radius-ip-auth-bypass=disable
  delay-tcp-npu-session=disable vlan-filter sgt-check=disable label" global-label" policy-behaviour-type=standard`,
)
const LOCAL_IN = `policyid:0 uuid? status=enable action=deny schedule" comments" ha-mgmt-intf-only=disable virtual-patch=disable logtraffic=disable
  srcaddr-negate=disable dstaddr-negate=disable service-negate=disable ${NAMES('srcaddr dstaddr service')}`
const REALSERVER = `id:0 type=ip address" ip=0.0.0.0 port:0 status=active weight:1 holddown-interval:300 healthcheck=vip http-host"
  translate-host=enable max-connections:0 monitor[name] client-ip verify-cert=enable health-check-proto=ping`
const VIP_SERVER = `ldb-method=static server-type persistence=none h2-support=enable h3-support=disable http-redirect=disable
  http-cookie-domain-from-host=disable http-cookie-domain" http-cookie-path" http-cookie-generation:0 http-cookie-age:60
  http-cookie-share=same-ip https-cookie-secure=disable http-multiplex=disable http-multiplex-ttl:15 http-multiplex-max-request:0
  http-multiplex-max-concurrent-request:0 http-ip-header=disable http-ip-header-name" http-supported-max-version=http2 outlook-web-access=disable
  weblogic-server=disable websphere-server=disable ssl-mode=half ssl-certificate" ssl-dh-bits=2048 ssl-algorithm=high
  ssl-server-algorithm=client ssl-pfs=require ssl-min-version=tls-1.1 ssl-max-version=tls-1.3 ssl-server-min-version=client
  ssl-server-max-version=client ssl-accept-ffdhe-groups=enable ssl-send-empty-frags=enable ssl-client-fallback=enable
  ssl-client-renegotiation=secure ssl-client-session-state-type=both ssl-client-session-state-timeout:30 ssl-client-session-state-max:1000
  ssl-client-rekey-count:0 ssl-server-renegotiation=enable ssl-server-session-state-type=both ssl-server-session-state-timeout:60
  ssl-server-session-state-max:100 ssl-http-location-conversion=disable ssl-http-match-host=enable ssl-hpkp=disable ssl-hpkp-primary"
  ssl-hpkp-backup" ssl-hpkp-age:5184000 ssl-hpkp-report-uri" ssl-hpkp-include-subdomains=disable ssl-hsts=disable ssl-hsts-age:5184000
  ssl-hsts-include-subdomains=disable monitor[name] max-embryonic-connections:1000 empty-cert-action=block user-agent-detect=enable
  client-cert=enable`
const VIP_CHILDREN = {
  realservers: shape('id', REALSERVER),
  'ssl-cipher-suites': shape('priority', 'priority:0 cipher versions=tls-1.0~tls-1.1~tls-1.2~tls-1.3'),
  'ssl-server-cipher-suites': shape('priority', 'priority:0 cipher versions=tls-1.0~tls-1.1~tls-1.2~tls-1.3'),
}
const VIP = shape(
  'name',
  `name" id:0 ${LABELS} type=static-nat status=enable extip extintf" extaddr[name] mappedip[range] mapped-addr" portforward=disable
  protocol=tcp extport mappedport portmapping-type=1-to-1 arp-reply=enable nat-source-vip=disable src-vip-filter=disable nat44=enable
  nat46=disable add-nat46-route=enable src-filter[range] service[name] srcintf-filter[interface-name] dns-mapping-ttl:0
  gratuitous-arp-interval:0 ipv6-mappedip ipv6-mappedport one-click-gslb-server=disable gslb-hostname" gslb-domain-name" ${VIP_SERVER}`,
  VIP_CHILDREN,
)
const VIP6 = shape(
  'name',
  `name" id:0 ${LABELS} type=static-nat status=enable extip mappedip portforward=disable protocol=tcp extport mappedport ndp-reply=enable
  nat-source-vip=disable src-vip-filter=disable nat66=enable nat64=disable add-nat64-route=enable src-filter[range] ipv4-mappedip
  ipv4-mappedport embedded-ipv4-address=disable ${VIP_SERVER}`,
  VIP_CHILDREN,
)
const ROUTE = `seq-num:0 status=enable gateway? distance:10 priority:1 weight:0 device" blackhole=disable dynamic-gateway=disable
  comment" sdwan-zone[name] dstaddr" internet-service:0 internet-service-custom" link-monitor-exempt=disable tag:0 vrf:0 bfd=disable`
const POLICY_ROUTE = `seq-num:0 input-device[name] input-device-negate=disable src-negate=disable dst-negate=disable action=permit protocol:0
  start-port:0 end-port:65535 start-source-port:0 end-source-port:65535 gateway? output-device" status=enable comments" tos=0x00 tos-mask=0x00
  srcaddr[name] dstaddr[name] internet-service-id[id] internet-service-custom[name]`
const INSPECTION = shape(
  undefined,
  'ports status? quic? inspect-all=disable client-certificate=bypass min-allowed-ssl-version=tls-1.1',
)
const PORTS_OF_TTL = { port: shape('id', 'id:0 protocol:0 start-port:0 end-port:0 timeout=300 refresh-direction=both') }

/** By path as the API writes it: dots inside the category, a slash before the name; what is referred to stands before what refers. */
export const REST_TABLES: Readonly<Record<string, RestTable>> = {
  'system/global': shape(
    undefined,
    'hostname" alias" timezone? admin-sport? admin-port? admintimeout:5 udp-idle-timer:180',
  ),
  'system/settings': shape(
    undefined,
    `opmode=nat ngfw-mode=profile-based central-nat=disable strict-src-check=disable asymroute=disable ses-denied-traffic=disable
    gui-sslvpn? comments"`,
  ),
  'system/interface': shape(
    'name',
    `name" vdom"=root status=up mode=static ip=0.0.0.0~0.0.0.0 allowaccess type? alias" description" role=undefined interface" vlanid:0 mtu:1500
    src-check=enable secondary-ip=disable snmp-index:0 distance:5 priority:1 device-identification=disable dhcp-relay-service=disable
    fortilink=disable lldp-transmission? lldp-reception? member[interface-name] remote-ip=0.0.0.0~0.0.0.0`,
    {
      secondaryip: shape('id', 'id:0 ip=0.0.0.0~0.0.0.0 allowaccess'),
      ipv6: shape(undefined, 'ip6-mode=static ip6-address=::/0 ip6-allowaccess ip6-send-adv=disable'),
      ...TAGGING,
    },
  ),
  'system/zone': shape('name', 'name" intrazone=deny description" interface[interface-name]', TAGGING),
  'system/sdwan': shape(
    undefined,
    'status=disable load-balance-mode=source-ip-based speedtest-bypass-routing=disable',
    {
      zone: shape('name', 'name" service-sla-tie-break=cfg-order advpn-select=disable'),
      members: shape(
        'seq-num',
        `seq-num:0 interface" zone"=virtual-wan-link gateway=0.0.0.0 source=0.0.0.0 gateway6=:: source6=:: cost:0 weight:1 priority:1
      spillover-threshold:0 volume-ratio:1 status=enable comment"`,
      ),
      'health-check': shape(
        'name',
        'name" server protocol=ping interval:500 failtime:5 recoverytime:5 members[seq-num]',
        {
          sla: shape('id', 'id:0 link-cost-factor=latency~jitter~packet-loss latency-threshold:5 jitter-threshold:5'),
        },
      ),
      service: shape(
        'id',
        `id:0 name" mode=manual status=enable addr-mode=ipv4 protocol:0 start-port:1 end-port:65535 ${NAMES(`dst src dst6 src6 users groups
      input-zone priority-zone`)} input-device[name] priority-members[seq-num] health-check[name] internet-service=disable`,
        { sla: shape('health-check', 'health-check" id:0') },
      ),
    },
  ),
  'system/session-ttl': shape(undefined, 'default=3600', PORTS_OF_TTL),
  'vpn.certificate/ca': shape('name', 'name" ca" range=vdom source=user trusted=enable scep-url" source-ip=0.0.0.0'),
  'vpn.certificate/local': shape(
    'name',
    `name" certificate" private-key" password? comments" csr" scep-url" range=vdom source=user enroll-protocol=none state" name-encoding=printable
    source-ip=0.0.0.0 last-updated:0`,
  ),
  'user/local': shape(
    'name',
    'name" status=enable type=password passwd? two-factor=disable email-to" ldap-server" radius-server"',
  ),
  'user/group': shape(
    'name',
    'name" id:0 group-type=firewall authtimeout:0 auth-concurrent-override=disable auth-concurrent-value:0 member[name]',
    { match: shape('id', 'id:0 server-name" group-name"') },
  ),
  'firewall/address': shape(
    'name',
    `name" ${LABELS} type=ipmask subnet=0.0.0.0~0.0.0.0 start-ip=0.0.0.0 end-ip=0.0.0.0 wildcard=0.0.0.0~0.0.0.0 fqdn" country" sub-type=sdn
    wildcard-fqdn" cache-ttl:0 interface" associated-interface" allow-routing=disable passive-fqdn-learning=enable macaddr[macaddr]
    fsso-group[name] clearpass-spt=unknown route-tag:0 sdn" sdn-addr-type=private filter" node-ip-only=disable obj-id" obj-tag" obj-type=ip
    tag-type" tag-detection-level" hw-vendor" hw-model" os" sw-version" sdn-tag" tenant" organization" policy-group" epg-name" subnet-name"`,
    { list: shape('ip', 'ip" obj-id" net-id"'), ...TAGGING },
  ),
  'firewall/address6': shape(
    'name',
    `name" ${LABELS} type=ipprefix ip6=::/0 start-ip=:: end-ip=:: fqdn" country" cache-ttl:0 wildcard macaddr[macaddr] sdn" sdn-tag" tenant"
    epg-name" obj-id" template" host-type=any host=:: route-tag:0 passive-fqdn-learning=enable`,
    { list: shape('ip', 'ip" obj-id" net-id"'), 'subnet-segment': shape('name', 'name" type=any value"'), ...TAGGING },
  ),
  'firewall/addrgrp': shape(
    'name',
    `name" ${LABELS} type=default category=default member[name] exclude=disable exclude-member[name] allow-routing=disable`,
    TAGGING,
  ),
  'firewall/addrgrp6': shape('name', `name" ${LABELS} member[name] exclude=disable exclude-member[name]`, TAGGING),
  'firewall.service/category': shape('name', 'name" comment" fabric-object=disable'),
  'firewall.service/custom': shape(
    'name',
    `name" ${LABELS} proxy=disable category" protocol? iprange=0.0.0.0 fqdn" protocol-number:0 icmptype icmpcode tcp-portrange udp-portrange
    udplite-portrange sctp-portrange tcp-halfclose-timer:0 tcp-halfopen-timer:0 tcp-timewait-timer:1 tcp-rst-timer:0 udp-idle-timer:0 session-ttl=0
    check-reset-range=default helper=auto app-service-type=disable app-category[id] application[id]`,
  ),
  'firewall.service/group': shape('name', `name" ${LABELS} proxy=disable member[name]`),
  'firewall.schedule/onetime': shape(
    'name',
    'name" uuid? start=00:00~2001/01/01 start-utc end=00:00~2001/01/01 end-utc color:0 expiration-days:3 fabric-object=disable',
  ),
  'firewall.schedule/recurring': shape(
    'name',
    'name" uuid? start=00:00 end=00:00 day=none color:0 fabric-object=disable label-day=none',
  ),
  'firewall.schedule/group': shape('name', 'name" color:0 fabric-object=disable member[name]'),
  'firewall/ippool': shape(
    'name',
    `name" type=overload startip=0.0.0.0 endip=0.0.0.0 source-startip=0.0.0.0 source-endip=0.0.0.0 arp-reply=enable arp-intf" associated-interface"
    comments" permit-any-host=disable block-size:128 num-blocks-per-user:8 startport:5117 endport:65533 nat64=disable`,
  ),
  'firewall/ldb-monitor': shape(
    'name',
    'name" type? interval:10 timeout:2 retry:3 port:0 src-ip=0.0.0.0 http-get" http-match" http-max-redirects:0 dns-protocol=udp',
  ),
  'firewall/vip': VIP,
  'firewall/vip6': VIP6,
  'firewall/vipgrp': shape('name', 'name" uuid? interface" color:0 comments" member[name]'),
  'firewall/vipgrp6': shape('name', 'name" uuid? color:0 comments" member[name]'),
  'firewall/ssl-ssh-profile': shape(
    'name',
    `name" comment" allowlist=disable block-blocklisted-certificates=enable server-cert-mode=re-sign use-ssl-server=disable
    caname"=Fortinet_CA_SSL untrusted-caname"=Fortinet_CA_Untrusted server-cert[name] ssl-exemption-ip-rating=enable
    ssl-exemption-log=disable ssl-anomaly-log=enable ssl-negotiation-log=enable ssl-server-cert-log=disable ssl-handshake-log=disable
    rpc-over-https=disable mapi-over-https=disable supported-alpn=all`,
    {
      ssl: INSPECTION,
      https: INSPECTION,
      ftps: INSPECTION,
      imaps: INSPECTION,
      pop3s: INSPECTION,
      smtps: INSPECTION,
      ssh: INSPECTION,
      dot: INSPECTION,
      'ssl-exempt': shape(
        'id',
        'id:0 type=fortiguard-category fortiguard-category:0 address" address6" regex" wildcard-fqdn"',
      ),
    },
  ),
  'firewall/central-snat-map': shape(
    'policyid',
    `policyid:0 uuid? status=enable type=ipv4 ${NAMES(`srcintf dstintf orig-addr orig-addr6 dst-addr dst-addr6 nat-ippool
    nat-ippool6`)} protocol:0 orig-port dst-port nat-port nat=enable nat46=disable nat64=disable comments" port-preserve=enable`,
  ),
  'firewall/policy': POLICY,
  'firewall/local-in-policy': shape('policyid', `${LOCAL_IN} intf[name]`),
  'firewall/local-in-policy6': shape('policyid', `${LOCAL_IN} intf[name]`),
  'router/static': shape('seq-num', `dst=0.0.0.0~0.0.0.0 src=0.0.0.0~0.0.0.0 preferred-source=0.0.0.0 ${ROUTE}`),
  'router/static6': shape('seq-num', `dst=::/0 devindex:0 ${ROUTE}`),
  'router/policy': shape('seq-num', `src[subnet] dst[subnet] ${POLICY_ROUTE}`),
  'router/policy6': shape('seq-num', `src=::/0 dst=::/0 ${POLICY_ROUTE}`),
}
