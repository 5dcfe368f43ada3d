import type { Item } from './items.ts'

/** The words with which somebody corrects themselves, and their place among the items. */
export type Cue = { readonly at: number; readonly to: number; readonly words: string }
export const word = (item: Item | undefined): string => (item !== undefined && 'word' in item ? item.word : '')
export const classOf = (item: Item | undefined): string => (item?.is === 'word' ? item.class : '')
const isMark = (item: Item | undefined): boolean => item?.is === 'comma' || item?.is === 'stop'

/** Sounds and words with which somebody stops short. A bare "no" does so only before a mark: "no kibana" says something else. */
const HALT =
  /^(?:oops|ups|whoops|sorry|wait|hang|hold|ah|ahm|aeh|uh|uhm|um|er|erm|eh|hm|hmm|euh|quatsch|halt|moment|attends|pardon|perdon|perdona|perdonad|espera|oh|argh|damn|actually|correction|korrektur|korrigiere|correccion|typo|edit)$/
const NO = /^(?:no|nope|nein|non|nicht|nee|ne)$/
/** Phrases that introduce what holds instead, over one to four words. */
const INSTEAD =
  /^(?:i (?:actually |really )?mean|i (?:actually )?meant(?: to say)?|make (?:it|that)|let's (?:say|make it)|or rather|rather|or better|better|actually|on second thoughts?|thinking about it|ich meine?|ich meinte|oder besser|besser gesagt|besser|vielmehr|doch lieber|lieber doch|dann doch|lieber|oder doch|doch|stattdessen|mejor dicho|o mejor|mejor|digo|quiero decir|queria decir|mas bien|ou plutot|plutot|enfin plutot|enfin non|enfin|je veux dire|je voulais dire|that is|namely|more precisely|to be precise|specifically|das heisst|sprich|genauer(?: gesagt)?|es decir|o sea|c'est-a-dire)$/
/** "Also" adds in English and corrects in German. */
const GERMAN = /^(?:das|der|den|dem|gib|bitte|und|bis|fur|auf|zugriff|zugang|braucht|brauche|brauchen|soll|sollen)$/
const LONGEST_PHRASE = 4
/** Of these, alone they are ordinary words: they need a mark before them. */
const ORDINARY =
  /^(?:rather|better|actually|besser|lieber|doch|mejor|enfin|plutot|digo|wait|sorry|halt|moment|hold|ah|oh|er|um|eh|no|non|nein|ne|edit|pardon|perdon|hang|dann doch|stattdessen)$/

/** The next place from here where somebody stops short and says something else. */
export function nextCue(items: readonly Item[], from: number, folded: string): Cue | undefined {
  for (let at = Math.max(1, from); at < items.length; at++) {
    const to = cueEnd(items, at)
    if (to === undefined) continue
    const words = items.slice(at, to).map(word).filter(Boolean)
    const apart = isMark(items[at - 1]) || /[-(.]/.test(folded.slice(items[at - 1]?.to ?? 0, items[at]?.at ?? 0))
    if (apart || words.length > 1 || !ORDINARY.test(words[0] ?? '')) return { at, to, words: words.join(' ') }
  }
  return undefined
}

/** Past the words of a cue that begins here. */
function cueEnd(items: readonly Item[], at: number): number | undefined {
  let i = at
  let past: number | undefined
  while (i < items.length) {
    const phrase = phraseAt(items, i)
    if (phrase !== undefined) [i, past] = [phrase, phrase]
    else if (HALT.test(word(items[i]))) {
      i++
      if (/^(?:hang|hold)$/.test(word(items[i - 1])) && word(items[i]) === 'on') i++
      past = i
    } else if (NO.test(word(items[i]))) {
      const next = items[i + 1]
      if (!isMark(next) && !HALT.test(word(next)) && phraseAt(items, i + 1) === undefined) break
      i++
      past = i
    } else if (
      past !== undefined &&
      (isMark(items[i]) || (classOf(items[i]) === 'and' && phraseAt(items, i + 1) !== undefined))
    )
      i++
    else break
  }
  while (past !== undefined && isMark(items[past])) past++
  return past
}

/** Past a phrase that introduces what holds instead. */
export function phraseAt(items: readonly Item[], at: number): number | undefined {
  for (let length = LONGEST_PHRASE; length > 0; length--) {
    const run = items.slice(at, at + length)
    if (run.length === length && run.every((item) => word(item) !== '') && INSTEAD.test(run.map(word).join(' ')))
      return at + length
    if (
      length === 1 &&
      word(run[0]) === 'also' &&
      isMark(items[at - 1]) &&
      items.some((item) => GERMAN.test(word(item)))
    )
      return at + 1
  }
  return undefined
}
