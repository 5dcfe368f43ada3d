import { setTimeout as wait } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { Fault } from '../evidence/fault.ts'
import { connectionTrouble, fortigateFault } from './fortigate-faults.ts'

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
}

const TIMEOUT_MS = 8_000
/** FortiOS serves few API workers; more parallel calls only queue up there. */
const CALLS_AT_ONCE = 2
const ANSWER_LIMIT_BYTES = 32 * 1024 * 1024
const REPEAT_AFTER_MS = [100, 300]
/** `admin-lockout-duration` is 60 seconds by default; asking meanwhile would only prolong it. */
const LOCKOUT_MS = 60_000

/** What came back, whatever its status. */
export type Answer = { readonly status: number; readonly text: string }
/** Until when one question must be answered, repeats included, and how that is said. */
export type Deadline = { readonly signal: AbortSignal; readonly says: string }
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

/** The clock of one question starts now. */
export function startDeadline(access: FortigateAccess): Deadline {
  const ms = access.timeoutMs ?? TIMEOUT_MS
  return { signal: AbortSignal.timeout(ms), says: ms < 1000 ? `${ms} milliseconds` : `${ms / 1000} seconds` }
}

/** Token, limits and repeats. Everything that goes wrong here leaves as a Fault. */
export function openCalls(access: FortigateAccess): Calls {
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
