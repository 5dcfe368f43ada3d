import type { Mention } from './gazetteer.ts'
import { MONTHS, WEEKDAY_NUMBERS } from './time-words.ts'
import { classAt, type WordClass } from './words.ts'

/**
 * Whether a name of the catalogue that is also an ordinary word ("will", "may", "grant", "access", "status") is only that word here. It
 * is a name where it stands like one: as who needs something, as whom something is given to, behind the word that leads to a service,
 * with a capital letter inside a sentence, or tied to its kind ("the access team").
 */
export function isOnlyAWord(name: Mention, names: readonly Mention[], text: string, folded: string): boolean {
  const word = folded.slice(name.at, name.to).replace(/'\w*$/, '')
  const [before, behind] = [folded.slice(0, name.at), folded.slice(name.to)]
  if (MONTHS.has(word) || WEEKDAY_NUMBERS.has(word)) {
    if (
      /\d(?:st|nd|rd|th|\.|er)?(?: of| de)? $/.test(before) ||
      /^\.? (?:the )?\d/.test(behind) ||
      LEADS_TO_MONTH.test(before)
    )
      return true
  }
  const known = classAt(word, 0)
  const grammar = known?.to === word.length && !['thing', 'group', 'readonly'].includes(known.class)
  if (!grammar && !NOUNS.test(word)) return false
  if (tied(before, behind)) return false
  const owns = /'\w*$/.test(folded.slice(name.at, name.to))
  if (owns && !(grammar && !VERBS.has(known.class))) return false
  if (written(name, text, before)) return false
  // "It", "us", "all" and little words are never heard as a name for where they stand.
  if (grammar && !VERBS.has(known.class)) return true
  const person = name.entities.every(({ type }) => type === 'person' || type === 'group')
  return person
    ? !standsAsSomebody(grammar && /^(?:give|take|stretch)$/.test(known.class), names, before, behind)
    : grammar || !standsAsSomething(before)
}

const VERBS: ReadonlySet<WordClass> = new Set(['give', 'take', 'stretch', 'need', 'reach', 'access'])

/** Nouns that people say of requests and systems and that services are called, too. */
const NOUNS =
  /^(?:status|state|case|cases|help|change|changes|update|updates|request|requests|report|issue|issues|ticket|tickets|question)$/

const LEADS_TO_MONTH =
  /\b(?:in|of|until|till|til|by|from|since|early|late|mid|end|this|next|bis|im|ende|anfang|mitte|hasta|en|de|fin|jusqu'en) $/

const tied = (before: string, behind: string): boolean =>
  /^\s+(?:team|group|service|app|server)\b/.test(behind) || /(?:access to|service|team|group) (?:the )?$/.test(before)

/** A capital inside a sentence, or capitals all through in a message that is not. */
function written(name: Mention, text: string, before: string): boolean {
  if (text === text.toUpperCase()) return false
  const said = text.slice(name.at, name.to)
  const opens = /(?:^|[.!?\n:])\s*$/.test(before)
  const capital = /^\p{Lu}/u.test(said)
  return (capital && !opens) || (said.length > 1 && said === said.toUpperCase() && /\p{Lu}/u.test(said))
}

/** Verbs of a third person, and words that only follow whoever does something. */
const DOES =
  /^,? (?:needs|has|is|was|wants|gets|requires|uses|can|could|should|would|will|must|shall|shouldn't|doesn't|does|isn't|can't|cannot|couldn't|hasn't|lost|left|keeps|joined|joins|starts|no longer|braucht|muss|soll|sollte|darf|hat|bekommt|necesita|tiene|debe|quiere|a besoin|doit|veut)\b/
const GIVEN =
  /\b(?:give|gives|let|lets|grant|add|remove|revoke|kick|put|pull|get|show|extend|unblock|allow|for|from|to|with|without|except|not|like|as|and also|gib|fur|von|lass|dale|da|para|a|donne|pour|de) $/
/** "May I", "will you", "may be": the verb, whatever stands before it. */
const VERB_BEHIND = /^,? (?:i|we|you|he|she|they|it|be|not|also|still|there|anyone|somebody|someone|please)\b/

/** `verb`: behind "to" the word is one ("to grant access"). */
function standsAsSomebody(verb: boolean, names: readonly Mention[], before: string, behind: string): boolean {
  if (VERB_BEHIND.test(behind)) return false
  const opens = /(?:^|[.!?;,\n:-]|\b(?:and|und|y|et|so|but|because|ok|hi|hey|hello|please|pls))\s*$/.test(before)
  if (opens && DOES.test(behind)) return true
  if (GIVEN.test(before) && !(verb && /\bto $/.test(before)) && !/^ (?:me|us)\b/.test(behind)) return true
  // "Bob and will need": one of a list of people.
  const joint = /(?: and |, ?| & | \+ | und | y | et )$/.exec(before)
  const beside =
    joint &&
    names.some(
      (other) => other.to === joint.index && other.entities.every(({ type }) => type === 'person' || type === 'group'),
    )
  return beside === true && !/^ (?:need|want|have|get)\b/.test(behind)
    ? true
    : /^ (?:and|und|y|et|&|\+) /.test(behind) && GIVEN.test(before)
}

/** Behind a word that leads to a service, and not one of the turns of speech. */
const standsAsSomething = (before: string): boolean =>
  /\b(?:to|into|onto|on|for|at|reach|open|needs?|use|see|get|auf|zu|a|al|sur|dans|and|und|y|et|from|off|of) (?:the |our )?$/.test(
    before,
  ) &&
  !/\b(?:state|status) of (?:the )?$|\b(?:in|any|just in|current|the) $/.test(
    before.replace(/\b(?:to|into|on|for|from|off) the $/, 'to '),
  )
