/**
 * What each section's attributes mean to a verdict: `reads` are modelled, `beside` cannot change one (names, logs, inspection of
 * content), anything else makes the object's match unknown. `'*'` beside: attributes of this section never make it unknown.
 */
type Keywords = { readonly reads: ReadonlySet<string>; readonly beside: ReadonlySet<string> | '*' }

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))
const LABELS = 'uuid comment comments color visibility fabric-object global-object uuid-idx'

const ADDRESS: Keywords = {
  reads: words('type subnet start-ip end-ip wildcard fqdn interface country macaddr ip6 sub-type wildcard-fqdn'),
  beside: words(
    `${LABELS} associated-interface allow-routing cache-ttl passive-fqdn-learning obj-type obj-id node-ip-only route-tag sdn filter template subnet-segment host host-type
    clearpass-spt tag-detection-level tag-type hw-vendor hw-model os sw-version`,
  ),
}
const GROUP: Keywords = {
  reads: words('member exclude exclude-member type category'),
  beside: words(`${LABELS} allow-routing`),
}
const VIP: Keywords = {
  reads:
    words(`type status extip mappedip extintf portforward protocol extport mappedport src-filter service srcintf-filter
    nat-source-vip arp-reply portmapping-type nat44 server-type`),
  beside:
    words(`${LABELS} id monitor ldb-method persistence src-vip-filter max-embryonic-connections gratuitous-arp-interval
    websphere-server weblogic-server outlook-web-access dns-mapping-ttl one-click-gslb-server h2-support h3-support http-redirect
    http-ip-header http-ip-header-name http-multiplex http-multiplex-ttl http-multiplex-max-request http-multiplex-max-concurrent-request
    http-host http-supported-max-version http-cookie-domain http-cookie-domain-from-host http-cookie-path http-cookie-generation
    http-cookie-age http-cookie-share https-cookie-secure ssl-mode ssl-certificate ssl-dh-bits ssl-algorithm ssl-server-algorithm
    ssl-pfs ssl-min-version ssl-max-version ssl-server-min-version ssl-server-max-version ssl-accept-ffdhe-groups ssl-send-empty-frags
    ssl-client-fallback ssl-client-renegotiation ssl-client-session-state-type ssl-client-session-state-timeout
    ssl-client-session-state-max ssl-client-rekey-count ssl-server-renegotiation ssl-server-session-state-type
    ssl-server-session-state-timeout ssl-server-session-state-max ssl-http-location-conversion ssl-http-match-host ssl-hpkp
    ssl-hsts ssl-hsts-age ssl-hsts-include-subdomains ndp-reply gslb-hostname gslb-domain-name
    add-nat46-route add-nat64-route`),
}
const POLICY: Keywords = {
  reads:
    words(`name status action srcintf dstintf srcaddr srcaddr6 dstaddr dstaddr6 srcaddr-negate srcaddr6-negate dstaddr-negate
    dstaddr6-negate internet-service internet-service-src internet-service6 internet-service6-src service service-negate schedule
    policy-expiry policy-expiry-date policy-expiry-date-utc groups users fsso-groups nat ippool poolname poolname6 match-vip match-vip-only
    internet-service-name internet-service-src-name internet-service-id internet-service-src-id internet-service-group
    internet-service-custom internet-service-custom-group internet-service-src-group internet-service-src-custom
    internet-service-src-custom-group internet-service-negate internet-service-src-negate`),
  beside:
    words(`${LABELS} logtraffic logtraffic-start capture-packet utm-status inspection-mode profile-type profile-group
    profile-protocol-options ssl-ssh-profile av-profile webfilter-profile dnsfilter-profile emailfilter-profile spamfilter-profile
    dlp-profile dlp-sensor file-filter-profile ips-sensor application-list voip-profile ips-voip-filter sctp-filter-profile
    waf-profile ssh-filter-profile icap-profile cifs-profile videofilter-profile virtual-patch-profile casb-profile
    diameter-filter-profile telemetry-profile traffic-shaper traffic-shaper-reverse per-ip-shaper session-ttl auto-asic-offload
    np-acceleration tcp-mss-sender tcp-mss-receiver tcp-session-without-syn anti-replay diffserv-copy diffserv-forward
    diffserv-reverse diffservcode-forward diffservcode-rev label global-label delay-tcp-npu-session schedule-timeout
    send-deny-packet firewall-session-dirty wccp fixedport port-preserve port-random permit-any-host permit-stun-host
    block-notification custom-log-fields replacemsg-override-group timeout-send-rst wanopt webcache webcache-https fec
    geoip-anycast geoip-match decrypted-traffic-mirror vlan-cos-fwd vlan-cos-rev passive-wan-health-measurement dynamic-shaping
    scan-botnet-connections http-policy-redirect ssh-policy-redirect natip inbound outbound natinbound natoutbound
    policy-behaviour-type rtp-nat policy-offload reputation-direction reputation-direction6 ztna-tags-match-logic fsso
    cgn-session-quota cgn-resource-quota cgn-log-server-grp`),
}
const SERVICE: Keywords = {
  reads:
    words(`protocol tcp-portrange udp-portrange sctp-portrange udplite-portrange icmptype icmpcode protocol-number iprange fqdn
    proxy app-service-type`),
  beside: words(`${LABELS} category session-ttl tcp-halfclose-timer tcp-halfopen-timer tcp-timewait-timer tcp-rst-timer
    udp-idle-timer helper check-reset-range application app-category`),
}
const SCHEDULE: Keywords = {
  reads: words('day start end start-utc end-utc member'),
  beside: words(`${LABELS} expiration-days label-day`),
}
const LOCAL_IN: Keywords = {
  reads: words('status action intf srcaddr dstaddr srcaddr-negate dstaddr-negate service service-negate schedule'),
  beside: words(`${LABELS} ha-mgmt-intf-only logtraffic`),
}
const ANYTHING: Keywords = { reads: words('name'), beside: '*' }
/** Nothing else in such a section can change what is read of it. */
const only = (text: string): Keywords => ({ reads: words(text), beside: '*' })

const STATIC =
  only(`status dst dstaddr gateway device distance priority weight blackhole vrf sdwan sdwan-zone virtual-wan-link
  dynamic-gateway internet-service internet-service-custom`)
const ROUTE =
  only(`status input-device input-device-negate src srcaddr src-negate dst dstaddr dst-negate action protocol start-port
  end-port start-source-port end-source-port gateway output-device tos tos-mask internet-service-custom internet-service-id`)

const MODELLED: Readonly<Record<string, Keywords>> = {
  'firewall address': ADDRESS,
  'firewall address6': ADDRESS,
  'firewall addrgrp': GROUP,
  'firewall addrgrp6': GROUP,
  'firewall service custom': SERVICE,
  'firewall service group': { reads: words('member proxy'), beside: words(LABELS) },
  'firewall schedule recurring': SCHEDULE,
  'firewall schedule onetime': SCHEDULE,
  'firewall schedule group': SCHEDULE,
  'firewall vip': VIP,
  'firewall vip6': VIP,
  'firewall vipgrp': { reads: words('member interface'), beside: words(LABELS) },
  'firewall vipgrp6': { reads: words('member interface'), beside: words(LABELS) },
  'firewall ippool': only('type startip endip arp-reply'),
  'firewall central-snat-map': {
    reads: words(
      'status type nat srcintf dstintf orig-addr orig-addr6 dst-addr dst-addr6 protocol orig-port dst-port nat-ippool nat-ippool6',
    ),
    beside: words(`${LABELS} nat-port port-preserve port-random`),
  },
  'firewall policy': POLICY,
  'firewall local-in-policy': LOCAL_IN,
  'firewall local-in-policy6': LOCAL_IN,
  'system global': only('timezone udp-idle-timer'),
  'system settings': only('opmode central-nat ngfw-mode strict-src-check'),
  'system interface': only('vdom ip type mode status allowaccess src-check security-mode interface vrf'),
  'system zone': only('interface intrazone'),
  'system sdwan': ANYTHING,
  'system virtual-wan-link': ANYTHING,
  'router static': STATIC,
  'router static6': STATIC,
  'router policy': ROUTE,
  'router policy6': ROUTE,
  'system vdom-link': ANYTHING,
  'user group': ANYTHING,
  'user setting': only('auth-on-demand'),
}

/** Sections that can change a verdict and are not modelled: their entries are listed in the coverage. */
const UNMODELLED =
  words(`firewall-acl firewall-acl6 firewall-interface-policy firewall-interface-policy6 firewall-DoS-policy
  firewall-DoS-policy6  firewall-security-policy firewall-policy6 firewall-policy46 firewall-policy64
  firewall-vip46 firewall-vip64 firewall-multicast-policy firewall-ttl-policy firewall-proxy-policy firewall-access-proxy
  firewall-access-proxy6 firewall-ip-translation firewall-dnstranslation firewall-sniffer
  firewall-internet-service-custom firewall-wildcard-fqdn-custom router-bgp router-ospf router-ospf6 router-rip router-ripng
  router-isis router-multicast system-virtual-wire-pair`)

/** Sections that are read for one thing or another. */
const READ = [
  'system admin',
  'system session-ttl',
  'system dhcp server',
  'firewall ssl-ssh-profile',
  'vpn certificate local',
  'vpn certificate ca',
  'vpn ipsec phase1',
  'vpn ipsec phase1-interface',
  'vpn ssl settings',
]

/** Whether the section takes part in a verdict: modelled, able to change one, or neither. */
export function sectionKind(path: string): 'modelled' | 'unmodelled' | 'beside' {
  if (MODELLED[path]) return 'modelled'
  return UNMODELLED.has(path.replaceAll(' ', '-')) ? 'unmodelled' : 'beside'
}

/** Whether nothing has to be looked at to say what the attribute means. */
export function isKnown(path: string, attribute: string): boolean {
  const known = MODELLED[path]
  return !known || known.beside === '*' || known.reads.has(attribute) || known.beside.has(attribute)
}

/**
 * The attribute that is meant: the command line takes any beginning that fits one attribute of the section only. What fits several
 * or none stays as it is written.
 */
export function attributeOf(path: string, written: string): string {
  const known = MODELLED[path]
  if (!known || written.length < SHORTEST || known.reads.has(written)) return written
  const others = known.beside === '*' ? [] : [...known.beside]
  if (others.includes(written)) return written
  const [one, another] = [...known.reads, ...others].filter((name) => name.startsWith(written))
  return one !== undefined && another === undefined ? one : written
}
const SHORTEST = 2

/** Whether this attribute, with this value (its name first), is one that we neither model nor know to be without effect. */
export function isUnmodelled(path: string, attribute: string, value: readonly string[]): boolean {
  if (isKnown(path, attribute)) return false
  // `show full-configuration` prints every default; a switched-off or empty field narrows nothing.
  return !value.slice(1).every((word) => /^(?:disable|none|0+|0x0+|0\.0\.0\.0|::\/0|)$/.test(word))
}

const PATHS = [...Object.keys(MODELLED), ...READ, ...[...UNMODELLED].map((path) => path.replace('-', ' '))]
const PARTS = PATHS.map((path) => ({ path, parts: path.split(' ') }))

/** The section's path; beginnings of words are completed as the command line does, when only one section fits. */
export function tablePath(written: readonly string[]): string {
  const path = written.join(' ')
  if (MODELLED[path]) return path
  const [only, another] = PARTS.filter(
    ({ path: known, parts }) =>
      known === path ||
      (parts.length === written.length && parts.every((part, i) => part.startsWith(written[i] || '\n'))),
  )
  return only && !another ? only.path : path
}

/** Every section that takes part in a verdict or may: what has to be unchanged for a configuration to mean the same. */
export function sectionsThatDecide(): readonly string[] {
  return PATHS
}
