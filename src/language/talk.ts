import { splitAtMarks } from './claims.ts'
import { isCourtesy } from './courtesy.ts'
import type { Item } from './items.ts'
import { kindOf } from './kind.ts'
import { editDistance } from './nearest.ts'
import { mayNarrow } from './talk-words.ts'
import type { WordClass } from './words.ts'

/**
 * The items without what is only said beside a request: reasons, moods and news in sentences of their own ("the auditors are in the
 * building and they're getting itchy"), what a request is for ("For the audit: …"), and who signs. A clause goes only when it is a whole
 * sentence, when nothing in it asks for anything, and when no word of it could narrow: no name, time, number or address, no condition,
 * exception, measure or part. Whatever may narrow stays, to be read or asked about.
 */
export function withoutTalk(items: readonly Item[], text: string, requester: string): readonly Item[] {
  const parts = splitAtMarks(items, text).flatMap(splitBeforeSentence)
  if (parts.length < 2) return items
  return parts.flatMap((part, index) => {
    const [said, mark] = withoutMark(part)
    const rest = parts.filter((_, other) => other !== index).flat()
    const asks = mark.some((item) => item.is === 'stop' && item.question)
    const talk =
      isCourtesy(wordsOf(said)) ||
      (!asks && tells(said)) ||
      isPurpose(said, rest) ||
      (index === parts.length - 1 && signs(said, parts[index - 1], requester))
    // What bounds a request is kept, wherever it is told.
    return talk ? [...said.filter(({ is }) => is === 'time'), ...mark] : part
  })
}

function withoutMark(part: readonly Item[]): readonly [said: readonly Item[], mark: readonly Item[]] {
  const end = part.at(-1)
  return end?.is === 'stop' || end?.is === 'comma' ? [part.slice(0, -1), [end]] : [part, []]
}

/** "… and they are in a hurry", "… so he is stuck": a sentence that goes on with another. */
function splitBeforeSentence(part: readonly Item[]): readonly (readonly Item[])[] {
  const at = part.findIndex(
    (item, i) =>
      i > 1 &&
      /^(?:and|und|y|et|so|as|since|pues|car|denn)$/.test(wordOf(item)) &&
      SUBJECT_WORD.test(wordOf(part[i + 1])),
  )
  return at < 0 ? [part] : [part.slice(0, at), part.slice(at)]
}

const wordsOf = (items: readonly Item[]): string => items.map(wordOf).join(' ')
const wordOf = (item: Item | undefined): string => (item !== undefined && 'word' in item ? item.word : '')

/** Words that begin a whole sentence: somebody or something of whom it tells. */
const SUBJECT_WORD =
  /^(?:i|we|he|she|they|it|this|that|there|you|everyone|everybody|people|(?:i|we|he|she|they|it|this|that|there|you|who|what|here)'(?:m|s|re|ve|d|ll)|ich|wir|er|sie|es|das|man|ihr|du|hier|yo|nosotros|el|ella|ellos|ellas|esto|eso|je|j'ai|nous|il|elle|ils|elles|on|ca|c'est|ce|cela|tu|vous)$/
/** "Need to finish the poster", "muss ein Poster fertig machen": what the speaker has to do. */
const isDuty = (sentence: readonly Item[]): boolean =>
  sentence.length > 2 &&
  /^(?:muss|mussen|need|have to|has to|got to|gotta|tengo que|tenemos que|dois|devons)$/.test(wordOf(sentence[0]))

const QUESTION =
  /^(?:how|what|what's|where|when|why|which|wie|wann|wo|warum|como|cuando|donde|quand|comment|ou|pourquoi)$/
const ARTICLE =
  /^(?:the|our|my|their|his|her|your|all|these|those|der|die|das|unser|unsere|mein|meine|ihre|seine|el|la|los|las|nuestro|nuestra|mi|le|les|l'|notre|nos|mon|ma|un|une|una|ein|eine|a|an)$/
const FINITE =
  /^(?:is|are|was|were|am|has|have|had|got|does|did|went|came|told|said|says|keeps?|looks?|seems?|feels?|got|gets|getting|overran|ist|sind|war|waren|hat|haben|hatte|wird|wurde|kommt|lauft|drangt|wartet|es|son|esta|estan|era|fue|ha|han|est|sont|etait|a|ont|attend|attendent)$/
const OPENS: ReadonlySet<WordClass> = new Set(['filler', 'and', 'aside'])
const opens = (item: Item & { is: 'word' }): boolean => OPENS.has(item.class) || isReason([item])

/** A whole sentence that asks for nothing and cannot narrow. */
function tells(said: readonly Item[]): boolean {
  if (said.some((item) => QUESTION.test(wordOf(item)))) return false
  const from = said.findIndex((item) => !(item.is === 'word' && opens(item) && !SUBJECT_WORD.test(item.word)))
  const sentence = said.slice(Math.max(0, from))
  const [first, ...more] = sentence
  if (first === undefined || more.length === 0) return false
  const whole =
    SUBJECT_WORD.test(wordOf(first)) ||
    (ARTICLE.test(wordOf(first)) && more.some((item) => FINITE.test(wordOf(item)))) ||
    (first.is === 'unknown' && FINITE.test(wordOf(more[0]))) ||
    // "Die Inventur zieht sich", "the demo slipped".
    (/^(?:der|die|das|unsere?|meine?)$/.test(wordOf(first)) &&
      more.length > 1 &&
      /[a-z]t$/.test(wordOf(more[1])) &&
      more[1]?.is === 'unknown') ||
    (/^(?:the|our|my)$/.test(wordOf(first)) && more[1]?.is === 'unknown' && /[a-z]{2}ed$/.test(wordOf(more[1])))
  if (isAbsent(sentence)) return true
  if (namesIn(sentence).length > 0) return false
  // "This is for the new hires" tells for whom, in words that nobody can look up.
  if (isDuty(sentence)) return harmless(sentence.slice(1))
  return !isForSomebody(sentence) && whole && harmless(sentence) && kindOf(said) === undefined
}

/** Nothing in it narrows: every item is a word, and none a word that could. */
function harmless(sentence: readonly Item[]): boolean {
  return withoutStates(sentence).every((item) => {
    if (item.is === 'name')
      return (
        item.mention.nearly === undefined &&
        item.mention.entities.every(({ type }) => type === 'person' || type === 'group')
      )
    if (item.is === 'unknown') return !narrows(item.word)
    return item.is === 'word' && !NARROWING.has(item.class) && (PLAIN.test(item.word) || !narrows(item.word))
  })
}

/** "For the new hires": for whom, in words that nobody can look up. */
export const isForSomebody = (said: readonly Item[]): boolean =>
  said.some((item, i) => i > 0 && PEOPLE.test(wordOf(item)) && said.slice(0, i).some(leadsToSomebody))

/** A clause that says why. */
export const isReason = (said: readonly Item[]): boolean => {
  const first = said.find((item) => !(item.is === 'word' && (item.class === 'filler' || item.class === 'and')))
  return first?.is === 'word' && first.class === 'because' && !/^(?:who|which|that|while|when)$/.test(first.word)
}

export const narrows = (word: string): boolean =>
  word.split(/[\s'-]+/).some((part) => mayNarrow(part, editDistance)) || mayNarrow(word, editDistance)
/** Verbs without which no sentence is told, and words that only point. */
const PLAIN =
  /^(?:has|have|had|having|gets?|getting|got|will|would|is|are|was|were|this|that|these|those|here|there|as|so|since|because|who|tiene|tienen|hat|haben|a|ont|ai)$/
const NARROWING: ReadonlySet<WordClass> = new Set<WordClass>([
  'give',
  'take',
  'stretch',
  'access',
  'reach',
  'via',
  'except',
  'same',
  'only',
  'readonly',
  'not',
  'or',
  'everybody',
  'everything',
])

/** "… isn't finished", "… is not ready": how something is, not what is not to be done. */
function withoutStates(sentence: readonly Item[]): readonly Item[] {
  return sentence.filter((item, i) => {
    const next =
      wordOf(sentence[i + 1]) === 'quite' || wordOf(sentence[i + 1]) === 'yet' ? sentence[i + 2] : sentence[i + 1]
    return !(/^(?:not|nicht|pas|(?:is|are|was|were)n't|isnt|arent)$/.test(wordOf(item)) && STATE.test(wordOf(next)))
  })
}
const STATE =
  /^(?:done|finished|ready|complete|completed|fixed|sorted|sure|happy|amused|well|through|fertig|bereit|sicher|froh|fini|finie|pret|prete|content|contente|contento|contenta|listo|lista)$/

const namesIn = (items: readonly Item[]): readonly Item[] =>
  items.filter((item) => item.is === 'name' || item.is === 'literal')

const ADVERB = '(?:already|also|just|really|still|currently|now|schon|bereits|ya|deja)'
/** "Finance already knows", "he's covering for Hana", "Priya is on leave": who is named is told of, and gets and loses nothing. */
const ABSENT = new RegExp(
  `^(?:NAME (?:${ADVERB} )*(?:knows?|agreed|asked|asks|requested|suggested|recommended|insists?|waits?|complained|weiss|fragt|sabe|pregunta|sait|demande)(?: (?:about it|it|this|that|me|us|nicely|for it|bescheid|ya|deja|too|already))*` +
    `|NAME (?:is|are|ist|sind|esta|est) (?:${ADVERB} )*(?:waiting|away|out sick|sick|ill|busy|unavailable|on (?:leave|holiday|vacation|sick leave|paternity leave|maternity leave|parental leave|call)|off sick|asking|krank|im urlaub|de vacaciones|enferm[oa]|malade|en conge|en vacances)` +
    `|(?:(?:he|she|they|i|we)(?:'s|'re|'m)?|i'm|he's|she's|they're|we're|er|sie|el|ella|il|elle|NAME)(?: (?:is|are|am))? (?:${ADVERB} )*(?:covering|filling in|standing in|stepping in|taking over|subbing|deputi[sz]ing|helping|assisting|supporting|working|pairing|visiting|meeting|replacing|backing up|vertritt|ersetzt|springt|ubernimmt|sustituye|cubre|remplace)(?: (?:for|with|from|out|a|al|fur))* NAME(?: ein)?` +
    `|(?:es que )?(?:anda|esta|estoy|estamos|estan) (?:cubriendo|sustituyendo|ayudando|reemplazando) (?:a|con) NAME` +
    `|(?:he|she|they|NAME|er|sie|el|ella|il|elle)(?: (?:has|have|just|ist|sind|ha|han|a|est))* (?:moved|switched|changed|transferred|joined|retired|resigned|handed|gewechselt|cambiado|change)(?: (?:to|the|from|in|his|her|their|another|a|different|new|team|teams|department|company|project|role|job|notice|us|NAME|das|de|d'equipe|equipo|equipe|puesto))*)$`,
)
function isAbsent(sentence: readonly Item[]): boolean {
  const shape = sentence
    .filter(({ is }) => is !== 'time')
    .map((item) => (item.is === 'name' ? 'NAME' : wordOf(item)))
    .join(' ')
  return ABSENT.test(shape)
}

/** "For the audit: Compliance -> archive": what it is for, where somebody else is named to whom it goes. */
function isPurpose(said: readonly Item[], rest: readonly Item[]): boolean {
  const [first, ...more] = said
  const led =
    first?.is === 'word' &&
    (first.class === 'for' || (first.class === 'because' && /^(?:wegen|due to|because of)$/.test(first.word)))
  if (!led || more.length === 0 || !more.every(({ is }) => is === 'unknown' || is === 'word')) return false
  if (!more.some(({ is }) => is === 'unknown') || !harmless(more) || more.some((item) => PEOPLE.test(wordOf(item))))
    return false
  return namesWho(rest)
}

const leadsToSomebody = (item: Item): boolean => item.is === 'word' && item.class === 'for'

const PEOPLE =
  /^(?:.*team|team|group|guys?|folks|people|crew|staff|users?|colleagues?|hires?|interns?|joiners?|starters?|students?|trainees?|members?|contractors?|externals?|consultants?|me|us|him|her|them|leute|kollegen|neuen?|praktikant\w*|azubi\w*|gente|equipo|nuevos?|becari\w*|equipe|nouveaux?|stagiaires?)$/
const namesWho = (items: readonly Item[]): boolean =>
  items.some(
    (item) => item.is === 'name' && item.mention.entities.some(({ type }) => type === 'person' || type === 'group'),
  )

/** "Cheers, Zoë": who wrote the message closes it. */
function signs(said: readonly Item[], before: readonly Item[] | undefined, requester: string): boolean {
  const [name, ...more] = said.filter((item) => !(item.is === 'word' && item.class === 'filler'))
  const closes = before?.some((item) => CLOSING.test(wordOf(item))) || said.some((item) => CLOSING.test(wordOf(item)))
  return (
    closes === true &&
    name?.is === 'name' &&
    more.every((item) => item.is === 'name' || item.is === 'stop') &&
    [name, ...more].every(
      (item) =>
        item.is !== 'name' || item.mention.entities.every(({ type, id }) => type === 'person' && id === requester),
    )
  )
}
const CLOSING =
  /^(?:cheers|thanks|thank you|thx|ty|regards|best|kind regards|best regards|sincerely|yours|danke|grusse|gruss|lg|vg|mfg|gracias|saludos|merci|cordialement|bien a vous|a\+)$/
