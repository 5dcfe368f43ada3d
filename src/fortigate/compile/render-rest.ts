import { type Refusal, refuse } from '../../evidence/refusal.ts'
import type { FortiVersion } from '../model.ts'
import type { RestTable } from './rest-shape.ts'
import { isSince, restPath, restTable } from './rest-tables.ts'
import type { Content, FortiStep, Values } from './steps.ts'

/** One call to the REST API of the device. `query` always names the VDOM. */
export type RestCall = {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly body?: Readonly<Record<string, unknown>>
}
/**
 * The calls in their order, to be made between `start` and `commit`; `abort` undoes all of them before the commit. Each carries the
 * number that `start` answered in the header; up to 7.4 the answer calls it `transaction-id`, from 7.6 on `transaction_id`.
 */
export type RestTransaction = {
  readonly ok: true
  readonly start: RestCall
  readonly calls: readonly RestCall[]
  readonly commit: RestCall
  readonly abort: RestCall
  readonly header: string
  readonly answerField: 'transaction-id' | 'transaction_id'
}

const ROOT = '/api/v2/cmdb'
const TIMEOUT_SECONDS = 60

/** The steps as calls to the REST API of this release, or why one of them cannot be said in it. */
export function renderRest(
  steps: readonly FortiStep[],
  vdom: string,
  version: FortiVersion | undefined,
): RestTransaction | Refusal {
  const query = { vdom }
  const calls: RestCall[] = []
  for (const step of steps) {
    const call = callOf(step, version, query)
    if (!('method' in call))
      return refuse(
        'cannot-render',
        `The ${step.kind} of "${step.key}" in ${step.path} cannot be said over REST: ${call.unsaid}.`,
      )
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
    answerField: isSince(version, 7, 6) ? 'transaction_id' : 'transaction-id',
  }
}

/** What has no word in the API, and so keeps the whole edit from being sent. */
type Unsaid = { readonly unsaid: string }
type Body = Record<string, unknown>

function callOf(
  step: FortiStep,
  version: FortiVersion | undefined,
  query: Readonly<Record<string, string>>,
): RestCall | Unsaid {
  const table = restTable(restPath(step.path), version)
  if (table?.key === undefined) return { unsaid: 'the table is not known' }
  const all = `${ROOT}/${restPath(step.path)}`
  const one = `${all}/${encodeURIComponent(step.key)}`
  switch (step.kind) {
    case 'create': {
      const { body, unsaid } = bodyOf(step.content, table)
      if (unsaid !== undefined) return { unsaid }
      return { method: 'POST', path: all, query, body: { [table.key]: keyValue(table, step.key), ...body } }
    }
    case 'change': {
      const tables = step.tables.map(({ name, is }) => [name, is] as const)
      const { body, unsaid } = bodyOf({ values: step.values, tables }, table)
      return unsaid === undefined ? { method: 'PUT', path: one, query, body } : { unsaid }
    }
    case 'delete':
      return { method: 'DELETE', path: one, query }
    case 'move':
      return { method: 'PUT', path: one, query: { ...query, action: 'move', [step.where]: step.anchor } }
  }
}

/** Lists and tables inside an entry are always sent whole: the device replaces them by what it is sent. */
function bodyOf({ values, tables }: Content, table: RestTable): { body: Body; unsaid?: string } {
  const body: Body = {}
  for (const [name, words] of values) {
    const value = sentFor(table, name, words)
    if (value === undefined) return { body, unsaid: unsaidBecause(table, name, words) }
    body[name] = value
  }
  for (const [name, entries] of tables) {
    const inner = table.children[name]
    if (!inner || inner.key === undefined) return { body, unsaid: `the table "${name}" in it is not known` }
    const rows: Body[] = []
    for (const { key, content } of entries) {
      const { body: row, unsaid } = bodyOf(content, inner)
      if (unsaid !== undefined) return { body, unsaid }
      rows.push({ [inner.key]: keyValue(inner, key), ...row })
    }
    body[name] = rows
  }
  return { body }
}

/** No words are the default, where it is known. */
function sentFor(table: RestTable, name: string, words: Values[number][1]): unknown {
  const attribute = table.attributes.get(name)
  if (!attribute || words[0] === 'ENC') return undefined
  switch (attribute.kind) {
    case 'list':
      return words.map((word) => ({ [attribute.member]: word }))
    case 'number':
      if (words.length === 0) return attribute.initial
      return /^\d+$/.test(words[0] ?? '') ? Number(words[0]) : undefined
    case 'text':
      return words.length === 0 ? attribute.initial : words.join(' ')
  }
}

function unsaidBecause(table: RestTable, name: string, words: readonly string[]): string {
  if (words[0] === 'ENC') return `"${name}" is a secret that only the device can read`
  if (!table.attributes.has(name)) return `how the API shapes "${name}" is not known`
  return words.length === 0 ? `the default of "${name}" in this release is not known` : `"${name}" has to be a number`
}

function keyValue(table: RestTable, key: string): string | number {
  return table.attributes.get(table.key ?? '')?.kind === 'number' ? Number(key) : key
}
