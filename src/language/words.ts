/**
 * The words that carry the grammar of a request, folded, in four languages. What is in none of these rows and no name of the
 * catalogue is an unknown word; an unknown word where a name must stand is asked about.
 */
const ROWS = {
  /** Verbs that hand access to somebody. */
  give: 'give|giv|pon|poner|pongan|ponle|mete|meter|anade|anadir|agrega|agregar|letting|put|sort out|sort|abrirle|abrirles|abrele|darle|darles|lassen|lasst|gimme|gives|giving|grant|granting|allow|allowing|let|lets|permit|enable|provide|add|adding|authori[sz]e|whitelist|allowlist|allow-list|unblock|unlock|share|assign|open up|open|opening|expose|put through|hook up|set up|gib|gebt|geben|gebe|gewahre|gewahren|erlaube|erlauben|freischalten|freigeben|freischaltung|schalte|offne|offnen|lass|da|dar|dale|dales|dame|danos|dar|concede|conceder|otorga|otorgar|permite|permitir|abre|abrir|donne|donner|donnez|accorde|accorder|accordez|autorise|autoriser|autorisez|ouvre|ouvrir|ouvrez|permettre',
  /** Verbs after which a person has something: whoever stands before them is the subject. */
  need: "needs?|needing|wants?|requires?|requesting|requests?|would like|would love|(?<=(?:'d|would) )like|'d like|d like|'d love|should(?: really)?|ought to|shall|must|has to|have to|ought to|gets?|getting|receive|have|has|having|to be able to|be able to|able to|brauchte|brauchten|braucht|brauchen|brauche|benotigt|benotigen|benotige|mochten?|mochte|soll(?:en|te|ten)?|bekommt|bekommen|bekomme|kriegt|haben|hatte|tiene|tienen|necesitan?|necesitamos|necesito|quieren?|quiero|queremos|requieren?|deben?|tener|avoir|a besoin(?: d'| de)?|ont besoin(?: d'| de)?|j'ai besoin(?: d'| de)?|nous avons besoin(?: d'| de)?|ai besoin(?: d'| de)?|besoin(?: d'| de)?|pouvoir|puisse|puissent|il faut que|il faudrait que|doit|doivent|veut|veulent|voudrais|voudrait|can|could|may|darf|durfen|kann|konnen|puede|pueden|puedo|podemos|podria|podrian|peut|peuvent|pourrait|will",
  take: 'pull|couper|coupe|coupez|sperr|sperrt|wegnehmen|undo|revert|rescind|reverse|roll back|revoke|revoking|remove|removing|withdraw|close|closing|shut|kill|terminate|disable|block|take away|take|cut off|cut|drop|delete|end|cancel|unshare|kick|strip|entzieh|entziehe|entziehen|entzieht|entferne|entfernen|sperre|sperren|schliesse|schliessen|nimm|widerrufe|widerrufen|losche|quita|quitar|revoca|revocar|retira|retirar|elimina|cierra|cerrar|retire|retirer|revoque|revoquer|supprime|supprimer|ferme|fermer|enleve|enlever',
  stretch:
    'extend|extending|prolong|renew|lengthen|keep|push|move|verlangere|verlangern|verlangert|prolonge|prolonger|prolongez|extiende|extender|ampliar|amplia|prolonga|prolongar|alarga|renouvelle|renouveler',
  access:
    "access|acess|accces|accesss|acccess|accesses|permissions?|rights?|privileges|entry|connectivity|connection|connections|login|logins|zugriffe|rechte|berechtigungen|permisos|droits|zugriff|zugang|zugriffsrechte|acceso|accesos|acces|l'acces|d'acces",
  /** Verbs of getting through: what follows is the service. */
  reach:
    "reach|reaching|use|using(?= the)|see|visit|connect|connecting|d'acceder|a acceder|log ?in|sign ?in|talk|hit|query|get in|get into|get onto|get to|look at|go|work with|work on|erreichen|nutzen|benutzen|verwenden|zugreifen|usar|acceder|utiliser|entrar|ver",
  to: "to|into|onto|towards|zu|zum|zur|aufs|auf|a|al|au|aux|vers|hacia|d'|->",
  for: 'for|fur|fuer|para|pour',
  on: 'on(?! (?:a besoin|doit|voudrait|aimerait|souhaite|souhaiterait|veut|peut|pourrait)\\b)|in|at|inside|within|im|en|dans|sur|of|with|del?|du|des|mit|con|avec',
  via: "(?:when|while|if) (?:(?:they are|they're|he is|he's|she is|she's|i am|i'm|we are|we're) )?(?:connected|logged in|coming in)(?: (?:to|on|in|from|via|through|over))?|(?:when|while|if) (?:they are|they're|he is|he's|she is|she's|i am|i'm|we are|we're) (?:on|in|at)|only via|only from|only through|only over|only on|only when on|coming from|originating from|connected from|connecting from|sourced from|while on|when on|if on|via|from|through|thru|over|using|by way of|ubers|uber|von|vom|aus|desde|por|depuis|par",
  except:
    'except for|except|excepting|excluding|exclude|excl\\.?|leaving out|leave out|aber ohne|pero sin|mais sans|barring|bar|but not for|but not|and not|not including|without|minus|apart from|other than|aside from|with the exception of|save for|all but|but|ausser|ohne|nicht aber|aber nicht|bis auf|excepto|salvo|menos|sin|pero no|sauf|hormis|sans|mais pas',
  same: "the same access as|same access as|the same as|same as|the same rights as|same rights as|same permissions as|the same access that|just like|(?<!(?:'d|would|d|i|we|not) )like|wie|igual que|el mismo acceso que|los mismos accesos que|le meme acces que|les memes acces que|comme",
  only: 'only|just|solely|exclusively|nur|ausschliesslich|solo|solamente|unicamente|seulement|uniquement',
  readonly:
    'read[- ]?only|view[- ]?only|read access|readonly access|reading access|viewer access|viewer rights|viewer|read rights|to read|read|view|get requests only|get only|lesezugriff|leserechte|nur lesen|lesend|solo lectura|lecture seule|en lecture|admin|administrator|root access|write access|read[/-]write|write',
  not: "not|n't|can't|cant|cannot|can not|couldn't|won't|wouldn't|isn't|aren't|hasn't|haven't|shouldn't|doesnt|don't|dont|doesn't|never|no|none|neither|nor|kein|keine|keinen|nicht|nie|nunca|ningun|ninguna|pas|jamais|aucun|aucune|ne|instead of|rather than|unless|if|only if|provided|once|after|before|until|bis",
  and: 'and also|as well as|and|und|sowie|y|e|et|ainsi que|&|\\+|plus|also|auch|tambien|aussi',
  or: 'or|oder|o|ou|and/or|either',
  because:
    "because of|in case|es que|resulta que|c'est que|it's that|because|since|so that|so they|so he|so she|so we|so i|so|in order to|due to|as we|as they|as he|as she|as i|as part of|reason:?|reason is|the reason|to help|to debug|to check|to finish|to work|to do|to fix|to test|to look|to prepare|to run|to investigate|to troubleshoot|to complete|to support|purpose:?|weil|da wir|da sie|denn|damit|wegen|um|porque|para que|ya que|debido|parce que|parce qu'|pour que|afin|car|who|which|that|while|when",
  /** Openings of asides: who stands there is talked to or about, not asked for. */
  aside:
    'hi|hello|hey|hiya|hallo|hola|bonjour|salut|moin|servus|good morning|morning|thanks|thank you|thx|ty|cheers|danke|gracias|merci|cc|fyi|regards|best|approved by|cleared with|agreed with|signed off by|ok from|okay from|according to|as discussed with|discussed with|spoke to|spoke with|talked to|talked with|on behalf of|requested by|asked by|reported by|per|by|asked|asks|said|says|told|tells|mentioned|approved|thinks|manager is|lead is|dear|ask|contact|ping|tell',
  i: "i|i'll|i'm|i'd|i've|ich|yo|je|j'",
  me: 'me|myself|my account|my user|my self|mir|mich|mi|moi',
  my: 'my|mine|mein|meine|meinen|meinem|meiner|mon|ma|mes|mis',
  we: "on(?= (?:a besoin|doit|voudrait|aimerait|souhaite|souhaiterait|veut|peut|pourrait)\\b)|we|we'll|we're|we'd|we've|wir|nosotros|nous",
  team: 'us|our team|my team|our group|my group|our department|my department|unser team|mein team|unserem team|meinem team|uns|mi equipo|nuestro equipo|notre equipe|mon equipe|ourselves|nos',
  our: 'our|ours|unser|unsere|unseren|unserem|nuestro|nuestra|notre',
  everybody:
    'everyone|everybody|anyone|anybody|@everyone|@here|@channel|all users|all employees|all staff|all people|all teams|all groups|every team|any user|any source|anywhere|everywhere|uberall|en todas partes|partout|the world|the internet|the public|whole company|entire company|whole internet|whole world|all of us|everyone else|all of them|jeder|jeden|jedem|alle|allen|todos|todo el mundo|tout le monde|tous|toutes',
  everything:
    'everything|anything|all services|all the services|every service|any service|all apps|all applications|all systems|all servers|all internal services|all internal|all hosts|the whole network|the network|all access|any access|all of it|all the access|every access|every permission|all rights|all permissions|all (?:of )?(?:his|her|their|my) (?:access|permissions|rights|grants)|every bit of access|all|alle zugriffe|alle rechte|alle berechtigungen|jeden zugriff|todos (?:los|sus) (?:accesos|permisos)|tous (?:les|ses|leurs) (?:acces|droits)|alles|alle dienste|alle services|todo|todos los servicios|tout|tous les services',
  it: 'it|this|that one|them|they|their|theirs|him|her|his|he|she|those|these|same|there|es|ihn|sie|ihm|ihr|lo|les|leur|lui|eux',
  group:
    "team|teams|group|groups|guys|folks|people|crew|department|dept|dept\\.|members?|staff|colleagues|users?|employees|team's|folk|squad|abteilung|gruppe|leute|kollegen|mitarbeiter|mitglieder|equipo|grupo|gente|departamento|usuarios|equipe|l'equipe|d'equipe|groupe|gens|service des?",
  thing:
    'expiry date|expiration date|expiry|expiration|end date|deadline|ablaufdatum|vencimiento|caducidad|echeance|service|services|server|servers|app|apps|application|applications|site|website|web site|web ui|ui|gui|frontend|page|pages|portal|tool|system|instance|platform(?= service)|endpoint|host|url|dienst|dienste|anwendung|servicio|servicios|aplicacion|application|outil|network|networks|range|subnet|ip|ips|address|addresses|source|sources|net|netz|netzwerk|red|reseau|client|clients|behind|firewall|port',
  filler:
    "until when|till when|bis wann|hasta cuando|jusqu'a quand|(?:can|could|would) (?:someone|somebody)(?= (?:please )?(?:give|grant|let|open|add|put|renew|extend|revoke|remove|close|allow|enable|unblock|take|pull|kick|cut|sort)\\b)|(?:it )?would be (?:(?:really|very|so) )?(?:great|nice|awesome|good|cool|lovely|helpful|super|fantastic|perfect) if|it'd be (?:great|nice|awesome|good|cool|lovely|helpful|super|fantastic|perfect) if|i'd appreciate it if|(?:i was |i am |i'm |was |am )?wondering if|if possible|if that's possible|wenn moglich|si possible|si es posible|is enough|are enough|enough|of|suffices|reicht|(?:please )?see (?:to it )?that|make sure(?: that)?|ensure(?: that)?|be sure that|sieh zu dass|sorge? dafur dass|asegurate de que|veille a ce que|fais en sorte que|available|reachable|accessible|verfugbar|erreichbar|zuganglich|disponible|accesible|sorted(?: out)?|(?<=(?:hours?|days?|weeks?|months?|minutes?|stunden?|tage|wochen?) )(?:is|are|would be|will be|should be) (?:fine|ok|okay|plenty|enough|good|great|perfect)|will do|would do|should do|genugt|langt|suffit|basta|es suficiente|(?:and )?while (?:you're|we're|i'm|you are) (?:at it|there)|wenn du schon dabei bist|wo du schon dabei bist|bei der gelegenheit|ya que estas(?: en ello)?|ya de paso|de paso|(?:et )?tant que tu y es|tant qu'on y est|au passage|by the way|btw|apropos|por cierto|au fait|instead(?! of)|stattdessen|en cambio|runter|raus|rein|mehr|nobody else|no one else|noone else|niemand sonst|sonst niemand|nadie mas|personne d'autre|just in case|in any case|for good measure|por si acaso|au cas ou|fur alle falle|aber|pero|mais|the|these|those|an|some|please|pls|plz|kindly|also|again|too|asap|urgently|urgent|quickly|now|right now|right away|immediately|today's|currently|temporary|temp|time-boxed|time-limited|new|fresh|full|already|still|really|actually|you|your|yourself|there|then|there's|be|is|are|was|were|been|being|am|do|does|did|possible|possibly|maybe|perhaps|somehow|would|might|it's|its|that's|how about|any chance|chance|quick|request|request for|here|here is|ok|okay|yes|yeah|sure|well|und zwar|access-request|ticket|tickets|issue|jira|ref|case|change|incident|see|bot|sallyport|team,|all of|all the|whole|entire|complete|together|each|both|directly|direct|internal|external|der|die|das|den|dem|des|ein|eine|einen|bitte|mal|noch|jetzt|sofort|dringend|ist|sind|wird|werden|el|la|los|las|un|una|unos|por favor|favor|porfa|urgente|ahora|es|son|ser|le|les|l'|une|d'un|d'une|overnight|at the latest|anymore|any more|any longer|opened|gern|gerne|weg|what|what's|whats|how|where|whether|at latest|latest|s'il vous plait|s'il te plait|svp|stp|maintenant|est|sont|hey|hi|up|out|in for|starting|start|valid|effective|expires|ends|just the|of the|back|away|off",
} as const satisfies Record<string, string>

export type WordClass = keyof typeof ROWS

/** In the order they are tried: the longer phrase of two classes first, decided per place. */
const PATTERNS: readonly (readonly [WordClass, RegExp])[] = classNames().map((name) => [
  name,
  new RegExp(`(?:${ROWS[name].replaceAll('ss', '(?:ss|ß)')})(?![\\p{L}\\p{N}_]|'[\\p{L}])`, 'uy'),
])

function classNames(): readonly WordClass[] {
  return Object.keys(ROWS).flatMap((name) => (isClass(name) ? [name] : []))
}

function isClass(name: string): name is WordClass {
  return Object.hasOwn(ROWS, name)
}

/** The class of the longest known word or phrase at this place. */
export function classAt(folded: string, at: number): { readonly class: WordClass; readonly to: number } | undefined {
  let best: { class: WordClass; to: number } | undefined
  for (const [name, pattern] of PATTERNS) {
    pattern.lastIndex = at
    const to = pattern.test(folded) ? pattern.lastIndex : at
    if (to > (best?.to ?? at)) best = { class: name, to }
  }
  return best
}

/** Common words that are never taken for a misspelt name. */
const COMMON = new Set(
  `about above across again agent alert among analysis another answer anything around audit available badly based batch before begin
  below better between bring broken build business cannot change charge check clean clear client close cloud coming company computer
  connect contractor consultant control could couple create customer daily dashboard database deploy design desktop detail developer
  device different document doing during early email engineer engineering enough error every example expect external extra fault
  finish first fix follow following found freelancer friend further general great guest handle happen having hello help higher hours
  important include incident intern interns internal issue itself keep large later laptop launch legal level light little local
  longer lower machine maintain maintenance manage manager meeting member migration minute missing mobile model monitor monitoring
  month morning network never night nobody normal nothing notice number office offline often online operator order other outage
  partner people person phone place plan point possible prepare present press problem process production project public purpose
  quarter question quick quickly rather ready really reason regular release remote report request restore result review right
  round school script search second secret secure security senior server session setup short should since single small someone
  something sometime soon staff stage staging start state still stock store student summer support system table temporary tester
  testing thank their there these thing think third those through ticket today together tomorrow traffic training trainee travel
  trouble under until update upgrade upload usage user using value vendor version visitor wait want warehouse watch website weekend
  where which while white whole window within without wonder work worker working world would write wrong yesterday grand grants given`
    .split(/\s+/)
    .filter((word) => word !== ''),
)

/** Whether a word belongs to ordinary speech, so that being near a name means nothing. */
export function isOrdinaryWord(word: string): boolean {
  const known = classAt(word, 0)
  return COMMON.has(word) || (known !== undefined && known.to === word.length)
}
