import { request } from 'node:https'
import { afterEach, describe, expect, test } from 'vitest'
import { redactFortigate } from '../../src/fortigate/text/redact.ts'
import type { FortigateSimulatorOptions, FortigateTrouble } from '../../src/local/devices/fortigate-simulator.ts'
import { type Call, NOW, openDevice } from './device-calls.ts'
import { fortigateText } from './fortigate-text.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

const OBJECTS = `config firewall addrgrp
    edit "partners"
        set member "partner"
    next
end
config firewall vipgrp
    edit "edges"
        set interface "wan1"
        set member "vip-edge"
    next
end
config firewall service group
    edit "webs"
        set member "tcp-8443"
    next
end
`

async function start(text = fortigateText('7.4.8') + OBJECTS, options: Partial<FortigateSimulatorOptions> = {}) {
  const device = await openDevice(text, options)
  open.push(device)
  return device
}

const cmdb = (path: string, query = '') => `/api/v2/cmdb/${path}?vdom=root${query}`
const resultsOf = async (call: Call, path: string): Promise<unknown> => (await call('GET', path)).body.results
const POLICY = {
  srcintf: [{ name: 'wan1' }],
  dstintf: [{ name: 'dmz' }],
  srcaddr: [{ name: 'partner' }],
  dstaddr: [{ name: 'vip-edge' }],
  service: [{ name: 'tcp-8443' }],
  schedule: 'always',
}

describe('a write changes what it says and no other line', () => {
  test('a new object stands at the bottom of its table, without its defaults', async () => {
    const { simulator, call } = await start()
    const before = simulator.text()
    const body = { name: 'web 1', subnet: '10.0.0.1 255.255.255.255', comment: 'say "hi"', type: 'ipmask' }
    const answer = await call('POST', cmdb('firewall/address'), { body })
    expect(answer).toMatchObject({ status: 200, body: { mkey: 'web 1', revision_changed: true, http_method: 'POST' } })
    const entry = `    edit "web 1"\n        set subnet 10.0.0.1 255.255.255.255\n        set comment "say \\"hi\\""\n    next\n`
    expect(simulator.text()).toBe(
      before.replace(
        '255.255.255.0\n    next\nend\nconfig firewall service',
        `255.255.255.0\n    next\n${entry}end\nconfig firewall service`,
      ),
    )
    const [row] = [await resultsOf(call, cmdb('firewall/address/web%201'))].flat()
    expect(row).toMatchObject({ ...body, q_origin_key: 'web 1', 'allow-routing': 'disable', 'cache-ttl': 0 })
  })

  test('a policy without a number gets the next one, below all others, and moves', async () => {
    const { simulator, call } = await start()
    const before = simulator.text()
    const answer = await call('POST', cmdb('firewall/policy'), { body: { ...POLICY, policyid: 0, action: 'accept' } })
    expect(answer.body.mkey).toBe(13)
    const order = async () => resultsOf(call, cmdb('firewall/policy', '&format=policyid'))
    expect(await order()).toMatchObject([{ policyid: 12 }, { policyid: 5 }, { policyid: 13 }])
    await call('PUT', cmdb('firewall/policy/13', '&action=move&before=12'))
    expect(await order()).toMatchObject([{ policyid: 13 }, { policyid: 12 }, { policyid: 5 }])
    await call('PUT', cmdb('firewall/policy/13', '&action=move&after=12'))
    expect(await order()).toMatchObject([{ policyid: 12 }, { policyid: 13 }, { policyid: 5 }])
    await call('DELETE', cmdb('firewall/policy/13'))
    expect(simulator.text()).toBe(before)
  })

  test('PUT leaves what it does not name, replaces lists whole, and takes a default off the text', async () => {
    const { simulator, call } = await start()
    const before = simulator.text()
    await call('PUT', cmdb('firewall/vip/vip-edge'), {
      body: { mappedport: '9443', 'src-filter': [{ range: '10.0.0.0/8' }] },
    })
    const filtered = '        set mappedport 9443\n        set src-filter "10.0.0.0/8"\n'
    expect(simulator.text()).toBe(before.replace('        set mappedport 8443\n', filtered))
    await call('PUT', cmdb('firewall/vip/vip-edge'), { body: { mappedport: '8443', 'src-filter': [] } })
    expect(simulator.text()).toBe(before)
  })

  test('tables inside an entry are replaced whole, or entry by entry', async () => {
    const { simulator, call } = await start()
    const farm = {
      name: 'farm',
      type: 'server-load-balance',
      'server-type': 'http',
      extip: '203.0.113.11',
      extintf: 'wan1',
      extport: '80',
    }
    const realservers = [{ id: 1, ip: '10.20.0.7', port: 8080 }]
    await call('POST', cmdb('firewall/vip'), { body: { ...farm, realservers } })
    const before = simulator.text()
    expect(before).toContain(
      '        config realservers\n            edit 1\n                set ip 10.20.0.7\n                set port 8080\n',
    )
    const added = await call('POST', cmdb('firewall/vip/farm/realservers'), { body: { ip: '10.20.0.8', port: 80 } })
    expect(added.status).toBe(200)
    expect(await resultsOf(call, cmdb('firewall/vip/farm/realservers'))).toMatchObject([
      { id: 1, ip: '10.20.0.7', status: 'active', weight: 1 },
      { id: 2, ip: '10.20.0.8', port: 80 },
    ])
    await call('DELETE', cmdb('firewall/vip/farm/realservers/2'))
    expect(simulator.text()).toBe(before)
    await call('PUT', cmdb('firewall/vip/farm'), { body: { realservers: [] } })
    expect(simulator.text()).not.toContain('realservers')
  })

  test('a clone is another object: no number, name of a policy or identity goes with it', async () => {
    const { simulator, call } = await start()
    simulator.edit(
      'set name "partner to edge"\n',
      'set name "partner to edge"\n        set uuid 6f0b0000-1111-2222-3333-444455556666\n',
    )
    expect((await call('POST', cmdb('firewall/policy/12', '&action=clone&nkey=40'))).body.mkey).toBe(40)
    const [row] = [await resultsOf(call, cmdb('firewall/policy/40'))].flat()
    expect(row).toMatchObject({ policyid: 40, name: '', action: 'accept', dstaddr: [{ name: 'vip-edge' }] })
    expect(simulator.text().match(/partner to edge|6f0b0000/g)).toHaveLength(2)
  })

  test('an entry that is edited twice is still one, and is changed once', async () => {
    const twice = 'config firewall address\n    edit "partner"\n        set subnet 10.0.0.0 255.0.0.0\n    next\nend\n'
    const { simulator, call } = await start(fortigateText('7.4.8') + twice)
    expect(await resultsOf(call, cmdb('firewall/address'))).toMatchObject([{ subnet: '10.0.0.0 255.0.0.0' }])
    await call('PUT', cmdb('firewall/address/partner'), { body: { subnet: '10.1.0.0 255.255.0.0' } })
    expect(simulator.text().match(/set subnet .*/g)).toEqual(['set subnet 10.1.0.0 255.255.0.0'])
    await call('PUT', cmdb('firewall/address/partner'), { body: { comment: 'once' } })
    expect(simulator.text().match(/once/g)).toHaveLength(1)
  })

  test('a section that is missing is opened where its references are above it and its users below', async () => {
    const { simulator, call } = await start(fortigateText('7.4.8'))
    await call('POST', cmdb('firewall/addrgrp'), { body: { name: 'all-partners', member: [{ name: 'partner' }] } })
    const place = (section: string) => simulator.text().indexOf(`config ${section}\n`)
    expect(place('firewall addrgrp')).toBeGreaterThan(place('firewall address'))
    expect(place('firewall addrgrp')).toBeLessThan(place('firewall policy'))
  })

  test('a singleton is changed by PUT and has tables of its own', async () => {
    const { simulator, call } = await start()
    await call('PUT', cmdb('system/session-ttl'), { body: { default: '7200' } })
    await call('POST', cmdb('system/session-ttl/port'), {
      body: { protocol: 6, 'start-port': 8443, 'end-port': 8443, timeout: '600' },
    })
    expect(await resultsOf(call, cmdb('system/session-ttl'))).toMatchObject({
      default: '7200',
      port: [{ id: 1, protocol: 6, 'start-port': 8443, timeout: '600' }],
    })
    expect(simulator.text()).toContain(
      'config system session-ttl\n    set default 7200\n    config port\n        edit 1\n',
    )
  })

  test('in a device with VDOMs only the one that was named is written', async () => {
    const inside = (name: string) =>
      `config vdom\nedit ${name}\nconfig firewall address\n    edit "a"\n    next\nend\nend\n`
    const text = `#config-version=FGT60F-7.4.8-FW-build2795-250523:opmode=0:vdom=1:user=a\nconfig vdom\nedit root\nnext\nedit dmz\nnext\nend\n${inside('root')}${inside('dmz')}`
    const { simulator, call } = await start(text)
    const path = '/api/v2/cmdb/firewall/address'
    await call('POST', `${path}?vdom=dmz`, { body: { name: 'b' } })
    expect(simulator.text()).toBe(`${text.slice(0, -'end\nend\n'.length)}    edit "b"\n    next\nend\nend\n`)
    const { body } = await call('GET', `${path}?vdom=*&format=name`)
    expect(body).toMatchObject([
      { vdom: 'root', results: [{ name: 'a' }] },
      { vdom: 'dmz', results: [{ name: 'a' }, { name: 'b' }] },
    ])
    expect((await call('GET', `${path}?vdom=guest`)).status).toBe(404)
    expect((await call('POST', `${path}?vdom=root,dmz`, { body: { name: 'c' } })).status).toBe(400)
  })
})

describe('what a device does not take', () => {
  const long = (length: number) => 'x'.repeat(length)
  const refusals: readonly (readonly [string, string, string, unknown, number, number])[] = [
    ['a name that is there', 'POST', 'firewall/address', { name: 'partner' }, 500, -5],
    ['an object that is not', 'PUT', 'firewall/address/nobody', { comment: 'x' }, 404, -3],
    [
      'a reference that leads nowhere',
      'POST',
      'firewall/addrgrp',
      { name: 'g', member: [{ name: 'nobody' }] },
      424,
      -3,
    ],
    [
      'a policy with an unknown address',
      'POST',
      'firewall/policy',
      { ...POLICY, srcaddr: [{ name: 'nobody' }] },
      424,
      -3,
    ],
    ['a VIP as a source', 'POST', 'firewall/policy', { ...POLICY, srcaddr: [{ name: 'vip-edge' }] }, 424, -3],
    ['deleting what a policy names', 'DELETE', 'firewall/vip/vip-edge', undefined, 500, -23],
    ['deleting what a group holds', 'DELETE', 'firewall/address/partner', undefined, 500, -23],
    ['a service with the name of a group', 'POST', 'firewall.service/custom', { name: 'webs' }, 424, -162],
    [
      'a group with the name of an address',
      'POST',
      'firewall/addrgrp',
      { name: 'partner', member: [{ name: 'partners' }] },
      424,
      -163,
    ],
    ['an address with the name of a VIP', 'POST', 'firewall/address', { name: 'vip-edge' }, 424, -164],
    [
      'a group with the name of a VIP',
      'POST',
      'firewall/addrgrp',
      { name: 'vip-edge', member: [{ name: 'partner' }] },
      424,
      -165,
    ],
    [
      'a VIP group with the name of a VIP',
      'POST',
      'firewall/vipgrp',
      { name: 'vip-edge', member: [{ name: 'vip-edge' }] },
      424,
      -310,
    ],
    ['an address with the name of a VIP group', 'POST', 'firewall/address', { name: 'edges' }, 424, -311],
    [
      'a VIP group with the name of a group',
      'POST',
      'firewall/vipgrp',
      { name: 'partners', member: [{ name: 'vip-edge' }] },
      424,
      -312,
    ],
    ['a name of 80 letters', 'POST', 'firewall/address', { name: long(80) }, 424, -1],
    ['a policy name of 36 letters', 'POST', 'firewall/policy', { ...POLICY, name: long(36) }, 424, -72],
    ['a policy name that another has', 'POST', 'firewall/policy', { ...POLICY, name: 'partner to edge' }, 500, -15],
    ['a comment of 256 letters', 'PUT', 'firewall/address/partner', { comment: long(256) }, 424, -72],
    [
      'an address that is none',
      'POST',
      'firewall/address',
      { name: 'a', subnet: '10.0.0.300 255.255.255.255' },
      424,
      -8,
    ],
    ['a mask that is none', 'POST', 'firewall/address', { name: 'a', subnet: '10.0.0.0/33' }, 424, -9],
    [
      'a range that ends before it starts',
      'POST',
      'firewall/address',
      { name: 'a', type: 'iprange', 'start-ip': '10.0.0.9', 'end-ip': '10.0.0.1' },
      424,
      -48,
    ],
    [
      'a schedule that ends before it starts',
      'POST',
      'firewall.schedule/onetime',
      { name: 's', start: '10:00 2026/12/02', end: '10:00 2026/12/01' },
      424,
      -48,
    ],
    ['a time that is none', 'POST', 'firewall.schedule/onetime', { name: 's', start: '25:00 2026/12/02' }, 424, -50],
    [
      'ports the wrong way round',
      'POST',
      'firewall.service/custom',
      { name: 's', 'tcp-portrange': '90-80' },
      424,
      -363,
    ],
    ['a port beyond 65535', 'PUT', 'firewall/vip/vip-edge', { extport: '70000' }, 424, -363],
    ['a policy without a source', 'POST', 'firewall/policy', { ...POLICY, srcaddr: [] }, 424, -56],
    ['a policy without a schedule', 'POST', 'firewall/policy', { ...POLICY, schedule: '' }, 424, -56],
    ['emptying what is required', 'PUT', 'firewall/policy/12', { service: [] }, 424, -56],
    ['a group of nothing', 'POST', 'firewall/addrgrp', { name: 'g', member: [] }, 424, -56],
    [
      'a VIP without an interface',
      'POST',
      'firewall/vip',
      { name: 'v', extip: '203.0.113.9', mappedip: [{ range: '10.0.0.1' }] },
      424,
      -56,
    ],
    ['a VIP that leads nowhere', 'POST', 'firewall/vip', { name: 'v', extip: '203.0.113.9', extintf: 'any' }, 424, -56],
    ['an object without a name', 'POST', 'firewall/address', { comment: 'x' }, 424, -56],
    ['an attribute that there is not', 'PUT', 'firewall/policy/12', { sourceaddress: 'all' }, 424, -61],
    ['a word where a list is', 'PUT', 'firewall/policy/12', { srcaddr: 'all' }, 424, -61],
    ['a list with another member', 'PUT', 'firewall/vip/vip-edge', { mappedip: [{ name: '10.0.0.1' }] }, 424, -61],
    ['an option that there is not', 'PUT', 'firewall/policy/12', { action: 'permit' }, 424, -651],
    ['a switch that is neither on nor off', 'PUT', 'firewall/policy/12', { nat: 'yes' }, 424, -651],
    [
      'a zone of interfaces in use',
      'POST',
      'system/zone',
      { name: 'z', interface: [{ 'interface-name': 'wan1' }] },
      424,
      -157,
    ],
    ['another key', 'PUT', 'firewall/address/partner', { name: 'friend' }, 424, -61],
    ['moving before nothing', 'PUT', 'firewall/policy/12?vdom=root&action=move&before=99', {}, 424, -3],
    ['a table that there is not', 'POST', 'firewall/nothing', { name: 'x' }, 404, -3],
    ['deleting a table', 'DELETE', 'firewall/address', undefined, 405, -3],
  ]
  test.each(refusals)('%s', async (_, method, path, body, status, error) => {
    const { simulator, call } = await start()
    const before = simulator.text()
    const answer = await call(
      method,
      path.includes('?') ? `/api/v2/cmdb/${path}` : cmdb(path),
      body === undefined ? {} : { body },
    )
    expect(answer).toMatchObject({ status, body: { error, status: 'error', http_status: status, http_method: method } })
    expect(simulator.text()).toBe(before)
  })

  test('who refers to an object is named', async () => {
    const { call } = await start()
    const { body } = await call('DELETE', cmdb('firewall.schedule/recurring/always'))
    expect(body.cli_error).toBe('entry is used by firewall.policy 12')
  })

  test('a body that is no object', async () => {
    const { simulator, call } = await start()
    expect((await call('POST', cmdb('firewall/address'), { body: 'x' })).status).toBe(400)
    expect(simulator.text()).toBe(fortigateText('7.4.8') + OBJECTS)
  })
})

describe('a table is read', () => {
  test('with filters, pages, chosen attributes and without defaults', async () => {
    const { call } = await start()
    const ids = async (query: string) => {
      const rows = [await resultsOf(call, cmdb('firewall/policy', query))].flat()
      return rows.map((row) => (typeof row === 'object' && row && 'policyid' in row ? row.policyid : row))
    }
    expect(await ids('&filter=action==accept')).toEqual([12])
    expect(await ids('&filter=action!=accept')).toEqual([5])
    expect(await ids('&filter=policyid<=6,name=@partner')).toEqual([12, 5])
    expect(await ids('&filter=policyid>=6&filter=action==deny')).toEqual([])
    expect(await ids('&filter=srcaddr==partner&filter=name!@edge')).toEqual([5])
    expect(await ids('&start=1&count=1')).toEqual([5])
    const page = await call('GET', cmdb('firewall/policy', '&count=1'))
    expect(page.body).toMatchObject({ size: 1, matched_count: 2, next_idx: 0 })
    expect(await resultsOf(call, cmdb('firewall/vip', '&format=name|extip'))).toEqual([
      { name: 'vip-edge', q_origin_key: 'vip-edge', extip: '203.0.113.10' },
    ])
    expect(await resultsOf(call, cmdb('firewall/address', '&exclude-default-values=1'))).toEqual([
      { name: 'partner', q_origin_key: 'partner', subnet: '198.51.100.0 255.255.255.0' },
    ])
    expect(await resultsOf(call, cmdb('firewall/vip', '&with_meta=1'))).toMatchObject([{ q_ref: 3, q_type: 'string' }])
  })

  test('with all defaults; one object is still a list, and what there is one of is none', async () => {
    const { call } = await start()
    const [policy, more] = [await resultsOf(call, cmdb('firewall/policy/5'))].flat()
    expect(more).toBeUndefined()
    expect(policy).toMatchObject({
      ...{ policyid: 5, q_origin_key: 5, status: 'enable', action: 'deny', nat: 'disable', 'match-vip': 'enable' },
      ...{
        srcaddr6: [],
        groups: [],
        poolname: [],
        'ssl-ssh-profile': 'no-inspection',
        'session-ttl': '0',
        'vlan-cos-fwd': 255,
      },
    })
    expect(await resultsOf(call, cmdb('system/global'))).toMatchObject({ hostname: 'outer' })
    expect(await resultsOf(call, cmdb('firewall/address', '&action=default'))).toMatchObject({
      subnet: '0.0.0.0 0.0.0.0',
    })
    expect((await call('GET', cmdb('firewall/policy/99'))).status).toBe(404)
  })

  test('its revision changes with its content only', async () => {
    const { call } = await start()
    const revision = async (table: string) => (await call('GET', cmdb(table, '&action=revision'))).body.revision
    const [policies, addresses] = [await revision('firewall/policy'), await revision('firewall/address')]
    await call('PUT', cmdb('firewall/address/partner'), { body: { comment: 'x' } })
    expect(await revision('firewall/policy')).toBe(policies)
    expect(await revision('firewall/address')).not.toBe(addresses)
  })

  test('without its secrets, and writing back what was read changes none', async () => {
    const { simulator, call } = await start()
    const before = simulator.text()
    const rows = await resultsOf(call, cmdb('user/local'))
    expect(rows).toMatchObject([{ name: 'fallback', passwd: 'ENC XXXX' }])
    expect(JSON.stringify(rows)).not.toContain('c2VjcmV0')
    const [row] = [rows].flat()
    expect((await call('PUT', cmdb('user/local/fallback'), { body: row })).status).toBe(200)
    expect(simulator.text()).toBe(before)
    expect(redactFortigate(before)).not.toBe(before)
  })
})

describe('a transaction', () => {
  const begin = async (call: Call, timeout?: number) => {
    const answer = await call('POST', '/api/v2/cmdb?action=transaction-start&vdom=root', {
      body: { timeout: timeout ?? 60 },
    })
    const [id] = Object.values(answer.body.results ?? {})
    return Number(id)
  }
  const finish = (call: Call, how: string, transaction: number) =>
    call('POST', `/api/v2/cmdb?action=transaction-${how}&vdom=root`, { transaction })

  test('is seen by nobody else until it is committed', async () => {
    const { simulator, call } = await start()
    const before = simulator.text()
    const transaction = await begin(call)
    await call('POST', cmdb('firewall/address'), { body: { name: 'new' }, transaction })
    await call('PUT', cmdb('firewall/addrgrp/partners'), { body: { member: [{ name: 'new' }] }, transaction })
    expect(simulator.text()).toBe(before)
    expect((await call('GET', cmdb('firewall/address/new'))).status).toBe(404)
    expect((await call('GET', cmdb('firewall/address/new'), { transaction })).status).toBe(200)
    expect((await finish(call, 'commit', transaction)).status).toBe(200)
    expect(simulator.text()).toContain('edit "new"')
    expect((await finish(call, 'commit', transaction)).status).toBe(424)
  })

  test('is dropped when it is aborted, and when it idles too long', async () => {
    let now = Date.parse(NOW)
    const { simulator, call } = await start(undefined, { now: () => new Date(now) })
    const before = simulator.text()
    const aborted = await begin(call)
    await call('POST', cmdb('firewall/address'), { body: { name: 'one' }, transaction: aborted })
    expect((await finish(call, 'abort', aborted)).status).toBe(200)
    const idle = await begin(call, 60)
    now += 59_000
    expect((await call('POST', cmdb('firewall/address'), { body: { name: 'two' }, transaction: idle })).status).toBe(
      200,
    )
    now += 59_000
    expect((await call('PUT', cmdb('firewall/address/two'), { body: {}, transaction: idle })).status).toBe(200)
    now += 60_000
    expect((await call('POST', cmdb('firewall/address'), { body: { name: 'six' }, transaction: idle })).status).toBe(
      424,
    )
    expect((await finish(call, 'commit', idle)).status).toBe(424)
    expect(simulator.text()).toBe(before)
  })

  test('locks what it edits for others, and does not nest', async () => {
    const { call } = await start()
    const transaction = await begin(call)
    await call('PUT', cmdb('firewall/address/partner'), { body: { comment: 'mine' }, transaction })
    const other = { body: { comment: 'theirs' } }
    expect(await call('PUT', cmdb('firewall/address/partner'), other)).toMatchObject({
      status: 500,
      body: { error: -14 },
    })
    const second = await begin(call)
    expect((await call('PUT', cmdb('firewall/address/partner'), { ...other, transaction: second })).body.error).toBe(
      -14,
    )
    expect((await call('PUT', cmdb('firewall/vip/vip-edge'), other)).status).toBe(200)
    const nested = await call('POST', '/api/v2/cmdb?action=transaction-start&vdom=root', { body: {}, transaction })
    expect(nested.status).toBe(400)
  })

  test('is committed onto what others wrote meanwhile, or not at all', async () => {
    const { simulator, call } = await start()
    const transaction = await begin(call)
    const created = await call('POST', cmdb('firewall/policy'), { body: POLICY, transaction })
    expect(created.body.mkey).toBe(13)
    await call('PUT', cmdb('firewall/vip/vip-edge'), { body: { comment: 'meanwhile' } })
    expect((await finish(call, 'commit', transaction)).status).toBe(200)
    expect(simulator.text()).toContain('meanwhile')
    expect(simulator.text()).toContain('edit 13')
    const late = await begin(call)
    await call('POST', cmdb('firewall/addrgrp'), {
      body: { name: 'g', member: [{ name: 'partner' }] },
      transaction: late,
    })
    await call('PUT', cmdb('firewall/address/partner'), { body: { comment: 'x' }, transaction: late })
    simulator.edit('        set member "partner"\n', '        set member "all"\n')
    simulator.edit('edit "partner"', 'edit "friend"')
    const before = simulator.text()
    expect((await finish(call, 'commit', late)).status).toBe(500)
    expect(simulator.text()).toBe(before)
  })
})

describe('the releases differ', () => {
  const text = (version: string) => fortigateText(version) + OBJECTS
  test.each([
    ['7.0.14', 'transaction-id', 404],
    ['7.4.0', 'transaction-id', 404],
    ['7.4.8', 'transaction-id', 200],
    ['7.6.5', 'transaction_id', 200],
  ])('%s calls a transaction %s and lists them with %i', async (version, field, status) => {
    const { call } = await start(text(version))
    const started = await call('POST', '/api/v2/cmdb?action=transaction-start&vdom=root', { body: {} })
    expect(started.body.results).toEqual({ [field]: 1 })
    expect((await call('GET', '/api/v2/cmdb?action=transaction-list&vdom=root')).status).toBe(status)
  })

  test.each([
    ['7.0.14', 200, 405, 'session', 'disable', 'TCP/UDP/SCTP', ''],
    ['7.4.8', 200, 405, 'session', 'enable', 'TCP/UDP/SCTP', ''],
    ['7.6.5', 405, 200, 'sessions', 'enable', 'TCP/UDP/UDP-Lite/SCTP', []],
  ])(
    '%s: backup, sessions, match-vip, protocol and certificates',
    async (version, get, post, sessions, matchVip, protocol, certificate) => {
      const { call } = await start(text(version))
      const monitor = (path: string) => `/api/v2/monitor/${path}`
      expect((await call('GET', monitor('system/config/backup?scope=global'))).status).toBe(get)
      expect((await call('POST', monitor('system/config/backup?scope=global'))).status).toBe(post)
      expect((await call('GET', monitor(`firewall/${sessions}?count=20`))).status).toBe(200)
      const other = sessions === 'session' ? 'sessions' : 'session'
      expect((await call('GET', monitor(`firewall/${other}?count=20`))).status).toBe(404)
      expect(await resultsOf(call, cmdb('firewall/policy/12'))).toMatchObject([{ 'match-vip': matchVip }])
      expect(await resultsOf(call, cmdb('firewall.service/custom/tcp-8443'))).toMatchObject([{ protocol }])
      expect(await resultsOf(call, cmdb('firewall/vip/vip-edge'))).toMatchObject([{ 'ssl-certificate': certificate }])
      expect((await call('GET', cmdb('firewall/vip'))).body.version).toBe(`v${version}`)
    },
  )

  test.each([
    ['7.0.14', 200, 200],
    ['7.4.4', 200, 404],
    ['7.4.5', 401, 404],
  ])('%s: a token in the URL is %i, the old name of the counters %i', async (version, inUrl, select) => {
    const { simulator, call } = await start(text(version))
    const answer = await fetch(`${simulator.url}${cmdb('firewall/vip')}&access_token=x7Qz-not-for-anybodys-eyes`)
    expect(answer.status).toBe(inUrl)
    expect((await call('GET', '/api/v2/monitor/firewall/policy/select?vdom=root')).status).toBe(select)
    expect((await call('GET', '/api/v2/monitor/firewall/policy?vdom=root')).status).toBe(200)
  })
})

describe('trouble on demand', () => {
  const statuses: readonly (readonly [FortigateTrouble, number])[] = [
    ['lockout', 429],
    ['deny', 401],
    ['forbid', 403],
  ]
  test.each(statuses)('%s answers %i, for one path where one is named', async (trouble, status) => {
    const { simulator, call } = await start()
    await simulator.setTrouble(trouble, '/api/v2/cmdb/firewall/policy')
    expect((await call('GET', cmdb('firewall/policy'))).status).toBe(status)
    expect((await call('GET', cmdb('firewall/vip'))).status).toBe(200)
    await simulator.setTrouble('up')
    expect((await call('GET', cmdb('firewall/policy'))).status).toBe(200)
  })

  test('half an answer is no JSON although HTTP says it is whole', async () => {
    const { simulator, call } = await start()
    await simulator.setTrouble('half')
    await expect(call('GET', cmdb('firewall/policy'))).rejects.toThrow(SyntaxError)
  })

  test('over HTTPS nobody trusts it but who has its certificate', async () => {
    const { simulator } = await start(undefined, { tls: true })
    const get = (ca: string | undefined) =>
      new Promise((resolve) => {
        const url = new URL(`${simulator.url}/api/v2/monitor/system/status`)
        request(url, ca === undefined ? {} : { ca }, (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        })
          .on('error', (error) => resolve('code' in error ? error.code : error.message))
          .end()
      })
    expect(await get(simulator.ca)).toBe(401)
    expect(await get(undefined)).toMatch(/SELF_SIGNED/)
  })

  test('its lookup can see another configuration than the one that it hands out, and is not marked as ours then', async () => {
    const path =
      '/api/v2/monitor/firewall/policy-lookup?vdom=root&srcintf=wan1&sourceip=198.51.100.7&dest=203.0.113.10&protocol=6&sourceport=50000&destport=443'
    const text = fortigateText('7.4.8')
    const honest = await start(text)
    expect(await resultsOf(honest.call, path)).toMatchObject({
      policy_id: 12,
      policy_action: 'accept',
      evaluator: expect.any(String),
    })
    const odd = await start(text, { lookup: text.replace('        set action accept\n', '') })
    const found = await resultsOf(odd.call, path)
    expect(found).toMatchObject({ policy_id: 12, policy_action: 'deny' })
    expect(found).not.toHaveProperty('evaluator')
  })
})

test('revisions are saved and listed, counters are cleared, and a script is run whole or not at all', async () => {
  const { simulator, call } = await start()
  const post = (path: string, body: unknown) => call('POST', `/api/v2/monitor/${path}`, { body })
  await post('system/config-revision/save', { comments: 'before the change' })
  expect(await resultsOf(call, '/api/v2/monitor/system/config-revision')).toMatchObject({
    revisions: [{ id: 1 }, { id: 2, comment: 'before the change' }],
    current_config_unsaved: false,
  })
  simulator.send({ srcintf: 'wan1', src: '198.51.100.7', dst: '203.0.113.10', proto: 'tcp', sport: 50000, dport: 443 })
  const hits = async () => resultsOf(call, '/api/v2/monitor/firewall/policy?vdom=root&policyid=12')
  expect(await hits()).toMatchObject([{ policyid: 12, hit_count: 1 }])
  await post('firewall/policy/clear_counters', { policy: 12 })
  expect(await hits()).toMatchObject([{ policyid: 12, hit_count: 0 }])
  const before = simulator.text()
  const script = (text: string) =>
    post('system/config-script/upload', { filename: 'x', file_content: Buffer.from(text).toString('base64') })
  const wrong = await script('config firewall address\nedit "a"\nnext\ndelete "partner"\nend\n')
  expect(wrong).toMatchObject({ status: 500, body: { error: -23 } })
  expect(simulator.text()).toBe(before)
  expect((await script('config firewall addrgrp\nedit "partners"\nappend member "all"\nnext\nend\n')).status).toBe(200)
  expect(simulator.text()).toBe(before.replace('set member "partner"\n', 'set member "partner" "all"\n'))
})
