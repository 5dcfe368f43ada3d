import type { Item } from './items.ts'
import { partOf } from './pairs.ts'

/**
 * A place beside somebody says from where, however it is written: "support (vpn only)", "support, nur vpn", "Carol (Lyon)". It gets the
 * little word that says so; alone it stays whoever gets access.
 */
export function withPlaces(items: readonly Item[], text: string): readonly Item[] {
  if (!items.some((item) => partOf(item) === 'who')) return items
  return items.flatMap((item, i): readonly Item[] => {
    if (partOf(item) !== 'place' || isLed(items, i)) return [item]
    const only = isOnly(items[i + 1]) || isOnly(items[i - 1])
    return only || inBrackets(items, i, text)
      ? [{ is: 'word', class: 'via', word: 'from', at: item.at, to: item.at }, item]
      : [item]
  })
}

const isOnly = (item: Item | undefined): boolean => item?.is === 'word' && item.class === 'only'

/** A word before it already says what it is. */
function isLed(items: readonly Item[], at: number): boolean {
  for (let i = at - 1; i >= 0; i--) {
    const item = items[i]
    if (item?.is !== 'word') return false
    if (item.class !== 'filler' && item.class !== 'only')
      return ['via', 'except', 'not', 'on', 'to', 'and', 'or'].includes(item.class)
  }
  return false
}

/** "Carol (Lyon)", "carol @ vpn": right behind somebody, set apart. An address there may be who, or from where: that is asked. */
function inBrackets(items: readonly Item[], at: number, text: string): boolean {
  const [before, item, next] = [items[at - 1], items[at], items[at + 1]]
  if (!before || item?.is !== 'name' || partOf(before) !== 'who' || before.to > item.at) return false
  const between = text.slice(before.to, item.at)
  return (
    /^\s*@\s*$/.test(between) ||
    (/^\s*[([]\s*$/.test(between) && /^\s*[)\]]/.test(text.slice(item.to, next?.at ?? text.length)))
  )
}
