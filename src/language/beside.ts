import type { Item } from './items.ts'
import type { WordClass } from './words.ts'

/** "admin access", "grafana admin": a word about what may be done, not talk. */
export function besideAccess(items: readonly Item[], index: number): boolean {
  const [before, next] = [items[index - 1], items[index + 1]]
  return (
    isName(before) ||
    [before, next].some((item) => item?.is === 'word' && (item.class === 'access' || item.class === 'only'))
  )
}

/** A name of the catalogue, or an address that stands for one. */
export const isName = (item: Item | undefined): boolean =>
  item !== undefined && (item.is === 'name' || (item.is === 'literal' && item.literal.is !== 'ticket'))
/** Words about time. */
export const isTime = (item: Item | undefined): boolean => item?.is === 'time'

/** The next item, little words left out. */
export function meaningful(items: readonly Item[], from: number, step: 1 | -1): Item | undefined {
  for (let i = from + step; i >= 0 && i < items.length; i += step) {
    const item = items[i]
    if (
      item?.is === 'word' &&
      ['filler', 'to', 'for', 'on', 'via', 'thing', 'group', 'me', 'i', 'we', 'my', 'our'].includes(item.class)
    )
      continue
    return item
  }
  return undefined
}

/** "only" is heard when what it narrows is read: a name, a time, a port beside it, or the plain "I just need". */
export function onlySays(items: readonly Item[], index: number): boolean {
  const next = meaningful(items, index, 1)
  const last = meaningful(items, index, -1)
  const heard = (item: Item | undefined): boolean => isName(item) || isTime(item)
  const verb =
    next?.is === 'word' &&
    ['need', 'give', 'take', 'stretch', 'reach', 'access', 'team', 'me', 'only'].includes(next.class)
  return heard(next) || verb || (heard(last) && (next === undefined || next.is !== 'unknown'))
}

/** "bob and I", "me and carol": the speaker is one of a list, not only the voice. */
export function besideName(items: readonly Item[], index: number): boolean {
  return [1, -1].some((step) => {
    const joint = items[index + step]
    const tied = joint?.is === 'comma' || (joint?.is === 'word' && joint.class === 'and')
    return tied && isName(items[index + 2 * step])
  })
}

/** An unknown word right beside a name makes it another name: "grafana staging", "ml data team", "data team lead". */
export function neighbour(items: readonly Item[], index: number): string | undefined {
  let after = index + 1
  for (
    let next = items[after];
    next?.is === 'word' && (next.class === 'group' || next.class === 'thing');
    next = items[after]
  )
    after++
  const [before, behind] = [items[index - 1], items[after]]
  const own = items[index]
  const person = own?.is === 'name' && own.mention.entities.every(({ type }) => type === 'person')
  const [next] = items.slice(index + 1, index + 2)
  if (person && next?.is === 'word' && next.class === 'group') return next.word
  if (before?.is === 'unknown') return before.word
  return behind?.is === 'unknown' ? behind.word : undefined
}

/**
 * "…, carol already has it", "…, the scanners there look things up": behind a comma a name that something is told of begins a sentence of
 * its own. In a list it is followed by nothing, by the next name, or by what leads on.
 */
export function opensClause(items: readonly Item[], index: number): boolean {
  const joint = items
    .slice(0, index)
    .findLast((item) => item.is !== 'name' && !(item.is === 'word' && item.class === 'filler'))
  if (joint?.is !== 'comma') return false
  const next = items
    .slice(index + 1)
    .find(
      (item) =>
        item.is !== 'name' && !(item.is === 'word' && ['filler', 'group', 'thing', 'team'].includes(item.class)),
    )
  if (next === undefined) return false
  return next.is === 'unknown' || (next.is === 'word' && !LEADS_ON.has(next.class))
}

const LEADS_ON: ReadonlySet<WordClass> = new Set([
  ...(['and', 'or', 'to', 'for', 'on', 'via', 'except', 'only', 'same', 'because', 'aside', 'access'] as const),
  ...(['readonly', 'me', 'my', 'our'] as const),
])

/** Whether a word goes on with a list: "grafana and kibana", "grafana, kibana". */
export function isListed(items: readonly Item[], index: number): boolean {
  let i = index - 1
  for (
    let item = items[i];
    item?.is === 'word' && (item.class === 'filler' || item.class === 'to' || item.class === 'for');
    item = items[i]
  )
    i--
  const before = items[i]
  return before?.is === 'comma' || (before?.is === 'word' && before.class === 'and')
}
