import { z } from 'zod'
import type { Fault } from '../evidence/fault.ts'
import type { Calls, Deadline } from './fortigate-calls.ts'
import { fortigateFault, permissionFor } from './fortigate-faults.ts'

const Envelope = z.object({
  http_status: z.int().optional(),
  status: z.string().optional(),
  serial: z.string().default(''),
  version: z.string().default(''),
  revision: z.string().optional(),
  build: z.int().default(0),
  results: z.unknown().optional(),
})
export type Envelope = z.infer<typeof Envelope>

/** One GET and its envelope; every refusal, also one inside a 200, leaves as a fault. */
export async function ask(
  call: Calls,
  deadline: Deadline,
  path: string,
  query: Record<string, string | undefined>,
): Promise<Envelope> {
  const { device } = call
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

/** Undefined for what is no envelope. */
export function parseEnvelope(text: string): Envelope | undefined {
  try {
    return Envelope.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** What the envelope holds, in the shape that was asked for. */
export function readResults<T>(device: string, schema: z.ZodType<T>, results: unknown): T {
  const parsed = schema.safeParse(results)
  if (!parsed.success) throw fortigateFault(device, 'unexpected-answer', 'results of another shape', parsed.error)
  return parsed.data
}

/** The fault of a status that is not 200. */
export function statusFault(device: string, status: number, path: string): Fault {
  if (status === 401) return fortigateFault(device, 'unauthorized')
  if (status === 403) return fortigateFault(device, 'forbidden', permissionFor(path))
  if (status === 404) return fortigateFault(device, 'not-found', path)
  if (status === 429) return fortigateFault(device, 'locked-out')
  return fortigateFault(device, 'unexpected-answer', `status ${status}`)
}
