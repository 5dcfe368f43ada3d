import type { NormalMessage } from './normalise.ts'

/** Nothing but calling it off. */
export const CANCEL =
  /^\W*(?:(?:no|ok|okay|actually|sorry|please|pls|bitte|hm+|oh|nein|non|wait)[\s,.!-]+)*(?:cancel|never ?mind|nvm|forget|scrap|drop|withdraw|discard|abort|call off|storniere?n?|abbrechen|brich|vergiss|verwirf|zuruckziehen|cancela(?:r|lo|la)?|anula(?:r|lo|la)?|olvida(?:lo|la)?|annule[rz]?|oublie[rz]?|laisse tomber)(?:[\s-]+(?:it|that|this|about|all|the|my|our|last|whole|thing|off|request|one|es|das|die|den|diese|meine|anfrage|ab|bitte|la|lo|el|mi|esta|eso|solicitud|peticion|le|ma|cette|ca|cela|demande|please|pls|again|thanks|thx|danke|gracias|merci|stp|svp|por favor))*\W*$/

/** How people begin a change of something said before. */
export const OPENS =
  /^\W*(?:(?:no|nope|sorry|actually|oh|ok|wait|nein|non)[\s,.!-]+)*(?:make (?:it|that)|change (?:it|that)|also|and (?:also|until|for)|only|just|not (?:for|until|from)|until|without|instead|mach(?:e)? (?:es|daraus)|auch|und (?:bis|fur)|nur|nicht|bis|ohne|tambien|y (?:hasta|para)|solo|hasta|sin|aussi|et (?:jusqu|pour)|seulement|jusqu|sans)\b/

/** Words that only say that something is corrected. They carry no name and no time. */
const CUES =
  /\b(?:make (?:it|that)(?: be)?|change (?:it|that|this)(?: to)?|set (?:it|that) to|let'?s (?:make|say)(?: it)?|instead(?! of)|rather(?! than)|actually|i (?:mean|meant)|sorry|correction|oops|wait|better|no(?=[,.!\s]+(?:\S))(?! more| longer| one)|nope|mach(?:e|en)? (?:es|daraus|das)|stattdessen|lieber|eher|ich meine?(?:te)?|nein|doch|hazlo|que sean?|cambia(?:lo)?(?: a)?|en (?:su )?lugar|mejor|quiero decir|mets|fais|plutot|a la place|je veux dire|non)\b/g
/** Whatever stands behind these takes the place of what was there. */
export const REPLACES =
  /\b(?:instead|rather|make (?:it|that)|change (?:it|that|this)|i (?:mean|meant)|correction|stattdessen|lieber|eher|mach(?:e|en)? (?:es|daraus|das)|ich mein\w*|hazlo|cambia\w*|en (?:su )?lugar|mejor|quiero decir|plutot|a la place|je veux dire)\b|^\W*(?:no|nope|nein|non|sorry|oops)\b/
/** What stands with these comes on top of what was there. */
export const ADDS =
  /\b(?:also|too|as well|plus|add|additionally|auch|dazu|ausserdem|zusatzlich|tambien|ademas|aussi|en plus|egalement)\b|^\W*(?:and|und|y|et|\+|&)\s/
/** What stands behind these goes. */
export const TAKES =
  /\b(?:not|without|except|but not|minus|remove|drop|nicht|kein\w*|ohne|außer|ausser|no para|sin|excepto|menos|pas|sans|sauf)\b|^\W*no (?:para|for)\b/

/** The message without the words that only say that it corrects something. */
export function withoutCues(message: NormalMessage): NormalMessage {
  let { text, folded } = message
  const kept = /^\W*no (?:para)\b/.test(folded)
  for (const match of message.folded.matchAll(CUES)) {
    if (kept && match[0] === 'no') continue
    const blanks = ' '.repeat(match[0].length)
    text = text.slice(0, match.index) + blanks + text.slice(match.index + match[0].length)
    folded = folded.slice(0, match.index) + blanks + folded.slice(match.index + match[0].length)
  }
  return { ...message, text, folded }
}
