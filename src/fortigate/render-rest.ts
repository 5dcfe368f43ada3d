import { type Refusal, refuse } from '../evidence/refusal.ts'
import { REST_TABLES, type RestTable, restPath } from './rest-tables.ts'
import type { Content, FortiStep, Nested, Values } from './steps.ts'

/** One call to the REST API of the device. `query` always names the VDOM. */
export type RestCall = {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body?: Readonly<Record<string, unknown>>
}
/**
 * The calls in their order, to be made between `start` and `commit`; `abort` undoes all of them before the commit. Each carries the
 * number that `start` answered in the header.
 */
export type RestTransaction = {
  readonly ok: true
  readonly start: RestCall
  readonly calls: readonly RestCall[]
  readonly commit: RestCall
  readonly abort: RestCall
  readonly header: string
}

const ROOT = '/api/v2/cmdb'
const TIMEOUT_SECONDS = 60

/** The steps as calls to the REST API, or why one of them cannot be said in it. */
export function renderRest(steps: readonly FortiStep[], vdom: string): RestTransaction | Refusal {
  const query = { vdom }
  const calls: RestCall[] = []
  for (const step of steps) {
    const table = REST_TABLES[restPath(step.path)]
    const call = table?.key === undefined ? undefined : callOf(step, table, table.key, query)
    if (!call)
      return refuse('cannot-render', `The ${step.kind} of "${step.key}" in ${step.path} cannot be said over REST.`)
    calls.push(call)
  }
  const transaction = (action: string, body = {}): RestCall => ({
    method: 'POST',
    path: ROOT,
    query: { ...query, action: `transaction-${action}` },
    body,
  })
  return {
    ok: true,
    start: transaction('start', { timeout: TIMEOUT_SECONDS }),
    calls,
    commit: transaction('commit'),
    abort: transaction('abort'),
    header: 'X-TRANSACTION-ID',
  }
}

function callOf(
  step: FortiStep,
  table: RestTable,
  keyName: string,
  query: Readonly<Record<string, string>>,
): RestCall | undefined {
  const all = `${ROOT}/${restPath(step.path)}`
  const one = `${all}/${encodeURIComponent(step.key)}`
  switch (step.kind) {
    case 'create': {
      const attributes = bodyOf(step.content.values, table)
      if (!attributes) return undefined
      const key = table.integers?.includes(keyName) ? Number(step.key) : step.key
      return { method: 'POST', path: all, query, body: { [keyName]: key, ...attributes, ...nestedBody(step.content) } }
    }
    case 'change': {
      const body = bodyOf(step.values, table)
      return body && { method: 'PUT', path: one, query, body }
    }
    case 'delete':
      return { method: 'DELETE', path: one, query }
    case 'move':
      return { method: 'PUT', path: one, query: { ...query, action: 'move', [step.where]: step.anchor } }
  }
}

/** A list is always sent whole: the device replaces it by what it is sent. Undefined for an unset whose default is not known. */
function bodyOf(values: Values, table: RestTable): Record<string, unknown> | undefined {
  const body: Record<string, unknown> = {}
  for (const [name, words] of values) {
    const member = table.lists?.[name]
    if (member !== undefined) body[name] = words.map((word) => ({ [member]: word }))
    else if (words.length > 0) body[name] = table.integers?.includes(name) ? Number(words[0]) : words.join(' ')
    else if (table.defaults && name in table.defaults) body[name] = table.defaults[name]
    else if (EMPTIES.has(name)) body[name] = ''
    else return undefined
  }
  return body
}
/** Attributes whose default is the empty string: unset, an ICMP type is any type. */
const EMPTIES: ReadonlySet<string> = new Set(['name', 'comment', 'comments', 'icmptype', 'icmpcode', 'uuid'])

function nestedBody(content: Content): Record<string, unknown> {
  const rows = (entries: readonly Nested[]) =>
    entries.map(({ key, content: inside }) => ({
      id: /^\d+$/.test(key) ? Number(key) : key,
      ...Object.fromEntries(inside.values.map(([name, words]) => [name, words.join(' ')])),
    }))
  return Object.fromEntries(content.tables.map(([name, entries]) => [name, rows(entries)]))
}
