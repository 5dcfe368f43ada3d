import { type NormalMessage, normalise } from './normalise.ts'

const SIGNS: readonly (readonly [flag: string, sign: RegExp])[] = [
  [
    'injection',
    /\bignore (?:all |any |the |your )?(?:previous|prior|above|earlier)\b|\b(?:disregard|forget|override) (?:all |any |the |your )?(?:previous |prior )?(?:instructions?|rules?|polic(?:y|ies)|guardrails?|prompt)\b|(?:^|\n)\s*(?:system|assistant|developer|user)\s*:|<\|?(?:im_start|im_end|system|endoftext)|\[\/?(?:inst|sys)\]|\byou are now\b|\bsystem prompt\b|\bas an ai\b|"(?:kind|role|intent)"\s*:/,
  ],
  [
    'device-words',
    /\bconfig (?:firewall|system|router|vpn|user)\b|(?:^|\n)\s*(?:edit \d+|(?:next|end)\s*$|set (?:srcaddr|dstaddr|action|service|schedule|srcintf|dstintf|status)\b)|\bset (?:srcaddr|dstaddr|srcintf|dstintf|action accept)\b|\bhttp-request (?:allow|deny|set|return|redirect)\b|\b(?:use_backend|default_backend)\b|(?:^|\n)\s*(?:backend|frontend|listen|server) \S+(?: \S+)?$/m,
  ],
  [
    'claims-approval',
    /\b(?:already|pre-?)[ -]?(?:been )?approved\b|\bapproved by\b|\b(?:has|have|was|is|been) (?:already )?(?:approved|signed off|cleared|ok'?d)\b|\bsigned off\b|\b(?:gave|given) (?:the |his |her |their )?(?:ok|okay|approval|go)\b|\b(?:said|says) (?:it'?s |its |that it is |that's )?(?:ok|okay|fine|approved)\b|\b(?:genehmigt|abgesegnet|abgenickt|aprobad[oa]s?|approuvee?s?)\b|\b(?:schon|bereits|ya|deja)(?: \w+)? (?:freigegeben|autorizad[oa]s?|validad[oa]s?|autorisee?s?|validee?s?)\b/,
  ],
  [
    'bypass',
    /\b(?:skip|bypass|without|no need for|don't need|do not need|circumvent|avoid|ignore)\s+(?:the |any |all |an )?(?:approvals?|reviews?|guardrails?|checks?|polic(?:y|ies)|process|confirmation)\b|\b(?:auto-?approve|approve (?:it |this )?(?:yourself|automatically|now))\b|\bdirectly on the (?:firewall|device)\b|\bohne (?:genehmigung|freigabe)\b|\bsin aprobacion\b|\bsans (?:approbation|validation)\b/,
  ],
  [
    'claims-authority',
    /\bi(?:'m| am) (?:the |an? )?(?:ceo|cto|ciso|cio|cfo|admin(?:istrator)?|owner|root|boss|head of)\b|\bas (?:the )?(?:ceo|cto|ciso|cio|cfo)\b|\bich bin (?:der|die) (?:chefin|chef|leiterin|leiter|vorstand|admin)\b|\bsoy (?:el |la )?(?:jefe|jefa|director|directora|administrador)\b|\bje suis (?:le |la )?(?:patron|patronne|chef|cheffe|directeur|directrice|administrateur)\b/,
  ],
  ['encoded', /[A-Za-z0-9+/]{40,}={0,2}|(?:\\x[0-9a-f]{2}){4,}|(?:%[0-9a-f]{2}){6,}/i],
]

/**
 * Whether a message may leave the house to be read by a model. What looks like device configuration, a key or a password, or like
 * something that nobody can read, stays here; the built-in rules read it alone.
 */
export function mayBeSent(text: string): boolean {
  const message = normalise(text)
  return !SECRET.test(text) && !hostileFlags(message).some((flag) => flag === 'device-words' || flag === 'encoded')
}

/** Keys and passwords as people paste them: PEM blocks, the tokens of Slack, GitHub, AWS and OpenAI, FortiOS's own, `password: …`. */
const SECRET =
  /-----BEGIN [A-Z ]+-----|\bxox[abeprs]-[\w-]{8,}|\bgh[opsru]_\w{16,}|\bgithub_pat_\w{16,}|\bAKIA[A-Z0-9]{12,}|\bsk-[\w-]{16,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.|\bENC \S{8,}|\b(?:pass(?:word|wd|phrase)|passwort|contraseña|mot de passe|secret|token|psk|api[ _-]?key)\s*[:=]\s*\S{4,}/i

/** Signs of a message that tries more than to ask. They add friction and are shown; they never change what was asked. */
export function hostileFlags(message: NormalMessage): readonly string[] {
  const everything = `${message.folded}\n${message.quoted.join('\n').toLowerCase()}`
  const flags = SIGNS.filter(([flag, sign]) => sign.test(flag === 'encoded' ? message.text : everything)).map(
    ([flag]) => flag,
  )
  return [...new Set([...message.flags, ...flags])]
}
