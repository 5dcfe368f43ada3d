import { editDistance } from './nearest.ts'

/** Words about time, folded, in the four languages. */

/** One slip of the hand in a word: a letter left out, two swapped, one doubled. */
function slips(word: string): readonly string[] {
  return [...word].flatMap((letter, i) => [
    word.slice(0, i) + word.slice(i + 1),
    word.slice(0, i) + word.charAt(i + 1) + letter + word.slice(i + 2),
    word.slice(0, i) + letter + word.slice(i),
  ])
}

const SLIPPED_UNTIL = [...new Set(slips('until'))].filter((word) => word !== 'until' && word !== 'unti').join('|')

export const UNTIL = `(?:up until|up till|until(?: and including| the very)?|${SLIPPED_UNTIL}|till|til|'til|through(?: to)?|thru|(?:no|not) later than|up to(?: and including)?|ending(?: on| at)?|ends(?: on| at)?|expires?(?: on| at)?|expiring(?: on| at)?|(?:spatestens )?bis(?: einschlie(?:ss|ß)lich| inklusive| inkl\\.?)?(?: spatestens)?(?: zum| zur| zu)?(?: einschlie(?:ss|ß)lich)?|hasta(?: el(?! dia)| la)?|a mas tardar(?: el)?|jusqu'(?:a|au|en)(?: la| le)?|d'ici(?: au| a)?(?: la| le)?)`
export const FROM =
  '(?:starting(?: from| on| at| with)?|starts?(?: from| on| at)?|beginning(?: from| on| at)?|commencing(?: on| at)?|from|as of|as from|effective(?: from)?|ab(?: dem)?|von|vom|de(?= (?:las? )?\\d{1,2}(?:h|:| ?heures))|desde(?: el| la)?|empezando(?: el)?|a partir (?:de|du|del)|a compter (?:de|du)|des|depuis|du(?= (?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|\\d))|del(?= (?:lunes|martes|miercoles|jueves|viernes|sabado|domingo|\\d)))'
export const TO = "(?:up to|to|until|till|til|through|thru|bis(?: zum)?|-|hasta(?: el| la)?|al|au|a|jusqu'(?:a|au))"
export const FOR = '(?:for|fur|fuer|por|durante|pendant|pour|during|over|ubers|throughout|within)'

const MONTH_WORDS = [
  'january jan januar janner enero ene janvier janv',
  'february feb februar febrero fevrier fev fevr',
  'march mar marz maerz marzo mars',
  'april apr abril abr avril avr',
  'may mai mayo',
  'june jun juni junio juin',
  'july jul juli julio juillet juil',
  'august aug agosto ago aout',
  'september sep sept septiembre septembre',
  'october oct oktober okt octubre octobre',
  'november nov noviembre novembre',
  'december dec dezember dez diciembre dic decembre',
]
const WEEKDAY_WORDS = [
  'monday mon montag mo lunes lun lundi',
  'tuesday tue tues dienstag di martes mardi',
  'wednesday wed weds mittwoch mi miercoles mie mercredi',
  'thursday thu thur thurs donnerstag do jueves jue jeudi',
  'friday fri freitag fr viernes vie vendredi ven',
  'saturday sat samstag sonnabend sabado sab samedi',
  'sunday sun sonntag domingo dom dimanche dim',
]
const NUMBER_WORDS = [
  '',
  'a an one ein eine einen einem einer un una une uno',
  'two zwei dos deux',
  'three drei tres trois',
  'four vier cuatro quatre',
  'five funf fuenf cinco cinq',
  'six sechs seis six',
  'seven sieben siete sept',
  'eight acht ocho huit',
  'nine neun nueve neuf',
  'ten zehn diez dix',
  'eleven elf once onze',
  'twelve zwolf zwoelf doce douze',
]
/** Two-letter German day names are words of other languages too: they count only after a time word. */
export const WEAK_WEEKDAYS = new Set([
  'mo',
  'di',
  'mi',
  'do',
  'fr',
  'mar',
  'dom',
  'dim',
  'sun',
  'sat',
  'mon',
  'ven',
  'vie',
  'wed',
  'lun',
  'mie',
])

const numbered = (rows: readonly string[], first: number): ReadonlyMap<string, number> =>
  new Map(
    rows.flatMap((row, index) =>
      row === '' ? [] : row.split(' ').map((word): [string, number] => [word, index + first]),
    ),
  )

export const MONTHS = numbered(MONTH_WORDS, 1)
export const WEEKDAY_NUMBERS = numbered(WEEKDAY_WORDS, 1)
const TENS: readonly (readonly [number, string])[] = [
  [14, 'fourteen vierzehn catorce quatorze'],
  [15, 'fifteen funfzehn quince quinze'],
  [20, 'twenty zwanzig veinte vingt'],
  [24, 'twenty-four vierundzwanzig veinticuatro vingt-quatre'],
  [30, 'thirty dreissig dreißig treinta trente'],
  [36, 'thirty-six sechsunddreissig trente-six'],
  [45, 'forty-five funfundvierzig quarante-cinq'],
  [48, 'forty-eight achtundvierzig quarante-huit'],
  [60, 'sixty sechzig sesenta soixante'],
  [72, 'seventy-two zweiundsiebzig soixante-douze'],
  [90, 'ninety neunzig noventa'],
]
export const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...numbered(NUMBER_WORDS, 0),
  ...TENS.flatMap(([value, words]) => words.split(' ').map((word): [string, number] => [word, value])),
])

/** What a word of five letters or more is one slip away from, when that is one thing only and begins alike. */
export function nearWord<T>(word: string, known: ReadonlyMap<string, T>): T | undefined {
  if (word.length < 5) return undefined
  const near = new Set<T>()
  for (const [name, value] of known)
    if (name.length >= 5 && name[0] === word[0] && word !== `${name}s` && editDistance(word, name, 1) <= 1)
      near.add(value)
  const [only, ...others] = near
  return others.length === 0 ? only : undefined
}

export const weekdayOf = (word: string): number | undefined =>
  WEEKDAY_NUMBERS.get(word) ?? (word.length > 5 ? nearWord(word, WEEKDAY_NUMBERS) : undefined)
export const monthOf = (word: string): number | undefined =>
  MONTHS.get(word) ?? (word.length > 6 ? nearWord(word, MONTHS) : undefined)

/** Units of length, to the key Temporal uses. */
export const UNITS: ReadonlyMap<string, 'minutes' | 'hours' | 'days' | 'weeks' | 'months' | 'years'> = new Map(
  (
    [
      ['minutes', 'm min mins minute minutes minuten minuto minutos'],
      ['hours', 'h hr hrs hour hours stunde stunden std hora horas heure heures'],
      ['days', 'd day days tag tage tagen dia dias jour jours'],
      ['weeks', 'w wk wks week weeks woche wochen semana semanas semaine semaines'],
      ['years', 'y yr yrs year years jahr jahre jahren ano anos an ans annee annees'],
      ['months', 'month months monat monate monaten mes meses mois'],
    ] as const
  ).flatMap(([unit, words]) => words.split(' ').map((word): [string, typeof unit] => [word, unit])),
)

/** Zone abbreviations with one meaning everywhere. */
export const ZONES: ReadonlyMap<string, string> = new Map([
  ['utc', '+00:00'],
  ['gmt', '+00:00'],
  ['z', '+00:00'],
  ['cet', '+01:00'],
  ['cest', '+02:00'],
  ['eet', '+02:00'],
  ['eest', '+03:00'],
  ['edt', '-04:00'],
  ['est', '-05:00'],
  ['cdt', '-05:00'],
  ['mdt', '-06:00'],
  ['pdt', '-07:00'],
  ['pst', '-08:00'],
])

/** Said, but no moment: whoever says this is asked. */
export const VAGUE =
  /\b(?:(?:for )?(?:a|another|a further) (?:while|bit|moment|short time|short while|few (?:minutes|hours|days|weeks|months)|couple(?: of)? (?:minutes|hours|days|weeks|months))|(?:for )?(?:some|several|a few|few) (?:time|minutes|hours|days|weeks|months)|(?:for )?(?:the )?next (?:couple(?: of)?|few) (?:minutes|hours|days|weeks|months)|every (?:other|second|third|\d+) \w+|(?:for )?a long time|all (?:day|night)|(?:today|tonight|tomorrow) or (?:today|tonight|tomorrow)|temporar(?:y|ily)|overnight(?! from| \d| between)|short[- ]term|for now|for the time being|until further notice|further notice|for ?ever|permanent(?:ly)?|indefinite(?:ly)?|unlimited|no (?:end|expiry|expiration)(?: date)?|never expires?|without (?:an )?(?:end|expiry|expiration|time limit)(?: date)?|always|as long as (?:needed|necessary|possible)|(?:during |in |outside )?(?:business|working|office) hours|weekdays|weekends|(?:every|each) (?:day|morning|evening|night|week|month|hour|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|(?:jede[nrs]?|cada|todos los|todas las|tous les|toutes les|chaque) (?:tage?|abend|morgen|nacht|nachte|woche|monat|stunde|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|dias?|noches?|mananas|semanas?|mes|meses|lunes|martes|miercoles|jueves|viernes|sabados?|domingos?|jours?|soirs?|matins?|nuits?|semaines?|mois|lundis?|mardis?|mercredis?|jeudis?|vendredis?|samedis?|dimanches?)|montags|dienstags|mittwochs|donnerstags|freitags|samstags|sonntags|taglich|wochentlich|diario|diariamente|quotidien|quotidiennement|daily|weekly|monthly|nightly|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|vorubergehend|fur(?:'s| das)? erste|bis auf weiteres|(?:zu|wahrend der) (?:geschafts|buro)zeiten|los fines de semana|les week-ends|eine weile|eine zeit ?lang|ein paar (?:tage|stunden|wochen)|dauerhaft|unbefristet|fur immer|un rato|un tiempo|unos dias|para siempre|temporalmente|quelque temps|quelques (?:jours|heures|semaines)|temporairement|indefiniment)\b/g
