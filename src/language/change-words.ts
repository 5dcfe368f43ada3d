import type { NormalMessage } from './normalise.ts'

/** It is not wanted any more, said otherwise than by calling it off. */
const DONE =
  /^\W*(?:(?:sorry|actually|ok|okay|oh|hm+|thanks|danke|gracias|merci)[\s,.!-]+)*(?:doch nicht(?: mehr)?|lass (?:es|gut sein|mal)|mejor no|ya no(?: (?:lo|la))?(?: (?:necesito|hace falta|quiero))?|finalement non|(?:we |i )?(?:do not|don'?t|no longer) need (?:it|that|this)(?: any ?more| any longer)?|not needed(?: any ?more| any longer)?|no longer needed|brauch(?:e|en|t)? (?:ich |wir )?(?:es |das )?nicht mehr|(?:es |das )?(?:wird )?nicht mehr (?:notig|gebraucht)|(?:je |j'|nous )?(?:n')?(?:en )?(?:ai|avons) plus besoin|plus besoin)(?:[\s,.!-]+(?:please|pls|thanks|thx|bitte|danke|gracias|merci|sorry))*\W*$/

/** Whether the words say nothing but that it is not wanted any more. */
export const callsOff = (folded: string): boolean => CANCEL.test(folded) || DONE.test(folded)

/** Nothing but calling it off. */
const CANCEL =
  /^\W*(?:(?:no|ok|okay|actually|sorry|please|pls|bitte|hm+|oh|nein|non|wait)[\s,.!-]+)*(?:cancel|never ?mind|nvm|forget|scrap|drop|withdraw|discard|abort|call off|storniere?n?|abbrechen|brich|vergiss|verwirf|zuruckziehen|cancela(?:r|lo|la)?|anula(?:r|lo|la)?|olvida(?:lo|la)?|annule[rz]?|oublie[rz]?|laisse tomber)(?:[\s-]+(?:it|that|this|about|all|the|my|our|last|whole|thing|off|request|one|es|das|die|den|diese|meine|anfrage|ab|bitte|la|lo|el|mi|esta|eso|solicitud|peticion|le|ma|cette|ca|cela|demande|please|pls|again|thanks|thx|danke|gracias|merci|stp|svp|por favor))*\W*$/

/** How people begin a change of something said before. */
export const OPENS =
  /^\W*(?:(?:no|nope|sorry|actually|oh|ok|wait|nein|non)[\s,.!-]+)*(?:make (?:it|that)|change|what about|how about|no \w+$|also|and (?:also|until|for)|only|just|not (?:for|until|from)|until|without|instead|mach(?:e)? (?:es|daraus)|auch|und (?:bis|fur)|was ist mit|wie ware|nur|nicht|bis|ohne|tambien|y (?:hasta|para)|que tal|solo|hasta|sin|aussi|et (?:jusqu|pour|si)|seulement|jusqu|sans)\b/

/** Words that only say that something is corrected. They carry no name and no time. */
const CUES =
  /\b(?:make (?:it|that)(?: be)?|change (?:it|that|this)(?: to)?|set (?:it|that) to|let'?s (?:make|say)(?: it)?|instead(?! of)|rather(?! than)|actually|i (?:mean|meant)|sorry|correction|oops|wait|better|no(?=[,.!\s]+(?:\S))(?! more| longer| one)|nope|as well|mach(?:e|en)? (?:es|daraus|das)|stattdessen|lieber|eher|ich meine?(?:te)?|nein|doch|hazlo|que sean?|cambia(?:lo)?(?: a)?|en (?:su )?lugar|mejor|quiero decir|mets|fais|plutot|a la place|je veux dire|non)\b/g
/** Whatever stands behind these takes the place of what was there. */
const REPLACES =
  /\b(?:instead|rather|make (?:it|that)|change (?:it|that|this)|i (?:mean|meant)|correction|stattdessen|lieber|eher|mach(?:e|en)? (?:es|daraus|das)|ich mein\w*|hazlo|cambia\w*|en (?:su )?lugar|mejor|quiero decir|plutot|a la place|je veux dire)\b|^\W*(?:no|nope|nein|non|sorry|oops)\b/
/** What stands with these comes on top of what was there. */
const ADDS =
  /\b(?:also|too|as well|plus|add|additionally|auch|dazu|ausserdem|zusatzlich|tambien|ademas|aussi|en plus|egalement)\b|^\W*(?:and|und|y|et|\+|&)\s/
/** What stands behind these goes. */
const TAKES =
  /\b(?:not|without|except|but not|minus|remove|drop|nicht|kein\w*|ohne|außer|ausser|no para|sin|excepto|menos|pas|sans|sauf)\b|^\W*no (?:para|for)\b/

/** Verbs that take something out of a request. They take access away only where they stand in a request of their own. */
const REMOVES =
  /\b(?:remove|drop|delete|take out|take off|leave out|strike|exclude|skip|entfern\w*|streich\w*|losch\w*|lass(?:e|t)? weg|quita\w*|elimina\w*|borra\w*|saca\w*|retire[rz]?|enleve[rz]?|supprime[rz]?|out|raus|weg|fuera|doesn'?t need(?: it)?|don'?t need(?: it)?)\b/g
/** One goes and another comes. */
const SWAPS =
  /\b(?:replace|swap|switch(?: over)? (?:from|to)|exchange|with|instead of|rather than|in place of|ersetz\w*|tausch\w*|durch|gegen|statt|anstatt|anstelle(?: von)?|sondern|reemplaza\w*|cambia\w*|por|en (?:lugar|vez) de|sino|remplace[rz]?|echange[rz]?|par|au lieu (?:de|du)|but)\b/g
const SWAPPING =
  /\b(?:replace|swap|switch|exchange) .*\b(?:with|for|by|to)\b|\b(?:instead of|rather than|in place of|statt|anstatt|anstelle|en (?:lugar|vez) de|au lieu)\b|\b(?:ersetz\w*|tausch\w*) .*\b(?:durch|gegen|mit)\b|\breemplaza\w* .*\bpor\b|\bcambia\w* .*\bpor\b|\bremplace[rz]? .*\bpar\b|\b(?:not|nicht|no|pas) .*\b(?:but|sondern|sino|mais)\b/
/** Only reading: what an HTTP method can say. */
const READS =
  /\b(?:(?:only |just )?(?:read|view)[\s-]?only(?: (?:access|rights))?|(?:only|just) (?:for )?(?:read(?:ing)?|view(?:ing)?|looking)(?: (?:access|rights))?|(?:only |just )?(?:read(?:ing)?|view(?:er)?) (?:access|rights)(?: only)?|(?:only|just) (?:get|get and head|get requests?)|get (?:requests? )?only|(?:nur |bloss )?(?:lesend(?:er zugriff)?|lesezugriff|leserechte|zum lesen)|nur (?:zum )?lesen|solo (?:de )?(?:lectura|leer)|(?:uniquement |seulement )?(?:en )?lecture(?: seule(?:ment)?)?(?: uniquement| seulement)?)\b/g
/** The length that is said comes on top of what was agreed, or off it. */
const LONGER =
  /\b(?:longer|more|extra|additional(?:ly)?|langer|mehr|zusatzlich|mas(?: largo)?|adicional(?:es)?|de plus|plus longtemps|supplementaires?)\b|\b(?:extend|prolong|lengthen|verlanger\w*|prolonga\w*|extiend\w*|ampli\w*|prolonge[rz]?)\b.*\b(?:by|um|en|de|por)\b/
const SHORTER = /\b(?:shorter|less|earlier|kurzer|weniger|fruher|mas corto|menos|antes|plus court|de moins|plus tot)\b/
const LONGER_WORDS =
  /\b(?:longer|(?:more|extra|additional(?:ly)?)(?!\s+(?:days?|hours?|hrs?|weeks?|months?|minutes?|mins?)\b)|langer|mehr|zusatzlich|mas(?: largo)?|adicional(?:es)?|de plus|plus longtemps|supplementaires?|shorter|less|earlier|kurzer|weniger|fruher|mas corto|menos|plus court|de moins|plus tot|shorten|cut (?:it )?down|extend|prolong|lengthen|verlanger\w*|verkurz\w*|acorta\w*|raccourci\w*)\b/g
const NO_MORE =
  /\b(?:no|not|nicht|no|pas) (?:more|longer|mehr|langer|mas|plus)\b|\b(?:at most|maximum|max|hochstens|como mucho|au plus)\b/
/** A day that is said with these is when it ends. */
const ENDS =
  /\b(?:ends?|ending|finish(?:es)?|stops?|the end|enough|would do|will do|does it|suffices?|reicht|genugt|ende[nt]?|termina\w*|acaba\w*|basta|suffit|finit|finir|fin)\b/

/** What a message says about how it changes what was said before, and the message without those words. */
export type Cues = {
  readonly rest: NormalMessage
  readonly adds: boolean
  readonly replaces: boolean
  readonly takes: boolean
  readonly swaps: boolean
  readonly reads: boolean
  /** A length counts from what was agreed. */
  readonly by: 'longer' | 'shorter' | undefined
  /** "no more than": it does not. */
  readonly most: boolean
  readonly ends: boolean
}

export function readCues(message: NormalMessage): Cues {
  const { folded } = message
  const [swaps, adds] = [SWAPPING.test(folded), ADDS.test(folded)]
  const removes = folded.search(REMOVES) !== -1
  const reads = folded.search(READS) !== -1
  const most = NO_MORE.test(folded)
  const by = most ? undefined : LONGER.test(folded) ? 'longer' : SHORTER.test(folded) ? 'shorter' : undefined
  const gone = [CUES, ...(reads ? [READS] : []), ...(removes ? [REMOVES] : []), ...(most ? [] : [LONGER_WORDS])]
  const left = gone.reduce((rest, words) => blanked(rest, words, ' '), message)
  return {
    // What is exchanged stands side by side afterwards, and is no one name.
    rest: swaps ? [SWAPS, NOTS].reduce((rest, words) => blanked(rest, words, ','), left) : left,
    adds,
    replaces: REPLACES.test(folded) && !adds,
    takes: removes || TAKES.test(folded),
    swaps,
    reads,
    by,
    most,
    ends: ENDS.test(folded),
  }
}

const NOTS = /\b(?:not|nicht|no|pas)\b/g

function blanked(message: NormalMessage, words: RegExp, by: string): NormalMessage {
  let { text, folded } = message
  const kept = /^\W*no (?:para)\b/.test(folded)
  for (const match of message.folded.matchAll(words)) {
    if (kept && match[0] === 'no') continue
    const blanks = by.padEnd(match[0].length)
    text = text.slice(0, match.index) + blanks + text.slice(match.index + match[0].length)
    folded = folded.slice(0, match.index) + blanks + folded.slice(match.index + match[0].length)
  }
  return { ...message, text, folded }
}
