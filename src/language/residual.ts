import type { Intent, Slot, SubjectRef } from './intent.ts'
import type { Item } from './items.ts'
import type { Doubt } from './settle.ts'

/**
 * What narrows a request and was taken up by none of its fields: a time told by an event, a part of a group or of a service, an
 * exception of something unnamed, an open end of a list, a correction. Each is a question, because what is dropped silently is the
 * dangerous error. Runs after everything else was read.
 */
export function residualDoubts(items: readonly Item[], text: string, intent: Intent): readonly Doubt[] {
  const shape = shapeOf(items, text)
  const doubt = (slot: Slot, words: string): Doubt => ({ slot, why: 'restriction', words: words.trim() })
  const found = RULES.flatMap(({ slot, sign, unbounded }) => {
    const words = sign.exec(shape)?.[0]
    return words === undefined || (unbounded && intent.window !== undefined) ? [] : [doubt(slot, words)]
  })
  if (intent.kind === 'grant' && intent.window === undefined) {
    const unit = items.find((item) => item.is === 'unknown' && UNIT.test(item.word))
    if (unit) found.push(doubt('window', wordOf(unit)))
  }
  if (intent.kind === 'grant' && intent.window === undefined) found.push(...startedAlready(items))
  const reported = REPORTED.exec(shape)?.[0]
  if (reported !== undefined && (intent.subjects?.length ?? 0) > 1) found.push(doubt('subject', reported))
  if (bothWhoAndWhere(intent) && WHO_WHERE.test(shape)) found.push(doubt('subject', 'who, or from where'))
  if (manyPlaces(intent) && (PLACE_IN_DOUBT.test(shape) || runTogether(items)))
    found.push(doubt('subject', 'who, or from where'))
  if (intent.kind === 'revoke') {
    const condition = CONDITION.exec(shape)?.[0]
    if (condition !== undefined) found.push(doubt('subject', condition))
  }
  if (items.some((item) => item.is === 'literal' && item.literal.is === 'cidr' && item.literal.cidr.startsWith('255.')))
    found.push(doubt('subject', 'netmask'))
  return [...found, ...correctionDoubts(shape, intent), ...onlyDoubts(items), ...placeDoubts(items, intent)]
}

/** "Carol says: give bob grafana": who says it is not among those it is for. */
const REPORTED =
  /\b(?:PERSON|GROUP) (?:(?:just|also|already) )?(?:says?|said|writes?|wrote|told|tells|asks?|asked|(?:wants?|needs?|would like|expects?|tells?|told|lets?) (?:me|us|you|(?:the )?(?:GROUP|PERSON|NETWORK) to)|insists?|claims?|thinks?|reckons|sagt(?:e)?|meint(?:e)?|schrieb|dice|dijo|pide|pidio|dit|demande)\b/

/** "Grafana since Friday": a moment that is over neither begins nor ends an access. */
function startedAlready(items: readonly Item[]): readonly Doubt[] {
  return items.flatMap((item, index): Doubt[] =>
    item.is === 'time' && item.time.role === 'since' && items[index - 1]?.is === 'name'
      ? [{ slot: 'window', why: 'restriction', words: 'since' }]
      : [],
  )
}

type Rule = {
  readonly slot: Slot
  readonly sign: RegExp
  /** Only where nothing else says until when. */
  readonly unbounded?: true
}

const ARTICLE = "(?:the|our|my|die|der|den|das|la|el|los|las|le|les|l'|un|une|una|ein|eine|a|an|this|that)"
const WHOEVER = "(?:GROUP|PERSON|NETWORK)(?:'s)?"

const RULES: readonly Rule[] = [
  {
    slot: 'window',
    unbounded: true,
    sign: /\b(?:for|during|over|throughout|within|fur|wahrend|pendant|durant|durante|por|pour) (?:[a-z][\w'-]* ){0,4}(?:sprint|shift|while|bit|moment|moments|ages|age|season|quarter|semester|term|holidays?|vacation|weekend|conference|duration|period|phase|iteration|session|trial|probation|schicht|urlaub|weile|turno|rato|temps|vacances|vacaciones|sec|second|remainder|rest)\b/,
  },
  {
    slot: 'window',
    unbounded: true,
    sign: new RegExp(
      `\\b(?:while|when|whenever|as long as|so long as|solange|wenn|wahrend|mientras|cuando|tant que|pendant que|quand) (?:he|she|they|i|we|he's|she's|they're|i'm|we're|er|sie|wir|ich|ella|il|elle|ils|nous|${ARTICLE}|${WHOEVER})(?= |$)`,
    ),
  },
  {
    slot: 'window',
    unbounded: true,
    sign: /\b(?:le temps (?:de|d')|a (?:couple|few|number) of times|twice|once or twice)(?= |$)/,
  },
  {
    slot: 'port',
    sign: /\b(?:not|no|never|without|except|minus|nicht|kein|keine|keinen|ohne|pas|sans|sin|but not|and not|instead of|rather than) (?:[a-z]+ ){0,2}PORT/,
  },
  // "443 and up", "above 8000", "443 and [up until Friday]": a range that nobody wrote out.
  {
    slot: 'port',
    sign: /(?:PORT|\b\d{2,5}) (?:(?:and|or|und|oder|y|o|et|ou) )?(?:up|upwards?|above|higher|below|lower|under|onwards?|aufwarts|hoher|abwarts|superior(?:es)?|inferior(?:es)?|plus haut)\b|(?:PORT|\b\d{2,5}) and TIME|\b(?:above|below|under|beyond|starting|uber|unter|ab|encima de|debajo de|dessus de|dessous de) (?:PORT|\d{2,5})(?= |$)/,
  },
  { slot: 'window', sign: /\b(?:office|business|working|opening) hours\b/ },
  {
    slot: 'subject',
    sign: new RegExp(
      `\\b(?:half|some|most|parts?|few|couple|several|many|one|two|three|four|five|any|certain|head|lead|leader|manager|boss|director|friends?|colleagues?|assistant|deputy|substitute|replacement|successor|chief|supervisor|representative|delegate|leiter|leiterin|chef|chefin|teil|halfte|jefe|jefa|responsable|mitad|algunos|algunas|moitie|partie|certains|einige|manche) (?:(?:members?|people|folks|guys|staff|persons?) )?(?:of|of the|from|in|at|von|vom|der|des|de|del|du|d') (?:${ARTICLE} )*${WHOEVER}`,
    ),
  },
  {
    slot: 'subject',
    sign: new RegExp(
      `\\b(?:new|newest|senior|junior|former|future|remaining|other|certain|selected|some|most|half|several|few) (?:(?:hires?|joiners?|members?|people|folks|starters?|employees?|colleagues) )(?:of|of the|in|from|on) (?:${ARTICLE} )*GROUP`,
    ),
  },
  {
    slot: 'subject',
    sign: /\b(?:some|most|half|several|few|certain|selected|other|senior|junior|former) (?:the )?GROUP\b/,
  },
  {
    slot: 'subject',
    sign: /NETWORK (?:(?:people|folks|guys|team|crew|staff|users?|side|part|office) )?(?:in|of|of the|from|within) (?:the )?GROUP/,
  },
  { slot: 'subject', sign: /(?:GROUP|PERSON)'s ADDRESS/ },
  { slot: 'subject', sign: /\b(?:their|his|her|its|seine|ihre|sus|leurs|ses) (?:GROUP|NETWORK)\b/ },
  { slot: 'service', sign: /SERVICE (?:behind|through|under|inside|aka|i\.e\.?) (?:the )?SERVICE/ },
  // "… sauf que pour Guy c'est jusqu'à jeudi": what is excepted is a sentence, not a name.
  ...(['subject', 'window'] as const).map(
    (slot): Rule => ({
      slot,
      sign: /\b(?:except|save|only|but) that\b|\b(?:ausser|nur) dass\b|\b(?:sauf|salvo|excepto|solo) que\b|\b(?:except|sauf|salvo|excepto|ausser|hormis) (?:for )?(?:when|if|si|wenn|quand|cuando)(?![\w'])/,
    }),
  ),
  // "Jo and Dmitri, but Dmitri only from the VPN": what narrows one of several.
  {
    slot: 'subject',
    sign: /(?:[,.]|\b(?:but|aber|pero|mais|and|und|y|et)) (?:GROUP|PERSON) (?:only|just|nur|solo|seulement|uniquement)\b/,
  },
  // "Except will access to payroll", all in lower case: a name that is also a word of the grammar.
  {
    slot: 'subject',
    sign: /\b(?:except|except for|excepting|excluding|minus|apart from|other than|all but|but not|ausser|ohne|excepto|salvo|menos|sauf) (?!access|the|for|to|on|from|in)[a-z]+ (?:access|to|on|into|onto|zugriff|zugang|auf|acceso|acces)\b/,
  },
  {
    slot: 'service',
    sign: /\b(?:except|except for|excepting|excluding|exclude|minus|apart from|other than|aside from|with the exception of|save for|all but|ausser|excepto|salvo|menos|sauf|hormis) (?!(?:[a-z][\w'-]* |, ){0,5}(?:GROUP|PERSON|NETWORK|SERVICE|SHARED|ADDRESS|LITERAL|PORT|DEVICE)|(?:on |in |at |am |le |el )?TIME)[a-z]/,
  },
  {
    slot: 'service',
    sign: /SERVICE (?:(?!because|since|so|when|where|which|that|and|for|to|via|from|until|by|with|is|are|needs?|the|on|or)[a-z][\w'-]* ){1,2}(?:pages?|tab|tabs|section|area|screen|panel|folder|dialog|module|view)\b/,
  },
  { slot: 'service', sign: /\b(?:parts?|half|some|section|pages?|folder|tab|bits?) (?:of|of the|in) (?:the )?SERVICE/ },
  {
    slot: 'service',
    sign: /\b(?:leave out|leaving out|omit|skip) (?:the )?(?!(?:approvals?|reviews?|confirmation|process|checks?|it)\b)[a-z]/,
  },
  {
    slot: 'service',
    sign: /SERVICE ,? ?(?:etc|and so on|and so forth|and others|and the others|usw|und so weiter|y otros|y demas|et autres|et cetera|etcetera|or similar)\b/,
  },
  {
    slot: 'subject',
    sign: new RegExp(
      `${WHOEVER} ,? ?(?:etc|et al|and so on|and so forth|and others|and the others|and friends|usw|und so weiter|y otros|y demas|et autres|et cetera|etcetera|(?:and|und|y|et|\\+|&) (?:his|her|their|seine?|ihre?|su|son|sa) (?:team|group|crew|people|folks|department|colleagues|equipo|equipe|leute|gruppe))\\b`,
    ),
  },
]

/** Names of people beside names of places, with nothing that lists them: one of them narrows the other, and nobody said which. */
const WHO_WHERE =
  /(?:GROUP|PERSON) (?:(?!and|und|y|e|et|or|plus|sowie|also|as)[a-z]+ ){0,2}(?:NETWORK|ADDRESS)|(?:NETWORK|ADDRESS) (?:GROUP|PERSON)/
/** A second place right behind a first, or in one list with people: it may be one of those who get access. */
const PLACE_IN_DOUBT =
  /(?:GROUP|PERSON) (?:,|and|&|\+|und|y|et|plus|as well as|, and) (?:the )?(?:NETWORK|ADDRESS)|(?:NETWORK|ADDRESS) (?:,|and|&|\+|und|y|et|plus|as well as|, and) (?:the )?(?:GROUP|PERSON)/

/** Two places with nothing between them that makes a list: "from the office, until Friday, 10.10.30.7 …". */
function runTogether(items: readonly Item[]): boolean {
  const places = items.flatMap((item, index) => (namesPlace(item) ? [index] : []))
  return places.some((at, nth) => {
    const next = places[nth + 1]
    if (next === undefined) return false
    const between = items.slice(at + 1, next)
    const word = (kind: string): boolean => between.some((item) => item.is === 'word' && item.class === kind)
    const marked = between.some(({ is }) => is === 'comma' || is === 'stop')
    // "In the vpn: 10.10.20.0/24 to …": the first says where, the second perhaps who.
    if (leadOf(items, at) !== leadOf(items, next) && leadOf(items, at) !== undefined && !word('and') && !word('or'))
      return true
    return !word('and') && !word('or') && !(marked && !word('via'))
  })
}

/** The kind of word of place that leads to it, or to the list it stands in. */
function leadOf(items: readonly Item[], index: number): 'on' | 'via' | undefined {
  const before = items
    .slice(0, index)
    .findLast((item) => !(namesPlace(item) || (item.is === 'word' && LISTS.test(item.class))))
  return before?.is === 'word' && (before.class === 'on' || before.class === 'via') ? before.class : undefined
}

const LISTS = /^(?:filler|and|thing)$/

const namesPlace = (item: Item): boolean =>
  (item.is === 'name' && item.mention.entities.every(({ type }) => type === 'network')) ||
  (item.is === 'literal' && item.literal.is === 'cidr')

const isPlace = ({ type }: SubjectRef): boolean => type === 'network' || type === 'cidr'
const manyPlaces = ({ subjects = [], via = [] }: Intent): boolean =>
  via.length > 1 || (subjects.every(isPlace) && subjects.length > 1)

function bothWhoAndWhere({ subjects = [] }: Intent): boolean {
  const places = subjects.filter(isPlace)
  return places.length > 0 && places.length < subjects.length
}

/** Under which nothing is taken away yet. */
const CONDITION = /\b(?:unless|only if|only when|provided|es sei denn|falls|sofern|sauf si|a menos que|a moins que)\b/

/** A unit of time that no time took up: "for 1-2 days", "for twenty-odd hours". */
const UNIT =
  /^(?:hours?|hrs?|days?|weeks?|months?|years?|minutes?|mins?|stunden?|tagen?|wochen?|monaten?|horas?|dias?|semanas?|meses|heures?|jours?|semaines?|ages|eternity|fortnights?|(?:drei)?viertelstunden?|stundchen|quart|d'heure)$/

const CORRECTED =
  /(?:^|[ ,.])(?:oops|ups|whoops|correction|scratch that|strike that|i meant|no ,? ?wait|wait ,? ?no|on second thought|edit ,|quatsch|mejor dicho|enfin ,? ?non|wrong (?:one|service|person|group|team|name|system|app))(?= |$)/

/** Everything before it is taken back, whatever the words behind it are understood to be. */
const RETRACTED =
  /(?:^|[ ,.])(?:(?:scratch|strike|forget|ignore|disregard|scrap|drop|skip) (?:that|this|it|the above|all that|what i said)|never ?mind|nevermind|nvm|vergiss (?:das|es)|vergesst (?:das|es)|olvida(?:lo)?(?: eso)?|olvidad(?:lo)?|oublie[rz]?(?: ca| cela)?|laisse tomber)(?= |$)/

/** Somebody corrected themselves, and what was said first may not hold: whatever there is more than one of is asked about. */
function correctionDoubts(shape: string, { subjects = [], services = [] }: Intent): readonly Doubt[] {
  const retracted = RETRACTED.exec(shape)?.[0].trim()
  if (retracted !== undefined)
    return (['subject', 'service'] as const).map((slot) => ({ slot, why: 'restriction', words: retracted }))
  const words = CORRECTED.exec(shape)?.[0].trim()
  if (words === undefined) return []
  const several: readonly (readonly [Slot, number])[] = [
    ['subject', subjects.length],
    ['service', services.length],
  ]
  return several.flatMap(([slot, count]) => (count > 1 ? [{ slot, why: 'restriction', words } as const] : []))
}

/** "Dashboards for sales only": what is narrowed to is a word that nobody knows. */
function onlyDoubts(items: readonly Item[]): readonly Doubt[] {
  return items.flatMap((item, index): Doubt[] => {
    const before = items[index - 1]
    return item.is === 'word' && item.class === 'only' && before?.is === 'unknown'
      ? [{ slot: 'service', why: 'restriction', words: `${before.word} ${item.word}` }]
      : []
  })
}

const REASON =
  /^(?:because|because of|since|so|so that|due to|reason|weil|denn|wegen|damit|porque|debido|parce que|car|as)/

/** A place that is named and became neither who, nor from where, nor from where not: it narrows in a way that was not understood. */
function placeDoubts(items: readonly Item[], { subjects = [], via = [], except = [] }: Intent): readonly Doubt[] {
  const taken = new Set([...subjects, ...via, ...except].map(({ id }) => id))
  const doubts: Doubt[] = []
  let reasoning = false
  for (const item of items) {
    if (item.is === 'stop') reasoning = false
    if (item.is === 'word' && item.class === 'because' && REASON.test(item.word)) reasoning = true
    const [place] =
      item.is === 'name' && item.mention.entities.every(({ type }) => type === 'network')
        ? item.mention.entities.map(({ id }) => id)
        : item.is === 'literal' && item.literal.is === 'cidr'
          ? [item.literal.cidr]
          : []
    if (place !== undefined && !reasoning && !taken.has(place))
      doubts.push({ slot: 'subject', why: 'restriction', words: place })
  }
  return doubts
}

const wordOf = (item: Item): string => ('word' in item ? item.word : '')

/** The words of the act, with names as their kind in capitals, the possessive kept. */
function shapeOf(items: readonly Item[], text: string): string {
  return items
    .map((item) => {
      switch (item.is) {
        case 'name': {
          const [only, ...others] = new Set(item.mention.entities.map(({ type }) => type.toUpperCase()))
          return `${others.length === 0 ? only : 'SHARED'}${text.slice(item.at, item.to).endsWith("'s") ? "'s" : ''}`
        }
        case 'time':
          return 'TIME'
        case 'literal':
          return item.literal.is === 'cidr' || item.literal.is === 'address-doubt'
            ? 'ADDRESS'
            : item.literal.is === 'host'
              ? 'SERVICE'
              : item.literal.is === 'mention' || item.literal.is === 'email'
                ? 'PERSON'
                : item.literal.is === 'port'
                  ? 'PORT'
                  : 'LITERAL'
        case 'comma':
          return ','
        case 'stop':
          return '.'
        default:
          return item.word
      }
    })
    .join(' ')
}
