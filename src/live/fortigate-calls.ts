import { setTimeout as wait } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { Fault } from '../evidence/fault.ts'
import { connectionTrouble, fortigateFault, NO_ANSWER } from './fortigate-faults.ts'

/** Where a FortiGate is and how it lets us in. */
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
  /** For each call of it. */
  readonly callTimeoutMs?: number | undefined
}

const QUESTION_MS = 20_000
const CALL_MS = 8_000
/** Between two calls; FortiOS itself closes an idle connection later than that. */
const KEEP_ALIVE_MS = 15_000
/** FortiOS serves few API workers; more parallel calls only queue up there. */
export const CALLS_AT_ONCE = 2
const ANSWER_LIMIT_BYTES = 32 * 1024 * 1024
const REPEAT_AFTER_MS = [100, 300]
/** `admin-lockout-duration` is 60 seconds by default; asking meanwhile would only prolong it. */
const LOCKOUT_MS = 60_000
const LONGEST_LOCKOUT_MS = 600_000

/** What came back, whatever its status. */
export type Answer = { readonly status: number; readonly text: string }
/** Until when one question must be answered, repeats included, and how long each of its calls may take. */
export type Deadline = { readonly signal: AbortSignal; readonly ms: number; readonly callMs: number }
/** The HTTP side of one FortiGate. */
export type Calls = {
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

/** The clock of one question starts now; `most` where this question may not take as long as others. */
export function startDeadline(access: FortigateAccess, most = QUESTION_MS): Deadline {
  const ms = Math.min(access.timeoutMs ?? QUESTION_MS, most)
  return { signal: AbortSignal.timeout(ms), ms, callMs: Math.min(ms, access.callTimeoutMs ?? CALL_MS) }
}

/** Token, limits and repeats. Everything that goes wrong here leaves as a Fault. */
export function openCalls(access: FortigateAccess): Calls {
  const { device, token } = access
  const base = readBase(access)
  const agent = new Agent({
    connections: CALLS_AT_ONCE,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: access.ca === undefined ? {} : { ca: access.ca },
  })
  let lockedUntil = 0

  async function once(deadline: Deadline, method: 'GET' | 'POST', url: URL, body: string | undefined): Promise<Tried> {
    const signal = AbortSignal.any([deadline.signal, AbortSignal.timeout(deadline.callMs)])
    let answered = false
    try {
      const answer = await request(url, {
        dispatcher: agent,
        method,
        signal,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json, text/plain',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
      })
      answered = true
      const status = answer.statusCode
      if (status === 429) lockedUntil = performance.now() + lockoutMs(answer.headers['retry-after'])
      return { answer: { status, text: await readLimited(device, answer.body) }, again: BUSY.has(status) }
    } catch (error) {
      if (error instanceof Fault) throw error
      const { trouble, detail } = signal.aborted
        ? { trouble: 'timeout' as const, detail: '' }
        : connectionTrouble(error, answered)
      const took = deadline.signal.aborted ? deadline.ms : deadline.callMs
      const fault = fortigateFault(device, trouble, trouble === 'timeout' ? sayMs(took) : detail, error)
      // A kept connection may be closed by the device at the very moment that it is used again.
      return { fault, again: trouble === 'truncated' || detail === NO_ANSWER }
    }
  }

  return {
    device,
    async send(deadline, method, path, query, body) {
      const url = new URL(path, base)
      for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value)
      for (let attempt = 0; ; attempt += 1) {
        if (performance.now() < lockedUntil) throw fortigateFault(device, 'locked-out')
        const tried = await once(deadline, method, url, body)
        const pause = tried.again ? REPEAT_AFTER_MS[attempt] : undefined
        if (pause === undefined) {
          if (tried.fault) throw tried.fault
          return tried.answer
        }
        await wait(pause, undefined, { signal: deadline.signal }).catch((error: unknown) => {
          throw fortigateFault(device, 'timeout', sayMs(deadline.ms), error)
        })
      }
    },
    close: () => agent.destroy(),
  }
}

type Tried =
  | { readonly answer: Answer; readonly fault?: undefined; readonly again: boolean }
  | { readonly fault: Fault; readonly again: boolean }

/** What may be gone at the next try. 429 is a lockout on a FortiGate and never one of these. */
const BUSY: ReadonlySet<number> = new Set([500, 502, 503, 504])

/** As long as the device says, within reason; else as long as it locks by default. */
function lockoutMs(retryAfter: string | string[] | undefined): number {
  const seconds = typeof retryAfter === 'string' ? Number(retryAfter) : Number.NaN
  return Number.isFinite(seconds) ? Math.min(LONGEST_LOCKOUT_MS, Math.max(LOCKOUT_MS, seconds * 1000)) : LOCKOUT_MS
}

function sayMs(ms: number): string {
  return ms < 1000 ? `${ms} milliseconds` : `${ms / 1000} seconds`
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

/** The whole body, or a fault: a body that is too large is left where it is, and its connection is closed. */
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
