/** What people say around a request out of politeness, folded, in four languages: conditions that condition nothing. */
const NICE = [
  // English
  '(?:please |just |pls )?(?:let|tell|ping|message|text|dm|shout|update|notify|drop|give) (?:me|us)(?: a)?(?: (?:know|line|shout|ping|message|note))?(?: (?:if|when|once|as soon as|in case|whether|here|back)\\b.*)?',
  "(?:only )?if (?:(?:that|it|this)(?:'s| is) |at all |humanly )?(?:ok|okay|possible|alright|fine|cool|doable|not too much trouble)(?: (?:with|for) (?:you|everyone|everybody))?",
  "if (?:you|someone|somebody) (?:can|could|would|may|don't mind|do not mind|have (?:a |any )?(?:minute|moment|sec|second|time)|get (?:a |the )?(?:chance|minute))(?: help(?: me| us)?(?: out)?)?",
  'when(?:ever)? (?:you|someone|somebody) (?:can|could|get|have|has|find|finds)(?: (?:a|the|some))?(?: (?:chance|minute|moment|sec|second|time|spare minute))?',
  'as soon as (?:you can|possible|humanly possible)|at your (?:earliest )?convenience',
  "(?:there's |there is )?(?:no|not? (?:a |that |super |very |really |too )?) ?(?:rush|hurry|worries|problem|stress|pressure|big deal|biggie|urgent|urgency|panic)(?: (?:at all|though|here|on this|from my side))?",
  '(?:many |a million |thanks?|thank you|thx|ty|cheers)+(?: you)?(?: (?:so much|a lot|a ton|a bunch|in advance|again|very much|folks|guys|all|everyone|team|for (?:the|your|all the) (?:help|quick help|support|time|patience)))*',
  "(?:i'm |we're )?(?:so |very |really )?sorry (?:for|about|to) (?:the |be )?(?:short notice|late notice|last minute|noise|hassle|trouble|bother\\w*|late|annoying|a pain)(?: (?:you|about this|request))?",
  '(?:if you have |for )?(?:any|further|more) questions(?: (?:just|please|feel free to))*(?: (?:ask|ping me|let me know|reach out))?',
  "nothing (?:fancy|special|urgent|dramatic)|(?:it's |that's )?(?:much |very much |really |would be |is |greatly )*appreciated|hope (?:that|this) (?:helps|works|is ok|is okay|makes sense)|does (?:that|this) (?:work|make sense)|you(?:'re| are) (?:the best|awesome|a star|a lifesaver|great)|feel free to (?:ask|ping me|reach out)",
  "(?:please )?(?:confirm|reply|answer|respond|react|shout)(?: (?:here|back))? (?:when|once|as soon as) (?:it(?:'s| is)|that(?:'s| is)|this is|you(?:'re| are)) (?:done|open|up|ready|live|through|finished|in place)",
  "(?:and )?(?:nothing|nobody|no one|noone) (?:else|more)|(?:that's|that is|thats) (?:it|all)(?: (?:for now|really|from me))?|(?:sonst )?(?:niemand|nichts|keiner)(?: (?:sonst|weiter|mehr))?|das ist alles|das (?:war's|wars)|(?:nada|nadie) mas|eso es todo|(?:rien|personne) d'autre|c'est tout|rien de plus",
  // Deutsch
  'sagt? (?:mir |uns )?(?:bitte |kurz |dann )*bescheid(?: (?:wenn|sobald|falls)\\b.*)?|gebt? (?:mir |uns )?(?:bitte |kurz |dann )*bescheid(?: (?:wenn|sobald|falls)\\b.*)?',
  '(?:nur )?(?:wenn|falls|sofern) (?:es |das |dies )?(?:irgendwie |fur (?:dich|euch) )?(?:geht|moglich|machbar|ok|okay|passt|klappt|in ordnung)(?: ist| ware)?|wenn (?:du|ihr) (?:(?:kurz|mal|gerade|einen|ne) )*(?:zeit|moment|minute|kannst|konnt|dazu kommst)(?: (?:hast|habt))?',
  'so ?(?:schnell|bald) (?:wie|als) moglich|sobald (?:es geht|moglich|du kannst|ihr konnt)|(?:es )?(?:hat |ist )?(?:keine eile|kein stress|kein problem|kein ding|nicht (?:so |sehr |super )?(?:dringend|eilig))',
  '(?:vielen |besten |herzlichen |lieben )?(?:dank|danke)(?: (?:im voraus|schon ?mal|schon|vorab|euch|dir|fur die hilfe|fur eure hilfe))*|bei (?:fragen|ruckfragen)\\b.*|meldet? (?:dich|euch)(?: (?:bitte|gern|gerne|bei mir|bei fragen))*|sorry (?:fur|wegen)\\b.*',
  // Español
  'si (?:(?:es|fuera|se|os|te) )?(?:posible|puede|puedes|podeis|parece bien|viene bien)|si no es (?:(?:mucha )?molestia|mucho pedir)|cuando (?:puedas|podais|pueda|tengas (?:un )?(?:rato|momento|minuto|hueco))',
  '(?:lo )?(?:antes|mas pronto|mas rapido) posible|cuanto antes|sin prisas?|no (?:corre|hay) prisa|no es (?:muy )?urgente|(?:muchas |mil )?gracias(?: (?:de antemano|por adelantado|a todos|por todo|por la ayuda))*|avisa(?:d|me|dme|nos)?(?: (?:cuando|si)\\b.*)?|dime (?:si|cuando)\\b.*|cualquier (?:cosa|duda)\\b.*|perdon (?:por|que)\\b.*',
  // Français
  "si (?:c'est |cela est |ca te |ca vous )?(?:possible|va|convient)|si (?:tu|vous) (?:le )?(?:peux|pouvez|as|avez|veux|voulez)(?: (?:bien|le temps|une minute|un moment|deux minutes))?|des que (?:possible|tu peux|vous pouvez)|quand (?:tu|vous) (?:peux|pouvez|as|avez|auras|aurez|pourras|pourrez)(?: (?:le temps|une minute|un moment|deux minutes))?",
  "(?:ce n'est |c'est |rien )?(?:pas (?:tres |super |si |d')?(?:urgent|urgence|de souci|de probleme|presse)|rien ne presse)|(?:un grand |mille |grand )?merci(?: (?:d'avance|beaucoup|bien|a tous|infiniment|pour (?:ton|votre|l')\\s?aide))*|(?:tiens|tenez)[- ](?:moi|nous) au courant\\b.*|(?:dis|dites|previens|prevenez)[- ](?:moi|nous)\\b.*|desolee? (?:pour|de)\\b.*|(?:en cas de|si) (?:question|questions|besoin)\\b.*",
]

const COURTESY = new RegExp(`^(?:${NICE.join('|')})$`)

/** Whether the words say nothing but something nice. */
export const isCourtesy = (words: string): boolean => COURTESY.test(words.trim())
