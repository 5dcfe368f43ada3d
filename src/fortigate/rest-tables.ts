/** How the REST API of FortiOS 7 shapes one table (cmdb): its key, the attributes that are lists of objects, and defaults. */
export type RestTable = {
  /** Absent for a singleton such as system/global. */
  readonly key?: string
  /** List attribute → the member attribute that holds the word. */
  readonly lists?: Readonly<Record<string, string>>
  readonly integers?: readonly string[]
  readonly defaults?: Readonly<Record<string, unknown>>
}

const ADDRESS_LISTS = { member: 'name', 'exclude-member': 'name' }
const POLICY_LISTS = Object.fromEntries(
  'srcintf dstintf srcaddr dstaddr srcaddr6 dstaddr6 service groups users fsso-groups poolname internet-service-name internet-service-src-name'
    .split(' ')
    .map((attribute) => [attribute, 'name']),
)
const VIP: RestTable = {
  key: 'name',
  lists: { mappedip: 'range', 'src-filter': 'range', service: 'name', 'srcintf-filter': 'interface-name' },
  defaults: {
    type: 'static-nat',
    status: 'enable',
    extintf: '',
    portforward: 'disable',
    protocol: 'tcp',
    'arp-reply': 'enable',
    'nat-source-vip': 'disable',
  },
}

/** By path as the API writes it: dots inside the category, a slash before the name. */
export const REST_TABLES: Readonly<Record<string, RestTable>> = {
  'firewall/policy': {
    key: 'policyid',
    integers: ['policyid'],
    lists: POLICY_LISTS,
    defaults: {
      status: 'enable',
      name: '',
      action: 'deny',
      schedule: '',
      nat: 'disable',
      logtraffic: 'utm',
      comments: '',
      'srcaddr-negate': 'disable',
      'dstaddr-negate': 'disable',
      'service-negate': 'disable',
      'internet-service': 'disable',
      ippool: 'disable',
      'match-vip-only': 'disable',
      'policy-expiry': 'disable',
      'policy-expiry-date': '0000-00-00 00:00:00',
      'session-ttl': '0',
      'vlan-filter': '',
    },
  },
  'firewall/local-in-policy': {
    key: 'policyid',
    integers: ['policyid'],
    lists: { ...POLICY_LISTS, intf: 'name' },
    defaults: { status: 'enable', action: 'deny' },
  },
  'firewall/address': { key: 'name', defaults: { type: 'ipmask', subnet: '0.0.0.0 0.0.0.0', comment: '' } },
  'firewall/addrgrp': { key: 'name', lists: ADDRESS_LISTS, defaults: { type: 'default', exclude: 'disable' } },
  'firewall/address6': { key: 'name', defaults: { type: 'ipprefix', ip6: '::/0' } },
  'firewall/addrgrp6': { key: 'name', lists: ADDRESS_LISTS },
  'firewall/vip': VIP,
  'firewall/vip6': { ...VIP, lists: { 'src-filter': 'range' } },
  'firewall/vipgrp': { key: 'name', lists: { member: 'name' } },
  'firewall/vipgrp6': { key: 'name', lists: { member: 'name' } },
  'firewall/ippool': { key: 'name', defaults: { type: 'overload', 'arp-reply': 'enable' } },
  'firewall.service/custom': {
    key: 'name',
    integers: ['protocol-number'],
    defaults: { protocol: 'TCP/UDP/SCTP', 'tcp-portrange': '', 'udp-portrange': '', 'session-ttl': '0' },
  },
  'firewall.service/group': { key: 'name', lists: { member: 'name' } },
  'firewall.schedule/onetime': { key: 'name', integers: ['expiration-days'], defaults: { 'expiration-days': 3 } },
  'firewall.schedule/recurring': { key: 'name', defaults: { start: '00:00', end: '00:00', day: 'none' } },
  'firewall.schedule/group': { key: 'name', lists: { member: 'name' } },
  'system/interface': { key: 'name', defaults: { status: 'up', ip: '0.0.0.0 0.0.0.0', allowaccess: '' } },
  'system/zone': { key: 'name', lists: { interface: 'interface-name' }, defaults: { intrazone: 'deny' } },
  'system/global': {},
  'system/settings': {},
  'system/session-ttl': { defaults: { default: '3600' } },
  'router/static': {
    key: 'seq-num',
    integers: ['seq-num', 'distance', 'priority', 'weight'],
    defaults: { status: 'enable', dst: '0.0.0.0 0.0.0.0', distance: 10, priority: 1, blackhole: 'disable' },
  },
  'user/group': { key: 'name', lists: { member: 'name' }, defaults: { 'group-type': 'firewall' } },
  'user/local': { key: 'name' },
}

/** `firewall service custom` → `firewall.service/custom`. */
export function restPath(path: string): string {
  const words = path.split(' ')
  return `${words.slice(0, -1).join('.')}/${words.at(-1)}`
}
