import type { Item } from './items.ts'
import { partOf } from './pairs.ts'

/**
 * Every way of saying "the same access as Priya" told in one: "whatever Priya has", "mirror Bob's access for Dana", "die gleichen
 * Rechte wie", "lo mismo que", "pareil que". The words in between go; a service named there keeps them, because it narrows.
 */
export function withSameness(items: readonly Item[]): readonly Item[] {
  const told = tell(items)
  let changed = items
  let shift = 0
  for (const { pattern, verb, given } of PHRASES) {
    const found = pattern.exec(told.text)
    if (!found?.indices) continue
    const [whole, name] = [
      found.indices[0],
      found.indices.groups?.name ?? found.indices.groups?.name2 ?? found.indices.groups?.name3,
    ]
    const [from, to, at] = [told.indexAt(whole?.[0]), told.indexAt(whole?.[1]), told.indexAt(name?.[0])]
    const person = items[at]
    if (person === undefined || (given && !isGiven(items.slice(0, from)))) continue
    const word = (text: string, kind: 'same' | 'give'): Item => ({
      is: 'word',
      class: kind,
      word: text,
      at: person.at,
      to: person.at,
    })
    const instead = [...(verb ? [word('give', 'give')] : []), word('same access as', 'same'), person]
    changed = [...changed.slice(0, from + shift), ...instead, ...changed.slice(to + shift)]
    shift += instead.length - (to - from)
    break
  }
  return changed === items ? settingUp(items, told) : withWhoTakesOver(settingUp(changed, tell(changed)))
}

/** The items as one line, names as WHO, SERVICE and so on, and which item stands at a place of it. */
function tell(items: readonly Item[]): {
  readonly text: string
  readonly indexAt: (place: number | undefined) => number
} {
  const starts: number[] = []
  let text = ''
  for (const item of items) {
    starts.push(text.length)
    text += `${tokenOf(item)} `
  }
  return {
    text,
    indexAt: (place) => {
      const index = starts.findIndex((start) => place !== undefined && start >= place)
      return index < 0 ? items.length : index
    },
  }
}

function tokenOf(item: Item): string {
  const part = partOf(item)
  if (part === 'who' && item.is !== 'word') return 'WHO'
  if (part === 'service' || part === 'place' || part === 'time') return part.toUpperCase()
  if (item.is === 'comma') return ','
  if (item.is === 'stop') return '.'
  return 'word' in item ? item.word : 'LITERAL'
}

const NAME = '(?<name>WHO)'
/** Words of the phrase: no name, no mark, no time. */
const SOME = "(?:[a-z&'-]+ )"
const RELATIVE =
  '(?:(?:her|his|their|my|our|the|la|el|le|seine?|ihre?|mein|su|sa|son) )?(?:(?:predecessor|colleague|teammate|peer|boss|manager|vorganger(?:in)?|kolleg(?:e|in)|colega|companer[oa]|predecesor[a]?|collegue|predecesseur) )?'
const HAS =
  '(?:(?:already |currently |now )?(?:has|have|had|does|got|uses|can|hat|darf|kann|sieht|nutzt|benutzt|tiene|usa|puede|a|voit|utilise)(?: (?:access to|reach|access|see|use|get to|get into|got|today|now|right now|already|zugriff|schon|ya|deja))* )?'

/** "I need to know what Bob has" asks; "revoke everything Bob has" takes away. */
const ASKS_OR_TAKES =
  /^(?:know|see|check|find|understand|list|show|tell|sure|ask|wissen|sehen|zeig|zeige|saber|ver|savoir|voir)$/

function isGiven(before: readonly Item[]): boolean {
  const verb = before.some((item) => item.is === 'word' && (item.class === 'give' || item.class === 'need'))
  return (
    verb &&
    !before.some(
      (item) => ('word' in item && ASKS_OR_TAKES.test(item.word)) || (item.is === 'word' && item.class === 'take'),
    )
  )
}

/** `verb`: the phrase itself asks to give; `given`: it needs a verb of giving before it. */
const PHRASES: readonly { readonly pattern: RegExp; readonly verb?: true; readonly given?: true }[] = [
  {
    pattern: new RegExp(
      `(?:the )?(?:exact |exactly the |very )?(?:same|identical|equal|equivalent) ${SOME}{0,4}?(?:as|like|that|which|to) ${RELATIVE}${NAME} ${HAS}`,
      'd',
    ),
  },
  {
    pattern: new RegExp(
      `(?:the )?(?:exact |exactly the |very )?same ${SOME}{1,3}?${NAME} (?:has|have|had|got|uses) `,
      'd',
    ),
  },
  {
    pattern: new RegExp(
      `(?:whatever|everything|anything|all|what)(?: that| which)? ${RELATIVE}${NAME} (?:already |currently |now )?(?:has|have|had|got|uses|can|sees)(?: (?:access to|reach|access|see|use|get to|get into|today|now|right now|already))* `,
      'd',
    ),
    given: true,
  },
  {
    pattern: new RegExp(
      `(?:please )?(?:mirror|copy|clone|duplicate|replicate|match)(?:ing)? (?:the )?(?:${SOME}{1,2}of )?${RELATIVE}${NAME} ${SOME}{0,2}?(?=for |to |onto |WHO )`,
      'd',
    ),
    verb: true,
  },
  { pattern: new RegExp(`(?:like|as) ${RELATIVE}${NAME} (?:has|does|have) `, 'd') },
  {
    pattern: new RegExp(
      `(?:like|wie|como|comme) (?:her|his|their|my|our|ihr|ihre|sein|seine|su|sa|son) ${SOME}?${NAME} `,
      'd',
    ),
  },
  {
    pattern: new RegExp(
      `(?:die |den |das |der |dem )?(?:gleich|selb|dieselb|denselb|dasselb|identisch|gleichwertig)(?:e|en|er|es|em)? ${SOME}{0,3}?wie (?:bei |auch )?${RELATIVE}${NAME} ${HAS}`,
      'd',
    ),
  },
  {
    pattern: new RegExp(
      `alles(?: ,)? (?:was|worauf) ${NAME} (?:auch )?(?:hat|darf|kann|sieht|nutzt|zugriff hat) `,
      'd',
    ),
    given: true,
  },
  {
    pattern: new RegExp(`(?:genauso|genau so|genau|analog|ebenso)(?: viel)? (?:wie|zu) ${RELATIVE}${NAME} ${HAS}`, 'd'),
  },
  {
    pattern: new RegExp(
      `(?:exactamente )?(?:lo |los |las |el |la |al |a los )?mism[oa]s? ${SOME}{0,3}?que (?:ya )?(?:tiene |tienen |usa |a |para )?${RELATIVE}${NAME} (?:(?:ya )?(?:tiene|usa) )?`,
      'd',
    ),
  },
  {
    pattern: new RegExp(
      `todo lo que (?:ya )?(?:tiene |ve |usa )${NAME} |todo lo que (?<name2>WHO) (?:tiene|ve|usa) `,
      'd',
    ),
    given: true,
  },
  {
    pattern: new RegExp(
      `(?:exactement )?(?:le |la |les |l'|des |aux |du |d' |au )?memes? ${SOME}{0,3}?(?:que|qu'a|qu') (?:a |pour )?${RELATIVE}${NAME} (?:a )?`,
      'd',
    ),
  },
  { pattern: new RegExp(`(?:pareil|identique|la meme chose) (?:que|a|comme|qu'a) ${RELATIVE}${NAME} `, 'd') },
  { pattern: new RegExp(`tout ce (?:que ${NAME} a(?: deja)? |qu'a (?<name3>WHO) )`, 'd'), given: true },
]

/** "Set Dana up like Bob": what is set up behind "set" is given. */
function settingUp(items: readonly Item[], { text, indexAt }: ReturnType<typeof tell>): readonly Item[] {
  const found = /(?:^|[ ,.])(set )(?:WHO (?:, |and |& )?)+up /d.exec(text)
  const at = indexAt(found?.indices?.[1]?.[0])
  const set = found && items[at]
  if (!set) return items
  const up = indexAt(found.indices?.[0]?.[1]) - 1
  return items.flatMap((item, i): Item[] =>
    i === at ? [{ is: 'word', class: 'give', word: 'give', at: set.at, to: set.to }] : i === up ? [] : [item],
  )
}

const PRONOUN = /^(?:she|he|they|her|him|them|sie|er|ihr|ihm|ihnen|ella|el|ellos|le|les|elle|il|lui|elles|ils|leur)$/

/**
 * "Hana is taking over from Priya, can she get whatever Priya has?": the sentence before only tells who "she" is. It goes when it names
 * nobody but these two, and nothing that is given or narrowed.
 */
function withWhoTakesOver(items: readonly Item[]): readonly Item[] {
  const same = items.findIndex((item) => item.is === 'word' && item.class === 'same')
  const model = items[same + 1]
  const stop = items.findIndex((item, i) => i < same && (item.is === 'comma' || item.is === 'stop'))
  const pronoun = items.findIndex((item, i) => i > stop && 'word' in item && PRONOUN.test(item.word))
  if (stop < 0 || pronoun < 0) return items
  const told = items.slice(0, stop)
  const named = told.filter((item) => partOf(item) === 'who')
  const [first, second, ...others] = named
  if (
    first === undefined ||
    others.length > 0 ||
    (second !== undefined && idOf(second) !== idOf(model)) ||
    idOf(first) === idOf(model)
  )
    return items
  if (
    !told.every(
      (item) => ['who', 'small', 'other'].includes(partOf(item)) || (item.is === 'word' && item.class === 'via'),
    )
  )
    return items
  if (told.some((item) => item.is === 'word' && ['give', 'take', 'need', 'stretch'].includes(item.class))) return items
  if (items.slice(stop).some((item, i) => i + stop !== same + 1 && partOf(item) === 'who')) return items
  return items.slice(stop + 1).map((item, i) => (i + stop + 1 === pronoun ? first : item))
}

const idOf = (item: Item | undefined): string =>
  item?.is === 'name' ? item.mention.entities.map(({ type, id }) => `${type}:${id}`).join() : ''
