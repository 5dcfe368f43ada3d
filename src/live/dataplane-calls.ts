import { Agent, request } from 'undici'
import type { z } from 'zod'
import { Fault } from '../evidence/fault.ts'
import { dataplaneFault, dataplaneStatusFault } from './dataplane-faults.ts'
import { connectionTrouble } from './fortigate-faults.ts'

/** Where a Data Plane API is and how it lets us in. */
export type DataplaneAccess = {
  readonly device: string
  /** `https://lb.corp.example:5555`; plain http only to this machine, because the password travels in it. */
  readonly url: string
  readonly user: string
  readonly password: string
  /** PEM of the CA that signed its certificate, if it is not a public one. */
  readonly ca?: string | undefined
  /** For everything that one question asks for. */
  readonly timeoutMs?: number | undefined
}

const TIMEOUT_MS = 10_000
const CALLS_AT_ONCE = 4
const ANSWER_LIMIT_BYTES = 64 * 1024 * 1024

/** The HTTP side of one Data Plane API. There is no way to send anything but GET. */
export type DataplaneCalls = {
  readonly device: string
  get(deadline: AbortSignal, path: string): Promise<DataplaneAnswer>
  /** The answer in the shape that was asked for; every other leaves as a fault. */
  read<T>(deadline: AbortSignal, path: string, schema: z.ZodType<T>): Promise<T>
  startDeadline(): AbortSignal
  close(): Promise<void>
}
type DataplaneAnswer = { readonly status: number; readonly type: string; readonly text: string }

/** Credentials, limits and faults. Nothing is sent before the first call. */
export function openDataplaneCalls(access: DataplaneAccess): DataplaneCalls {
  const { device, timeoutMs = TIMEOUT_MS } = access
  const base = readBase(access)
  const authorization = `Basic ${Buffer.from(`${access.user}:${access.password}`).toString('base64')}`
  const agent = new Agent({
    connections: CALLS_AT_ONCE,
    pipelining: 1,
    allowH2: false,
    connect: access.ca === undefined ? {} : { ca: access.ca },
  })
  const limit = timeoutMs < 1000 ? `${timeoutMs} milliseconds` : `${timeoutMs / 1000} seconds`

  async function get(deadline: AbortSignal, path: string): Promise<DataplaneAnswer> {
    const url = new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base)
    let answered = false
    try {
      const headers = { authorization, accept: 'application/json, text/plain, application/octet-stream' }
      const answer = await request(url, { dispatcher: agent, method: 'GET', signal: deadline, headers })
      answered = true
      const type = answer.headers['content-type']
      const text = await readLimited(device, answer.body)
      return { status: answer.statusCode, type: typeof type === 'string' ? type : '', text }
    } catch (error) {
      if (error instanceof Fault) throw error
      if (deadline.aborted) throw dataplaneFault(device, 'timeout', limit, error)
      const { trouble, detail } = connectionTrouble(error, answered)
      if (trouble === 'timeout') throw dataplaneFault(device, 'timeout', limit, error)
      if (trouble === 'tls-not-trusted' || trouble === 'truncated') throw dataplaneFault(device, trouble, detail, error)
      if (trouble === 'unexpected-answer') throw dataplaneFault(device, trouble, detail, error)
      throw dataplaneFault(device, 'unreachable', detail, error)
    }
  }

  return {
    device,
    get,
    async read(deadline, path, schema) {
      const { status, text } = await get(deadline, path)
      if (status !== 200) throw dataplaneStatusFault(device, status, path)
      const parsed = schema.safeParse(parseJson(device, text))
      if (!parsed.success) throw dataplaneFault(device, 'unexpected-answer', 'JSON of another shape', parsed.error)
      return parsed.data
    },
    startDeadline: () => AbortSignal.timeout(timeoutMs),
    close: () => agent.close(),
  }
}

/** Half an object and no object at all are told apart by how they begin. */
function parseJson(device: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    if (/^\s*[[{"]/.test(text)) throw dataplaneFault(device, 'truncated')
    throw dataplaneFault(device, 'unexpected-answer', 'no JSON')
  }
}

function readBase({ device, url, user, password }: DataplaneAccess): URL {
  const base = URL.parse(url)
  if (!base || !/^https?:$/.test(base.protocol)) throw dataplaneFault(device, 'address', 'what is set is no URL')
  const here = base.hostname === 'localhost' || base.hostname === '[::1]' || /^127(\.\d+){3}$/.test(base.hostname)
  if (base.protocol === 'http:' && !here)
    throw dataplaneFault(device, 'address', 'it has to be https, or its password could be read on the way')
  if (base.username !== '' || base.password !== '')
    throw dataplaneFault(device, 'address', 'user and password are settings of their own, not part of the URL')
  if (user === '' || user.includes(':') || password === '')
    throw dataplaneFault(device, 'address', 'its user or its password is empty, or the user holds a colon')
  return base
}

async function readLimited(device: string, body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > ANSWER_LIMIT_BYTES) throw dataplaneFault(device, 'too-large', `${ANSWER_LIMIT_BYTES / 1024 / 1024} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
