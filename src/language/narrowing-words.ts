import { besideAccess, besideName, isName, isTime, meaningful, onlySays } from './beside.ts'
import type { Entity } from './gazetteer.ts'
import type { Item } from './items.ts'
import { pend, place, type Scan } from './scan.ts'

/** Words for a kind of access only where they stand beside it: "admin access", not "the admin of wiki". */
export const MAY_BE_A_NAME = /^(?:view|read|to read|admin|administrator|write)$/

/** Words that narrow. Each must find something to narrow, or be asked about. */
export function readRestriction(
  scan: Scan,
  kind: 'not' | 'readonly' | 'only' | 'or',
  word: string,
  index: number,
): void {
  if (!scan.strict) return
  const reasoning = scan.zone === 'because' || scan.zone === 'aside'
  if (kind === 'readonly') {
    if (reasoning || (MAY_BE_A_NAME.test(word) && !besideAccess(scan.items, index))) return
    scan.doubts.push({ slot: 'port', why: 'restriction', words: word })
    scan.flags.push(`restriction:${word}`)
    return
  }
  if (kind === 'only') {
    if (!onlySays(scan.items, index)) scan.doubts.push({ slot: 'subject', why: 'restriction', words: word })
    return
  }
  if (kind === 'or') {
    if (!reasoning)
      scan.doubts.push({
        slot: scan.placed.at(-1)?.role === 'service' ? 'service' : 'subject',
        why: 'placement',
        words: word,
      })
    return
  }
  const beforeName = isName(meaningful(scan.items, index, 1))
  // "The data team (not Dana) should …": before the verb, too, whoever follows is left out of the group.
  if (beforeName && scan.pending.some(({ entity }) => entity.type === 'group') && isWho(scan.items[index + 1])) {
    scan.zone = 'except'
    return
  }
  // "He shouldn't be in wiki any more" takes away; it excepts nothing.
  const verbal = /n't$|^(?:cannot|cant|dont|doesnt)$/.test(word)
  if (scan.revoking && (!beforeName || verbal) && !isTime(scan.items[index + 1])) return
  if (beforeName && scan.sawVerb && !reasoning) scan.zone = 'except'
  else if (!reasoning || isTime(scan.items[index + 1]))
    scan.doubts.push({ slot: isTime(scan.items[index + 1]) ? 'window' : 'subject', why: 'restriction', words: word })
}

export function placeSpeaker(scan: Scan, kind: 'i' | 'we' | 'me' | 'my' | 'our' | 'team', index: number): void {
  if (kind === 'my' || kind === 'our') {
    const next = scan.items[index + 1]
    const owned = next?.is === 'word' && (next.class === 'access' || (!scan.strict && next.class === 'need'))
    const asked = !scan.strict && next?.is === 'unknown' && /^grants?$/.test(next.word)
    if (!owned && !asked) return
  }
  const team = kind === 'we' || kind === 'team' || kind === 'our'
  const listed = (kind === 'i' || kind === 'me') && besideName(scan.items, index)
  if (listed && scan.strict && scan.zone === 'open') {
    pend(scan, { type: 'person', id: scan.speaker.id }, index, false)
    return
  }
  if (kind === 'me' && (!scan.strict || (scan.zone !== 'give' && scan.zone !== 'for' && scan.zone !== 'to'))) return
  const [group, ...others] = team ? scan.speaker.groups : []
  if (team && (group === undefined || others.length > 0)) {
    if (scan.strict || kind === 'team') pend(scan, undefined, index, kind === 'we')
    return
  }
  const entity: Entity = group === undefined ? { type: 'person', id: scan.speaker.id } : { type: 'group', id: group }
  const weak = kind === 'i' || kind === 'we'
  if (kind === 'me' || kind === 'team') place(scan, scan.zone === 'except' ? 'except' : 'subject', entity, index, false)
  else if (kind === 'my' || kind === 'our') place(scan, 'subject', entity, index, true)
  // "Could we get into …": the verb came first and promotes nobody any more.
  else if (scan.sawVerb && isModal(scan.items[index - 1])) place(scan, 'subject', entity, index, weak)
  else pend(scan, entity, index, weak)
}

const isModal = (item: Item | undefined): boolean =>
  item?.is === 'word' && /^(?:can|could|may|darf|durfen|kann|konnen|puedo|podemos|peux|peut)$/.test(item.word)

export function readAll(scan: Scan, kind: 'everybody' | 'everything', word: string, index: number): void {
  const next = meaningful(scan.items, index, 1)
  const prep = scan.items[index + 1]
  const described = prep?.is === 'word' && ['on', 'via', 'to', 'filler'].includes(prep.class) && isName(next)
  if (
    described &&
    kind === 'everybody' &&
    next?.is === 'name' &&
    next.mention.entities.every(({ type }) => type === 'group')
  )
    return
  if (word === 'all' && next?.is === 'name' && next.mention.entities.every(({ type }) => type === 'group')) return
  // "Everything he has must go" begins with it; "everything is fine, …" only tells.
  const whose = isName(prep) || (prep?.is === 'word' && ['it', 'i', 'access'].includes(prep.class))
  if (kind === 'everything' && scan.zone === 'open' && !scan.sawVerb && !(scan.revoking && whose)) return
  if (kind === 'everybody') {
    scan.doubts.push({ slot: 'subject', why: 'everybody', words: word })
    return
  }
  if (word === 'all' && next?.is === 'word' && next.class === 'access') return
  scan.allServices = true
}

/** Where somebody shall lose it: at every service. */
export const EVERYWHERE = /^(?:anywhere|everywhere|uberall|en todas partes|partout)$/

const isWho = (item: Item | undefined): boolean =>
  item?.is === 'name' && item.mention.entities.every(({ type }) => type === 'person' || type === 'group')
