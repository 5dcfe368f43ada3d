import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHaproxyCheck } from '../../src/live/haproxy-binary.ts'
import { openLiveDevices } from '../../src/live/live-devices.ts'
import { type FortigateSimulator, openFortigateSimulator } from '../../src/local/devices/fortigate-simulator.ts'
import { type HaproxyRunner, openHaproxyRunner } from '../../src/local/devices/haproxy-runner.ts'
import { joinLocalDevices, type LocalDevices } from '../../src/local/devices/local-devices.ts'
import { haproxyInstalled } from './haproxy-installed.ts'

const DEVICES = new URL('../../policies/devices/', import.meta.url).pathname
/** Every file below the declared devices, by its name relative to them. */
function declaredFiles(): Map<string, string> {
  return new Map(
    readdirSync(DEVICES, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(DEVICES + name).isFile())
      .map((name) => [name, readFileSync(DEVICES + name, 'utf8')]),
  )
}
const hasExample = existsSync(`${DEVICES}edge-lb.cfg`) && existsSync(`${DEVICES}edge-fw.conf`)

describe.skipIf(!haproxyInstalled || !hasExample)('the example edge on a laptop', () => {
  let dir: string
  let outer: FortigateSimulator
  let inner: HaproxyRunner
  let devices: LocalDevices
  const files = hasExample ? declaredFiles() : new Map<string, string>()
  const declared = (name: string) => files.get(name) ?? ''
  const reader = () =>
    openLiveDevices({
      fortigates: [{ device: 'edge-fw', url: outer.url, token: 'local', vdom: 'root', timeoutMs: 500 }],
      haproxies: [{ device: 'edge-lb', dir, root: dir, socket: inner.socket, timeoutMs: 500 }],
    })
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-devices-'))
    const now = () => new Date('2026-11-23T10:00:00Z')
    outer = await openFortigateSimulator({
      id: 'edge-fw',
      text: declared('edge-fw.conf'),
      token: 'local',
      vdom: 'root',
      now,
    })
    inner = await openHaproxyRunner({ id: 'edge-lb', dir, text: declared('edge-lb.cfg'), files })
    devices = joinLocalDevices({
      fortigates: [outer],
      haproxies: [inner],
      backendOf: (service) => (service === 'dashboards' ? 'grafana' : undefined),
    })
  })
  afterAll(async () => {
    await devices.close()
    await rm(dir, { recursive: true })
  })

  test('the declared HAProxy configuration is valid', async () => {
    expect(await openHaproxyCheck().check('edge-lb.cfg', declared('edge-lb.cfg'), files)).toMatchObject({
      verdict: 'valid',
    })
  })

  test('what is live at first is what is declared', async () => {
    const live = reader()
    expect((await live.readHaproxy('edge-lb')).text).toBe(declared('edge-lb.cfg'))
    expect((await live.readFortigate('edge-fw')).text.split('\n').length).toBe(
      declared('edge-fw.conf').split('\n').length,
    )
    await live.close()
  })

  test('every server of the example is there and well', async () => {
    await expect
      .poll(
        async () => (await devices.state()).flatMap(({ servers }) => servers).filter(({ status }) => status !== 'UP'),
        {
          timeout: 8_000,
        },
      )
      .toEqual([])
    const state = await devices.state()
    expect(state.map(({ id, kind, state: mood }) => [id, kind, mood])).toEqual([
      ['edge-fw', 'fortigate', 'up'],
      ['edge-lb', 'haproxy', 'up'],
    ])
    const declaredServers = declared('edge-lb.cfg').match(/^ {4}server \S+/gm) ?? []
    expect(state[1]?.servers).toHaveLength(declaredServers.length)
  })

  test('a server goes down and up again by the name of its service, its backend, or in full', async () => {
    const g1 = async () => (await devices.state())[1]?.servers.find(({ backend }) => backend === 'grafana')
    expect(await devices.order({ device: 'edge-lb', do: 'server-down', server: 'g1', service: 'dashboards' })).toEqual({
      ok: true,
    })
    expect(await g1()).toMatchObject({ server: 'g1', status: 'DOWN', lastCheck: 'L4CON Connection refused' })
    expect(await devices.order({ device: 'edge-lb', do: 'server-up', server: 'grafana/g1' })).toEqual({ ok: true })
    expect(await g1()).toMatchObject({ status: 'UP' })
  })

  test('an edit shows in what is read, on both doors', async () => {
    const find = 'set mappedport 8443'
    const at = declared('edge-fw.conf').indexOf(find)
    const more = declared('edge-fw.conf').slice(at - 200, at + find.length)
    expect(
      await devices.order({ device: 'edge-fw', do: 'edit', find: more, replace: `${more.slice(0, -4)}9443` }),
    ).toEqual({ ok: true })
    const unhealthy = {
      find: 'option httpchk GET /api/health\n    http-check',
      replace: 'option httpchk GET /h\n    http-check',
    }
    expect(await devices.order({ device: 'edge-lb', do: 'edit', ...unhealthy })).toEqual({ ok: true })
    const live = reader()
    expect((await live.readFortigate('edge-fw')).text).toContain('set mappedport 9443')
    expect((await live.readHaproxy('edge-lb')).text).toContain('GET /h\n')
    await live.close()
  })

  test('trouble on purpose reaches the reader, and ends', async () => {
    const live = reader()
    for (const [trouble, code] of [
      ['down', 'fortigate-unreachable'],
      ['slow', 'fortigate-timeout'],
      ['garble', 'fortigate-not-a-configuration'],
    ]) {
      await devices.order({ device: 'edge-fw', do: trouble })
      await expect(live.readFortigate('edge-fw')).rejects.toMatchObject({ code })
    }
    await devices.order({ device: 'edge-fw', do: 'up' })
    expect((await live.readFortigate('edge-fw')).file).toBe('edge-fw (live)')
    await live.close()
  })

  test.each([
    [{ device: 'nobody', do: 'up' }, 'no-such-device', 'edge-fw, edge-lb'],
    [{ device: 'edge-fw', do: 'server-down', server: 'g1' }, 'no-such-device', 'no servers'],
    [{ device: 'edge-lb', do: 'server-down', server: 'g1', service: 'x' }, 'no-such-service', 'x'],
    [{ device: 'edge-lb', do: 'server-down', server: 'w9' }, 'no-such-server', 'wiki/w1'],
    [{ device: 'edge-lb', do: 'edit', find: 'backend' }, 'unreadable', 'replace'],
    [{ device: 'edge-lb', do: 'explode' }, 'unreadable', 'do'],
    ['down', 'unreadable', 'object'],
  ])('an order that cannot be carried out is refused with a reason: %j', async (body, reason, says) => {
    expect(await devices.order(body)).toMatchObject({ ok: false, reason, says: expect.stringContaining(says) })
  })
})
