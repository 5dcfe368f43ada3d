/** Words about time, folded, in the four languages. */

export const UNTIL =
  "(?:up until|until|untill|unitl|till|til|'til|through|thru|no later than|not later than|up to|ending(?: on| at)?|ends(?: on| at)?|expires?(?: on| at)?|expiring(?: on| at)?|bis(?: einschlie(?:ss|ß)lich| inklusive| inkl\\.?)?(?: zum| zur| zu)?|hasta(?: el| la)?|jusqu'(?:a|au|en)(?: la| le)?)"
export const FROM =
  '(?:starting(?: from| on| at)?|starts?(?: from| on| at)?|beginning(?: from| on| at)?|from|as of|effective|ab|von|vom|desde(?: el| la)?|a partir (?:de|du|del)|des|depuis)'
export const TO = "(?:to|until|till|til|through|thru|and|bis(?: zum)?|-|hasta(?: el| la)?|al|a|au|jusqu'(?:a|au))"
export const FOR = '(?:for|fur|fuer|por|durante|pendant|pour|during|over|within)'

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
export const NUMBERS = numbered(NUMBER_WORDS, 0)

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
  /\b(?:(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)-(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)|(?:for )?a (?:while|bit|moment|short time|short while|few (?:minutes|hours|days|weeks|months)|couple(?: of)? (?:minutes|hours|days|weeks|months))|(?:for )?(?:some|several|a few|few) (?:time|minutes|hours|days|weeks|months)|(?:for )?a long time|temporar(?:y|ily)|overnight(?! from| \d| between)|short[- ]term|for now|for the time being|until further notice|further notice|for ?ever|permanent(?:ly)?|indefinite(?:ly)?|unlimited|no (?:end|expiry|expiration)(?: date)?|never expires?|without (?:an )?(?:end|expiry|expiration|time limit)(?: date)?|always|as long as (?:needed|necessary|possible)|(?:during |in |outside )?(?:business|working|office) hours|weekdays|weekends|(?:every|each) (?:day|morning|evening|night|week|month|hour|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|daily|weekly|monthly|nightly|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|vorubergehend|eine weile|eine zeit ?lang|ein paar (?:tage|stunden|wochen)|dauerhaft|unbefristet|fur immer|un rato|un tiempo|unos dias|para siempre|temporalmente|quelque temps|quelques (?:jours|heures|semaines)|temporairement|indefiniment)\b/g
