import { z } from 'zod'
import type { LookedUp } from '../drift/second-witness.ts'
import type { LookupPacket } from '../fortigate/match-lookup.ts'
import { redactFortigate } from '../fortigate/text/redact.ts'
import { unfinishedBecause } from './fortigate-backup.ts'
import {
  type Answer,
  type Calls,
  type Deadline,
  type FortigateAccess,
  openCalls,
  startDeadline,
} from './fortigate-calls.ts'
import {
  ask,
  askEach,
  envelopeStatus,
  flag,
  isForSeveral,
  numeric,
  readResults,
  statusFault,
} from './fortigate-envelope.ts'
import { fortigateFault } from './fortigate-faults.ts'
import { type FortigateMonitor, openMonitor } from './fortigate-monitor.ts'
import { checkTablePath, type FortigateRevisions, openRevisions } from './fortigate-revisions.ts'

/** One FortiGate over its REST API. It asks with GET (and POST for the 7.6 backup) and has no way to write. */
export interface FortigateClient extends FortigateMonitor, FortigateRevisions {
  /** The whole running configuration, secrets redacted. */
  readConfiguration(): Promise<string>
  readStatus(): Promise<FortigateStatus>
  /** What the device itself says about one packet, now. */
  policyLookup(packet: LookupPacket): Promise<LookedUp>
  /**
   * One table of the configuration as the device lists it (`firewall/policy`), values of secret attributes masked. Where several VDOMs
   * were asked, each row says whose it is.
   */
  readTable(path: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  close(): Promise<void>
}
export type FortigateStatus = {
  readonly hostname: string
  readonly version: string
  readonly build: number
  readonly serial: string
}
const BACKUP = '/api/v2/monitor/system/config/backup'

const Rows = z.array(z.record(z.string(), z.unknown()))
const StatusResults = z.object({ hostname: z.string().catch('') })
/** One object, also in the list of one that some releases put around it. */
const LookupResults = z.preprocess(
  (results) => (Array.isArray(results) && results.length === 1 ? results[0] : results),
  z.object({
    success: flag.optional(),
    match: flag.optional(),
    policy_id: numeric.nullish(),
    policy_action: z.string().nullish(),
    error_code: z.string().nullish(),
    evaluator: z.string().nullish(),
  }),
)
/** A second opinion that takes longer is not waited for. */
const LOOKUP_MS = 3_000

/** Opens a client; nothing is sent before the first question. */
export function openFortigateClient(access: FortigateAccess): FortigateClient {
  const { device, vdom } = access
  const call = openCalls(access)
  let backupBy: BackupWay | undefined

  return {
    ...openMonitor(call, access),
    ...openRevisions(call, access),
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
      const asked = packet.vdom ?? (isForSeveral(vdom) ? undefined : vdom)
      const envelope = await ask(call, startDeadline(access, LOOKUP_MS), '/api/v2/monitor/firewall/policy-lookup', {
        vdom: asked,
        srcintf: packet.ingress,
        sourceip: packet.source,
        dest: packet.destination,
        protocol: String(packet.protocol),
        sourceport: packet.sourcePort?.toString(),
        destport: packet.destinationPort?.toString(),
        user_group: packet.group,
        ipv6: packet.source.includes(':') ? 'true' : undefined,
      })
      if (asked !== undefined && envelope.vdom !== undefined && envelope.vdom !== asked)
        throw fortigateFault(device, 'unexpected-answer', 'the lookup of another VDOM')
      const found = readResults(device, LookupResults, envelope.results)
      return {
        matched: found.match ?? found.success ?? false,
        policy: found.policy_id ?? undefined,
        action: found.policy_action ?? undefined,
        errorCode: found.error_code ?? undefined,
        isOurs: typeof found.evaluator === 'string' && found.evaluator.startsWith('sallyport'),
      }
    },
    async readTable(path) {
      checkTablePath(device, path)
      const answers = await askEach(call, startDeadline(access), `/api/v2/cmdb/${path}`, { vdom })
      return answers.flatMap(({ results, vdom: owner }) => {
        const rows = readResults(device, Rows, Array.isArray(results) ? results : [results])
        return rows.map((row) => ({
          ...(isForSeveral(vdom) && owner !== undefined ? { vdom: owner } : {}),
          ...Object.fromEntries(Object.entries(row).map(([key, value]) => [key, masked(key, value)])),
        }))
      })
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
  const scopes = vdom === undefined || isForSeveral(vdom) ? (['global'] as const) : (['global', 'vdom'] as const)
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
    refused = { status, text: answer.text }
    if (![403, 404, 405].includes(status)) break
  }
  throw statusFault(call.device, refused?.status ?? 0, BACKUP, refused?.text)
}

/** Attributes whose values are secrets even where the device itself does not mask them. */
const SECRET = /passw|secret|private-key|token|psk|^key$|passphrase/i
/** Also in the tables inside a row: a group's servers, a VIP's real servers. */
function masked(key: string, value: unknown): unknown {
  if (typeof value === 'string') return SECRET.test(key) && value !== '' ? '(redacted)' : value
  if (Array.isArray(value)) return value.map((one) => masked(key, one))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([inner, one]) => [inner, masked(inner, one)]))
}
