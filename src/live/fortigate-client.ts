import { setTimeout as wait } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { Fault } from '../evidence/fault.ts'
import { redactFortigate } from '../fortigate/redact.ts'
import { unfinishedBecause } from './fortigate-backup.ts'
import { connectionTrouble, fortigateFault, permissionFor } from './fortigate-faults.ts'

export type FortigateAccess = {
  readonly device: string
  /** `https://fw.corp.example:8443`; plain http only to this machine, because the token travels in it. */
  readonly url: string
  readonly token: string
  readonly vdom?: string | undefined
  /** PEM of the CA that signed the device's certificate, if it is not a public one. */
  readonly ca?: string | undefined
  /** For one question as a whole, repeats included. */
  readonly timeoutMs?: number | undefined
}

/** One FortiGate over its REST API. It asks with GET (and POST for the 7.6 backup) and has no way to write. */
export interface FortigateClient {
  /** The whole running configuration, secrets redacted. */
  readConfiguration(): Promise<string>
  readStatus(): Promise<FortigateStatus>
  /** What the device itself says about one packet, now. */
  policyLookup(packet: LookupPacket): Promise<PolicyLookup>
  /** One table of the configuration as the device lists it (`firewall/policy`), values of secret attributes masked. */
  readTable(path: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  close(): Promise<void>
}
export type FortigateStatus = {
  readonly hostname: string
  readonly version: string
  readonly build: number
  readonly serial: string
}
export type LookupPacket = {
  readonly srcintf: string
  readonly source: string
  readonly destination: string
  /** IP protocol number. */
  readonly protocol: number
  readonly sourcePort?: number
  readonly destinationPort?: number
}
export type PolicyLookup = {
  readonly matched: boolean
  readonly policy: number | undefined
  readonly action: string | undefined
  readonly errorCode: string | undefined
}

const TIMEOUT_MS = 8_000
/** FortiOS serves few API workers; more parallel calls only queue up there. */
const CALLS_AT_ONCE = 2
const ANSWER_LIMIT_BYTES = 32 * 1024 * 1024
const REPEAT_AFTER_MS = [100, 300]
/** `admin-lockout-duration` is 60 seconds by default; asking meanwhile would only prolong it. */
const LOCKOUT_MS = 60_000
const BACKUP = '/api/v2/monitor/system/config/backup'

const Envelope = z.object({
  http_status: z.int().optional(),
  status: z.string().optional(),
  serial: z.string().default(''),
  version: z.string().default(''),
  build: z.int().default(0),
  results: z.unknown().optional(),
})
const Rows = z.array(z.record(z.string(), z.unknown()))
const StatusResults = z.object({ hostname: z.string().default('') })
const LookupResults = z.object({
  success: z.boolean().optional(),
  match: z.boolean().optional(),
  policy_id: z.int().optional(),
  policy_action: z.string().optional(),
  error_code: z.string().optional(),
})

/** Opens a client; nothing is sent before the first question. */
export function openFortigateClient(access: FortigateAccess): FortigateClient {
  const { device, vdom } = access
  const call = openCalls(access)
  let backupBy: BackupWay | undefined

  return {
    async readConfiguration() {
      const deadline = startDeadline(access)
      const { way, text } = await readBackup(call, deadline, vdom, backupBy)
      const wrong = unfinishedBecause(text)
      if (wrong) throw fortigateFault(device, wrong.trouble, wrong.detail)
      backupBy = way
      return redactFortigate(text)
    },
    async readStatus() {
      const envelope = await ask(call, startDeadline(access), device, '/api/v2/monitor/system/status', {})
      const { hostname } = readResults(device, StatusResults, envelope.results)
      return { hostname, version: envelope.version, build: envelope.build, serial: envelope.serial }
    },
    async policyLookup(packet) {
      const envelope = await ask(call, startDeadline(access), device, '/api/v2/monitor/firewall/policy-lookup', {
        vdom,
        srcintf: packet.srcintf,
        sourceip: packet.source,
        dest: packet.destination,
        protocol: String(packet.protocol),
        sourceport: packet.sourcePort?.toString(),
        destport: packet.destinationPort?.toString(),
      })
      const found = readResults(device, LookupResults, envelope.results)
      return {
        matched: found.match ?? found.success ?? false,
        policy: found.policy_id,
        action: found.policy_action,
        errorCode: found.error_code,
      }
    },
    async readTable(path) {
      if (!/^[a-z0-9.-]+\/[a-z0-9-]+$/.test(path)) throw fortigateFault(device, 'not-found', 'a table of that name')
      const { results } = await ask(call, startDeadline(access), device, `/api/v2/cmdb/${path}`, { vdom })
      const rows = readResults(device, Rows, Array.isArray(results) ? results : [results])
      return rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, masked(key, value)])))
    },
    close: () => call.close(),
  }
}

type BackupWay = { readonly method: 'GET' | 'POST'; readonly scope: 'global' | 'vdom' }

/**
 * The backup moved from GET to POST in 7.6, where the old verb answers 405. An API user confined to one VDOM may not read the global
 * one (403) but its own. What worked is remembered, so that only the first read tries.
 */
async function readBackup(
  call: Calls,
  deadline: Deadline,
  vdom: string | undefined,
  known: BackupWay | undefined,
): Promise<{ way: BackupWay; text: string }> {
  const scopes = vdom === undefined ? (['global'] as const) : (['global', 'vdom'] as const)
  const ways = scopes.flatMap((scope) => [{ method: 'POST', scope } as const, { method: 'GET', scope } as const])
  const tries = known
    ? [known, ...ways.filter((way) => way.method !== known.method || way.scope !== known.scope)]
    : ways
  let refused: Answer | undefined
  for (const way of tries) {
    if (refused?.status === 403 && way.scope === 'global') continue
    const query = way.scope === 'vdom' ? { scope: 'vdom', vdom } : { scope: 'global' }
    const body = { destination: 'file', file_format: 'fos', password_mask: true, ...query }
    const answer =
      way.method === 'POST'
        ? await call.send(deadline, 'POST', BACKUP, {}, JSON.stringify(body))
        : await call.send(deadline, 'GET', BACKUP, query)
    const status = answer.status === 200 ? (envelopeStatus(answer.text) ?? 200) : answer.status
    if (status === 200) return { way, text: answer.text }
    refused = { status, text: '' }
    if (![403, 404, 405].includes(status)) break
  }
  throw statusFault(call.device, refused?.status ?? 0, BACKUP)
}

/** The status inside an answer that is JSON although a file was asked for: FortiOS reports some refusals that way. */
function envelopeStatus(text: string): number | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  return parseEnvelope(text)?.http_status
}

async function ask(
  call: Calls,
  deadline: Deadline,
  device: string,
  path: string,
  query: Record<string, string | undefined>,
) {
  const { status, text } = await call.send(deadline, 'GET', path, query)
  if (status !== 200) throw statusFault(device, status, path)
  const envelope = parseEnvelope(text)
  if (!envelope) throw fortigateFault(device, 'unexpected-answer', 'no JSON envelope')
  // 200 outside does not mean 200 inside (FortiOS facts: "200 bodies can still carry a non-200 http_status").
  const inner = envelope.http_status ?? 200
  if (inner !== 200) throw statusFault(device, inner, path)
  if (envelope.status !== undefined && envelope.status !== 'success')
    throw fortigateFault(device, 'unexpected-answer', 'it reports an error of its own')
  return envelope
}

function parseEnvelope(text: string): z.infer<typeof Envelope> | undefined {
  try {
    return Envelope.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function readResults<T>(device: string, schema: z.ZodType<T>, results: unknown): T {
  const parsed = schema.safeParse(results)
  if (!parsed.success) throw fortigateFault(device, 'unexpected-answer', 'results of another shape', parsed.error)
  return parsed.data
}

function statusFault(device: string, status: number, path: string): Fault {
  if (status === 401) return fortigateFault(device, 'unauthorized')
  if (status === 403) return fortigateFault(device, 'forbidden', permissionFor(path))
  if (status === 404) return fortigateFault(device, 'not-found', path)
  if (status === 429) return fortigateFault(device, 'locked-out')
  return fortigateFault(device, 'unexpected-answer', `status ${status}`)
}

/** Attributes whose values are secrets even where the device itself does not mask them. */
const SECRET = /passw|secret|private-key|token|psk|^key$|passphrase/i
function masked(key: string, value: unknown): unknown {
  return SECRET.test(key) && typeof value === 'string' && value !== '' ? '(redacted)' : value
}

type Answer = { readonly status: number; readonly text: string }
type Deadline = { readonly signal: AbortSignal; readonly says: string }
type Calls = {
  readonly device: string
  send(
    deadline: Deadline,
    method: 'GET' | 'POST',
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    body?: string,
  ): Promise<Answer>
  close(): Promise<void>
}

function startDeadline(access: FortigateAccess): Deadline {
  const ms = access.timeoutMs ?? TIMEOUT_MS
  return { signal: AbortSignal.timeout(ms), says: ms < 1000 ? `${ms} milliseconds` : `${ms / 1000} seconds` }
}

/** The HTTP side: token, limits, repeats. Everything that goes wrong here leaves as a Fault. */
function openCalls(access: FortigateAccess): Calls {
  const { device } = access
  const base = readBase(access)
  const agent = new Agent({
    connections: CALLS_AT_ONCE,
    pipelining: 1,
    allowH2: false,
    connect: access.ca === undefined ? {} : { ca: access.ca },
  })
  let lockedUntil = 0

  async function once(deadline: Deadline, method: 'GET' | 'POST', url: URL, body: string | undefined): Promise<Answer> {
    const answer = await request(url, {
      dispatcher: agent,
      method,
      signal: deadline.signal,
      headers: {
        authorization: `Bearer ${access.token}`,
        accept: 'application/json, text/plain',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    })
    return { status: answer.statusCode, text: await readLimited(device, answer.body) }
  }

  return {
    device,
    async send(deadline, method, path, query, body) {
      if (performance.now() < lockedUntil) throw fortigateFault(device, 'locked-out')
      const url = new URL(path, base)
      for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value)
      for (let attempt = 0; ; attempt += 1) {
        const pause = REPEAT_AFTER_MS[attempt]
        try {
          const answer = await once(deadline, method, url, body)
          if (answer.status === 429) lockedUntil = performance.now() + LOCKOUT_MS
          if (![500, 502, 503, 504].includes(answer.status) || pause === undefined) return answer
        } catch (error) {
          const fault = connectionFault(device, deadline, error)
          if (fault.code !== 'fortigate-truncated' || pause === undefined) throw fault
        }
        await wait(pause, undefined, { signal: deadline.signal }).catch((error: unknown) => {
          throw connectionFault(device, deadline, error)
        })
      }
    },
    close: () => agent.close(),
  }
}

function connectionFault(device: string, deadline: Deadline, error: unknown): Fault {
  if (error instanceof Fault) return error
  if (deadline.signal.aborted) return fortigateFault(device, 'timeout', deadline.says, error)
  const { trouble, detail } = connectionTrouble(error)
  return fortigateFault(device, trouble, trouble === 'timeout' ? deadline.says : detail, error)
}

function readBase({ device, url, token }: FortigateAccess): URL {
  const base = URL.parse(url)
  if (!base) throw new Fault('fortigate-address', `The address set for the FortiGate ${device} is not a URL.`)
  const here = base.hostname === 'localhost' || base.hostname === '[::1]' || /^127(\.\d+){3}$/.test(base.hostname)
  if (base.protocol !== 'https:' && !(base.protocol === 'http:' && here))
    throw new Fault(
      'fortigate-address',
      `The address of the FortiGate ${device} must be https, or its token could be read on the way.`,
    )
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Fault('fortigate-address', `The API token set for the FortiGate ${device} is empty or holds blanks.`)
  return base
}

async function readLimited(device: string, body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > ANSWER_LIMIT_BYTES) throw fortigateFault(device, 'too-large', `${ANSWER_LIMIT_BYTES / 1024 / 1024} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
