import type { IntentKind } from './intent.ts'
import type { Item } from './items.ts'
import { type ClauseKind, kindOf } from './kind.ts'

/** One thing a message does. */
export type Act = { readonly kind: IntentKind; readonly items: readonly Item[] }

/** Parts clauses that are read together. */
const STOP: Item = { is: 'stop', question: false, at: 0, to: 0 }

/** Cuts the message into acts: a clause with a cue of its own begins one, the others add to their neighbour. */
export function splitActs(items: readonly Item[], quoting: boolean): readonly Act[] {
  const acts: { kind: Exclude<ClauseKind, undefined>; items: Item[] }[] = []
  let loose: Item[] = []
  for (const clause of splitClauses(items)) {
    const kind = kindOf(clause)
    const last = acts.at(-1)
    const continues = last !== undefined && (kind === undefined || (last.kind === kind && !asksAnew(clause, kind)))
    if (continues) last.items.push(STOP, ...clause)
    else if (kind === undefined) loose.push(STOP, ...clause)
    else {
      acts.push({ kind, items: loose.length > 0 ? [...loose, STOP, ...clause] : [...clause] })
      loose = []
    }
  }
  const live = acts.filter(({ kind }) => kind !== 'declined')
  if (live.length > 0) {
    return live.map((act) => ({ kind: act.kind === 'declined' ? 'out-of-scope' : act.kind, items: act.items }))
  }
  // No clause has a cue, but all of them together may: "access request / who: finance / what: wiki".
  const together = acts.length === 0 && !quoting ? kindOf(items) : undefined
  if (together === 'grant') return [{ kind: together, items }]
  return [{ kind: 'out-of-scope', items }]
}

/** A second clause of the same kind is a second act when it names a service or a subject of its own; else it explains the first. */
function asksAnew(clause: readonly Item[], kind: ClauseKind): boolean {
  if (kind === 'diagnose' || kind === 'drift' || kind === 'help' || kind === 'status') return false
  return clause.some(
    (item) =>
      item.is === 'name' || (item.is === 'literal' && ['host', 'cidr', 'mention', 'email'].includes(item.literal.is)),
  )
}

/** Clauses end at stops, and before "and revoke …", ", give …". */
function splitClauses(items: readonly Item[]): readonly (readonly Item[])[] {
  const clauses: Item[][] = []
  let current: Item[] = []
  items.forEach((item, index) => {
    const joint = item.is === 'comma' || (item.is === 'word' && item.class === 'and')
    if (joint && startsVerb(items, index + 1)) {
      clauses.push(current)
      current = []
      return
    }
    current.push(item)
    if (item.is === 'stop') {
      clauses.push(current)
      current = []
    }
  })
  clauses.push(current)
  return clauses.filter((clause) => clause.some(({ is }) => is !== 'stop' && is !== 'comma'))
}

function startsVerb(items: readonly Item[], from: number): boolean {
  for (let i = from; i < items.length; i++) {
    const item = items[i]
    if (item?.is === 'comma' || (item?.is === 'word' && (item.class === 'filler' || item.class === 'and'))) continue
    if (item?.is === 'unknown' && /^(?:why|what|who)$/.test(item.word)) return true
    return item?.is === 'word' && ['give', 'take', 'stretch'].includes(item.class)
  }
  return false
}
