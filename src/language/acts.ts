import { type Clause, readClauses, STOP } from './clauses.ts'
import { withInherited } from './inherited.ts'
import type { IntentKind } from './intent.ts'
import type { Item } from './items.ts'
import { type ClauseKind, kindOf } from './kind.ts'
import { hasTime, namesNobody, partOf } from './pairs.ts'

/** One thing a message does. */
export type Act = {
  readonly kind: IntentKind
  readonly items: readonly Item[]
  /** It goes on with the sentence of the act before it. */
  readonly joined?: boolean
}

/** Cuts the message into acts: a clause with a cue of its own begins one, the others add to their neighbour. */
export function splitActs(items: readonly Item[], quoting: boolean): readonly Act[] {
  const acts: { kind: Exclude<ClauseKind, undefined>; items: Item[]; joined: boolean }[] = []
  let loose: Item[] = []
  for (const clause of withoutLooseRefusals(readClauses(items))) {
    const { kind } = clause
    const last = acts.at(-1)
    const several = acts.length > 1 && kind === undefined && saysWhenOnly(clause.items)
    if (several) {
      for (const act of acts) if (!hasTime(act.items) || act === last) act.items.push(STOP, ...clause.items)
    } else if (last !== undefined && continues(clause, last.kind)) last.items.push(STOP, ...clause.items)
    else if (kind === undefined) loose.push(STOP, ...clause.items)
    else {
      acts.push({
        kind,
        joined: clause.joined,
        items: loose.length > 0 ? [...loose, STOP, ...clause.items] : [...clause.items],
      })
      loose = []
    }
  }
  const live = acts.filter(({ kind }) => kind !== 'declined')
  if (live.length > 0) {
    return withInherited(live.map((act) => ({ ...act, kind: act.kind === 'declined' ? 'out-of-scope' : act.kind })))
  }
  // No clause has a cue, but all of them together may: "access request / who: finance / what: wiki".
  const together = acts.length === 0 && !quoting ? kindOf(items) : undefined
  if (together === 'grant') return [{ kind: together, items }]
  return [{ kind: 'out-of-scope', items }]
}

/** "Give Bob wiki. Don't let him edit.": what is not to be done there and names nobody belongs to the request, and may narrow it. */
function withoutLooseRefusals(clauses: readonly Clause[]): readonly Clause[] {
  if (!clauses.some(({ kind }) => kind === 'grant' || kind === 'extend' || kind === 'revoke')) return clauses
  return clauses.map((clause) =>
    clause.kind === 'declined' && !namesAnything(clause.items) ? { ...clause, kind: undefined } : clause,
  )
}

/** "… Both until Friday.": behind several acts it holds for all that have no time of their own. */
const saysWhenOnly = (items: readonly Item[]): boolean =>
  hasTime(items) && namesNobody(items) && !items.some((item) => ['narrows', 'place'].includes(partOf(item)))

/** Whether a clause only says more about the act before it. */
function continues({ items, kind, pair }: Clause, last: ClauseKind): boolean {
  return kind === undefined || (last === kind && !pair && !asksAnew(items, kind))
}

/** A second clause of the same kind is a second act when it names a service or a subject of its own; else it explains the first. */
function asksAnew(clause: readonly Item[], kind: ClauseKind): boolean {
  if (kind === 'diagnose' || kind === 'drift' || kind === 'help' || kind === 'status') return false
  return namesAnything(clause)
}

function namesAnything(clause: readonly Item[]): boolean {
  return clause.some(
    (item) =>
      item.is === 'name' || (item.is === 'literal' && ['host', 'cidr', 'mention', 'email'].includes(item.literal.is)),
  )
}
