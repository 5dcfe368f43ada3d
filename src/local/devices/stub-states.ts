import { z } from 'zod'

/** What the running HAProxy says of one server. */
export type StubState = {
  readonly backend: string
  readonly server: string
  readonly status: string
  readonly lastCheck: string
}

const Stat = z.array(
  z.array(
    z.object({ field: z.object({ name: z.string() }), value: z.object({ value: z.union([z.string(), z.number()]) }) }),
  ),
)

/** Servers out of `show stat json`; none when the answer is no such thing, as while HAProxy is down. */
export function readStubStates(answer: string): StubState[] {
  const rows = Stat.safeParse(parsed(answer)).data ?? []
  return rows
    .map((row) => new Map(row.map(({ field, value }) => [field.name, String(value.value)] as const)))
    .filter((row) => row.get('type') === '2' || (row.get('svname') !== 'FRONTEND' && row.get('svname') !== 'BACKEND'))
    .map((row) => ({
      backend: row.get('pxname') ?? '',
      server: row.get('svname') ?? '',
      status: row.get('status') ?? '',
      lastCheck: [row.get('check_status')?.replace(/^\* ?/, ''), row.get('last_chk')].filter(Boolean).join(' '),
    }))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
