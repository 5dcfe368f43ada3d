import { z } from 'zod'
import type { Fault } from '../evidence/fault.ts'
import type { Calls, Deadline } from './fortigate-calls.ts'
import { fortigateFault, permissionFor } from './fortigate-faults.ts'

/** A number, also where a release writes it as text. */
export const numeric = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(?:\.\d+)?$/)
    .transform(Number),
])
/** Yes or no in any of the spellings that releases have for it. */
export const flag = z.union([
  z.boolean(),
  z.literal([0, 1]).transform((bit) => bit === 1),
  z.enum(['true', 'false', 'enable', 'disable']).transform((word) => word === 'true' || word === 'enable'),
])

const Envelope = z.object({
  http_status: numeric.optional(),
  status: z.string().optional(),
  serial: z.string().catch(''),
  /** Said to people in faults, so nothing but a version gets through. */
  version: z
    .string()
    .regex(/^v?\d[\w.-]{0,20}$/)
    .catch(''),
  revision: z.string().optional(),
  vdom: z.string().optional(),
  build: numeric.catch(0),
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
  const [first, ...others] = await askEach(call, deadline, path, query)
  if (first === undefined || others.length > 0)
    throw fortigateFault(call.device, 'unexpected-answer', 'an answer for several VDOMs')
  return first
}

/** The same where several VDOMs are asked at once (`vdom=*`, `vdom=a,b`): the device answers with a list, one envelope for each. */
export async function askEach(
  call: Calls,
  deadline: Deadline,
  path: string,
  query: Record<string, string | undefined>,
): Promise<readonly Envelope[]> {
  const { device } = call
  const { status, text } = await call.send(deadline, 'GET', path, query)
  if (status !== 200) throw statusFault(device, status, path, text)
  const read = parseJson(text)
  if (!read) throw fortigateFault(device, 'not-json', text.trimStart().startsWith('<') ? 'a web page' : 'unreadable')
  const list = Array.isArray(read.json) ? read.json : [read.json]
  if (Array.isArray(read.json) && !isForSeveral(query.vdom) && list.length !== 1)
    throw fortigateFault(device, 'unexpected-answer', 'a list where one answer was asked for')
  if (list.length === 0) throw fortigateFault(device, 'unexpected-answer', 'an answer for no VDOM at all')
  return list.map((one) => {
    const envelope = Envelope.safeParse(one).data
    if (!envelope) throw fortigateFault(device, 'unexpected-answer', 'no envelope around it')
    // 200 outside does not mean 200 inside (FortiOS facts: "200 bodies can still carry a non-200 http_status").
    const inner = envelope.http_status ?? 200
    if (inner !== 200) throw statusFault(device, inner, path, JSON.stringify(one))
    if (envelope.status !== undefined && envelope.status !== 'success')
      throw fortigateFault(device, 'unexpected-answer', 'it reports an error of its own')
    return envelope
  })
}

/** Whether a `vdom` parameter asks several of them. */
export function isForSeveral(vdom: string | undefined): boolean {
  return vdom === '*' || vdom?.includes(',') === true
}

/** The status inside an answer that is JSON although a file was asked for: FortiOS reports some refusals that way. */
export function envelopeStatus(text: string): number | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  return Envelope.safeParse(parseJson(text)?.json).data?.http_status
}

/** What the envelope holds, in the shape that was asked for. */
export function readResults<T>(device: string, schema: z.ZodType<T>, results: unknown): T {
  const parsed = schema.safeParse(results)
  if (!parsed.success) throw fortigateFault(device, 'unexpected-answer', 'results of another shape', parsed.error)
  return parsed.data
}

/** The fault of a status that is not 200; `text` is the body that came with it, which may name the release. */
export function statusFault(device: string, status: number, path: string, text = ''): Fault {
  if (status === 401) return fortigateFault(device, 'unauthorized')
  if (status === 403) return fortigateFault(device, 'forbidden', permissionFor(path))
  if (status === 404) return fortigateFault(device, 'not-found', path + releaseIn(text))
  if (status === 405) return fortigateFault(device, 'verb-refused', path)
  if (status === 429) return fortigateFault(device, 'locked-out')
  return fortigateFault(device, 'unexpected-answer', `status ${status}`)
}

function releaseIn(text: string): string {
  const version = Envelope.safeParse(parseJson(text)?.json).data?.version
  return version ? ` (it says that it is FortiOS ${version})` : ''
}

function parseJson(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) }
  } catch {
    return undefined
  }
}
