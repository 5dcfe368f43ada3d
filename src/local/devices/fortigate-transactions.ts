import { restTable } from '../../fortigate/compile/rest-tables.ts'
import type { FortiVersion } from '../../fortigate/model.ts'
import { applyChange, type ChangeCall, type Changed } from './fortigate-changes.ts'
import { type Complaint, complain } from './fortigate-complaint.ts'
import { readLines } from './fortigate-lines.ts'
import { type Cmdb, openCmdb } from './fortigate-tables.ts'

/** The running configuration and the edits that are not committed yet. */
export interface Workspaces {
  /** The text as the transaction sees it; without one, as everybody does. */
  text(transaction?: number): string
  /** Its tables for one VDOM, read once as long as nothing changes. */
  cmdb(vdom: string, transaction?: number): Cmdb
  /** One call, inside a transaction or at once. */
  change(call: ChangeCall, vdom: string, transaction: number | undefined): Changed
  start(vdom: string, timeoutSeconds: number): number
  commit(id: number): Complaint | undefined
  abort(id: number): void
  /** Those that are open. */
  list(): readonly Workspace[]
  /** Somebody changed the text beside the API. */
  replace(text: string): void
}
/** One open transaction. */
export type Workspace = {
  readonly id: number
  readonly vdom: string
  readonly started: Date
  readonly calls: readonly { readonly call: ChangeCall; readonly key: string }[]
}
type Open = Workspace & {
  text: string
  lastUsed: number
  readonly base: string
  readonly timeoutMs: number
  readonly calls: { readonly call: ChangeCall; readonly key: string }[]
}

const READ_AT_ONCE = 4

/** Edits stay in their transaction until it is committed; what waits too long is dropped, as a device does. */
export function openWorkspaces(
  first: string,
  versionOf: (text: string) => FortiVersion | undefined,
  now: () => Date,
): Workspaces {
  let running = first
  let last = 0
  const open = new Map<number, Open>()
  const read: Cmdb[] = []

  const current = () => {
    for (const [id, one] of open) if (now().getTime() - one.lastUsed >= one.timeoutMs) open.delete(id)
    return open
  }
  const cmdbOf = (text: string, vdom: string): Cmdb => {
    const known = read.find((one) => one.tree.text === text && one.vdom === vdom)
    if (known) return known
    const cmdb = openCmdb(readLines(text), vdom, versionOf(text))
    read.push(cmdb)
    if (read.length > READ_AT_ONCE) read.shift()
    return cmdb
  }
  const apply = (text: string, vdom: string, call: ChangeCall) => applyChange(cmdbOf(text, vdom), call)
  const textOf = (transaction?: number) =>
    transaction === undefined ? running : (current().get(transaction)?.text ?? running)
  const lockedBy = (call: ChangeCall, vdom: string, transaction: number | undefined) =>
    [...current().values()].find(
      (one) =>
        one.id !== transaction &&
        one.vdom === vdom &&
        one.calls.some((made) => made.call.path === call.path && made.key === keyOf(call)),
    )

  return {
    text: textOf,
    cmdb: (vdom, transaction) => cmdbOf(textOf(transaction), vdom),
    change(call, vdom, transaction) {
      const holder = lockedBy(call, vdom, transaction)
      if (holder) return { ok: false, ...complain(500, -14, `"${keyOf(call)}" is locked by transaction ${holder.id}`) }
      if (transaction === undefined) {
        const changed = apply(running, vdom, call)
        if (changed.ok) running = changed.text
        return changed
      }
      const mine = current().get(transaction)
      if (mine?.vdom !== vdom) return { ok: false, ...complain(424, -3, `no transaction ${transaction} in ${vdom}`) }
      mine.lastUsed = now().getTime()
      const changed = apply(mine.text, vdom, call)
      if (!changed.ok) return changed
      mine.text = changed.text
      mine.calls.push({ call: withKey(call, changed.key), key: changed.key })
      return changed
    },
    start(vdom, timeoutSeconds) {
      last += 1
      const at = now()
      open.set(last, {
        ...{ id: last, vdom, started: at, calls: [], text: running, base: running },
        ...{ lastUsed: at.getTime(), timeoutMs: timeoutSeconds * 1000 },
      })
      return last
    },
    commit(id) {
      const mine = current().get(id)
      if (!mine) return complain(424, -3, `no transaction ${id}`)
      open.delete(id)
      if (running === mine.base) {
        running = mine.text
        return undefined
      }
      // Others wrote meanwhile: the calls are made again on what is there now, all of them or none.
      let text = running
      for (const { call } of mine.calls) {
        const changed = apply(text, mine.vdom, call)
        if (!changed.ok) return complain(500, changed.error, changed.says)
        text = changed.text
      }
      running = text
      return undefined
    },
    abort: (id) => {
      open.delete(id)
    },
    list: () => [...current().values()],
    replace(text) {
      running = text
    },
  }
}

function keyOf({ key, body, path }: ChangeCall): string {
  const written = key ?? body[restTable(path)?.key ?? '']
  return typeof written === 'string' || typeof written === 'number' ? String(written) : ''
}

/** A number that the device gave is kept for when the call is made again. */
function withKey(call: ChangeCall, key: string): ChangeCall {
  const keyName = restTable(call.path)?.key
  if (call.method !== 'POST' || call.child !== undefined || keyName === undefined) return call
  if (call.key !== undefined) return { ...call, query: new Map([...call.query, ['nkey', key]]) }
  return { ...call, body: { ...call.body, [keyName]: key } }
}
