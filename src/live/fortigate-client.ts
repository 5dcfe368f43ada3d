import { z } from 'zod'
import { redactFortigate } from '../fortigate/redact.ts'
import { unfinishedBecause } from './fortigate-backup.ts'
import {
  type Answer,
  type Calls,
  type Deadline,
  type FortigateAccess,
  openCalls,
  startDeadline,
} from './fortigate-calls.ts'
import { ask, parseEnvelope, readResults, statusFault } from './fortigate-envelope.ts'
import { fortigateFault } from './fortigate-faults.ts'
import { type FortigateMonitor, openMonitor } from './fortigate-monitor.ts'

/** One FortiGate over its REST API. It asks with GET (and POST for the 7.6 backup) and has no way to write. */
export interface FortigateClient extends FortigateMonitor {
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

const BACKUP = '/api/v2/monitor/system/config/backup'

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
    ...openMonitor(call, access),
    async readConfiguration() {
      const deadline = startDeadline(access)
      const { way, text } = await readBackup(call, deadline, vdom, backupBy)
      const wrong = unfinishedBecause(text)
      if (wrong) throw fortigateFault(device, wrong.trouble, wrong.detail)
      backupBy = way
      return redactFortigate(text)
    },
    async readStatus() {
      const envelope = await ask(call, startDeadline(access), '/api/v2/monitor/system/status', {})
      const { hostname } = readResults(device, StatusResults, envelope.results)
      return { hostname, version: envelope.version, build: envelope.build, serial: envelope.serial }
    },
    async policyLookup(packet) {
      const envelope = await ask(call, startDeadline(access), '/api/v2/monitor/firewall/policy-lookup', {
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
      const { results } = await ask(call, startDeadline(access), `/api/v2/cmdb/${path}`, { vdom })
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

/** Attributes whose values are secrets even where the device itself does not mask them. */
const SECRET = /passw|secret|private-key|token|psk|^key$|passphrase/i
function masked(key: string, value: unknown): unknown {
  return SECRET.test(key) && typeof value === 'string' && value !== '' ? '(redacted)' : value
}
