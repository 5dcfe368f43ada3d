import { type FortiText, readFortiText } from '../../fortigate/text.ts'

type Row = Record<string, unknown>

/** How the REST API shapes one table (facts: FortiOS 7.x, cmdb): its key, the attributes that are lists of objects, and defaults. */
type Table = {
  /** Absent for a singleton such as system/global. */
  readonly key?: string
  /** List attribute → the member attribute that holds the word. */
  readonly lists?: Readonly<Record<string, string>>
  readonly integers?: readonly string[]
  readonly defaults?: Readonly<Row>
}

const ADDRESS_LISTS = { member: 'name', 'exclude-member': 'name' }
const POLICY_LISTS = Object.fromEntries(
  'srcintf dstintf srcaddr dstaddr srcaddr6 dstaddr6 service groups users fsso-groups poolname internet-service-name internet-service-src-name'
    .split(' ')
    .map((attribute) => [attribute, 'name']),
)

const TABLES: Readonly<Record<string, Table>> = {
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
  'firewall/vip': {
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
  },
  'firewall/vipgrp': { key: 'name', lists: { member: 'name' } },
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

/**
 * What `GET /api/v2/cmdb/<path>[/<key>]` lists, read from the configuration text; undefined answers 404. A singleton is an object,
 * everything else an array, one row of a table too.
 */
export function listTable(text: string, vdom: string | undefined, path: string, key?: string): Row[] | Row | undefined {
  const table = TABLES[path]
  if (!table) return undefined
  const tree = readFortiText('live', text)
  const words = path.split(/[./]/).join(' ')
  const blocks = tree.statements.flatMap((statement, index) =>
    statement.kind === 'config' && statement.words.join(' ') === words && belongsTo(tree, index, vdom ?? 'root')
      ? [index]
      : [],
  )
  const { key: keyName } = table
  if (keyName === undefined)
    return Object.assign({ ...table.defaults }, ...blocks.map((at) => attributes(tree, at, table)))
  const rows = blocks.flatMap((at) => entries(tree, at, keyName, table))
  if (key === undefined) return rows
  const found = rows.filter((row) => String(row[keyName]) === key)
  return found.length > 0 ? found : undefined
}

/** Whether a section is this VDOM's: at the top of a file without VDOMs, in `config global`, or in the VDOM's own block. */
function belongsTo(tree: FortiText, index: number, vdom: string): boolean {
  let at = tree.statements[index]?.parent ?? -1
  for (let depth = 0; at >= 0 && depth < 4; depth += 1) {
    const statement = tree.statements[at]
    if (!statement) return false
    const name = statement.words[0]
    if (statement.kind === 'edit') {
      if (name !== vdom) return false
    } else if (statement.kind !== 'config' || (name !== 'vdom' && name !== 'global')) return false
    at = statement.parent
  }
  return at < 0
}

function entries(tree: FortiText, block: number, keyName: string, table: Table): Row[] {
  return children(tree, block).flatMap((index) => {
    const statement = tree.statements[index]
    if (statement?.kind !== 'edit') return []
    const name = statement.words[0] ?? ''
    const key = table.integers?.includes(keyName) ? Number(name) : name
    return [{ [keyName]: key, q_origin_key: key, ...table.defaults, ...attributes(tree, index, table) }]
  })
}

/** The `set` lines of one entry, and its own sub-tables, as the API writes them. */
function attributes(tree: FortiText, parent: number, table: Table): Row {
  const row: Row = {}
  for (const index of children(tree, parent)) {
    const statement = tree.statements[index]
    if (!statement) continue
    const [name, ...values] = statement.words
    if (name === undefined) continue
    if (statement.kind === 'config') row[name] = entries(tree, index, 'id', {})
    else if (statement.kind === 'unset') delete row[name]
    else if (statement.kind === 'set') {
      const member = table.lists?.[name]
      if (member) row[name] = values.map((value) => ({ [member]: value, q_origin_key: value }))
      else row[name] = table.integers?.includes(name) ? Number(values[0]) : values.join(' ')
    }
  }
  return row
}

function children(tree: FortiText, parent: number): number[] {
  const found: number[] = []
  const close = tree.closedBy[parent] ?? -1
  const last = close < 0 ? tree.statements.length : close
  for (let index = parent + 1; index < last; index += 1)
    if (tree.statements[index]?.parent === parent) found.push(index)
  return found
}
