import type { Item } from './items.ts'
import { kindOf } from './kind.ts'
import { partOf } from './pairs.ts'

/**
 * What is told before a request and only says who it is about: "Yusuf left yesterday, kill everything he has", "Bob is on call this
 * week, give him wiki until Friday", "Tim wants research to have wiki". Whoever is meant by a word of its own is put in its place; what
 * was told goes when nothing of it could narrow the request.
 */
export function withoutTold(items: readonly Item[]): readonly Item[] {
  return withMeant(withComplaint(withRenewal(withoutAskers(withoutOldTime(withoutSo(items))))))
}

/** "Ok so: …" gives no reason, and "as per NET-4411" tells of nobody. */
const withoutSo = (items: readonly Item[]): readonly Item[] =>
  items.flatMap((item, i): Item[] => {
    if (!('word' in item)) return [item]
    const [next, verb] = [items[i + 1], items[i + 2]]
    // "It was postponed, so compliance should keep …": what follows is asked for.
    const follows = partOf(next) === 'who' && verb?.is === 'word' && ['need', 'stretch'].includes(verb.class)
    if (item.word === 'so' && follows) return [{ is: 'stop', question: false, at: item.at, to: item.to }]
    if (item.word === 'so') return next?.is === 'comma' ? [] : [item]
    const goes = !(PER.test(item.word) && (isTicket(next) || (PER.test(wordOf(next)) && isTicket(items[i + 2]))))
    return goes ? [item] : []
  })

const INSTEAD_OF = /^(?:instead of|rather than|statt|anstatt|en vez de|en lugar de|au lieu (?:de|du)|not)$/

/** "Until 19 November instead of this Friday": the end that was does not bind. */
function withoutOldTime(items: readonly Item[]): readonly Item[] {
  const at = items.findIndex(
    (item, i) => INSTEAD_OF.test(wordOf(item)) && !/^not$/.test(wordOf(item)) && partOf(items[i + 1]) === 'time',
  )
  const others = items.filter((item, i) => partOf(item) === 'time' && i !== at + 1)
  return at < 0 || others.length !== 1 ? items : items.filter((_, i) => i !== at && i !== at + 1)
}

const PER = /^(?:as|per|as per|laut|gemass|segun|selon)$/
const wordOf = (item: Item | undefined): string => (item !== undefined && 'word' in item ? item.word : '')
const isTicket = (item: Item | undefined): boolean => item?.is === 'literal' && item.literal.is === 'ticket'

/** The first clause and the rest, cut at the first mark behind some words. */
function cutAtMark(items: readonly Item[]): readonly [told: readonly Item[], asked: readonly Item[]] | undefined {
  const mark = items.findIndex((item, i) => i > 1 && (item.is === 'comma' || item.is === 'stop'))
  const next = items.findIndex((item, i) => i > mark && item.is !== 'comma' && item.is !== 'stop')
  return mark < 0 || next < 0 ? undefined : [items.slice(0, mark), items.slice(next)]
}

const has = (items: readonly Item[], part: 'who' | 'service' | 'place' | 'time'): boolean =>
  items.some((item) => partOf(item) === part)

/** "Rosa's lims access runs out tonight, please renew it until 30 November": the end that is, and the one that is asked for. */
function withRenewal(items: readonly Item[]): readonly Item[] {
  const cut = cutAtMark(items)
  if (cut === undefined) return items
  const [told, asked] = cut
  if (
    !(has(told, 'who') || told.some((item) => item.is === 'word' && item.class === 'my')) ||
    !has(told, 'service') ||
    !has(told, 'time')
  )
    return items
  if (has(asked, 'who') || has(asked, 'service') || !has(asked, 'time') || kindOf(asked) !== 'extend') return items
  if (told.some((item) => ['narrows', 'place'].includes(partOf(item)))) return items
  const named = told.filter(
    (item) =>
      ['who', 'service', 'joint'].includes(partOf(item)) ||
      (item.is === 'word' && ['access', 'my'].includes(item.class)),
  )
  return [...named, ...asked]
}

const WHY = /^(?:why|how come|warum|wieso|weshalb|por que|pourquoi|what)$/

/**
 * "Sales is locked out of erp, please let them in until Friday", "nobody can print. open booking for Calais": a complaint before a
 * request tells why; what it names is meant by the request's little words.
 */
function withComplaint(items: readonly Item[]): readonly Item[] {
  const cut = cutAtMark(items)
  if (cut === undefined) return items
  const [told, asked] = cut
  const complaint = kindOf(told)
  if (!(complaint === 'diagnose' || complaint === undefined) || told.some((item) => WHY.test(wordOf(item))))
    return items
  if (told.some((item) => partOf(item) === 'narrows' && !(item.is === 'word' && item.class === 'not'))) return items
  const services = told.filter((item) => partOf(item) === 'service')
  const people = told.filter((item) => partOf(item) === 'who')
  const [who] = people
  const meant = asked.map(
    (item): Item =>
      THEM.test(wordOf(item)) && who !== undefined && people.length === 1 ? { ...who, at: item.at, to: item.to } : item,
  )
  const means = meant.some((item, i) => item !== asked[i])
  if (has(asked, 'service')) {
    const same = services.every((item) => asked.some((other) => idOf(other) === idOf(item))) && !has(told, 'time')
    if (complaint === 'diagnose') return kindOf(asked) === 'grant' && same ? asked : items
    // "Mar will be on the phones all week, please open the pbx for her until Friday".
    return means && has(asked, 'time') && kindOf(meant) === 'grant' ? meant : items
  }
  const [service] = services
  if (service === undefined || new Set(services.map(idOf)).size > 1) return items
  const request: readonly Item[] = [
    ...meant,
    { is: 'word', class: 'on', word: 'on', at: service.at, to: service.at },
    service,
  ]
  const leans = complaint === 'diagnose' || (means && !has(told, 'time'))
  return has(meant, 'who') && leans && kindOf(request) === 'grant' ? request : items
}

const THEM = /^(?:him|her|them|ihn|sie|ihm|ihr|ihnen|le|les|lui|leur|los|las)$/

const idOf = (item: Item): string =>
  item.is === 'name'
    ? item.mention.entities.map(({ type, id }) => `${type}:${id}`).join()
    : item.is === 'literal' && item.literal.is === 'host'
      ? item.literal.host
      : ''

const WISHES = /^(?:wants?|would like|'d like|would love|needs|mochten?|will|quieren?|veut|veulent|voudrait)$/
const THAT = /^(?:to|dass|que|zu)$/

/** "Tim wants research to have wiki": it is for research. */
function withoutAskers(items: readonly Item[]): readonly Item[] {
  const at = items.findIndex((item, i) => {
    const [wish, who, to] = [items[i + 1], items[i + 2], items[i + 3]]
    return (
      partOf(item) === 'who' &&
      wish?.is === 'word' &&
      WISHES.test(wish.word) &&
      partOf(who) === 'who' &&
      who?.is === 'name' &&
      to !== undefined &&
      'word' in to &&
      THAT.test(to.word)
    )
  })
  if (at < 0 || items.slice(0, at).some((item) => partOf(item) === 'who')) return items
  return [...items.slice(0, at), ...items.slice(at + 1, at + 3), ...items.slice(at + 4)]
}

const HE =
  /^(?:(?:he|she|they)(?:'ll|'d|'s|'re|'ve)?|him|her|them|his|their|er|sie|ihm|ihr|ihnen|ihn|seine?|seinen|ihre|ihren|ella|ellos|le|les|su|sus|il|elle|ils|elles|lui|leur|son|ses|leurs)$/
const POSSESSIVE = /^(?:his|their|seine?|seinen|ihre|ihren|su|sus|son|ses|leurs|leur)$/

function withMeant(items: readonly Item[]): readonly Item[] {
  let from = 0
  for (let at = 0; at < items.length; at++) {
    const ends = endOfTold(items, at)
    if (ends === undefined) continue
    const [told, asked] = [items.slice(from, at), items.slice(ends)]
    const meant = told.length > 0 ? asMeant(told, asked) : undefined
    if (meant) return [...items.slice(0, from), ...meant]
    if (told.some((item) => partOf(item) === 'who' || partOf(item) === 'service')) return items
    from = ends
  }
  return items
}

/** Past the mark that ends what is told: a comma, a stop, or "so" before whoever it is about. */
function endOfTold(items: readonly Item[], at: number): number | undefined {
  const item = items[at]
  if (item?.is === 'comma' || item?.is === 'stop') return at + 1
  // "… so she needs wiki" is one word with "so"; the word behind it is kept.
  if (item?.is !== 'word') return undefined
  const next = items[at + 1]
  return SO_HE.test(item.word) ? at : item.word === 'so' && next !== undefined && isHe(next) ? at + 1 : undefined
}

const SO_HE = /^so (?:he|she|they)$/
const isHe = (item: Item): boolean => 'word' in item && (HE.test(item.word) || SO_HE.test(item.word))

function asMeant(told: readonly Item[], asked: readonly Item[]): readonly Item[] | undefined {
  if (!onlyTells(told)) return undefined
  if (isOwnStory(told))
    return hasOwnTime(told, asked) && asked.some(isSpeaker) && kindOf(asked) === 'grant' ? asked : undefined
  const named = told.flatMap((item, i) => (partOf(item) === 'who' ? [i] : []))
  const [first, ...others] = named
  const who = first === undefined ? undefined : told[first]
  // "Bob is on call", "Sofia covers for Sam": the others only tell what she does.
  if (who?.is !== 'name' || !others.every((i) => isGroup(told[i]) || isLedByFor(told[i - 1]))) return undefined
  const he = asked.findIndex((item) => isHe(item) || ENCLITIC.test(wordOf(item)))
  if (he < 0 || asked.some((item) => partOf(item) === 'who')) return undefined
  const types = new Set(who.mention.entities.map(({ type }) => type))
  const many = THEY.test(wordOf(asked[he])) || /les$/.test(wordOf(asked[he]))
  if (!types.has('person') && !(types.has('group') && many)) return undefined
  // "Give her access": of whom it is said stands where the word for it stood, and as often as it is said.
  const meant = asked.flatMap((item, i): Item | Item[] => {
    if (ENCLITIC.test(wordOf(item)) && i === he) return [item, { ...who, at: item.to, to: item.to }]
    if (!isHe(item)) return item
    const possessive = i !== he && 'word' in item && POSSESSIVE.test(item.word)
    return possessive
      ? { is: 'word', class: 'filler', word: 'the', at: item.at, to: item.to }
      : { ...who, at: item.at, to: item.to }
  })
  const kind = kindOf(meant)
  if (kind !== 'grant' && kind !== 'revoke' && kind !== 'extend') return undefined
  const untimed = kind !== 'revoke' && !asked.some((item) => partOf(item) === 'time')
  return untimed ? [...meant, ...told.filter((item) => partOf(item) === 'time')] : meant
}

/** "Quítale", "ábreles": a verb with whom it is for. */
const ENCLITIC = /^(?:quita|quiten|quitad|da|dad|abre|abran|abrid|retira|revoca|pon|habilita|permite|concede)les?$/
const THEY = /^(?:so )?(?:they|them|their|sie|ihnen|ihre|ihren|ellos|ellas|les|ils|elles|leurs?)(?:'\w+)?$/

const isLedByFor = (item: Item | undefined): boolean =>
  item !== undefined &&
  'word' in item &&
  /^(?:for|from|while|fur|von|wahrend|para|por|de|mientras|pour|pendant que)$/.test(item.word)
const isGroup = (item: Item | undefined): boolean =>
  item?.is === 'name' && item.mention.entities.every(({ type }) => type === 'group')
const isSpeaker = (item: Item): boolean => item.is === 'word' && (item.class === 'me' || item.class === 'i')
/** "I'm on call this week": about the speaker, with nobody named but a group. */
const isOwnStory = (told: readonly Item[]): boolean =>
  told.some((item) => item.is === 'word' && item.class === 'i') &&
  told.filter((item) => partOf(item) === 'who').every(isGroup)
/** What was told of a time does not matter where the request has one. */
const hasOwnTime = (told: readonly Item[], asked: readonly Item[]): boolean => !has(told, 'time') || has(asked, 'time')

/** No service, no place, nothing that narrows, and nothing that is asked for. */
function onlyTells(told: readonly Item[]): boolean {
  if (hasLeft(told)) return true
  const verbs = told.some((item) => item.is === 'word' && ['give', 'take', 'stretch', 'need'].includes(item.class))
  const bounds = told.some((item) => item.is === 'time' && (item.time.role === 'end' || item.time.role === 'length'))
  return !verbs && !bounds && told.every((item, i) => mayBeTold(item, told[i - 1])) && kindOf(told) === undefined
}

function mayBeTold(item: Item, before: Item | undefined): boolean {
  const part = partOf(item)
  if (part === 'place') return isLedByFor(before)
  return (
    item.is !== 'number' &&
    (['who', 'small', 'other', 'time'].includes(part) || (item.is === 'word' && item.class === 'via'))
  )
}

/** "Pilar ya no trabaja en cobranza": where somebody works no more is nothing that is taken away. */
function hasLeft(told: readonly Item[]): boolean {
  const words = told.map(wordOf).join(' ')
  return (
    /\b(?:no longer|not|doesn't|ya no|nicht mehr|ne|n'|plus)\b/.test(words) &&
    /\b(?:works?|working|trabajan?|arbeite[nt]|travaille(?:nt)?)\b/.test(words)
  )
}
