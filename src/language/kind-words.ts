/**
 * How people say, in four languages, that access shall begin, end or go on. Matched on a clause in which names, times and addresses
 * stand as what they are (`SUBJECT`, `SERVICE`, `END`, `LENGTH` …), folded, so that a service called "status" is no cue.
 */

/** Any of these ways, as whole words. */
export const ways = (...all: readonly string[]): RegExp => new RegExp(`\\b(?:${all.join('|')})(?![\\w'])`)

const SOMEBODY =
  '(?:(?:all |both )?(?:of )?(?:the |our |my |a )?SUBJECT(?:(?: ,)?(?: and| &| \\+| ,) (?:the )?SUBJECT)*|me|us|him|her|them)'
const IS = "(?:is|are|am|was|were|be|been|'s|'re|'m|i'm|we're|he's|she's|they're|i've|we've|has|have)"

/** What somebody who has finished, left or been sent away does not need. */
export const NO_MORE = ways(
  "(?<!(?:not|don't|dont|never|don t) )stop (?:giving|granting|letting|allowing|sharing|permitting|authori[sz]ing)",
  "(?:no longer|not|doesn't|don't|dont|does not|do not|don t|won't|wont|will not)\\s+(?:really |actually |be )?(?:needs?|needing|requires?|wants?|have to have)",
  'no longer (?:needs?|requires?|wants?|uses?|using|should|works?|working|with us|here|employed|part|on the|in the|at)',
  "(?:should|must)(?:n't| not| no longer) (?:have|access|be able|be allowed|reach|get|keep|be (?:in|on)(?= (?:the )?SERVICE))",
  `(?:${IS}|has|have) (?:all |now |both |finally )?(?:done|finished|through) (?:with|using|working (?:on|in)) (?:(?:the|my|our|all|his|her|their) )*(?:SERVICE|it|that|this|access)`,
  `${SOMEBODY} (?:just |has |have |had )?(?:left|quit|resigned)(?: (?:the|our|us|last|SINCE|company|team|yesterday|START|SPAN)\\b)`,
  `${SOMEBODY} (?:do |does )?(?:not |n't |never )use SERVICE (?:anymore|any more|any longer)`,
  'needs? .*(?:anymore|any more|any longer)(?= *$| *[,.?])',
  "(?:do not|don't|dont|don t) (?:let|allow|give)\\b.*\\b(?:anymore|any more|any longer)",
  "(?:is|are|am|was|were)(?:n't| not)? (?:\\w+ )?(?:on|in|allowed|supposed)\\b.*\\b(?:anymore|any more|any longer)",
  "(?:should|must)(?:n't| not) be\\b.*\\b(?:anymore|any more|any longer)",
  '(?:braucht|brauchen|brauche|benotigt|benotigen|nutzt|nutzen|verwendet)\\b.*\\b(?:nicht (?:mehr|langer)|kein\\w* .*mehr)',
  '(?:kein|keinen) (?:zugriff|zugang) mehr',
  '(?:darf|durfen|soll|sollen|muss|mussen)\\b.*\\bnicht (?:mehr|langer)',
  'nicht (?:mehr|langer) (?:gebraucht|benotigt|notig|bei uns|im team|da)',
  "no more (?:SERVICE|access)|kein\\w* (?:SERVICE|zugriff|zugang) mehr|plus d[e'] ?(?:SERVICE|acces)|se acabo\\b.*(?:SERVICE|acceso)",
  "(?:that was it|that's it|that is it|time's up|time is up) (?:for|with|on)\\b.*(?:SERVICE|access)|(?:no longer|not|isn't|aren't) (?:\\w+ )?needed|(?:nobody|no one|none)\\b.*\\b(?:needs?|uses?) (?:the )?SERVICE",
  "(?:make sure|ensure|see to it)\\b.*\\b(?:can't|cannot|can no longer|doesn't|don't|no longer|is no longer|not)\\b",
  'ya no (?:\\w+ )?(?:necesit\\w+|deb\\w+|usa\\w*|trabaja\\w*|hace falta|requier\\w+|esta\\w*|forma\\w*)',
  "n'(?:a|ont|ai|avons) plus besoin",
  'ne (?:doi\\w+|travaill\\w+|bosse\\w*|fai\\w+) plus',
  "n'(?:utilis\\w+) plus",
)

export const DECLINED =
  /(?:do not|don't|dont|never|please not|shouldn't|should not|must not|mustn't|no need to|not)\s+(?:ever\s+|please\s+|yet\s+|just\s+)?(?:give|grant|allow|open|let|add|enable|permit|provide|extend|revoke|remove|close|share|unblock|change|touch|cut|kick|take|put|pull|block|drop|delete|disable|deactivate|suspend|lock|renew|prolong)\b/
/** "Surtout ne coupe pas …", "no le quites …", "bitte nicht sperren", "let it run out". "Ne … que" only narrows. */
export const DECLINED_ELSEWHERE =
  /\b(?:niemand\w*|keinem|keiner|nobody|no one|a nadie|personne)\b.*\b(?:geben|freischalten|dar|donner|donnez)\b|\bne (?:(?:lui|leur|me|nous|le|la|les) )?(?:coup\w*|retir\w*|supprim\w*|ferm\w*|enlev\w*|revoqu\w*|ouvr\w*|donn\w*|accord\w*|autoris\w*|prolong\w*|ajout\w*|laiss\w*|desactiv\w*|bloqu\w*)\b(?!.*\bque\b)|\bn'(?:ouvr\w*|accord\w*|autoris\w*|enlev\w*|ajout\w*)(?!.*\bque\b)|\bno (?:(?:le|les|me|nos|lo|la) )?(?:des|den|abras?|abran|quites?|quiten|retires?|revoques?|cierres?|elimines?|concedas?|permitas?|extiendas?|amplies?|prolongues?|saques?|saquen|cortes?|bloquees?|desactives?|metas?|pongas?|anadas?|dejes?|habilites?)\b|\b(?:nicht|keinesfalls|auf keinen fall) (?:freigeben|freischalten|offnen|verlangern|sperren|entziehen|entfernen|loschen|schlie(?:ss|ß)en|wegnehmen|rausnehmen|rauswerfen|abschalten|kappen|deaktivieren|hinzufugen|eintragen)\b|\b(?:let|leave) (?:it|that|them) (?:run out|expire|lapse|end|be|alone|as (?:it is|they are))\b/
/** What is remembered, imagined or advised against is not asked for. */
export const ONLY_THOUGHT =
  /\b(?:remind (?:me|us)|(?:would|will|might) be (?:a )?(?:\w+ )?(?:bad|wrong|unwise|dangerous|silly|risky|terrible|mistake|crazy)\b|imagine|what if|what happens if|decided against|hold off|hold back|refused? to|no reason to|(?:i|we|they|SUBJECT) might (?:\w+ )?(?:give|grant|open|let|allow|revoke|remove|close|take|extend)|(?:nobody|no one) (?:should|may|must|can|shall)|stop (?:revoking|removing|closing|blocking|extending)|undo the (?:revoke|revocation|removal|extension)|instead of (?:giving|granting|opening))\b/

export const GIVE = ways(
  'give(?! (?:up|back|in)\\b)|grant|allow|letting|let|permit|enable|provide|add|authori[sz]e|whitelist|allow-?list|unblock|unlock|share|assign|open(?: up)?|expose|hook up|gimme',
  '(?:mind|chance of|chance you|about|consider|to) (?:\\w+ )?(?:giving|granting|opening|adding|putting|getting|sorting|enabling|unblocking|setting)(?! (?:rid|out|off|up access)\\b)',
  `(?:put|get|bring|chuck|pop|stick|throw|slot|plug|wire|hook|loop|move|take|squeeze|pull|sneak) ${SOMEBODY}(?! (?:out|off|away)\\b)(?: (?!(?:out|off|away|access|grants?|permissions?|rights?)\\b)\\w+){0,2} (?:on|onto|into|in|to|up|through)(?! (?:the )?(?:END|START|SPAN|LENGTH))(?=[^.]*SERVICE)`,
  `(?:set|hook|sort|fix|kit|rig|sign|wire) (?:${SOMEBODY} (?:up|out)|(?:up|out) ${SOMEBODY})(?=[^.]*(?:SERVICE|access|SUBJECT))`,
  `(?:put|get|let|add|bring) ${SOMEBODY} back (?:on|in|onto|into|to)|make ${SOMEBODY} (?:reach|see|use|able)`,
  `make it possible|(?:put|sign|count|pencil) ${SOMEBODY} (?:down|in|up) (?:for|on)`,
  'sort(?: out)?(?= (?:access|permissions))',
  'make (?:the )?SERVICE (?:\\w+ )?(?:available|accessible|reachable|visible|usable)',
  `(?:make sure|ensure|see to it|make it so|arrange(?: it)?(?: so| for)?)(?: that)? ${SOMEBODY} (?:can|could|gets?|has|have|is able|are able|to)`,
  `green-?light|clear ${SOMEBODY} (?:for|to)|admit|enroll?|provision|(?:punch|poke|drill|make) (?:a |another )?hole|(?:let|wave|pass|put) ${SOMEBODY} through|equip|(?:connect|link) ${SOMEBODY} (?:to|with)|hand ${SOMEBODY}|(?:turn|switch) on|activate`,
  'gib|gebt|geben|gewahren?|erlauben?|freischalten|freigeben|freischaltung|freigabe|lass(?:t|en|e)?|offnen?|offnet|schalte(?:t|n)?(?!.*\\bab\\b)',
  'richte(?:t|n)? .*\\bein|einrichten|stell(?:e|t)?\\b.*\\bbereit|bereitstellen|mach(?:e|t)?\\b(?!.*\\b(?:zu|dicht)\\b).*\\bauf|trag(?:e|t)?\\b.*\\bein|eintragen|hinzufugen|fug(?:e|t)?\\b.*\\bhinzu|ermogliche?n?|gestatten?|erteilen?|verschaffe?n?|berechtigen?|besorge?n?|nimm\\b.*\\b(?:auf|mit auf)(?= *$| *[,.])|aufschalten',
  'da|dar|dale|dales|dame|danos|(?:me|nos|le|les) (?:das|dais|darias|dariais)|dadle|dadles|dadme|dele|concede|conceder|otorgar?|permite|permitir|(?:abrir|abre|abrid|abran|dar|habilit(?:a|ar|ad|e|en)|autoric(?:e|en)|autoriz(?:a|ar|ad)|facilit(?:a|ar|ad)|agreg(?:a|ar|ad)|agregue(?:n)?|anad(?:e|ir|id|an)|met(?:e|er|ed|an)|pon|poner|poned|pongan?|activ(?:a|ar|ad)|desbloque(?:a|ar|ad|en)|conect(?:a|ar|ad))(?:me|le|les|nos)?(?:l[oa]s?)?|dej(?:a|ar|ad|en)(?:me|le|les|nos)?\\b.*\\b(?:entrar|pasar|acceder|usar|ver)|haz que',
  "donne[rz]?|accorde[rz]?|autorise[rz]?|ouvre|ouvrir|ouvrez|ouvrons|permet(?:s|tre|tez)?|mets|mettre(?! (?:fin|un terme))|mettez|r?ajoute[rz]?|laisse[rz]? .*\\b(?:entrer|acceder|passer|utiliser|voir)|laisse[rz]? (?:entrer|acceder|passer)|debloque[rz]?|activer|activez|octroye[rz]?|fai(?:s|re|tes) en sorte|habilite[rz]?|inscris|inscrire|file[rz]?(?: \\w+)* (?:l'|un |les )?acces",
)

export const NEED = ways(
  "needs?|needing|needed|wants?|wanna|requires?|required|requesting|(?<!(?:my|our|own|this|that|the|a|an|his|her|their) )requests? (?:for )?(?:[A-Z]{3}|access|permission)|would (?:really )?(?:like|love|appreciate)|'d (?:really )?(?:like|love|appreciate)|i'd (?:really )?(?:like|love|appreciate)|could (?:really )?(?:do with|use)|gonna need|gotta|lacks?|lacking|in need of",
  '(?:should|shall|ought to) (?:have|get|be able|be (?:on|in)|reach|be allowed|receive|see|use|access|be given|work)|must (?:have|be able|be (?:on|in)|reach|get|use|access|see|work)',
  'ha(?:s|ve)(?: got)? to (?:have|reach|access|be able|be (?:on|in)|get (?:into|to|onto|at|in|on)|use|see|work|log|check|do|look|connect|update|run|finish)',
  `${IS} (?:\\w+ )?(?:after|looking for|looking to (?:get|use)|hoping (?:for|to)|missing access|asking for|asking to (?:get|use|have)|supposed to (?:have|get|be (?:on|in|able)|use|reach)|meant to (?:have|get|be (?:on|in|able)|use|reach)|to (?:have|get|be given|receive|be allowed|be put|be added))`,
  'ask(?:s|ed) (?:me |us |you )?(?:for|if|whether)(?= [^.]*(?:access|SERVICE))',
  '(?:SUBJECT|i|we) (?:gets?|bekommt|bekommen|kriegt|kriegen|recibe|reciben|recoit) (?:the |das |el |le )?(?:SERVICE|access)',
  'braucht|brauchten?|brauchen|brauche|benotigt|benotigen|benotige|mochten?|soll(?:en|te|ten)?|muss(?:en|te|ten|t)?|hatten? gerne?|bitten? um|bitte um|beantrage?n?|(?<!^ *)(?:darf|durfen)(?=[^?]*\\b(?:START|SPAN|END|LENGTH)\\b[^?]*$)',
  'ocup(?:o|a|an|amos)(?= [^.]*(?:SERVICE|acceso))|(?:me|le|les|nos) urge\\w*',
  'necesit(?:a|an|o|amos|aria|arian|ariamos|e|en)|quier(?:o|e|en)|quisiera(?:n|mos)?|querria(?:n|mos)?|queremos|requier(?:e|en|o)|hacen? falta|precis(?:a|an|o|amos)|deb(?:e|en|eria|erian)|tienen? que|tengo que|tenemos que|solicit(?:o|a|amos|an)|pid(?:o|e|en)|pedimos|me gustaria|nos gustaria|vendria bien|que SUBJECT (?:pueda|puedan|entre|entren|tenga|tengan|acceda|accedan)',
  "besoin|faut|faudrait|faudra|voudrai(?:s|t|ent)|voudrions|aimerai(?:s|t|ent)|souhait(?:e|es|ent|ons|erait|erais|eraient)|doi(?:t|vent)|devrai(?:t|ent)|veu(?:t|lent)|necessite|demande (?:l'|un )?acces|que SUBJECT (?:puisse|puissent|accede|ait|aient)",
  "(?:can't|cannot|cant|can not|couldn't) (?:\\w+ ){0,3}without (?:access|SERVICE)|SUBJECT to (?:join|get|have|use|work|reach|help|access|see|be)",
  'requesting access',
)

export const CAN_GET =
  /\b(?:can|could|may|might|kann|konnte|konnen|konnten|puede|pueden|puedo|podria|podrian|podemos|peut|peux|pourrait|pourraient|peuvent|pourrais|pourrions)\b[^.]*\b(?:get(?! (?:to|into|through|at|in|on|onto)\b)|have|be (?:given|granted|added|put|allowed|let)|receive|bekommen|kriegen|haben|tener|recibir|avoir|obtenir|recevoir)\b/

/** "Carol has no access to wiki yet": a wish where it is bounded or asked for nicely, else a complaint. */
export const HAS_NONE = ways(
  "(?:has|have|got|had) (?:still )?no access|(?:doesn't|don't|does not|do not) (?:yet )?have access|never got (?:SERVICE|access)|without access",
  "(?:hat|habe|haben) (?:noch |immer noch )?keinen (?:zugriff|zugang)|(?:aun |todavia )?no (?:tiene|tienen|tengo|tenemos) acceso|n'(?:a|ont|ai|avons) (?:pas|toujours pas|pas encore) (?:encore )?(?:d')?(?:l')?acces",
)

/** Verbs that end access, and that an access may, should or has to end. */
export const TAKE = ways(
  'undo|revert|rescind|reverse|roll back|revoke|revoking|remove|removing|withdraw|close|closing|shut|kill|terminate|disable|block|take (?:away|back|off)|take\\b.*\\b(?:away|out|off|back)|cut off|cut|drop|delete|cancel|unshare|kick|strip|lock out',
  'boot|evict|expel|eject|oust|ban|off-?board|de-?provision|de-?activate|de-?authori[sz]e|suspend|relinquish|retract|nuke|zap|axe|purge|get rid of|pull the plug|(?:turn|switch|shut) (?:off|down)|(?:give|giving|hand|handing) (?:up|back)|clean up|tidy up',
  `(?:get|throw|chuck|turf|lock|shut|pull|drop|toss|sling) (?:${SOMEBODY}|SERVICE)(?: \\w+)? (?:out|off|away)`,
  `(?:turn|switch|shut) (?:${SOMEBODY}|SERVICE|access) (?:off|down)`,
  `stop ${SOMEBODY}(?: from)? (?:reaching|using|seeing|accessing|getting|entering|going)`,
  'pull(?= (?:(?:the )?SUBJECT|my|our|his|her|their|all|every)\\b(?![^.]*\\b(?:into|onto|to|in|up)\\b(?! SERVICE access)[^.]*SERVICE)|[^.]*\\baccess\\b)',
  'SUBJECT (?:off|out)(?: of)?(?= (?:the )?SERVICE| please| pls| *$| *[,.])',
  'end [A-Z]|end (?:the )?access|end \\S+ access',
  'entzieh(?:e|en|t)?|entfern(?:e|en|t)?|sperr(?:e|en|t)?|schlie(?:ss|ß)en?|schlie(?:ss|ß)t|widerrufen?|loschen?|losche|nimm|nehmt|wegnehmen|raus(?:nehmen|werfen|schmei(?:ss|ß)en)?|abklemmen|abdrehen|zudrehen|dichtmachen|zumachen|abschalten|kappen?|deaktiviere?n?|aussperren|zuruckgeben|abgeben|(?:dreh|schalt|klemm|zieh)(?:e|t)?\\b.*\\bab|(?:mach|dreh)(?:e|t)?\\b.*\\b(?:zu|dicht)',
  'quitar?|revocar?|retirar?|eliminar?|cierr(?:a|en)(?:l[oa]s?|les?)?|cerrar|quit(?:a|ar|ad|en)(?:me|le|les|nos|se)?(?:l[oa]s?)?|revoqu(?:e|en)|sac(?:a|ar|ad|arle|arlo|arla|alo|ala)|saquen?|cort(?:a|ar|ad|en|ale|ales|arle|arles)|anular?|(?<!SERVICE )bloque(?:a|ar|ad|en)|desactiv(?:a|ar|ad|en)|deshabilit(?:a|ar|ad|en)|(?:dar?|dad|den)(?:le)? de baja|borr(?:a|ar|ad|en)|suprim(?:e|ir|an)|echar?|fuera',
  'coup(?:e|er|ez)|retire[rz]?|revoque[rz]?|supprime[rz]?|ferme[rz]?|enleve[rz]?|vire[rz]?|sor(?:s|tir|tez)|desactive[rz]?|bloque[rz]|(?<!SERVICE )bloque(?= (?:(?:l|le |la |les ).?)?(?:acces|SUBJECT))|annule[rz]?|ote[rz]?|(?:mets?|mettre|mettez) fin',
)
/** "Bob's wiki access can go", "… needs to be removed": what shall happen to what is there. */
export const SHALL_END = ways(
  '(?:can|could|should|must|may|has to|have to|needs? to|ought to|got to|gotta) (?:now |all |both |please |also )*(?:go(?: away)?(?= *$| *[,.?]| (?:now|today|please|asap|too|away|as well)\\b)|come (?:off|out)|be (?:removed|revoked|closed|taken (?:away|off|back|out)|cut(?: off)?|shut(?: off| down)?|pulled|withdrawn|ended|deleted|dropped|cancell?ed|terminated|stripped|disabled|blocked|kicked(?: out)?|locked(?: out)?|switched off|turned off|cleaned up|tidied up|deactivated|suspended))',
  '(?:kann|konnen|soll|sollen|muss|mussen|konnte|sollte)\\b.*\\b(?:weg|raus|gesperrt|entzogen|geloscht|entfernt|geschlossen|abgeschaltet|deaktiviert)',
)

export const STRETCH = ways(
  'extend|extending|extension|prolong|renew|lengthen|stretch|longer|more time|another LENGTH|LENGTH (?:more|longer|extra|mas|de plus|langer|de mas|supplementaires?)|(?:more|extra|additional|further|otr[ao]s?|noch|encore) LENGTH',
  '(?:keep(?! getting| seeing| running)|leave)\\b.*\\b(?:open|access|longer|on|in|going|alive|active|valid|as is)',
  '(?:get|take|bring|move|see|carry|tide|set|change|make|put|run|pull) (?:(?:SUBJECT|SERVICE|my|our|his|her|their|the|it|this|us|them|him|access|grant|date|end|out|over) )+(?:to|through|over|past|up) (?:to |the )*(?:END|START|SPAN)|(?:move|set|change|make) (?:(?:SUBJECT|SERVICE|my|our|his|her|their|the) )*(?:access|grant|end date|end) (?:(?:until|till|last|to) )*(?:END|START|SPAN|LENGTH)',
  "(?:r?ajoute[rz]?|anad(?:e|ir|an|ele|eles)|agreg(?:a|ar|ue)|suma(?:r|le)?) (?:(?:encore|lui|leur|nous|moi|otr[ao]s?|a|le|les) )*(?:SUBJECT |SERVICE )?(?:LENGTH|SPAN|(?:[\\w-]+ ){0,4}(?:jours?|semaines?|mois|heures?|dias?|semanas?|horas?|mes|meses)\\b)|laisse[rz]?\\b.*\\b(?:ouverte?s?|actifs?|active|(?:l'|son |mon |leur )?acces)\\b|deja(?:r|d|le|les)?\\b.*\\b(?:abiert[oa]s?|activ[oa]s?|el acceso)|lass(?:t|e|en)?\\b.*\\b(?:offen|bestehen|aktiv|noch)\\b|maint(?:ien|enir)\\w*|conserve[rz]?|(?:leg|pack|hang)(?:e|t)?\\b.*(?:LENGTH|SPAN)",
  '(?:add|adding|tack|tacking|put|putting|stick|slap|throw|append|hang)(?: on)? (?:another |(?:an? )?extra )?(?:LENGTH|SPAN|(?:[\\w-]+ ){0,3}(?:hours?|days?|weeks?|months?)\\b)|(?:prolongation|prorroga|ampliacion|verlangerung)',
  '(?:access|grant) END\\b[^?]*\\b(?:can|could|needs?|have|has|please|puede|kann|peut)\\b[^?]*(?:END|LENGTH)',
  '(?:push|move|postpone|shift|bump) (?:(?:SUBJECT|SERVICE|my|our|his|her|their|the|it|this|that|back|out|access|grant|date) )*(?:end|expiry|expiration|deadline|until|out|back|to [A-Z]|END)',
  '(?:push|bump|move)\\b.*\\baccess\\b.*(?:END|LENGTH)',
  '(?:keeps?|keeping|hang(?:s|ing)? on to|hold(?:s|ing)? on ?to|retains?|stays?|remains?)\\b[^.]*(?:SERVICE|access|\\bit\\b)[^.]*(?:END|LENGTH)',
  '(?:SERVICE|access|grant)\\b[^.]*\\b(?:carry on|continues?|stays?|remains?|lasts?|goes? on|runs? on|be (?:open|valid|good|active|on|kept|left)|hold|stand|live on|run)\\b[^.]*(?:END|LENGTH)',
  "still (?:be |going to |gonna |'ll )?(?:needs?|needing|wants?|requires?|have|has|on|in|able|use|using|working|reach)\\b[^.?]*(?:END|LENGTH|SPAN)[^?]*$",
  '(?:past|beyond) (?:END|START|SPAN)|(?:access|grant)\\b[^?]*(?:END|LENGTH|SPAN|START) instead(?! of)|(?:access|grant)\\b[^?]*(?:END|LENGTH|START|SPAN) (?:instead of|rather than|not|statt|en lugar de|en vez de|au lieu d[eu]) (?:END|LENGTH|START|SPAN)',
  '(?:already|currently) (?:has|have|on|in|had|got)\\b[^?]*(?:END|LENGTH)|(?:runs?|running) out\\b[^?]*\\b(?:needs?|need|wants?|could|please)\\b[^?]*(?:END|LENGTH)',
  "(?:overran|overruns?|overrunning|running over|runs over|tak(?:es|ing) longer|drag(?:s|ging)? on|slipped|delayed|(?:not|isn't|n't) (?:quite )?(?:done|finished|ready))\\b[^?]*(?:END|LENGTH)|(?:END|LENGTH)[^?]*\\b(?:overran|overrunning|running over|tak(?:es|ing) longer|slipped|delayed|(?:not|isn't) (?:quite )?(?:done|finished))",
  'verlanger\\w*|langer|(?:brauch\\w*|benotig\\w*)\\b[^.?]*\\bnoch\\b[^.?]*(?:END|LENGTH)|noch\\b[^.?]*(?:END|LENGTH)[^.?]*\\b(?:brauch\\w*|benotig\\w*)|behalt(?:e|en)\\b|weiterhin|immer noch\\b[^.?]*(?:END|LENGTH)|weiter(?:hin)?\\b[^.?]*(?:brauch|benotig|nutz|zugreif|haben)\\w*',
  '(?:prolonge|renouvele|renouvelle|reconduire|reconduis|etend|rallonge|proroge)(?:r|z|s|re|ez)?|prolongez|garde[rz]?\\b[^.?]*(?:END|LENGTH)|(?:encore|toujours) besoin[^.?]*(?:END|LENGTH)|plus longtemps',
  'extiende|extender|amplia?r?|amplie|alarga(?:r|s|n|me|le|les|nos)?|prolonga|prolongar|prorroga|prorrogar|renueva|renovar|manten(?:er|ga|gan)?\\b[^.?]*(?:END|LENGTH)|sig(?:a|ue|uen)\\b[^.?]*(?:END|LENGTH)|seguir\\b[^.?]*(?:END|LENGTH)|(?:aun|todavia) (?:necesit\\w+|tiene que)[^.?]*(?:END|LENGTH)|mas tiempo',
  'renouvel\\w+',
)
