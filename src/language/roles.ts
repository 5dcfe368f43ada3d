import { isName, isTime, meaningful } from './beside.ts'
import type { Gazetteer } from './gazetteer.ts'
import type { Item } from './items.ts'
import { EVERYWHERE, placeSpeaker, readAll, readRestriction } from './narrowing-words.ts'
import { placeLiteral, placeMention, readUnknown } from './placed-names.ts'
import { promote, type Scan, type Zone } from './scan.ts'
import { type Roles, type Speaker, settleRoles } from './settle.ts'
import type { WordClass } from './words.ts'

/** Gives every name of a clause its role. `strict`: a name whose role is not certain is asked about; questions take it as it comes. */
export function placeRoles(
  items: readonly Item[],
  how: { strict: boolean; revoking: boolean; holding: boolean },
  speaker: Speaker,
  gazetteer: Gazetteer,
): Roles {
  const scan: Scan = {
    items,
    ...how,
    speaker,
    gazetteer,
    zone: 'open',
    murky: false,
    placed: [],
    pending: [],
    doubts: [],
    flags: [],
    unheard: [],
    hosts: [],
    devices: [],
    allServices: false,
    sawVerb: false,
  }
  items.forEach((item, index) => {
    if (item.is === 'word') readWord(scan, item.class, item.word, index)
    else if (item.is === 'name') placeMention(scan, item.mention, index)
    else if (item.is === 'literal') placeLiteral(scan, item, index)
    else if (item.is === 'unknown') readUnknown(scan, item, index)
    else if (item.is === 'stop') [scan.zone, scan.murky] = ['open', false]
    else if (item.is === 'comma' && scan.zone === 'aside') scan.zone = 'open'
    else if (item.is === 'number' && scan.strict && scan.zone !== 'because' && scan.zone !== 'aside') {
      scan.doubts.push({ slot: 'port', why: 'restriction', words: item.word })
    }
  })
  if (!scan.strict || !scan.sawVerb) promote(scan)
  return settleRoles(scan)
}

const ZONES: Partial<Record<WordClass, Zone>> = {
  give: 'give',
  take: 'give',
  stretch: 'give',
  need: 'give',
  access: 'access',
  reach: 'reach',
  to: 'to',
  for: 'for',
  on: 'on',
  via: 'via',
  except: 'except',
  same: 'same',
  because: 'because',
  aside: 'aside',
}

function readWord(scan: Scan, kind: WordClass, word: string, index: number): void {
  const settled = scan.zone === 'because' || scan.zone === 'aside'
  // An aside ends with the verb of the request; a reason only with its sentence: "because bob needs it" asks for nothing.
  if (settled && !['except', 'not', 'everybody'].includes(kind)) {
    const verb = kind === 'give' || kind === 'take' || kind === 'stretch'
    const resumes = scan.zone === 'aside' && (verb || ((kind === 'need' || kind === 'access') && !scan.sawVerb))
    if (!resumes) return
  }
  if (kind === 'not' || kind === 'readonly' || kind === 'only' || kind === 'or')
    readRestriction(scan, kind, word, index)
  else if (kind === 'i' || kind === 'we' || kind === 'me' || kind === 'my' || kind === 'our' || kind === 'team')
    placeSpeaker(scan, kind, index)
  else if (kind === 'everybody' || kind === 'everything')
    readAll(scan, scan.revoking && EVERYWHERE.test(word) ? 'everything' : kind, word, index)
  if (/^(?:not|i|we|me|my|our|team|everybody|everything)$/.test(kind)) return
  if (kind === 'it' && scan.strict && scan.zone === 'give' && /^(?:them|him|her)$/.test(word)) {
    scan.doubts.push({ slot: 'subject', why: 'unknown', words: word })
  }
  if (scan.strict && TELLS.test(word) && tellsOfAnother(scan, index)) {
    scan.doubts.push({ slot: 'subject', why: 'placement', words: word })
  }
  if (kind === 'give' || kind === 'take' || kind === 'stretch' || kind === 'need') {
    scan.sawVerb = true
    promote(scan)
  }
  if (word === '->') promote(scan)
  // "The night watch except Noor, plus Lena": who is added is none of the exception.
  if (kind === 'and' && scan.zone === 'except' && MORE.test(word) && scan.items[index - 1]?.is === 'comma') {
    scan.zone = scan.sawVerb ? 'give' : 'open'
    return
  }
  if (kind === 'because' && index === 0) return
  const next = meaningful(scan.items, index, 1)
  if (kind === 'except' && scan.strict && next?.is === 'literal' && next.literal.is.startsWith('port'))
    scan.doubts.push({ slot: 'port', why: 'restriction', words: word })
  if (kind === 'except' && scan.strict && isTime(scan.items[index + 1]))
    scan.doubts.push({ slot: 'window', why: 'restriction', words: word })
  // French and Spanish "a" leads to a name; the English article leads to anything.
  if (word === 'a' && !isName(meaningful(scan.items, index, 1))) return
  const [last] = scan.items.slice(Math.max(0, index - 1), Math.max(0, index))
  // "el equipo de X", "die Gruppe von X": the name behind it says which team.
  if (OF.has(word) && last?.is === 'word' && last.class === 'group') return
  // "the access of carol", "den Zugriff von Carol": whose it is, where access is already there.
  if (OF.has(word) && scan.holding && last?.is === 'word' && last.class === 'access') {
    scan.zone = 'for'
    return
  }
  // "not to wiki", "but not from the vpn": the little word behind the negation does not end it.
  if (scan.zone === 'except' && LEADS.has(kind) && !word.startsWith('only ') && standsBehindNot(scan.items, index))
    return
  scan.zone = ZONES[kind] ?? scan.zone
  if (kind === 'because') scan.murky = false
}

const MORE = /^(?:plus|and also|as well as|also|sowie|ainsi que|y tambien|et aussi)$/

const OF = new Set(['of', 'of the', 'von', 'vom', 'de', 'del', 'du', 'des'])

const TELLS =
  /^(?:is|are|was|were|has|have|had|can|ist|sind|war|waren|hat|haben|hatte|kann|es|son|esta|estan|tiene|tienen|est|sont)$/

/** "wiki for bob until Friday. carol has it already.": a later sentence about somebody may only tell. */
function tellsOfAnother(scan: Scan, index: number): boolean {
  if (!isName(scan.items[index - 1])) return false
  const stop = scan.items.findLastIndex((item, i) => i < index && item.is === 'stop')
  return [...scan.placed, ...scan.pending].some(({ item }) => item < stop)
}

const LEADS: ReadonlySet<WordClass> = new Set(['to', 'for', 'on', 'via', 'access', 'reach'])

function standsBehindNot(items: readonly Item[], index: number): boolean {
  for (let i = index - 1; i >= 0; i--) {
    const item = items[i]
    if (item?.is !== 'word') return false
    // "grafana but from the vpn" says where from; only "but not from" says where not.
    if (item.class === 'not' || item.class === 'except') return item.word !== 'but'
    if (!LEADS.has(item.class) && item.class !== 'filler') return false
  }
  return false
}
