/**
 * Words that may narrow, folded, by how they begin, in four languages. A clause beside a request that holds one of them is never taken
 * for mere talk: what it says is read by a field or asked about. Rather too many than too few.
 */
const NARROWING = `
  only just sole purely strict mere exclus no none nothing nobody not never neither nor n't without minus except excl apart aside barring
  besides but beyond within outside inside under below above max min most least fewer less more than limit restrict narrow confin bound
  cap capped part half some bit bits piece section page tab folder area module screen panel subset portion rest remain else other another alone
  single specific particular certain select
  stick stay keep leav hold wait stop end expir cease until till while whilst when once if unless provid assum suppos depend subject condition event
  case whether before after during throughout long soon later yet time
  read writ edit view look see watch brows peek download upload delet admin root sudo privileg right permission role level tier mode guest
  observer spectator dashboard api
  prod stag test dev qa sandbox preview live internal external public private
  office home remote onsite vpn lan wlan wifi network subnet laptop device desktop phone mobile browser machine workstation terminal kiosk
  ip address port tcp udp ssh http tls ssl
  supervis accompan escort chaperon monitor logged record confirm sign object agree veto consent
  joke joking kidding prank example hypothe imagin pretend sarcas fake
  day week month year hour minute morning afternoon evening night noon today tonight tomorrow weekend sprint shift quarter season workday weekday duration length period peak
  two three four five six seven eight nine ten eleven twelve dozen couple few several many each every per both twice first last next
  instead rather correct mean oops scratch forget ignor disregard cancel mistake wrong same like similar usual previous
  should must shall may might can need want requir allow permit let make sure ensure block clos open lock disabl forbid ban prohibit taboo
  which whom sit sits seat based locat connect dial
  nur lediglich bloss ausschliess einzig allein ohne ausser nicht kein nie ausgenommen statt solange sobald wenn falls sofern bis wahrend
  bevor nachdem sonst hochst maximal mindest weniger mehr teil halft einige manche bestimmt gewiss einzeln werktag dauer beschrank begrenz eingeschrank
  les schreib anseh anschau schau guck seh darf durf soll muss kann konn bleib behalt lass buro zuhaus produktiv ubrig ander selb gleich
  wie nach vor zustimm aufsicht begleit uberwach tag woche monat stund heut morgen abend nacht spat erst zwei drei vier funf beispiel
  scherz spass
  solo unic nada nadie ningun nunca sin salvo excepto menos exclu aunque si cuando mientras hasta antes despues tras parte mitad algun
  ciert resto otr demas mism como igual restring lectura leer ver mirar escrib oficina casa prueba produccion laborable duracion dia semana mes hora hoy manana
  tarde noche luego pued deb permit ejemplo broma dos tres cuatro cinco
  seul unique juste rien personne aucun jamais pas sans sauf hormis moins quand lorsque tant pendant jusqu avant apres durant partie moitie
  quelque reste autre meme comme pareil restrei lecture lire voir regard consult ecri modif bureau maison ouvrable duree distance teletravail jour semaine
  mois heure aujourd demain soir matin nuit plus peu doi devr exemple blague deux trois quatre cinq`

/** The short ones count only as whole words, the others by how they begin. */
const LONG_ENOUGH = 4
const stems = NARROWING.split(/\s+/).filter((stem) => stem !== '')
const whole = new Set(stems)
const long = stems.filter(({ length }) => length >= LONG_ENOUGH)
const BEGINS = new RegExp(`^(?:${long.join('|')})`)

/** Short words that a slip of the finger easily makes of one that narrows, and the other way round. */
const OFTEN_MISSPELT = [
  'only',
  'just',
  'except',
  'without',
  'unless',
  'until',
  'excluding',
  'solely',
  'strictly',
  'limited',
  'nothing',
  'never',
  'ausser',
  'ohne',
  'nicht',
  'salvo',
  'excepto',
  'hasta',
  'sauf',
  'sans',
  'seulement',
  'uniquement',
]

/** Whether a word may narrow, or may be a misspelling of one that does. */
export function mayNarrow(word: string, distance: (a: string, b: string, most: number) => number): boolean {
  if (whole.has(word) || BEGINS.test(word) || /n't$|'nt$/.test(word)) return true
  return (
    word.length >= LONG_ENOUGH &&
    OFTEN_MISSPELT.some((known) => Math.abs(known.length - word.length) < 2 && distance(word, known, 1) < 2)
  )
}
