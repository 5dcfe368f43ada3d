import type { Item } from './items.ts'
import { partOf } from './pairs.ts'

/**
 * "Jo and Dmitri need dwh, but Dmitri only from the VPN": what narrows one of several is a request of its own for that one. Undefined
 * when nobody of those who were named is narrowed so.
 */
export function cutNarrowed(items: readonly Item[]): readonly (readonly Item[])[] | undefined {
  const at = items.findIndex((item, i) => i > 0 && isHinge(item) && narrows(items, i + 1))
  const one = at < 0 ? undefined : items.find((item, i) => i > at && partOf(item) === 'who')
  if (one === undefined) return undefined
  const [before, tail] = [items.slice(0, at), items.slice(at + 1)]
  const named = before.filter((item) => partOf(item) === 'who')
  const earlier = before.findIndex((item) => keyOf(item) === keyOf(one))
  const services = before.filter((item) => partOf(item) === 'service')
  if (earlier < 0 || named.length < 2 || services.length === 0 || tail.some((item) => partOf(item) === 'service'))
    return undefined
  const times = (part: readonly Item[]): readonly Item[] => part.filter((item) => partOf(item) === 'time')
  const others = withoutOne(before, earlier)
  // It is the only thing that is said of this one now: nothing is left for "only" to narrow.
  const plain = tail.flatMap((item): Item[] =>
    item.is !== 'word' ? [item] : item.class === 'only' ? [] : [{ ...item, word: item.word.replace(/^only /, '') }],
  )
  const own = [...plain, ...inList(services), ...(times(tail).length > 0 ? [] : times(before))]
  return [times(before).length > 0 ? others : [...others, ...times(tail)], own]
}

const isHinge = (item: Item): boolean =>
  item.is === 'comma' || (item.is === 'word' && (item.class === 'and' || /^(?:but|aber|pero|mais)$/.test(item.word)))

/** Somebody, "only", and from where. */
function narrows(items: readonly Item[], at: number): boolean {
  const [who, ...rest] = items.slice(at).filter((item) => !(item.is === 'word' && item.class === 'filler'))
  if (who?.is !== 'name' || partOf(who) !== 'who') return false
  const place = rest.findIndex((item) => partOf(item) === 'place')
  const lead = rest.slice(0, place)
  return (
    place > 0 &&
    lead.every((item) => item.is === 'word' && ['only', 'via', 'filler', 'on'].includes(item.class)) &&
    lead.some((item) => item.is === 'word' && (item.class === 'only' || /only|nur|solo/.test(item.word)))
  )
}

/** The list without one of its members, and without the word that joined it. */
function withoutOne(items: readonly Item[], at: number): readonly Item[] {
  const joint = [at - 1, at + 1].find((i) => partOf(items[i]) === 'joint')
  return items.filter((_, i) => i !== at && i !== joint)
}

const inList = (services: readonly Item[]): readonly Item[] =>
  services.flatMap((item, i): Item[] => [
    i === 0
      ? { is: 'word', class: 'to', word: 'to', at: item.at, to: item.at }
      : { is: 'comma', at: item.at, to: item.at },
    item,
  ])

const keyOf = (item: Item | undefined): string =>
  item?.is === 'name' ? item.mention.entities.map(({ type, id }) => `${type}:${id}`).join() : ''
