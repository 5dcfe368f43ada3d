import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readHaproxy } from '../../src/haproxy/config.ts'
import { type RouteVerdict, routeRequest } from '../../src/haproxy/route.ts'

const FILE = new URL('../../../shared/facts/haproxy-vectors.jsonl', import.meta.url)
const present = existsSync(FILE)

const Request = z.object({
  port: z.number(),
  path: z.string().default('/'),
  host: z.string().optional(),
  src: z.string().default('127.0.0.1'),
  dst: z.string().default('127.0.0.1'),
  method: z.string().default('GET'),
  version: z.string().default('1.1'),
  headers: z.array(z.tuple([z.string(), z.string()])).default([]),
  tls: z.boolean().default(false),
  sni: z.string().optional(),
  proxy: z.object({ src: z.string(), sport: z.number().optional() }).optional(),
  raw: z.string().optional(),
})
const Outcome = z.object({
  kind: z.enum(['server', 'status', 'closed', 'tls-fail', 'timeout']),
  status: z.number().nullish(),
  backend: z.string().optional(),
  server: z.string().optional(),
  line: z.string().optional(),
  rule: z.string().optional(),
})
const Vector = z.object({
  title: z.string(),
  text: z.string(),
  files: z.record(z.string(), z.string()),
  valid: z.boolean(),
  cases: z
    .array(z.object({ request: Request.optional(), outcome: Outcome.optional(), cli: z.boolean().optional() }))
    .default([]),
})
type Vector = z.infer<typeof Vector>

/** What no configuration can tell: whether something listens at a server's address. */
const NOBODY_LISTENS = 'the server refuses connections (127.0.0.1:9, or the failing health check of this vector)'
/** Runtime commands ran before; the file is not the process. */
const AFTER_CLI = 'a runtime command changed the process before this request'
const RACE = 'a race on purpose'
const SKIPPED: Readonly<Record<string, string>> = {
  'deny hdr w/o content, reject, silent-drop, tarpit, return, redirect, auth /ndead': NOBODY_LISTENS,
  'health check flips /': NOBODY_LISTENS,
}

/** What is left to named unknowns, and why. Anything else must be decided, and decided right. */
const DEPENDS: Readonly<Record<string, string>> = {
  'same port bound by 2 frontends (random split)': RACE,
  'sni passthrough, NO inspect-delay': RACE,
  'L7 acl in tcp mode use_backend w/o inspect': RACE,
  'stick-table deny by rate': 'a stick-table counter',
  'strict-sni + crt-list': 'names inside a certificate that is not given',
}

function vectors(): Vector[] {
  return readFileSync(FILE, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => Vector.parse(JSON.parse(line)))
}

function toRoute(request: z.infer<typeof Request>) {
  const [start = '', ...rest] = (request.raw ?? '').split('\r\n')
  const [method = '', path = '', version = ''] = start.split(' ')
  const raw = request.raw === undefined ? undefined : { method, path, version: version.replace('HTTP/', '') }
  const lines = rest.slice(0, rest.indexOf('')).map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  const host: [string, string][] = request.host === undefined ? [] : [['host', request.host]]
  return {
    bind: `${request.dst}:${request.port}`,
    src: request.src,
    proxy: request.proxy ?? null,
    tls: request.tls,
    sni: request.sni ?? null,
    version: raw?.version ?? request.version,
    method: raw?.method || request.method,
    path: raw?.path ?? request.path,
    headers: raw ? lines : [...host, ...request.headers],
    body: null,
    at: '2026-11-23T10:00:00Z',
  }
}

/** Undefined when they agree. */
function disagreement(verdict: RouteVerdict, outcome: z.infer<typeof Outcome>, text: string): string | undefined {
  const kind = outcome.kind === 'tls-fail' ? 'closed' : outcome.kind
  if (verdict.kind !== kind) return `kind ${verdict.kind} is not ${kind}`
  if (kind === 'status' && verdict.status !== outcome.status) return `status ${verdict.status} is not ${outcome.status}`
  if (kind === 'server') {
    if (verdict.backend !== outcome.backend) return `backend ${verdict.backend} is not ${outcome.backend}`
    if (!verdict.servers.includes(outcome.server ?? '')) return `${outcome.server} is not in ${verdict.servers}`
    if (outcome.line !== undefined && verdict.line !== outcome.line)
      return `line ${verdict.line} is not ${outcome.line}`
  }
  const { rule } = outcome
  if (rule !== undefined && /^[a-z]/.test(rule) && !rule.includes('=')) {
    const deciding = text.split('\n')[(verdict.because.at(-1)?.line ?? 0) - 1] ?? ''
    if (!deciding.includes(rule)) return `rule ${rule} is not in \`${deciding.trim()}\``
  }
  return undefined
}

describe.skipIf(!present)('the measured vectors', () => {
  test('hold: every outcome is predicted, or depends on something named', () => {
    const wrong: string[] = []
    const depends = new Map<string, number>()
    let held = 0
    let skipped = 0
    for (const vector of present ? vectors() : []) {
      if (!vector.valid) continue
      const device = readHaproxy({ id: 'lb' }, 'haproxy.cfg', vector.text, new Map(Object.entries(vector.files)))
      let touched = false
      for (const { request, outcome, cli } of vector.cases) {
        touched ||= cli === true && !/server-template|h2: url/.test(vector.title)
        if (!request || !outcome) continue
        const name = `${vector.title} ${request.path}`
        const verdict = routeRequest(device, toRoute(request))
        if (SKIPPED[name] !== undefined || (touched && AFTER_CLI)) skipped++
        else if (verdict.kind === 'depends') depends.set(vector.title, (depends.get(vector.title) ?? 0) + 1)
        else {
          const why = disagreement(verdict, outcome, vector.text)
          if (why === undefined) held++
          else wrong.push(`${name} ${JSON.stringify(request)}: ${why}`)
        }
      }
    }
    expect(wrong).toEqual([])
    expect([...depends.keys()].filter((title) => DEPENDS[title] === undefined)).toEqual([])
    expect(held).toBeGreaterThan(370)
    console.info(`${held} held, ${[...depends.values()].reduce((a, b) => a + b, 0)} depend, ${skipped} skipped`)
  })

  test('hold: what HAProxy refuses is not said to be routed', () => {
    const missed = (present ? vectors() : []).flatMap((vector) => {
      const device = readHaproxy({ id: 'lb' }, 'haproxy.cfg', vector.text, new Map(Object.entries(vector.files)))
      const refused = device.fatal.length > 0
      return vector.valid && refused ? [`${vector.title}: ${device.fatal[0]?.message}`] : []
    })
    expect(missed).toEqual([])
  })
})
