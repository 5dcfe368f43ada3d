import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { redactFortigate } from '../../src/fortigate/text/redact.ts'
import { openFortigateClient } from '../../src/live/fortigate-client.ts'
import { openFortigateReader } from '../../src/live/fortigate-reader.ts'
import { openFortigateSimulator } from '../../src/local/devices/fortigate-simulator.ts'
import { fortigateText } from './fortigate-text.ts'
import { type HandMade, serveHandMade } from './hand-made-fortigate.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function reading(made: Partial<HandMade> = {}, vdom: string | undefined = 'root') {
  const server = await serveHandMade({ text: fortigateText('7.4.8'), ...made })
  const client = openFortigateClient({ device: 'outer', url: server.url, token: 'sesame', vdom, timeoutMs: 3_000 })
  open.push(server, client)
  const clock = { ms: 0 }
  return { ...server, clock, reader: openFortigateReader(client, () => clock.ms) }
}

/** A device that was read, and whose text is known to be the one in force. */
async function settled() {
  const made = await reading()
  await made.reader.read()
  expect((await made.reader.read()).unchangedForSeconds).toBe(0)
  expect(made.backups()).toBe(1)
  return made
}

test('what has not changed is not read again, and is said to be as old as it is', async () => {
  const { reader, clock, backups } = await reading()
  const first = await reader.read()
  expect(first.unchangedForSeconds).toBe(undefined)
  clock.ms = 42_000
  expect(await reader.read()).toEqual({ text: first.text, unchangedForSeconds: 42 })
  expect(backups()).toBe(1)
})

test.each([
  ['a policy', 'set action accept', 'set action deny'],
  ['an address', 'set subnet 198.51.100.0 255.255.255.0', 'set subnet 198.51.100.7 255.255.255.255'],
  ['a service', 'set tcp-portrange 8443', 'set tcp-portrange 9443'],
  ['a VIP', 'set mappedport 8443', 'set mappedport 9443'],
  ['a route', 'set gateway 203.0.113.1', 'set gateway 203.0.113.9'],
  ['an interface', 'set ip 10.20.0.1', 'set ip 10.20.0.9'],
  ['the time zone', 'Europe/Berlin', 'Asia/Tokyo'],
])('%s that changed is in the next reading', async (_, find, replace) => {
  const { reader, device } = await settled()
  expect(device.text).toContain(find)
  device.text = device.text.replace(find, replace)
  const next = await reader.read()
  expect(next.text).toContain(replace)
  expect(next.unchangedForSeconds).toBe(undefined)
})

test('a section that appears where none was is seen', async () => {
  const { reader, device, backups } = await settled()
  device.text += 'config firewall address6\n    edit "new"\n    next\nend\n'
  expect((await reader.read()).text).toContain('address6')
  expect(backups()).toBe(2)
})

test('however long nothing changes, the text is read again after five minutes', async () => {
  const { reader, clock, backups } = await reading()
  await reader.read()
  clock.ms = 299_000
  await reader.read()
  expect(backups()).toBe(1)
  clock.ms = 300_000
  expect((await reader.read()).unchangedForSeconds).toBe(undefined)
  expect(backups()).toBe(2)
})

test.each(['before', 'after'])(
  'a change right %s the backup was written does not stay once it is taken back',
  async (when) => {
    const { reader, device, backups } = await reading()
    const shut = device.text
    const opened = shut.replace('set subnet 198.51.100.0 255.255.255.0', 'set subnet 0.0.0.0 0.0.0.0')
    device.before = (path) => {
      const isBackup = path.endsWith('/backup')
      if (when === 'before' ? isBackup : backups() > 0 && !isBackup) device.text = opened
      return 'answer'
    }
    const first = await reader.read()
    expect(first.text.includes('set subnet 0.0.0.0')).toBe(when === 'before')
    // Whatever was kept is settled by now, and the device is asked again while the door is open.
    expect((await reader.read()).text).toContain('set subnet 0.0.0.0')
    device.before = () => 'answer'
    device.text = shut
    expect((await reader.read()).text).not.toContain('set subnet 0.0.0.0')
  },
)

test('a table without a revision, or one that may not be asked, means reading again', async () => {
  const unknown = await reading({ unknown: new Set(['firewall/address']) })
  const first = await unknown.reader.read()
  unknown.device.text = first.text.replace('198.51.100.0 255', '198.51.100.128 255')
  expect((await unknown.reader.read()).text).toContain('198.51.100.128')
  unknown.asked.length = 0
  await unknown.reader.read()
  expect(unknown.asked).toEqual(['GET monitor/system/config/backup?scope=global'])
  const forbidden = await reading({ forbidden: new Set(['user/group']) })
  await forbidden.reader.read()
  forbidden.asked.length = 0
  await forbidden.reader.read()
  // It is known by now that this API user may not ask.
  expect(forbidden.asked.filter((one) => !one.includes('/backup'))).toEqual([])
  expect(forbidden.backups()).toBe(1)
})

test('a device that is too slow for so many questions is read all the same, and not asked them again', async () => {
  const { device, asked, url, backups } = await reading()
  device.before = (path, response) => {
    const isLate = path.startsWith('/api/v2/cmdb/') && asked.length > 1
    if (isLate) setTimeout(() => response.writeHead(503).end(), 1_000).unref()
    return isLate ? 'leave' : 'answer'
  }
  const client = openFortigateClient({ device: 'outer', url, token: 'sesame', vdom: 'root', timeoutMs: 150 })
  open.push(client)
  const reader = openFortigateReader(client)
  expect((await reader.read()).text).toContain('config firewall policy')
  asked.length = 0
  expect((await reader.read()).text).toContain('config firewall policy')
  expect(asked).toEqual(['GET monitor/system/config/backup?scope=global'])
  expect(backups()).toBe(1)
})

test('a table that this release does not have stands in nobody’s way', async () => {
  const { reader, backups } = await reading({ unknown: new Set(['firewall/policy46', 'system/virtual-wan-link']) })
  await reader.read()
  expect((await reader.read()).unchangedForSeconds).toBe(0)
  expect(backups()).toBe(1)
})

test('asked to read afresh, it reads', async () => {
  const { reader, asked } = await reading()
  await reader.read()
  await reader.read()
  asked.length = 0
  expect((await reader.read({ afresh: true })).unchangedForSeconds).toBe(undefined)
  expect(asked).toEqual(['GET monitor/system/config/backup?scope=global'])
})

test('of several VDOMs all revisions are asked, and a change in any of them is seen', async () => {
  const body = (address: string) =>
    `config firewall address\n    edit "a"\n        set subnet ${address}\n    next\nend\n`
  const vdom = (name: string, address: string) => `config vdom\nedit ${name}\n${body(address)}next\nend\n`
  const text = `#config-version=FGVM64-7.4.8-FW-build2795:opmode=0:vdom=1:user=admin\nconfig vdom\nedit root\nnext\nedit dmz\nnext\nend\n${vdom('root', '10.0.0.1 255.255.255.255')}${vdom('dmz', '10.0.0.2 255.255.255.255')}`
  const { reader, device, backups } = await reading({ text }, undefined)
  // That there are several is known after the first reading only.
  await reader.read()
  await reader.read()
  expect(backups()).toBe(2)
  expect((await reader.read()).unchangedForSeconds).toBe(0)
  expect(backups()).toBe(2)
  device.text = device.text.replace('10.0.0.2 255', '10.0.0.3 255')
  expect((await reader.read()).text).toContain('10.0.0.3')
})

test('a device that went away is a fault, whatever was read before', async () => {
  const { reader, close } = await reading()
  await reader.read()
  await reader.read()
  await close()
  await expect(reader.read()).rejects.toMatchObject({ code: 'fortigate-unreachable' })
})

test.each(['7.0.14', '7.4.8', '7.6.5'])('the simulated FortiOS %s tells every change of its text', async (version) => {
  const now = () => new Date('2026-11-23T10:00:00Z')
  const simulator = await openFortigateSimulator({ id: 'outer', text: fortigateText(version), token: 'sesame', now })
  const client = openFortigateClient({ device: 'outer', url: simulator.url, token: 'sesame', vdom: 'root' })
  open.push(simulator, client)
  const reader = openFortigateReader(client)
  for (const [find, replace] of [
    ['', ''],
    ['set mappedport 8443', 'set mappedport 9443'],
    ['set srcintf "wan1"', 'set tos 0x10\n        set srcintf "wan1"'],
    ['set hostname "outer"', 'set hostname "inner"'],
  ] as const) {
    if (find !== '') simulator.edit(find, replace)
    const text = redactFortigate(simulator.text())
    expect(await reader.read()).toEqual({ text })
    expect(await reader.read()).toEqual({ text, unchangedForSeconds: expect.any(Number) })
  }
})

test('a wrong token is not tried table by table', async () => {
  const { reader, device, asked } = await reading()
  device.before = (_, response) => {
    response.writeHead(401).end('{}')
    return 'leave'
  }
  await expect(reader.read()).rejects.toMatchObject({ code: 'fortigate-unauthorized' })
  await wait(20)
  expect(asked.length).toBeLessThanOrEqual(2)
})
