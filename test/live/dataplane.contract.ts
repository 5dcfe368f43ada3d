import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runningDifferences } from '../../src/drift/running-differences.ts'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { routeRequest } from '../../src/haproxy/route.ts'
import { readRunningHaproxy } from '../../src/haproxy/running-process.ts'
import type { DataplaneAccess } from '../../src/live/dataplane-calls.ts'
import { type Dataplane, openDataplane } from '../../src/live/dataplane-client.ts'
import { openLiveDevices } from '../../src/live/live-devices.ts'
import type { LiveHaproxy } from '../../src/ports.ts'
import { type RunningHaproxyFixture, runHaproxy } from './running-haproxy.ts'

export type DataplaneBeside = { readonly access: DataplaneAccess; close(): Promise<void> }

/** A comment, an order and blank lines that the real one does not keep. */
const BODY = `userlist dataplaneapi
    user reader insecure-password let-me.read:me

defaults base
    mode http
    timeout server 1s
    timeout connect 1s
    timeout client 1s

# who comes in
frontend f from base
    bind 127.0.0.1:PORT
    acl staff src -f DIR/staff.lst 10.9.0.0/16
    acl odd path_beg "/a b" /ops
    http-request deny if !staff odd
    use_backend %[req.hdr(host),lower,map(DIR/hosts.map,shop)]
    http-request track-sc0 src table counters

backend shop from base
    server s1 192.0.2.1:8080 weight 20
    server s2 192.0.2.2:8080

backend wiki from base
    server w1 192.0.2.9:80

backend counters from base
    stick-table type ip size 100 expire 10s store http_req_rate(10s),conn_cnt
`
const FILES = { 'staff.lst': '10.1.0.0/16\n10.2.0.0/16\n', 'hosts.map': 'wiki.example wiki\nnote.example  a  b\n' }
export const USER = 'reader'
export const PASSWORD = 'let-me.read:me'

/** What every Data Plane API has to do, ours and the real one, with a real HAProxy beside it. */
export function dataplaneContract(
  name: string,
  open: (haproxy: RunningHaproxyFixture) => Promise<DataplaneBeside>,
  skip: boolean,
): void {
  describe.skipIf(skip)(name, () => {
    let haproxy: RunningHaproxyFixture
    let beside: DataplaneBeside
    let dataplane: Dataplane
    const look = async (): Promise<LiveHaproxy> => {
      const live = openLiveDevices({ fortigates: [], haproxies: [beside.access] })
      const seen = await live.readHaproxy('inner')
      await live.close()
      return seen
    }
    const differences = (live: LiveHaproxy) => {
      if (!live.running) throw new Error(live.unseen)
      const file = readHaproxy({ id: 'inner' }, live.file, live.text, live.written)
      return runningDifferences(file, live.running).map(({ says }) => says.replaceAll(haproxy.dir, 'DIR'))
    }
    const routes = (text: string, files: ReadonlyMap<string, string>, running?: LiveHaproxy['running']) => {
      const id = { id: 'inner' }
      const device = running
        ? readRunningHaproxy(id, 'x.cfg', text, files, running)
        : readHaproxy(id, 'x.cfg', text, files)
      return [
        { src: '10.1.0.1', path: '/ops', host: 'x' },
        { src: '10.3.0.1', path: '/ops', host: 'x' },
        { src: '10.9.0.1', path: '/ops', host: 'wiki.example' },
        { src: '198.51.100.1', path: '/', host: 'new.example' },
      ].map(({ src, path, host }) => {
        const verdict = routeRequest(device, {
          bind: `127.0.0.1:${haproxy.port}`,
          src,
          path,
          headers: [['host', host]],
        })
        return verdict.kind === 'server'
          ? `${verdict.backend} ${verdict.servers.join()}`
          : `${verdict.kind} ${verdict.status}`
      })
    }
    beforeAll(async () => {
      haproxy = await runHaproxy(BODY, FILES, '# _version=7\n')
      beside = await open(haproxy)
      dataplane = openDataplane(beside.access)
    })
    afterAll(async () => {
      await dataplane.close()
      await beside.close()
      await haproxy.close()
    })

    test('tells its version, and the configuration in the meaning of its file', async () => {
      expect((await dataplane.readVersion()).api).toMatch(/^v[23]$/)
      const { text, version } = await dataplane.readConfiguration()
      expect(version).toBe(7)
      const files = new Map(
        Object.entries(FILES).map(([file, content]) => [`${haproxy.dir}/${file}`, content] as const),
      )
      const expected = ['shop s1,s2', 'status 403', 'wiki w1', 'shop s1,s2']
      expect(routes(await readFile(haproxy.config, 'utf8'), files)).toEqual(expected)
      expect(routes(text, files)).toEqual(expected)
    })

    test('finds nothing in memory where nobody touched it', async () => {
      const live = await look()
      expect(live.unseen).toBeUndefined()
      expect(differences(live)).toEqual([])
      expect(
        live.servers?.map(({ backend, server, address, usable }) => `${backend}/${server} ${address} ${usable}`),
      ).toEqual(['shop/s1 192.0.2.1:8080 true', 'shop/s2 192.0.2.2:8080 true', 'wiki/w1 192.0.2.9:80 true'])
      expect([...(live.written ?? new Map()).keys()].sort()).toEqual([
        `${haproxy.dir}/hosts.map`,
        `${haproxy.dir}/staff.lst`,
      ])
    })

    test('tells what commands on the socket changed, and it decides', async () => {
      const listed = await haproxy.command('show acl')
      const inline = /^(\d+) \(\) acl 'src'/m.exec(listed)?.[1]
      for (const line of [
        `add acl ${haproxy.dir}/staff.lst 10.3.0.0/16`,
        `del acl #${inline} 10.9.0.0/16`,
        `add map ${haproxy.dir}/hosts.map new.example wiki`,
        'set server shop/s1 state maint',
        'set server shop/s2 addr 192.0.2.22 port 82',
      ])
        await haproxy.command(line)
      const live = await look()
      expect(differences(live).map((says) => says.replace(/^.*? of inner,? /, ''))).toEqual([
        'has one entry in DIR/staff.lst that the file does not: 10.3.0.0/16.',
        'has one entry in DIR/hosts.map that the file does not: new.example wiki.',
        expect.stringMatching(/^lacks one entry of the patterns of line \d+ that the line has: 10\.9\.0\.0\/16\.$/),
        'shop/s1 is in maintenance.',
        'shop/s2 is at 192.0.2.22, not at 192.0.2.2.',
        'shop/s2 is asked on port 82, not 8080.',
      ])
      expect(routes(live.text, live.files, live.running)).toEqual(['shop s2', 'shop s2', 'status 403', 'wiki w1'])
      expect(live.servers?.find(({ server }) => server === 's1')).toMatchObject({ status: 'MAINT', usable: false })
    })

    test('shows tables and what is in them', async () => {
      for (const key of ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
        await haproxy.command(`set table counters key ${key} data.conn_cnt 7`)
      expect(await dataplane.readTables()).toMatchObject([{ name: 'counters', type: 'ip', size: 100, used: 3 }])
      const entries = await dataplane.readTable('counters', 2)
      expect(entries).toHaveLength(2)
      expect(entries[0]).toMatchObject({ key: expect.stringMatching(/^10\.0\.0\.\d$/), data: { conn_cnt: 7 } })
      // Version 2 has no certificates of the process to show, and says so.
      if ((await dataplane.readVersion()).api === 'v3') expect(await dataplane.readCertificates()).toEqual([])
      else await expect(dataplane.readCertificates()).rejects.toMatchObject({ code: 'dataplane-not-found' })
    })

    test('does not let a wrong password in, whatever is asked for', async () => {
      const stranger = openDataplane({ ...beside.access, password: 'wrong' })
      for (const attempt of [stranger.readVersion(), stranger.readConfiguration(), stranger.readTables()])
        await expect(attempt).rejects.toMatchObject({ code: 'dataplane-unauthorized' })
      await stranger.close()
    })
  })
}
