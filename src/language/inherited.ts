import type { Act } from './acts.ts'
import type { Item } from './items.ts'
import { partOf } from './pairs.ts'

/**
 * What a later act leaves to the one before it: "take Yusuf off harbor and give Piet his place there", "revoke wiki for Bob, Carol gets
 * it instead", "take finance off grafana and give them wiki". Only what stands for something by a word of its own is filled in, and
 * never into a revocation behind a grant: that one may narrow the grant.
 */
export function withInherited(acts: readonly Act[]): readonly Act[] {
  const whole: Act[] = []
  for (const act of acts) {
    const before = whole.at(-1)
    whole.push(before !== undefined && mayLean(act, before) ? leaning(act, before) : act)
  }
  return whole
}

const CHANGES = new Set(['grant', 'revoke', 'extend'])

const mayLean = (act: Act, before: Act): boolean =>
  CHANGES.has(act.kind) &&
  CHANGES.has(before.kind) &&
  !(act.kind === 'revoke' && before.kind === 'grant') &&
  !before.items.some(narrows)

const narrows = (item: Item): boolean =>
  item.is === 'word' && ['except', 'not', 'or'].includes(item.class) && before(item)
const before = (item: Item): boolean =>
  'word' in item &&
  !/^(?:no longer|no more|not any ?more|kein|keine|keinen|nicht|ne|pas|plus|ya no|no)$/.test(item.word)

const PLACE_OF_IT =
  /^(?:it|there|that|same|dort|da|dafur|stattdessen|ihn|es|alli|ahi|lo|la|y|instead|place|spot|seat|slot|too|also|as well|auch|ebenfalls|tambien|aussi|en|in|on)$/
const PLACE_PHRASE =
  /\b(?:(?:his|her|their|its) (?:place|spot|seat|slot|access)|en su lugar|a sa place|an (?:seiner|ihrer|deren) stelle|in place|en lugar suyo)\b/
const THEM = /^(?:them|him|her|ihnen|ihm|ihr|les|lui|leur)$/

function leaning(act: Act, earlier: Act): Act {
  const services = act.items.some((item) => partOf(item) === 'service')
  const people = act.items.some((item) => ['who', 'place'].includes(partOf(item)) || isSpeaker(item))
  const words = act.items.map((item) => ('word' in item ? item.word : '')).join(' ')
  // "Take Bob off wiki and let Carol in until Friday": one sentence, one service.
  const replaces =
    act.joined === true &&
    earlier.kind === 'revoke' &&
    act.kind === 'grant' &&
    !act.items.some(({ is }) => is === 'unknown')
  if (people && !services && (replaces || PLACE_PHRASE.test(words) || act.items.some(standsForIt))) {
    const named = earlier.items.filter((item) => partOf(item) === 'service')
    if (named.length === 0) return act
    const items = act.items.filter((item) => !(standsForIt(item) && !isLead(item)) && !ofPlacePhrase(item))
    return { ...act, items: [...items, { is: 'word', class: 'on', word: 'on', at: 0, to: 0 }, ...inList(named)] }
  }
  if (services && !people) {
    const them = act.items.findIndex((item) => item.is === 'word' && THEM.test(item.word))
    const named = earlier.items.filter((item) => partOf(item) === 'who')
    if (them < 0 || named.length === 0) return act
    return { ...act, items: act.items.flatMap((item, i) => (i === them ? inList(named) : [item])) }
  }
  return act
}

const isSpeaker = (item: Item): boolean =>
  item.is === 'word' && ['i', 'we', 'me', 'my', 'team', 'our'].includes(item.class)
const standsForIt = (item: Item): boolean => 'word' in item && item.is !== 'number' && PLACE_OF_IT.test(item.word)
const isLead = (item: Item): boolean => item.is === 'word' && ['on', 'to', 'and'].includes(item.class)
const ofPlacePhrase = (item: Item): boolean =>
  'word' in item &&
  /^(?:his|her|their|its|place|spot|seat|slot|su|lugar|sa|an|seiner|ihrer|deren|stelle)$/.test(item.word)

const inList = (named: readonly Item[]): readonly Item[] =>
  named.flatMap((item, i): Item[] => (i === 0 ? [item] : [{ is: 'comma', at: item.at, to: item.at }, item]))
