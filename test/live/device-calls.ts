import type { RestCall, RestTransaction } from '../../src/fortigate/compile/render-rest.ts'
import {
  type FortigateSimulator,
  type FortigateSimulatorOptions,
  openFortigateSimulator,
} from '../../src/local/devices/fortigate-simulator.ts'

const TOKEN = 'x7Qz-not-for-anybodys-eyes'
/** The clock of the simulated devices. */
export const NOW = '2026-11-23T10:00:00Z'

export type Answered = { readonly status: number; readonly body: Readonly<Record<string, unknown>> }
type Extra = { readonly body?: unknown; readonly transaction?: number; readonly token?: string }

/** A simulated device and the plainest client that there can be: one call, its status and its JSON. */
export async function openDevice(text: string, options: Partial<FortigateSimulatorOptions> = {}) {
  const simulator = await openFortigateSimulator({ id: 'fw', text, token: TOKEN, now: () => new Date(NOW), ...options })
  return { simulator, call: callsTo(simulator), close: () => simulator.close() }
}

/** Calls to one device: `call('GET', '/api/v2/cmdb/firewall/policy?vdom=root')`. */
function callsTo(simulator: FortigateSimulator) {
  return async (method: string, path: string, extra: Extra = {}): Promise<Answered> => {
    const answer = await fetch(simulator.url + path, {
      method,
      headers: {
        authorization: `Bearer ${extra.token ?? TOKEN}`,
        ...(extra.transaction === undefined ? {} : { 'x-transaction-id': String(extra.transaction) }),
      },
      ...(extra.body === undefined ? {} : { body: JSON.stringify(extra.body) }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text.startsWith('#') ? { text } : JSON.parse(text) }
  }
}
export type Call = ReturnType<typeof callsTo>

/** The path of a rendered call with its query. */
function pathOf({ path, query }: RestCall): string {
  return `${path}?${new URLSearchParams(query)}`
}

/** Makes the calls inside their transaction, as whoever applies an edit would; the first that is refused ends it. */
export async function runTransaction(call: Call, transaction: RestTransaction): Promise<void> {
  const make = async (one: RestCall, id?: number) => {
    const answer = await call(one.method, pathOf(one), {
      ...(one.body === undefined ? {} : { body: one.body }),
      ...(id === undefined ? {} : { transaction: id }),
    })
    if (answer.status !== 200)
      throw new Error(`${one.method} ${pathOf(one)} ${JSON.stringify(one.body)}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const { results } = await make(transaction.start)
  const id = Number(new Map(Object.entries(results ?? {})).get(transaction.answerField))
  for (const one of transaction.calls) await make(one, id)
  await make(transaction.commit, id)
}
