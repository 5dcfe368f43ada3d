import type { IntentKind } from './intent.ts'
import type { Item } from './items.ts'

/** What a clause asks for. `declined`: it says not to do something. Undefined: it only adds to what stands around it. */
export type ClauseKind = Exclude<IntentKind, 'out-of-scope'> | 'declined' | undefined

const NO_MORE =
  /(?<!(?:not|don't|dont|never|don t) )\bstop (?:giving|granting|letting|allowing|sharing|permitting|authori[sz]ing)\b|(?:no longer|not|doesn't|don't|dont|does not|do not|don t)\s+(?:really\s+)?(?:needs?|requires?|wants?|have to have)|no longer (?:needs?|requires?|wants?|uses?|should)|should(?:n't| not| no longer) (?:have|be able|be allowed|reach|get|keep|be (?:in|on)(?= (?:the )?SERVICE))|must(?:n't| not| no longer) (?:have|reach|access|be able|be allowed)|(?:braucht|brauchen|brauche|benotigt|benotigen) .*(?:nicht mehr|keinen .*mehr)|\b(?:kein|keinen) (?:zugriff|zugang) mehr\b|ya no (?:necesita|necesitan|necesito)|n'(?:a|ont|ai) plus besoin|needs? .* (?:anymore|any more|any longer)$|(?:do not|don't|dont|don t) (?:let|allow|give)\b.*\b(?:anymore|any more|any longer)\b|(?:darf|durfen|soll|sollen)\b.*\bnicht mehr\b/
const DECLINED =
  /(?:do not|don't|dont|never|please not|shouldn't|should not|must not|mustn't|no need to|not)\s+(?:ever\s+|please\s+|yet\s+|just\s+)?(?:give|grant|allow|open|let|add|enable|permit|provide|extend|revoke|remove|close|share|unblock|change|touch)\b/
/** "Surtout ne coupe pas …", "no le quites …", "bitte nicht sperren", "let it run out". "Ne … que" only narrows. */
const DECLINED_ELSEWHERE =
  /\bne (?:(?:lui|leur|me|nous|le|la|les) )?(?:coup\w*|retir\w*|supprim\w*|ferm\w*|enlev\w*|revoqu\w*|ouvr\w*|donn\w*|accord\w*|autoris\w*|prolong\w*)\b(?!.*\bque\b)|\bn'(?:ouvr\w*|accord\w*|autoris\w*|enlev\w*)(?!.*\bque\b)|\bno (?:(?:le|les|me|nos|lo|la) )?(?:des|den|abras?|abran|quites?|quiten|retires?|revoques?|cierres?|elimines?|concedas?|permitas?|extiendas?|amplies?|prolongues?)\b|\b(?:nicht|keinesfalls|auf keinen fall) (?:freigeben|freischalten|offnen|verlangern|sperren|entziehen|entfernen|loschen|schliessen)\b|\b(?:let|leave) (?:it|that|them) (?:run out|expire|lapse|end|be|alone|as (?:it is|they are))\b/
/** What is remembered, imagined or advised against is not asked for. */
const ONLY_THOUGHT =
  /\b(?:remind (?:me|us)|(?:would|will|might) be (?:a )?(?:\w+ )?(?:bad|wrong|unwise|dangerous|silly|risky|terrible|mistake|crazy)\b|imagine|what if|what happens if|decided against|hold off|hold back|refused? to|no reason to|(?:i|we|they|SUBJECT) might (?:\w+ )?(?:give|grant|open|let|allow|revoke|remove|close|take|extend)|(?:nobody|no one) (?:should|may|must|can|shall)|stop (?:revoking|removing|closing|blocking|extending)|undo the (?:revoke|revocation|removal|extension)|instead of (?:giving|granting|opening))\b/
const IN_THEORY =
  /\b(?:theoretically|hypothetically|in theory|in principle|theoretisch|hypothetisch|im prinzip|en teoria|en theorie|hipoteticamente|theoriquement)\b/
/** "Did you give …", "have we opened …": about what was done. */
const WAS_DONE =
  /^\W*(?:(?:did|have|has|had) (?:you|we|they|i|he|she|anyone|anybody|someone|somebody|SUBJECT)\b|as-tu\b|avez-vous\b|a-t-on\b|hast du\b|habt ihr\b|haben wir\b)/
const HOW_TO = /^\W*how (?:do|can|could|would|should|does) (?:i|we|one|you|somebody|someone|SUBJECT)\b/
const HELP =
  /^\W*(?:help|hilfe|ayuda|aide|usage)\b|what can (?:you|this bot|sallyport|i ask)(?: do| you| here)?|what do you do|how (?:do|can|does|should) (?:i|we|one|you|it|this|that|the bot)\b(?!.*(?:reach|fail)).*(?:request|ask|get|use|work|extend|revoke|access)|how (?:to|does this work)|what (?:kind|kinds|sort|sorts) of (?:requests?|things|questions) (?:do|can|could) (?:you|i|we)|was kannst du|wie (?:beantrage|bekomme|geht)|que puedes hacer|que (?:peux|sais)-tu faire|que sabes hacer|comment (?:ca|demander)/
const DRIFT =
  /\bdrift(?:s|ed|ing)?\b|\b(?:out of|in) sync\b|(?:what|anything|something|who|did|has|have|was|were|which)\b.*\b(?:changed|change|modified|touched|edited|altered|different)\b|(?:manual|unauthori[sz]ed|untracked|undocumented|out[- ]of[- ]band|by hand)\b.*\bchange|\bchanges?\b.*\b(?:by hand|manual|outside)|\b(?:live|running|device|devices|firewall|DEVICE)\b.*\b(?:match|matches|differ|differs|difference|differences|diverge|deviate)|\b(?:differ|differs|difference|differences|diff|compare)\b.*(?:\blive\b|\brunning\b|\bdeclared\b|DEVICE|\bgit\b)|was hat sich .*geandert|stimm(?:t|en)\b.*(?:\bgit\b|uberein)|(?:did|has|have) (?:anyone|anybody|someone|somebody) (?:touch|change|edit|modify|alter)\b|\b(?:identical|same)\b.*\b(?:declared|git)\b|\bwhat git says\b|hat (?:jemand|wer)\b.*(?:geschraubt|gefummelt|geandert|angefasst|verandert)|ha(?:n)? (?:tocado|cambiado|modificado)|quelqu'un a (?:touche|modifie|change)|abweichung|que cambio|que ha cambiado|qu'est-ce qui a change|ecart/
const BROKEN =
  /\b(?:unreachable|not reachable|can't|cannot|cant|can not|couldn't|could not|unable|not able|fails?|failing|failed|broken|locked out|is down|are down|went down|down (?:for|again|since)|times? out|timing out|timed out|timeouts?|refused|unavailable|inaccessible|blocked|blocking|rejected|reset|doesn't work|does not work|doesnt work|not working|isn't working|isn't loading|isn't responding|not responding|stopped working|no longer works?|doesn't load|not loading|won't load|hangs?|slow|40[0-9]|50[0-9]|nicht erreichbar|geht nicht|funktioniert nicht|kommt nicht|komme nicht|kommen nicht|no funciona|no puedo|no puede|no pueden|caido|inaccesible|ne (?:marche|fonctionne) (?:pas|plus)|n'arriv(?:e|ent|ons) (?:pas|plus)|lauft .*timeout|inaccessible|error|errors)\b/
/** "Reception can't open lab results": a verb of giving that somebody cannot do is a complaint. */
const CANNOT =
  /\b(?:can't|cannot|cant|can not|couldn't|could not|unable to|not able to|ne peut pas|n'arrive pas a|no puede|no pueden|no puedo)\s+(?:\w+ ){0,2}?(?:open|reach|access|see|use|get|connect|log ?in|load|abrir|entrar|ouvrir|acceder)\b/
/** "What can the data team reach?" asks for a list; with a service named it would ask about that one. */
const WHAT_REACHES =
  /^\W*(?:what|which|was|worauf|welche|que|a que|quoi|a quoi|qu'est-ce que)\b.*\b(?:can|may|could|kann|darf|durfen|konnen|puede|pueden|peut|peuvent|does|do)\b.*\b(?:SUBJECT|i|we|they|ich|wir|yo|je|nous)\b.*\b(?:reach|access|see|use|open|get (?:to|into)|erreichen|zugreifen|nutzen|sehen|acceder|alcanzar|llegar|usar|atteindre|utiliser)\b/
const IS_UP =
  /\b(?:is|are|ist|sind|esta|estan|est)\b[^.]*SERVICE[^.]*\b(?:up|down|alive|running|online|offline|ok|okay|healthy|working|erreichbar|kaputt|caido|caida|disponible|accessible|en panne)\b/
const UNTIL_WHEN = /^\W*(?:and )?(?:until when|till when|bis wann|hasta cuando|jusqu'a quand)\b/
/** "Is Jo allowed on payroll", "am I still allowed to use it": about what was granted, where "to reach" would ask the devices. */
const ALLOWED_ON =
  /\b(?:is|are|am) (?:the )?(?:SUBJECT|i|we) (?:still )?(?:allowed|permitted) (?:on|in|into|onto|at)\b|\bstill (?:allowed|permitted)\b|^\W*(?:which|what) (?:services?|systems?|apps?)\b.*\b(?:allowed|permitted)\b/
const WHY =
  /(?:^|[\s,.])(?:why|how come|warum|wieso|weshalb|por que|pourquoi|what(?:'s| is| are)? (?:blocking|wrong|stopping|preventing|the matter|going on|happening)|what blocks|was blockiert)\b/
const CAN_REACH =
  /\b(?:can|could|would|will|is|are|am|does|do|kann|konnen|kommt|puede|pueden|peut|peuvent)\b[^.]*\b(?:reach|access|connect|see|talk to|hit|get to|get through|get into|use|open|log ?in|able to|reachable|accessible|open (?:for|from|to)|available|allowed|permitted|works?|working|erreichen|zugreifen|acceder|llegar|atteindre|joindre)\b/
const STATUS =
  /\b(?:which|what) services? (?:is|are|am|can|may)\b|\b(?:whether|if)\b.*\b(?:has|have|had)\b.*\baccess\b|\bwho\b.*\b(?:access|reach|see|use|allowed|in\b)|\bwhat\b.*\b(?:access|grants?|permissions)\b|\bwhat (?:can|may|could) (?:i|we|SUBJECT|they|he|she)\b.*\b(?:access|reach|see|use|open|get to)|\b(?:which|what) (?:\w+ )?(?:can|may|do|does) (?:i|we|SUBJECT)\b|\b(?:does|do|did|has|have|had)\b (?:the )?(?:SUBJECT|i|we|anyone|anybody|someone|everyone)\b.*\b(?:access|grants?|permissions?|allowed)|\b(?:list|show|display|print|tell me|give me (?:a list|an overview))\b.*\b(?:access(?:es)?|grants?|requests?|permissions?|who|overview|expir)|\b(?:status|state)\b(?: of| for|\?|$)|\bwhen\b.*\b(?:expires?|ends?|runs? out|end|over)|\bhow long\b.*\b(?:have|access|left|valid|remain)|\b(?:my|our|pending|open|active|current) (?:access(?:es)?|grants?|requests?|permissions?)\b(?!.*END)|\b(?:is|was|has|did) (?:my|our|the|SUBJECT)? ?(?:access )?request\b|\bwer (?:hat|darf|kann)\b|\b(?:habe|hat|haben)\b .*\bzugriff\b|\bworauf\b|\bquien (?:tiene|puede)\b|\ba que tengo acceso|\bqui a (?:acces|le droit)|\bwhere\b.*\baccess/
const ONBOARD =
  /\b(?:onboard|on-board|onboarding|register|publish)\b|\b(?:add|create|set up|setup|put|bring|expose|need|want|have|launch|introduce|anlegen|neuen? dienst|nuevo servicio|nouveau service)\b.*\b(?:new|another|neuen?|nuevo|nouveau) (?:\S+ ){0,2}(?:service|app|application|site|backend|endpoint|dienst|anwendung|servicio|outil)\b|^\W*new (?:service|app|application)\b|neuen dienst|nuevo servicio|nouveau service/
const STRETCH =
  /\b(?:extend|extending|extension|prolong|renew|lengthen|longer|more time|another LENGTH|LENGTH more|(?:keep(?! getting| seeing| running)|leave)\b.*\b(?:open|access|longer|on)|(?:push|move|postpone|shift)\b.*\b(?:end|expiry|expiration|deadline|until|to [A-Z])|verlanger\w*|langer|prolonger?|prolongez|extiende|extender|ampli(?:a|ar)|alarga|renouvel\w+)\b/
const TAKE =
  /\b(?:undo|revert|rescind|reverse|roll back|revoke|revoking|remove|removing|withdraw|close|closing|shut|kill|terminate|disable|block|take (?:away|back|off)|take\b.*\b(?:away|out|off|back)|cut off|cut|drop|delete|cancel|unshare|kick|strip|lock out|pull (?=(?:(?:the )?SUBJECT|my|our|his|her|their|all|every)\b(?![^.]*\b(?:into|onto|to|in|up)\b(?! SERVICE access)[^.]*SERVICE)|[^.]*\baccess\b)|must go(?= *[,.?]| *$| (?:now|today|please|away)\b)|end [A-Z]|end (?:the )?access|end \S+ access|entzieh(?:e|en|t)?|entfern(?:e|en|t)?|sperr(?:e|en|t)?|schlie(?:ss|ß)en?|widerrufen?|loschen?|nimm|quitar?|revocar?|retirar?|elimina|cierra|cerrar|coup(?:e|er|ez)|wegnehmen|quita(?:r)?(?:me|le|les|nos|se)?(?:l[oa]s?)?|quitar?(?:me|le|les|nos)|retirer?|revoquer?|supprimer?|fermer?|enlever?)\b/
const GIVE =
  /\b(?:give|grant|allow|letting|let|(?:put|get) (?=(?:the )?(?:SUBJECT|me|us)\b[^.]*\b(?:on|onto|into|in|to) (?:the )?SERVICE)|sort (?:out )?(?=access|permissions)|permit|enable|provide|add|authori[sz]e|whitelist|allowlist|unblock|unlock|share|assign|open(?: up)?|expose|hook up|gib|gebt|geben|gewahren?|erlauben?|freischalten|freigeben|freischaltung|schalte|offnen?|lass(?:t|en)?|da|dar|dale|dales|dame|danos|concede|conceder|otorgar?|permite|permitir|abrir(?:le|les|me|nos)?|abre(?:le|les|me|nos)?|dar(?:le|les|me|nos)|donne|donner|donnez|accorder?|accordez|autoriser?|autorisez|ouvre|ouvrir)\b/
const NEED =
  /\b(?:needs?|needing|wants?|requires?|requesting|request(?:s)? (?:for )?(?:[A-Z]{3}|access|permission)|would (?:like|love)|'d (?:like|love)|i'd (?:like|love)|(?:should|shall|ought to) (?:have|get|be able|reach|be allowed|receive|see|use|access|be given)|must (?:have|be able|reach|get)|ha(?:s|ve) to (?:have|reach|access|be able|get (?:into|to|onto|at)|use|see)|braucht|brauchten?|brauchen|brauche|benotigt|benotigen|benotige|mochten?|soll(?:en)?|(?<!^ *)(?:darf|durfen)(?=[^?]*\b(?:START|SPAN|END|LENGTH)\b[^?]*$)|necesitan?|necesito|necesitamos|quieren?|quiero|besoin|voudrais|il faut que|il faudrait que|doit|doivent|requesting access)\b/
const CAN_GET =
  /\b(?:can|could|may|might|kann|konnte|konnen|puede|pueden|puedo|podria|podemos|peut|peux|pourrait|peuvent)\b[^.]*\b(?:get(?! (?:to|into|through|at|in)\b)|have|be given|be granted|receive|bekommen|haben|tener|avoir)\b/

/** "It is blocked" tells; it does not ask to block. */
const PASSIVE =
  /\b(?:is|was|are|were|gets?|being|been) (?:\S+ )?(?:blocked|closed|disabled|removed|block|close|cut|shut)\b/

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
  const head = beforeReason(all)
  const bounded = /END|LENGTH|SPAN/.test(all)
  const asked =
    /\?/.test(all) ||
    /^\W*(?:can|could|is|are|am|does|do|will|would|may (?:i|we)|who|what|which|when|where|kann|wer|was|puede|quien|peut|qui|braucht|brauchen)\b/.test(
      head,
    )
  if (NO_MORE.test(head) && /SUBJECT|SERVICE|\b(?:i|we|access)\b/.test(head)) return 'revoke'
  if (DECLINED.test(head) || DECLINED_ELSEWHERE.test(head) || (ONLY_THOUGHT.test(head) && changes(head)))
    return 'declined'
  if (WHY.test(all)) return 'diagnose'
  if (HELP.test(head) && !/SERVICE/.test(head)) return 'help'
  if (changes(head) && HOW_TO.test(head)) return 'help'
  if (changes(head) && WAS_DONE.test(head)) return 'status'
  if (STRETCH.test(head) && /^\W*(?:should|shall|must) (?:i|we|they)\b/.test(head)) return 'help'
  if (asked && !bounded && IN_THEORY.test(all) && CAN_REACH.test(head)) return 'diagnose'
  if (DRIFT.test(head) && !/END/.test(all)) return 'drift'
  if (ONBOARD.test(head)) return 'onboard-service'
  if (!bounded && CANNOT.test(head) && !NEED.test(head)) return 'diagnose'
  if (WHAT_REACHES.test(head) && !/SERVICE/.test(head)) return 'status'
  if (UNTIL_WHEN.test(all)) return 'status'
  if (asked && IS_UP.test(head)) return 'diagnose'
  if (asked && !bounded && ALLOWED_ON.test(head)) return 'status'
  if (GIVE.test(head) && !isAboutReaching(head, bounded))
    return TAKE.test(head) && before(head, TAKE, GIVE) ? 'revoke' : stretchOr(head, 'grant')
  const wondering = /^\W*(?:who|what|when|which|how long|does|do|is|are|was|has|have|wer|quien|qui)\b/.test(head)
  if (STRETCH.test(head) && !wondering) return 'extend'
  if (TAKE.test(head) && (!asked || ASKED_OF_YOU.test(head)) && !PASSIVE.test(head)) return 'revoke'
  if (/\?/.test(all) && /\b(?:still|noch|todavia|aun|encore|toujours)\b/.test(head) && NEED.test(head)) return 'status'
  if (STATUS.test(head) || (asked && /^\W*(?:does|do|braucht|brauchen|necesitan?)\b/.test(head) && NEED.test(head)))
    return 'status'
  if (asked && CAN_GET.test(head)) return 'grant'
  if (asked && CAN_REACH.test(head))
    return bounded && !/\b(?:is|are)\b.*\b(?:reachable|accessible|available|up)\b/.test(head) ? 'grant' : 'diagnose'
  if (BROKEN.test(head) && !NEED.test(head)) return 'diagnose'
  if (NEED.test(head)) return 'grant'
  if (BROKEN.test(head)) return 'diagnose'
  return shapedLikeGrant(head, bounded) ? 'grant' : undefined
}

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

const stretchOr = (head: string, kind: 'grant'): ClauseKind =>
  STRETCH.test(head) && before(head, STRETCH, GIVE) ? 'extend' : kind

const changes = (head: string): boolean => GIVE.test(head) || TAKE.test(head) || STRETCH.test(head)

const before = (text: string, a: RegExp, b: RegExp): boolean => text.search(a) < text.search(b)

/** What may stand between who and where when nothing is told: prepositions, articles, lists and what narrows. */
const JOINING =
  '(?:,|SUBJECT|START|END|SPAN|LENGTH|TICKET|PORT|on|in|to|into|onto|auf|an|im|zu|sur|a|au|en|the|der|die|das|den|dem|le|la|les|el|los|las|and|und|y|et|plus|&|\\+|except|not|without|ausser|ohne|sauf|salvo|only|nur|from|via|aus|von)'
/**
 * "Karim on git, 8 hours", "contractors: sandbox on 80, until 5/4": who, where and a time, joined by nothing but small words. Any
 * other word between them makes it a story, and a story asks for nothing.
 */
const PAIR_ALONE = new RegExp(
  `^ (?:[^A-Z?]* , |(?:just|only|also|please|pls|bitte|hi|hey|hello|nur|solo) )?(?:${JOINING} )*SUBJECT (?:${JOINING} )*SERVICE `,
)

/** No verb at all: "grafana for the data team until Friday", "finance -> payments", "access to wiki for bob". */
function shapedLikeGrant(head: string, bounded: boolean): boolean {
  if (/SUBJECT[^.]*->[^.]*SERVICE/.test(head)) return true
  if (/\baccess for\b[^.?]*SUBJECT/.test(head) && !BROKEN.test(head)) return true
  const pair = /SERVICE[^.]*\b(?:for|fur|para|pour)\b[^.]*SUBJECT/.test(head)
  if (pair && bounded) return true
  const told =
    /\b(?:should (?:i|we)|have|has|had|got|is|are|was|were|been|works?|worked|lost|gave|given|about|thanks?|great|nice|need to talk)\b/.test(
      head,
    )
  // "postgres for the new guy until Friday", "same access as dana for uma until Friday": who it is may be asked.
  const bare = bounded && !told && !/\?/.test(head) && !BROKEN.test(head)
  if (bare && PAIR_ALONE.test(head)) return true
  if (
    bare &&
    /SERVICE[^.]*\b(?:for|fur|para|pour)\b|\bsame (?:access|rights|permissions) as SUBJECT|SUBJECT too\b/.test(head)
  )
    return true
  return (
    !told &&
    /\b(?:access|permission|zugriff|zugang|freischaltung|acceso|acces)\b/.test(head) &&
    /SERVICE|HOST/.test(head) &&
    !/\?/.test(head) &&
    !BROKEN.test(head)
  )
}

const REASON =
  / (?:because|since(?! [A-Z])|so that|so (?:they|he|she|we|i)|in order to|as (?:we|they|he|she|i)|reason|weil|damit|denn|porque|para que|parce que|pour que) /

function beforeReason(shape: string): string {
  const cut = shape.slice(1).search(REASON)
  const head = cut < 0 ? shape : shape.slice(0, cut + 1)
  return GIVE.test(head) || NEED.test(head) || TAKE.test(head) || STRETCH.test(head) ? head : shape
}

/** The clause with names, times and addresses replaced by what they are. */
function shapeOf(items: readonly Item[]): string {
  const words = items.map((item) => {
    switch (item.is) {
      case 'name': {
        const types = new Set(item.mention.entities.map(({ type }) => type))
        return types.has('service') ? 'SERVICE' : types.has('device') ? 'DEVICE' : 'SUBJECT'
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
      default:
        return item.word
    }
  })
  return ` ${words.join(' ')} `
}

function literalShape(is: string): string {
  if (is === 'host') return 'SERVICE'
  return is === 'cidr' || is === 'mention' || is === 'email' || is === 'address-doubt' ? 'SUBJECT' : is.toUpperCase()
}
