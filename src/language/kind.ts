import type { Entity } from './gazetteer.ts'
import type { IntentKind } from './intent.ts'
import type { Item } from './items.ts'
import * as asks from './kind-questions.ts'
import * as says from './kind-words.ts'
import { partOf } from './pairs.ts'

/** What a clause asks for. `declined`: it says not to do something. Undefined: it only adds to what stands around it. */
export type ClauseKind = Exclude<IntentKind, 'out-of-scope'> | 'declined' | undefined

const IN_THEORY =
  /\b(?:theoretically|hypothetically|in theory|in principle|theoretisch|hypothetisch|im prinzip|en teoria|en theorie|hipoteticamente|theoriquement)\b/

/** "It is blocked" tells; it does not ask to block. */
const PASSIVE =
  /\b(?:is|was|are|were|gets?|being|been) (?:\S+ )?(?:blocked|closed|disabled|removed|block|close|cut|shut)\b|\bflieg(?:e|t|en)\b/

/** "Can you remove …?", "tu peux couper …?": a request in the shape of a question. */
const ASKED_OF_YOU =
  /^\W*(?:(?:hi|hey|hello|hola|bonjour|salut|hallo|please|and|so|ok|bitte) |, )*(?:(?:can|could|would|will) (?:you|someone|somebody)\b|(?:tu |vous )?(?:peux|pouvez|pourrais|pourriez)\b(?! (?:je|on|nous))|(?:puedes|podeis|podrias|podriais)\b|(?:kannst|konntest) du\b|(?:konnt|konntet) ihr\b)/

/** Which of the kinds a clause is. Cue words are looked for between the names, so that a service called "status" is no cue. */
export function kindOf(items: readonly Item[]): ClauseKind {
  // "The grant for bob" is a thing; "grant bob …" asks for one.
  const all = shapeOf(items).replace(
    /\b(the|this|that|my|our|his|her|their|a|any|all|no|of|SUBJECT) (?:\w+ )?grants?\b/g,
    '$1 access',
  )
  const clause: Clause = {
    all,
    head: beforeReason(all),
    bounded: /END|LENGTH|SPAN/.test(all),
    asked: /\?/.test(all) || asks.ASKS.test(all),
    hosted: items.some((item) => item.is === 'literal' && item.literal.is === 'host'),
  }
  return (
    unwanted(clause) ??
    asideOfAccess(clause) ??
    changeOrQuestion(clause) ??
    (isTelegram(items, clause) ? 'grant' : undefined)
  )
}

/** A clause as the cues see it. `head`: without its reason. */
type Clause = {
  readonly all: string
  readonly head: string
  readonly bounded: boolean
  readonly asked: boolean
  /** A host is written out. */
  readonly hosted: boolean
}

/** What is not wanted any more, and what is not to be done at all. */
function unwanted({ head }: Clause): ClauseKind {
  if (says.NO_MORE.test(head) && /SUBJECT|SERVICE|\b(?:i|we|access)\b/.test(head))
    return asks.ASKS.test(head) && /\?/.test(head) && !ASKED_OF_YOU.test(head) ? 'status' : 'revoke'
  const declined =
    says.DECLINED.test(head) || says.DECLINED_ELSEWHERE.test(head) || (says.ONLY_THOUGHT.test(head) && changes(head))
  return declined ? 'declined' : undefined
}

/** Questions about causes, about the bot and about the devices, and services in the making. */
function asideOfAccess(clause: Clause): ClauseKind {
  const { all, head, bounded, asked, hosted } = clause
  if (asks.WHY.test(all)) return 'diagnose'
  if (asks.HELP.test(head) && !/SERVICE/.test(head)) return 'help'
  if (changes(head) && asks.HOW_TO.test(head)) return 'help'
  if (changes(head) && asks.WAS_DONE.test(head)) return 'status'
  if (says.STRETCH.test(head) && /^\W*(?:should|shall|must) (?:i|we|they)\b/.test(head)) return 'help'
  if (asked && !bounded && IN_THEORY.test(all) && asks.CAN_REACH.test(head)) return 'diagnose'
  if (asks.DRIFT.test(head) && !/END/.test(all)) return 'drift'
  if (asks.ONBOARD.test(head) || asks.NEW_ALONE.test(head)) return 'onboard-service'
  if (hosted && asks.BEHIND_DEVICES.test(all) && (!asked || ASKED_OF_YOU.test(head))) return 'onboard-service'
  return undefined
}

function changeOrQuestion(clause: Clause): ClauseKind {
  const { all, head, bounded, asked } = clause
  if (!bounded && asks.CANNOT.test(head) && !says.NEED.test(head)) return 'diagnose'
  if (asks.WHAT_REACHES.test(head) && !/SERVICE/.test(head)) return 'status'
  if (asks.UNTIL_WHEN.test(all) || /^\W*(?:status|state)\W*$/.test(all)) return 'status'
  if (asked && asks.IS_UP.test(head)) return 'diagnose'
  if (asked && !bounded && asks.ALLOWED_ON.test(head)) return 'status'
  if (asked && asks.HOLDS.test(head)) return 'status'
  if (says.HAS_NONE.test(head) && (bounded || POLITE.test(all))) return 'grant'
  if (asks.REACHABILITY.test(all) && !says.NEED.test(head)) return 'diagnose'
  if (says.SHALL_END.test(head) && /SUBJECT|SERVICE|\baccess\b/.test(head) && !WEIGHED.test(head)) return 'revoke'
  if (/^\W*any\b/.test(head) && asks.STATUS.test(head)) return 'status'
  const gives = says.GIVE.test(head) && !isAboutReaching(head, bounded)
  if (gives && says.TAKE.test(head) && before(head, says.TAKE, says.GIVE)) return 'revoke'
  const stretches = says.STRETCH.test(head)
  if (gives) return stretches && (!before(head, says.GIVE, says.STRETCH) || MORE.test(head)) ? 'extend' : 'grant'
  const wondering = /^\W*(?:who|what|when|which|how long|does|do|is|are|was|has|have|wer|quien|qui)\b/.test(head)
  if (stretches && !wondering) return 'extend'
  if (says.TAKE.test(head) && (!asked || ASKED_OF_YOU.test(head)) && !PASSIVE.test(head)) return 'revoke'
  const needs = says.NEED.test(head)
  if (/\?/.test(all) && /\b(?:still|noch|todavia|aun|encore|toujours)\b/.test(head) && needs) return 'status'
  if (asks.STATUS.test(head)) return 'status'
  if (asked && /^\W*(?:does|do|braucht|brauchen|necesitan?)\b/.test(head) && needs) return 'status'
  if (asked && says.CAN_GET.test(head)) return 'grant'
  return reachesOrNeeds(clause, needs)
}

function reachesOrNeeds({ all, head, bounded, asked }: Clause, needs: boolean): ClauseKind {
  if (
    (asked || asks.TRY.test(head)) &&
    asks.CAN_REACH.test(head) &&
    /SUBJECT|SERVICE|\b(?:i|we|ich|wir|je|on)\b/.test(head)
  ) {
    const nicely = MAY.test(head) && (/START/.test(all) || (POLITE.test(all) && !ASKS_WAY.test(head)))
    const wanted = (bounded || nicely) && !asks.TRY.test(head)
    return wanted && !/\b(?:is|are)\b.*\b(?:reachable|accessible|available|up)\b/.test(head) ? 'grant' : 'diagnose'
  }
  if (asks.BROKEN.test(head) && !needs) return 'diagnose'
  if (bounded && /SERVICE/.test(head) && ((asked && MAY.test(head)) || WISHED.test(head))) return 'grant'
  if (needs) return 'grant'
  return shapedLikeGrant(head, bounded) ? 'grant' : undefined
}

/** Asks whether something should end; does not ask for it. */
const WEIGHED = /^\W*(?:should|must|shall|does|do|did|is|are|has|have|when|why|who|what|sollte|soll|muss)\b/
/** It comes on top of what somebody has. */
const MORE =
  /LENGTH (?:more|longer|extra|mas|de plus)|\b(?:more|extra|additional|further|otr[ao]s?|noch|encore) LENGTH|\b(?:longer|langer)\b|\bkeeps?\b.*(?:END|LENGTH)/
const POLITE = /\b(?:please|pls|plz|bitte|por favor|porfa|porfi|svp|stp|s'il (?:vous|te) plait)\b/
/** "It'd be good if Bob could reach wiki until Friday." */
const WISHED =
  /\b(?:good|great|nice|helpful|help|lovely|cool|awesome|fantastic|perfect|mind|ok|okay|alright|fine|possible|schon|gut|super|toll|bien|genial|sympa|estupendo|ideal|wondering|grateful|appreciate it) (?:if|wenn|si|que)\b[^?]*(?:SUBJECT|\b(?:i|we|me|us|ich|wir|yo|je|on)\b)|\b(?:possible|ok|okay|alright|any (?:way|chance)|moglich|posible) (?:to|for|of)\b/
/** "Can Bob reach wiki, please?" asks, however politely. */
const ASKS_WAY = /\b(?:reach|see|hit|ping|connect|erreichen|sehen|alcanzar|llegar|ver|joindre|voir)\b/
/** "Can Bob jump on grafana for 2h?" */
const MAY =
  /^\W*(?:(?:hi|hey|hello|hallo|hola|bonjour|salut|and|so|ok|please|bitte|,) )*(?:can|could|may|might|kann|konnte|konnen|darf|durfen|puede|pueden|podria|podrian|peut|pourrait|peuvent)\b[^.]*(?:SUBJECT|\b(?:i|we|he|she|they|ich|wir|er|sie|yo|je|il|elle|on|nous)\b)/

/** "Is wiki open for finance?", "is bob allowed to reach wiki": verbs of giving inside a question about what is. */
function isAboutReaching(head: string, bounded: boolean): boolean {
  if (bounded) return false
  if (
    /^\W*(?:does|do|did|was|were|has|who|which|what|when)\b|^\W*(?:should|shall|must) (?:i|we)\b|^\W*(?:is|are) (?!it |there )/.test(
      head,
    )
  )
    return true
  return (
    /^\W*(?:can|could|would|will|kann|puede|peut)\s+(?:the )?(?:SUBJECT|i|we)\b[^.]*\b(?:open|reach|access|see)\b/.test(
      head,
    ) && !/\b(?:get|have|give|grant)\b/.test(head)
  )
}

const changes = (head: string): boolean => says.GIVE.test(head) || says.TAKE.test(head) || says.STRETCH.test(head)

const before = (text: string, a: RegExp, b: RegExp): boolean => text.search(a) < text.search(b)

/** What may stand between who and where when nothing is told: prepositions, articles, lists and what narrows. */
const JOINING =
  '(?:,|SUBJECT|START|END|SPAN|LENGTH|TICKET|PORT|for|fur|para|pour|on|in|to|into|onto|auf|an|im|zu|sur|a|au|en|the|der|die|das|den|dem|le|la|les|el|los|las|and|und|y|et|plus|&|\\+|except|not|without|ausser|ohne|sauf|salvo|only|nur|from|via|aus|von)'
/**
 * "Karim on git, 8 hours", "contractors: sandbox on 80, until 5/4": who, where and a time, joined by nothing but small words. Any
 * other word between them makes it a story, and a story asks for nothing.
 */
const PAIR_ALONE = new RegExp(
  `^ (?:[^A-Z?]* , )?(?:(?:just|only|also|please|pls|bitte|hi|hey|hello|nur|solo) )*(?:${JOINING} )*SUBJECT (?:(?:${JOINING}|full|temp|temporary|some) )*SERVICE `,
)

/** "Bob to have wiki until Friday", "Bob may use wiki", "Bob back on wiki": what shall be, said as if it were so. */
const DECLARED = new RegExp(
  `^ (?:[^A-Z?]* , |(?:just|only|also|please|pls|bitte|hi|hey|hello|ok|so|and|then|the|,) )*(?:(?:SUBJECT|and|und|y|et|,|&|\\+) )+(?:to (?:have|get|be|use|access|see|reach|receive)|(?:can|may|shall|might) (?:have|get|use|access|see|be|go|join|enter)|(?:is to be|are to be) (?:on|in|using|given)|(?:will be|'ll be|is gonna be|is going to be|are gonna be) (?:needing|given)|back|goes?) (?:${JOINING} |using |needing |access )*SERVICE `,
)
/** "Please have Bob access wiki until Friday", "have Bob on wiki". */
const HAVE_ON = new RegExp(
  `^ (?:(?:please|pls|bitte|hi|hey|hello|,) )*have (?:(?:SUBJECT|the|and|,) )+(?:access|use|see|reach|${JOINING}) (?:${JOINING} )*SERVICE `,
)

/** "grafana: bob, until friday". */
const PAIR_TURNED = new RegExp(
  `^ (?:(?:please|pls|bitte|hi|hey|hello) )*SERVICE (?:${JOINING} )+(?:${JOINING} |please |pls |bitte |merci |thanks )*$`,
)
/** "…, ok?" asks for a yes, not for an answer. */
const HOPEFULLY = /\b(?:ok|okay|please|pls|bitte|possible|por favor|svp|stp|yes|alright|right) \?/g
/** Tells what is or was. */
const TOLD =
  /\b(?:should (?:i|we)|have|has|had|got|is|are|was|were|been|works?|worked|lost|gave|given|about|thanks?|great|nice|need to talk|will be|is going to be|wird|estara|sera|runs? out|expires?|expiring|lapses?|ends|caduca|vence|expire|endet)\b/
/** Something asks for access as such: "access to wiki for bob", "temporary grafana access please". */
const ACCESS = "(?:access|permissions?|zugriff|zugang|freischaltung|acceso|acces|l'acces)"
const ACCESS_FIRST = new RegExp(
  `^\\W*(?:(?:please|pls|hi|hey|hello|bitte|temporary|temp|new|quick|short|some|an|need|SERVICE|SUBJECT|for|to|and|,|the|un|une|ein|einen|den|el|por favor|bonjour|hola|hallo|request|END|LENGTH) )*${ACCESS}\\b`,
)

/**
 * Nothing but who, what and until when, or what and a word of politeness: "User: Bob; service: wiki; until: Friday", "grafana, 2h, me",
 * "wiki pls". Any other word makes it a story.
 */
function isTelegram(items: readonly Item[], { all, head, bounded }: Clause): boolean {
  const parts = items.map((item) => {
    const small =
      (item.is === 'unknown' && HEADING.test(item.word)) || (item.is === 'literal' && item.literal.is === 'port')
    if (item.is === 'word' && /^(?:need|give|take|stretch|reach)$/.test(item.class)) return 'other'
    return small ? 'small' : partOf(item)
  })
  const everything = items.some((item) => item.is === 'word' && item.class === 'everything')
  if (!(parts.includes('service') || everything) || parts.includes('other') || TOLD.test(head) || asks.ASKS.test(head))
    return false
  const who = parts.includes('who') || parts.includes('place')
  return who ? bounded || POLITE.test(all) : POLITE.test(all) && !/\?/.test(all)
}
const HEADING =
  /^(?:users?|who|what|until|till|when|from|services?|systems?|person|people|name|access|end|start|duration|window|subject|re|fyi|new|starter|wer|was|bis|wann|dienst|nutzer|quien|que|hasta|servicio|usuario|qui|quoi|service|utilisateur)$/

/** No verb at all: "grafana for the data team until Friday", "finance -> payments", "access to wiki for bob". */
function shapedLikeGrant(head: string, bounded: boolean): boolean {
  if (/SUBJECT[^.]*->[^.]*SERVICE|SERVICE[^.]*->[^.]*SUBJECT/.test(head)) return true
  if (asks.BROKEN.test(head)) return false
  if (bounded && !/\?/.test(head) && (DECLARED.test(head) || HAVE_ON.test(head))) return true
  if (/\baccess for\b[^.?]*SUBJECT/.test(head)) return true
  const told = TOLD.test(head)
  const pair = /SERVICE[^.]*\b(?:for|fur|para|pour)\b[^.]*(?:SUBJECT|\b(?:both|them|him|her|me|us|beide|ambos)\b)/.test(
    head,
  )
  if (pair && (bounded || (POLITE.test(head) && !told))) return true
  // "postgres for the new guy until Friday", "same access as dana for uma until Friday": who it is may be asked.
  const bare = bounded && !told && !/\?/.test(head.replace(HOPEFULLY, ' '))
  if (bare && (PAIR_ALONE.test(head) || PAIR_TURNED.test(head))) return true
  if (
    bare &&
    /SERVICE[^.]*\b(?:for|fur|para|pour)\b|\bsame (?:access|rights|permissions) as SUBJECT|SUBJECT too\b/.test(head)
  )
    return true
  const led =
    bounded ||
    POLITE.test(head) ||
    /\b(?:access|zugriff|zugang|acceso|acces|permissions?|freischaltung) (?:\w+ )?(?:to|for|on|auf|zu|fur|a|al|au|sur|para|pour)\b|\b(?:for|fur|para|pour)\b/.test(
      head,
    )
  return !told && led && ACCESS_FIRST.test(head) && /SERVICE|HOST/.test(head) && !/\?/.test(head)
}

const REASON =
  / (?:because|since(?! [A-Z])|so that|so (?:they|he|she|we|i)|in order to|as (?:we|they|he|she|i)|reason|weil|damit|denn|porque|para que|parce que|pour que) /

function beforeReason(shape: string): string {
  const cut = shape.slice(1).search(REASON)
  const head = cut < 0 ? shape : shape.slice(0, cut + 1)
  return says.GIVE.test(head) || says.NEED.test(head) || says.TAKE.test(head) || says.STRETCH.test(head) ? head : shape
}

/** The clause with names, times and addresses replaced by what they are. */
function shapeOf(items: readonly Item[]): string {
  const words = items.map((item) => {
    switch (item.is) {
      case 'name': {
        return entityShape(item.mention.entities)
      }
      case 'time':
        if (item.time.role === 'doubt') return 'END'
        return item.time.more ? 'LENGTH more' : item.time.role.toUpperCase()
      case 'literal':
        return literalShape(item.literal.is)
      case 'comma':
        return ','
      case 'stop':
        return item.question ? '?' : '.'
      case 'unknown':
        // "Donne-lui", "ajoute-leur": a verb with whom it is for.
        return item.word.replace(/-(?=(?:lui|leur|nous|moi|les?|la|y|en|toi)(?:-|$))/g, ' ')
      default:
        return item.word
    }
  })
  return ` ${words.join(' ')} `
}

function entityShape(entities: readonly Entity[]): string {
  const types = new Set(entities.map(({ type }) => type))
  return types.has('service') ? 'SERVICE' : types.has('device') ? 'DEVICE' : 'SUBJECT'
}

function literalShape(is: string): string {
  if (is === 'host') return 'SERVICE'
  return is === 'cidr' || is === 'mention' || is === 'email' || is === 'address-doubt' ? 'SUBJECT' : is.toUpperCase()
}
