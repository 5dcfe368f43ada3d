import { ways } from './kind-words.ts'

/** How people ask, complain and announce, in four languages: the kinds that change no access. Matched like the words of `kind-words`. */

/** Opens a question, whether or not a question mark closes it. */
export const ASKS =
  /^\W*(?:(?:and|so|ok|okay|hi|hey|hello|quick check|quick question|question|just checking|please|pls|sorry|excuse me|frage|pregunta|oye|dis|und|y|et|,) )*(?:can|could|is|are|am|does|do|did|has|have (?=you|we|they|i|any|some|my|our|the|SUBJECT)|had|will|would|may (?:i|we)|who|who's|who has|what|what's|which|when|where|where's|any|anything|anyone|anybody|how|kann|konnen|kommt|kommen|ist|sind|hat|haben|habe|darf|durfen|wer|was|wie|llega|llegan|wann|welche[rsnm]?|wo|worauf|braucht|brauchen|gibt|stimmt|puede|pueden|puedo|quien|quienes|que|cual|cuales|cuando|hay|tiene|tienen|tengo|esta|estan|se|peut|peuvent|peux|qui|quel|quels|quelle|quelles|quand|est-ce|a-t-il|y a-t-il|combien|ou)\b/

/** "Did you give …", "have we opened …": about what was done. */
export const WAS_DONE =
  /^\W*(?:(?:did|have|has|had) (?:you|we|they|i|he|she|anyone|anybody|someone|somebody|SUBJECT)\b|as-tu\b|avez-vous\b|a-t-on\b|hast du\b|habt ihr\b|haben wir\b)/
export const HOW_TO =
  /^\W*(?:how (?:do|can|could|would|should|does) (?:i|we|one|you|somebody|someone|SUBJECT)\b|wie (?:kann|konnen|soll|gebe|entziehe|verlangere|mache|geht) (?:ich|wir|man)?|como (?:puedo|podemos|se|le|doy|quito|extiendo)\b|comment (?:je|on|faire|puis|peut|donner|retirer|prolonger)\b)/
export const HELP = new RegExp(
  [
    /^\W*(?:help|hilfe|ayuda|aide|usage|manual|commands?|instructions)\b/,
    /what can (?:you|this bot|sallyport|i ask)(?: do| you| here)?|what do you do|what (?:are|is) (?:you|this bot|sallyport)(?! (?:doing|waiting|seeing))|who are you|what is (?:sallyport|this (?:bot|channel)) for/,
    /what (?:do|can|could|should|may) (?:you|i|we) (?:understand|do|say|ask|know|write|type)\b(?! about)|(?:can|could) (?:you|someone) help(?: me| us)?(?: out)?(?= *[?.,]| *$)|how does (?:it|this|that) work/,
    /how (?:do|can|does|should) (?:i|we|one|you|it|this|that|the bot)\b(?!.*(?:reach|fail)).*(?:request|ask|get|use|work|extend|revoke|access|say|write|phrase)|how (?:to|does (?:this|it|that|the bot)(?: \w+)? work)|how (?:do|should) (?:i|we) (?:word|phrase|talk)/,
    /what (?:kind|kinds|sort|sorts) of (?:requests?|things|questions) (?:do|can|could) (?:you|i|we)|what (?:do|must|should|would) (?:i|we) (?:have to |need to )?(?:write|say|type|tell you|enter|send)|what(?:'s| is) the (?:format|syntax|process|procedure|right way|way to)|what (?:information|info|details) (?:do|would) you need|what do you need (?:from me|to know)|(?:give|show) (?:me|us) (?:an |some |a few )?examples?|(?:explain|tell me|show me) how\b|how long does (?:an? |the )?(?:approval|request|it)\b.*\btake|who (?:approves|has to approve|decides)/,
    /was kannst du|wer bist du|wie (?:beantrage|bekomme|geht|funktionier\w*|frage|stelle|verlangere)|was (?:muss|soll) ich (?:schreiben|sagen|eingeben|tun)|was machst du/,
    /que puedes hacer|que sabes hacer|quien eres|como (?:pido|funciona\w*|solicito|se (?:pide|solicita|usa)|puedo (?:pedir|solicitar|usarte)|te uso)|que (?:tengo|hay) que (?:escribir|decir|poner)|para que sirves/,
    /que (?:peux|sais)-tu faire|que peux tu faire|qui es-tu|qu'est-ce que tu (?:fais|sais|peux)|comment (?:ca|demander|on demande|faire|obtenir|tu (?:marches|fonctionnes)|te)|(?:tu sers|a quoi sers)[- ]?(?:tu )?(?:a quoi)?|que dois-je (?:ecrire|dire)/,
  ]
    .map(({ source }) => source)
    .join('|'),
)
export const DRIFT = ways(
  'drift(?:s|ed|ing)?|(?:out of|in) sync|out of step|desired state|reconcil\\w+|hand-?edited',
  '(?:what|anything|something|who|did|has|have|was|were|which|is)\\b.*\\b(?:changed|change|modified|touched|edited|altered|different|tampered|fiddled?|messed|messing|tinkered|tweaked|poked|fudged)',
  '(?:manual|unauthori[sz]ed|untracked|undocumented|unexpected|undeclared|unmanaged|rogue|out[- ]of[- ]band|by hand)\\b.*\\b(?:changes?|edits?|rules?|config\\w*|entries)|\\bchanges?\\b.*\\b(?:by hand|manual|manually|outside|behind)|behind (?:our|my|your|the) backs?',
  '(?:live|running|device|devices|firewall|config\\w*|reality|rules?|DEVICE)\\b.*\\b(?:match|matches|mirrors?|reflects?|agrees?|differs?|difference|differences|diverges?|deviates?|in line|consistent|undeclared|unmanaged)|(?:differ|differs|difference|differences|diff|compare|compared)\\b.*(?:\\blive\\b|\\brunning\\b|\\bdeclared\\b|DEVICE|\\bgit\\b|\\brepo\\b|firewall)|(?:DEVICE|firewall|config\\w*|rules?)\\b.*\\b(?:declared|git|repo\\w*|(?:what|as) we (?:declared|wrote|planned|committed))',
  '(?:identical|same|in line|line up|lines up)\\b.*\\b(?:declared|git|repo\\w*)|what git says',
  "(?:DEVICE|firewall|haproxy|config\\w*)\\b[^.]*\\b(?:changed|modified|touched|edited|drifted)(?= *\\?)|(?:anything|something|rules?|entries|objects?)\\b[^.]*\\b(?:on|in|at) (?:the |our )?(?:DEVICE|devices?|firewall|boxes|box|edge)\\b[^.]*(?:shouldn't|didn't|isn't|aren't|wasn't|\\bnot\\b|nobody|unknown)",
  '(?:anyone|anybody|someone|somebody|alguien|quien|jemand) (?:le |les |has |been )*(?:touch|chang|edit|modif|alter|fiddl|mess|tamper|tinker|poke|movi|toco|toca|cambi)\\w*',
  '(?:did|has|have) (?:anyone|anybody|someone|somebody) (?:been )?(?:touch|change|edit|modif|alter|fiddl|mess|tamper|tinker|poke|play)\\w*',
  'was hat sich .*geandert|stimm(?:t|en)\\b.*(?:\\bgit\\b|uberein)|hat\\b.*\\b(?:jemand|wer|sich)\\b.*(?:\\w*geschraubt|\\w*gefummelt|geandert|angefasst|verandert|\\w*gebastelt|verstellt)|abweichung(?:en)?|weich(?:t|en)\\b.*\\bab',
  'ha(?:n)? (?:tocado|cambiado|modificado|toqueteado)|cambi(?:o|aron|ado)\\b.*(?:DEVICE|firewall)|(?:alguien|quien) (?:toco|cambio|modifico|ha)\\b|coincid\\w+\\b.*\\bgit|diferencias?\\b.*(?:DEVICE|firewall|git)|que (?:ha )?cambi(?:o|ado)|desviaci\\w+',
  "(?:quelqu'un|qui) (?:a|aurait) (?:touche|modifie|change|bidouille|trafique)|qu'est-ce qui a change|ecarts?|a (?:ete )?(?:change|modifie)\\b.*(?:DEVICE|firewall)|(?:DEVICE|firewall)\\b.*\\ba (?:ete )?(?:change|modifie)|correspond\\w*\\b.*\\bgit",
)
export const BROKEN = ways(
  "unreachable|not reachable|can't|cannot|cant|can not|couldn't|could not|unable|not able|fails?|failing|failed|broken|locked out|kicked out|thrown out|is down|are down|went down|down (?:for|again|since|from)|times? out|timing out|timed out|timeouts?|refused|refuses|unavailable|inaccessible|blocked|blocking|rejected|denied|forbidden|reset|doesn't work|does not work|doesnt work|not working|isn't working|isn't loading|isn't responding|not responding|stopped working|no longer works?|unresponsive|doesn't load|not loading|hangs?|hanging|stuck|slow|dead|40[0-9]|50[0-9]",
  "(?:won't|wont|doesn't|doesnt|does not|will not|isn't|not) (?:let|load|open|connect|answer|respond|come up|start|loading|opening|connecting|answering|responding|letting|getting (?:through|to|into|in))",
  "(?:nobody|no one|noone|none of us|none)\\b.*\\b(?:gets?|reach\\w*|can|connects?|logs?)|spins?|spinning|no (?:luck|joy|response|answer|connection)|(?:has|have|having|had|got|trouble|troubles|problems?|issues?|difficult\\w+)\\b.*\\b(?:trouble|problems?|issues?|difficult\\w+|reaching|getting|connecting|opening)|can't seem|something(?:'s| is)? wrong|errors?|acting up|flaky|nothing loads|never loads",
  'nicht erreichbar|geht\\b.*\\bnicht|funktioniert nicht|(?:komm(?:t|e|en)|lad(?:t|en)?|lauft|reagiert|antwortet|offnet)\\b.*\\bnicht|lauft .*timeout|fehler|verweigert|abgelehnt|hangt|nicht (?:drauf|rein|ran)',
  'no funciona|no puedo|no puede|no pueden|caid[oa]|inaccesible|no (?:me |nos |le |les )?(?:deja|carga|abre|va|responde|conecta|llega|entra|podemos|consigo|logro)|da (?:un )?error|denegad[oa]|rechazad[oa]',
  "ne (?:marche|fonctionne|repond|charge|s'ouvre|passe|peux|peut|peuvent) (?:pas|plus)|n'(?:arriv|attei|acced|ouvr|entr|fonctionn)\\w* (?:pas|plus)|n'(?:a|ai|ont) pas acces|inaccessible|impossible|erreur|en panne|refuse|interdit|plante|rame",
)
/** "Reception can't open lab results": a verb of giving that somebody cannot do is a complaint. */
export const CANNOT =
  /\b(?:can't|cannot|cant|can not|couldn't|could not|unable to|not able to|won't let|doesn't let|trouble|problems?|ne peu[tx]|ne peuvent|n'arriv\w+ pas a|impossible d'|impossible de|no puede|no pueden|no puedo|no podemos|no me deja|no deja)\s+(?:(?!give|grant)\w+ ){0,3}?(?:open|opening|reach|reaching|access|see|use|get|getting|connect|connecting|log ?in|load|in|abrir|entrar|acceder|ver|ouvrir|joindre|voir|utiliser)\b/
/** "What can the data team reach?" asks for a list; with a service named it would ask about that one. */
export const WHAT_REACHES =
  /^\W*(?:what|which|was|worauf|welche|que|a que|quoi|a quoi|qu'est-ce que)\b.*\b(?:can|may|could|am|are|is|kann|darf|durfen|konnen|puede|pueden|puedo|peut|peuvent|peux|does|do)\b.*\b(?:SUBJECT|i|we|they|ich|wir|yo|je|nous|puedo)\b.*\b(?:reach|access|see|use|open|get (?:to|into)|allowed|erreichen|zugreifen|nutzen|sehen|acceder|alcanzar|llegar|usar|ver|atteindre|utiliser|voir)\b/
export const IS_UP =
  /\b(?:does|do|will) (?:the )?SERVICE (?:\w+ )?(?:answer|respond|load|open|work|come up|show)\b|\b(?:is|are|ist|sind|esta|estan|est)\b[^.]*SERVICE[^.]*\b(?:up|down|alive|running|online|offline|ok|okay|healthy|working|dead|slow|erreichbar|kaputt|caido|caida|disponible|accessible|en panne)\b/
export const UNTIL_WHEN =
  /^\W*(?:and )?(?:until when|till when|how long|for how long|how much longer|how many more (?:days|hours|weeks)|bis wann|wie lange|hasta cuando|jusqu'a quand|combien de temps)(?![\w'])|\b(?:until when|bis wann|hasta cuando|jusqu'a quand) *\?/
/** "Is Jo allowed on payroll", "am I still allowed to use it": about what was granted, where "to reach" would ask the devices. */
export const ALLOWED_ON =
  /\b(?:is|are|am) (?:the )?(?:SUBJECT|i|we) (?:still )?(?:allowed|permitted) (?:on|in|into|onto|at)\b|\bstill (?:allowed|permitted)\b|^\W*(?:which|what) (?:services?|systems?|apps?)\b.*\b(?:allowed|permitted)\b/
/** "Is Bob still on wiki", "does Carol have grafana", "do I have wiki": what somebody holds. */
export const HOLDS =
  /^\W*(?:(?:is|are|am|ist|sind|bin|esta|est) (?:the )?(?:SUBJECT|i|we|ich|wir)\b[^.]*\b(?:still|currently|already|noch|aun|todavia|encore|toujours)\b[^.]*\b(?:on|in|allowed|auf|en|sur)\b|(?:does|do|did|has|have|hat|haben|habe|tiene|tienen|tengo) (?:the )?(?:SUBJECT|i|we|they|anyone|anybody|ich|wir)\b(?! to\b)[^.]*\b(?:have|has|got|hold|holds|had|hat|haben|noch)\b(?! to\b)[^.]*SERVICE|(?:tiene|tienen|tengo|hat|habe|haben) (?:SUBJECT|ich|wir|ya|aun|todavia)[^.]*SERVICE|(?:is|are) there (?:still )?(?:an? |any )?(?:access|grants?|permissions?|requests?)\b|did (?:the )?(?:SUBJECT|i|we|they) (?:\w+ )?(?:get|receive)\b[^.]*(?:SERVICE|access)|(?:has|have) (?:the )?(?:SUBJECT|i|we|they) (?:\w+ )?been (?:given|granted|added|put|let|approved)\b|(?:is|are) (?:my|our|his|her|their|the|SUBJECT)\b[^.]*\baccess\b[^.]*\b(?:still|good|valid|active|over|live|running)\b|(?:est-ce que )?SUBJECT (?:a|ont) (?:encore|toujours|deja)\b)/
export const WHY =
  /(?:^|[\s,.])(?:why|how come|warum|wieso|weshalb|por que|pourquoi|what(?:'s| is| are)? (?:blocking|wrong|stopping|preventing|the matter|going on|happening|up with)|what (?:blocks|stops|prevents|keeps|hinders)|was (?:blockiert|hindert)|que le pasa|que pasa)\b/
export const CAN_REACH =
  /\b(?:can|could|would|will|is|are|am|does|do|may|if|whether|kann|konnen|kommt|kommen|ist|sind|ob|puede|pueden|puedo|llega|esta|si|peut|peuvent|arrive|est)\b[^.]*\b(?:reach|reaches|access|accesses|connect|connects|see|sees|talk to|talks to|hit|hits|get to|gets to|get through|gets through|get into|gets into|get onto|get at|get in|gets in|make it|use|open|opens|log ?in|able to|reachable|accessible|visible|open (?:for|from|to)|available|allowed|permitted|let (?:in|through|into|onto)|works?|working|a (?:route|path|way|connection)|route|erreichen|erreichbar|zugreifen|(?:auf|an|in|ins|zu|durch|rein|ran|drauf)(?= [^.]*SERVICE)|acceder|accesible|alcanzar|llegar|llega|entrar|ver|abrir|usar|atteindre|joindre|accessible|entrer|voir|ouvrir|utiliser)\b/
/** "Ping wiki from Lyon", "reachability of payments": a question without a verb of asking. */
export const REACHABILITY =
  /^\W*(?:(?:please|pls|can you|could you|bitte) )*(?:ping|PORT-DOUBT|traceroute|trace|curl|telnet|nc)\b[^.]*(?:SERVICE|SUBJECT)|\b(?:reachability|erreichbarkeit|accesibilidad|joignabilite)\b|\b(?:llega|llegan|atteint|atteignent|joint|erreicht|erreichen) [^.]*(?:SERVICE|SUBJECT)[^.]*\?/
/** "Check whether Dana gets through", "test if …": asked as an order. */
export const TRY =
  /^\W*(?:(?:please|pls|can you|could you|quickly|just|bitte|por favor) )*(?:check|test|verify|see|try|find out|trace|ping|pruf(?:e|t)?|teste|schau|comprueba|verifica|mira|verifie|regarde) (?:if|whether|that|ob|si)\b/
export const STATUS = ways(
  "(?:which|what) services? (?:is|are|am|can|may)|(?:whether|if)\\b.*\\b(?:has|have|had)\\b.*\\baccess|(?<=(?:^|,|\\.)\\W*)who(?: all| else)?(?:'s| is| are| has| have)?(?: currently| still| all| else)*(?: is| are| has)? (?:on|in|got|has|have|using|allowed|permitted)\\b|who\\b.*\\b(?:access|reach|see|use|allowed|get (?:to|into|onto|at))",
  "what\\b.*\\b(?:access|accesses|grants?|permissions)|what (?:can|may|could) (?:i|we|SUBJECT|they|he|she)\\b.*\\b(?:access|reach|see|use|open|get to)|(?:which|what) (?:\\w+ )?(?:can|may|do|does|am|are|is) (?:i|we|SUBJECT)\\b|what(?:'s| has| have| does| do) (?:the )?(?:SUBJECT|i|we|they)\\b[^.]*\\b(?:got|have|hold)|what(?:'s| is| are)? (?:still |currently )?(?:open|pending|active|expiring)",
  '(?:does|do|did|has|have|had) (?:the )?(?:SUBJECT|i|we|anyone|anybody|someone|everyone)\\b.*\\b(?:access|grants?|permissions?|allowed)',
  '(?:(?<!access )list|show|display|print|tell me|give me (?:a list|an overview)|overview|summary|rundown)\\b.*(?:\\b(?:access(?:es)?|grants?|requests?|permissions?|who|overview|expir\\w*|everything|all|has|have|what|open)|SERVICE)',
  '(?<=^\\W*)(?:any|anything|something|anyone|anybody) (?:END|SPAN)|(?:any|anything|something)\\b[^.]*\\b(?:expir\\w*|running out|pending|outstanding)|(?:requests?|grants?)\\b[^.?]*\\b(?:still )?(?:open|pending|outstanding)(?= *\\?)|(?:status|state)(?= of| for|\\?| *$| ,)|when\\b.*\\b(?:expires?|ends?|runs? out|end|over|stops?|lapses?|run out|expire)|how (?:much )?long(?:er)?\\b.*\\b(?:have|has|access|left|valid|remain|got|keep)|(?:my|our|pending|open|active|current|outstanding) (?:access(?:es)?|grants?|requests?|permissions?)(?!.*(?:END|LENGTH))',
  "(?:is|was|has|did|where(?:'s| is)?|what about) (?:my|our|the|SUBJECT)? ?(?:access )?request(?:s)?|any(?:thing)? (?:\\w+ )?(?:expir\\w*|pending|outstanding|running out|open)|any\\b.*\\brequests? (?:still )?(?:open|pending|outstanding)",
  'wer (?:hat|darf|kann|ist|sitzt|kommt)|(?:habe|hat|haben)\\b.*\\b(?:zugriff|zugang|rechte)|worauf|welche (?:zugriff\\w*|freigabe\\w*|recht\\w*|antrag\\w*|zugang\\w*|dienste)|(?:lauft|endet|erlischt)\\b.*\\b(?:ab|zugriff|zugang|aus)|zeig\\w*\\b.*\\b(?:zugriff\\w*|freigabe\\w*|recht\\w*|antrag\\w*)|offene[nr]? (?:antrag\\w*|freigabe\\w*)',
  'quien(?:es)? (?:tiene|tienen|puede|pueden|esta|estan)|a que tengo acceso|que (?:tiene|tienen|tengo|tenemos)(?= (?:SUBJECT|yo|ya|ahora|abierto)| *\\?| *$)|(?:que|cuales|cuantos) (?:accesos|permisos|solicitudes)|cuando (?:caduca|vence|expira|termina|acaba|se acaba)|(?:tiene|tienen|tengo)\\b.*\\bacceso|(?:muestra|muestrame|lista|ensename)\\b.*\\b(?:accesos?|permisos?|solicitudes)|estado de',
  "qui (?:a|ont) (?:acces|le droit|encore|actuellement)|qui (?:peut|est|sont)\\b|quel(?:le)?s? (?:sont les )?(?:acces|droits?|autorisations?|demandes?)|quand (?:expire|se termine|finit|s'arrete)|(?:montre|liste|affiche)\\w*\\b.*\\b(?:acces|droits|demandes|autorisations)|quand\\b[^.]*\\b(?:expire|se termine|finit|s'arrete)|ou en est|statut|(?:est-ce que )?SUBJECT a(?: encore| toujours| deja)? acces",
  'where\\b.*\\baccess',
)
const NEW = '(?:new|another|brand-new|neue[nrs]?|nuev[oa]s?|nouve(?:au|lle)|nouvel)'
const THING =
  '(?:services?|apps?|applications?|site|website|web ?site|backend|frontend|endpoint|portal|tool|thing|shop|api|page|platform|system|microservice|dashboard|dienst|anwendung|webseite|servicio|aplicacion|herramienta|pagina|outil|appli|web)'
export const ONBOARD = ways(
  'onboard|on-board|onboarding|register|publish|go(?:es|ing)? live|publicar|publica|publier|mettre en ligne|mise en ligne|dar de alta|veroffentlichen|registrieren',
  `(?:add|create|set up|setup|put|bring|expose|need|want|have|run|running|launch|launching|introduce|introducing|roll(?:ing)? out|deploy(?:ing)?|ship(?:ping)?|host|built|build|building|release|releasing|add|anlegen|like|got|made|haben|stellen|queremos|tenemos|quiero|crear|lanzar|lanzamos|faut|lancer|lancons|avons|creer)\\b.*\\b${NEW} (?:\\S+ ){0,2}${THING}`,
  `${NEW} (?:\\S+ ){0,2}${THING}\\b.*(?:SERVICE|PORT|\\bbehind\\b|\\bcalled\\b|\\bnamed\\b|anlegen|aufnehmen|einrichten)`,
  'neuen? (?:dienst|anwendung)|nuevo servicio|nueva aplicacion|nouveau service|nouvelle application',
)
export const NEW_ALONE = new RegExp(`^\\W*${NEW} (?:service|app|application)\\b`)
/** Something that is put behind the devices, or that has servers of its own, is a service in the making. */
export const BEHIND_DEVICES =
  /\b(?:behind|hinter|detras de|derriere) (?:\w+ )?(?:DEVICE|edge|proxy|load ?balancer|balancer|haproxy|firewall)\b|\b(?:backends?|upstreams?|origin servers?)\b[^.]*SUBJECT/
