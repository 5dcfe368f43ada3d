/**
 * Words, folded, in four languages, that neither name anything nor narrow anything: what is said beside a request so that it sounds
 * friendly, urgent or unsure, and the particles of verbs. INVARIANT: no word stands here that tells who, what, where from, when, how
 * much or under which condition; such a word must be read or asked about.
 */
const SMALL = `
  kinda sorta basically literally obviously clearly apparently presumably hopefully honestly frankly simply anyway anyways anyhow though
  well so oh ah uh uhm er hmm hm huh yep yup yeah alright cool great nice awesome perfect lovely sorry apologies pardon ta cheers mate
  mates buddy pal lol haha hehe ugh argh yikes damn dang bloody god gosh omg quick quickly fast promptly really super very quite
  pretty badly desperately definitely certainly absolutely surely totally truly got gonna lemme let's
  he's she's they're we're you're he'd she'd they'd we'd you'd he'll she'll they'll we'll you'll i've we've they've you've who's that'll it'll
  guess think believe suppose reckon figure hope hoping seems appreciate appreciated grateful say folks guys
  eben halt mal doch ja schon wohl eigentlich einfach ruhig vielleicht eventuell gerade grad schnell schnellstmoglich dringend leider
  naturlich klar gut super prima dann da hier rein raus ran rauf drauf drin frei ein hin her weg ahm tja naja jo joa ware waren wurde
  wurden konnte konntet konntest konnt kannst konnen du ihr ihm ihnen euch man nochmal wieder sehr ganz echt wirklich total richtig
  liebe lieber lieben moin servus gruss grusse gruezi danke bitteschon mir dir sich schonmal nochmals dafur hinein herein hinaus heraus
  ya pues entonces bueno vale venga oye buenas porfis urgente urgentemente rapido rapidamente tambien asi aqui ahi alli muy mucho bien
  claro perdon disculpa disculpad disculpe ojala quiza quizas se nos os que esta estan estoy estamos hay habria seria eh anda mira saludos
  donc alors voila bon ben bah euh vite rapidement vraiment tres bien super desole desolee pardon peut-etre ca c'est il elle ils elles
  j'y qu'il qu'elle qu'ils qu'on aurait auraient aurais serait seraient pouvez pourriez peux peut coucou bonsoir cordialement vous tu nous je te toi lui leur
  svp stp deja aussi encore`

const WORDS: ReadonlySet<string> = new Set(SMALL.split(/\s+/).filter((word) => word !== ''))

/** Whether a word only accompanies a request. */
export const isSmall = (word: string): boolean => WORDS.has(word)
