import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compileChange, type GrantChange } from '../../src/access/change.ts'
import { prove } from '../../src/access/proof.ts'
import { filesBeside } from '../../src/edge/doors.ts'
import type { Flow } from '../../src/flow/flow-set.ts'
import { ABSENT_HEADER } from '../../src/flow/values.ts'
import { printHaproxyText } from '../../src/haproxy/text.ts'
import { type HaproxyRunner, openHaproxyRunner } from '../../src/local/devices/haproxy-runner.ts'
import { findService } from '../../src/policy/catalog-lookup.ts'
import { readEdge } from '../../src/policy/read.ts'
import { Grant } from '../../src/policy/schema.ts'
import { haproxyInstalled } from '../live/haproxy-installed.ts'
import { exampleFiles } from '../policy/edge-files.ts'
import { touches } from './edge-agreement.ts'

/** The real HAProxy goes by the clock on the wall. */
const NOW = Math.floor(Date.now() / 1000)
const edge = readEdge(exampleFiles())
const open: HaproxyRunner[] = []
const folders: string[] = []
afterAll(async () => {
  for (const runner of open) await runner.close()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

function changing(service: string, allow: string, narrowed: Partial<Grant>): GrantChange {
  const found = findService(edge, service)
  if (!found) throw new Error(`the example has no ${service}`)
  const until = new Date((NOW + 200_000) * 1000).toISOString()
  const change = compileChange(
    edge,
    found,
    Grant.parse({ allow: [allow], until, request: 'ar-real000001', ...narrowed }),
    NOW,
  )
  if ('ok' in change) throw new Error(change.says)
  return change
}

/**
 * A PROXY header stands for the client's address, which loopback cannot have, and there is no TLS because thousands of handshakes take too
 * long: all rules that matter here come after both.
 */
async function running(text: string): Promise<HaproxyRunner> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-real-'))
  folders.push(dir)
  const named = text.replace(/bind 10\.20\.0\.5:8443 ssl .*/, 'bind 10.20.0.5:8443 accept-proxy')
  const runner = await openHaproxyRunner({ id: 'edge-lb', dir, text: named, files: filesBeside(edge) })
  open.push(runner)
  return runner
}

type Sent = { readonly src: string; readonly host: string; readonly method: string; readonly path: string }

/** The backend that answers, or undefined where HAProxy itself does. */
async function backendOf(runner: HaproxyRunner, { src, host, method, path }: Sent): Promise<string | undefined> {
  const proxy = { src, dst: '10.20.0.5' }
  const answer = await runner.request({ bind: '10.20.0.5:8443', proxy, host, method, path })
  if (answer.kind !== 'http' || answer.status !== 200) return undefined
  return /"backend":"([^"]*)"/.exec(answer.body)?.[1]
}

function flowOf({ src, host, method, path }: Sent): Flow {
  return {
    src,
    dst: '10.20.0.5',
    dport: 8443,
    proto: 6,
    at: NOW,
    tls: 1,
    sni: host,
    host,
    method,
    path,
    query: '',
    'header:x-auth-groups': ABSENT_HEADER,
  }
}

const CASES: readonly (readonly [string, string, Partial<Grant>, readonly string[]])[] = [
  ['grafana', 'group:data', {}, ['10.10.20.0', '10.10.20.255', '10.10.19.255', '10.10.21.0', '10.10.40.9']],
  [
    'wiki',
    'network:hq-it',
    { methods: ['GET'], paths: ['/d/', '/api'], except: ['10.10.85.64/26'] },
    ['10.10.85.63', '10.10.85.64', '10.10.85.127', '10.10.85.128', '10.10.86.0', '10.10.70.4'],
  ],
  ['reports', 'network:office', { paths: ['/q4'] }, ['10.10.70.0', '10.10.71.255', '10.10.72.0', '10.10.80.1']],
]
const AT_ONCE = 24
const PATHS = ['/', '/d/x', '/d', '/apix', '/q4/a', '/Q4']

test.skipIf(!haproxyInstalled).each(CASES)(
  'of access to %s for %s the real HAProxy opens, before and after, the requests that the proof says and no other',
  async (service, allow, narrowed, sources) => {
    const change = changing(service, allow, narrowed)
    const proof = prove(edge, change, NOW)
    expect(proof.verdict).toBe('exact')
    const [before, after] = [
      await running(printHaproxyText(change.before.inner.text)),
      await running(printHaproxyText(change.after.inner.text)),
    ]
    const hosts = ['grafana.corp.example', 'WIKI.corp.example', 'reports.corp.example']
    const opened = { really: 0, not: 0 }
    const sent = sources.flatMap((src) =>
      hosts.flatMap((host) => PATHS.flatMap((path) => ['GET', 'POST'].map((method) => ({ src, host, path, method })))),
    )
    for (let at = 0; at < sent.length; at += AT_ONCE)
      await Promise.all(
        sent.slice(at, at + AT_ONCE).map(async (one) => {
          const [was, is] = await Promise.all([backendOf(before, one), backendOf(after, one)])
          const said = (list: typeof proof.radius.opens) =>
            list
              .filter(({ door, flows }) => door === 'inner' && touches(flows, flowOf(one)))
              .map(({ backend }) => backend)
          const changed = is !== was
          expect(said(proof.radius.opens), JSON.stringify(one)).toEqual(changed && is !== undefined ? [is] : [])
          expect(said(proof.radius.closes), JSON.stringify(one)).toEqual(changed && was !== undefined ? [was] : [])
          opened[changed ? 'really' : 'not'] += 1
        }),
      )
    expect(opened.really).toBeGreaterThan(0)
    expect(opened.not).toBeGreaterThan(0)
  },
)
