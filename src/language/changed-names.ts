import type { Cues } from './change-words.ts'
import type { Intent, SubjectRef } from './intent.ts'
import type { Doubt, Roles } from './settle.ts'

/** Who and what the earlier intent names after this message. Names that neither replace nor add nor take away are asked about. */
export function changedNames(
  cues: Cues,
  roles: Roles,
  earlier: Intent,
): { readonly fields: Partial<Intent>; readonly doubts: readonly Doubt[] } {
  const doubts: Doubt[] = []
  const subjects = changedList('subject', earlier, cues, doubts, {
    old: earlier.subjects ?? [],
    said: roles.subjects,
    taken: roles.except,
    key: refKey,
  })
  const services = changedList('service', earlier, cues, doubts, {
    old: earlier.services ?? [],
    said: roles.services,
    taken: roles.exceptServices,
    key: (id) => id,
  })
  const excepted = roles.except.filter((ref) => !(earlier.subjects ?? []).some((old) => refKey(old) === refKey(ref)))
  const except = [...(earlier.except ?? []), ...excepted].filter(
    (ref) => !subjects.some((said) => refKey(said) === refKey(ref)),
  )
  return {
    doubts,
    fields: {
      ...(subjects.length > 0 ? { subjects } : {}),
      ...(services.length > 0 ? { services } : {}),
      ...(except.length > 0 ? { except } : {}),
    },
  }
}

function changedList<T>(
  slot: 'subject' | 'service',
  earlier: Intent,
  { adds, replaces, takes, swaps }: Cues,
  doubts: Doubt[],
  list: { old: readonly T[]; said: readonly T[]; taken: readonly T[]; key: (value: T) => string },
): T[] {
  const { old, key } = list
  const has = (values: readonly T[], value: T): boolean => values.some((other) => key(other) === key(value))
  const known = list.said.filter((value) => has(old, value))
  const fresh = list.said.filter((value) => !has(old, value))
  // Words that take away, or exchange, take away what was named before.
  const goes = (swaps && fresh.length > 0) || (takes && !adds && !swaps)
  const said = goes ? fresh : list.said
  const taken = goes ? [...list.taken, ...known] : list.taken
  const left = old.filter((value) => !has(taken, value))
  const ask = (why: Doubt['why']): T[] => {
    doubts.push({ slot, why, candidates: [...said, ...left].map(key) })
    return left
  }
  const open = earlier.needsClarification?.includes(slot) ?? false
  if (said.length === 0) {
    if (left.length === 0 && old.length > 0) doubts.push({ slot, why: 'missing' })
    return left
  }
  if (swaps) return known.length > 0 || list.taken.length > 0 ? [...left, ...said] : ask('ambiguous')
  if (replaces || open || old.length === 0) return [...said]
  // "not data, finance": one goes and the other comes. "remove wiki", which was never asked for, is no wish to have it.
  if (takes && !adds) return taken.length > 0 && left.length < old.length ? [...left, ...said] : ask('ambiguous')
  if (!adds) return ask('ambiguous')
  return [...left, ...said.filter((value) => !has(left, value))]
}

export const refKey = (ref: SubjectRef): string => ref.id
