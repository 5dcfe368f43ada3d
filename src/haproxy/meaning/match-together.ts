import { type Exchange, isUnknown } from '../exchange.ts'
import type { Criterion, Pattern, Ruleset } from '../model.ts'
import type { Room } from '../samples/room.ts'
import { matchCriterion } from '../samples/samples.ts'

/** Fewer are quicker tried one by one. */
const FEWEST = 16

/**
 * Whether one of many criteria matches, those of one kind taken together: an ACL may have a line for each of thousands of paths. Undefined
 * where they are few, or where one of them is not decided and has to be named.
 */
export function matchTogether(
  criteria: readonly Criterion[],
  exchange: Exchange,
  where: Ruleset,
  room: Room,
): boolean | undefined {
  if (criteria.length < FEWEST) return undefined
  let groups = room.groups.get(criteria)
  if (!groups) {
    groups = groupAlike(criteria)
    room.groups.set(criteria, groups)
  }
  let found = false
  for (const group of groups) {
    const matched = matchCriterion(group, exchange, where, room)
    if (isUnknown(matched)) return undefined
    found ||= matched
  }
  return found
}

/** Criteria that compare the same value in the same way are one with all their patterns. */
function groupAlike(criteria: readonly Criterion[]): readonly Criterion[] {
  const groups: Criterion[] = []
  const alike = new Map<string, Pattern[]>()
  for (const criterion of criteria) {
    const key = `${criterion.method} ${criterion.expression.text}`
    const known = alike.get(key)
    if (criterion.unknown !== undefined || criterion.files) groups.push(criterion)
    else if (known) for (const pattern of criterion.patterns) known.push(pattern)
    else {
      const patterns = [...criterion.patterns]
      alike.set(key, patterns)
      groups.push({ ...criterion, patterns })
    }
  }
  return groups
}
