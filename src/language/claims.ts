import type { Item } from './items.ts'
import type { Doubt } from './settle.ts'

/** The items without what is only claimed; what the claims are, for the card; and what must be asked because of them. */
export type Unclaimed = {
  readonly items: readonly Item[]
  readonly flags: readonly string[]
  readonly doubts: readonly Doubt[]
}

/**
 * Sets apart the clauses that only claim or command: who approved, who is speaking, which rules no longer hold. Identity, time and
 * approval never come from words, so such a clause asks for nothing and names nobody who gets anything. A clause goes only when every
 * word of it belongs to the claim: whatever else it says (a time, a service, "only", "except") keeps all of it.
 */
export function withoutClaims(items: readonly Item[], text: string, requester: string): Unclaimed {
  const kept: Item[] = []
  const flags = new Set<string>()
  const doubts: Doubt[] = []
  for (const clause of splitAtMarks(items, text)) {
    for (const part of isClaim(clause) === undefined ? splitAtAnd(clause) : [clause]) {
      const claim = isClaim(part)
      if (claim === undefined) {
        if (APPROVED_BY_SOMEBODY.test(shapeOf(part)))
          doubts.push({ slot: 'subject', why: 'placement', words: 'approved' })
        kept.push(...part)
        continue
      }
      if (claim !== 'claims-identity' || namesAnother(part, requester)) flags.add(claim)
      // What follows must not grow together with what stood before.
      const end = part.at(-1)
      if (end !== undefined) kept.push({ is: 'stop', question: false, at: end.to, to: end.to })
    }
  }
  return { items: kept, flags: [...flags], doubts }
}

/** Whether somebody else is named than who speaks; one's own group is no other. */
function namesAnother(clause: readonly Item[], requester: string): boolean {
  const people = clause.flatMap((item) => (item.is === 'name' ? item.mention.entities : []))
  return people.length === 0 || people.some(({ type, id }) => type === 'person' && id !== requester)
}

type Claim = 'claims-approval' | 'claims-identity' | 'bypass' | 'injection'

function isClaim(clause: readonly Item[]): Claim | undefined {
  const shape = shapeOf(clause)
  if (IDENTITY.test(shape)) return 'claims-identity'
  const words = shape.split(/[\s,]+/).filter((word) => word !== '')
  if (words.length === 0) return undefined
  const all = (known: ReadonlySet<string>): boolean => words.every((word) => known.has(word))
  if (all(APPROVAL_WORDS) && APPROVAL.test(shape) && !QUESTION.test(shape)) return 'claims-approval'
  if (words.includes('SUBJECT') || !all(ORDER_WORDS) || !ORDER.test(shape)) return undefined
  return /approv|review|check|guardrail/.test(shape) ? 'bypass' : 'injection'
}

/** "I am Carol", "this is Carol speaking", "Carol here". */
const IDENTITY =
  /^(?:hi |hey |hello )?(?:(?:i am|i'm|this is|it's|it is|ich bin|hier ist|soy|je suis|c'est|my (?:user ?(?:id|name)|slack id|account|name) is) (?:the )?(?:SUBJECT ?)+(?:here|speaking)?(?: from SUBJECT(?:'s)?(?: account| laptop)?)?|SUBJECT (?:here|speaking))$/

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/).filter((word) => word !== ''))

const APPROVAL_WORDS = set(`
  SUBJECT the a an this that it all everything is was were are be been being has have had got gave given already just also and so by
  from of for to in on off with via my our your his her their me us i we you boss manager management lead head director vp owner board
  ceo cto ciso cio cfo coo approver approvers security legal team meeting writing person mail email phone advance verbally verbal here
  approved approval approvals preapproved pre-approved okayed ok'd ok okay signed sign-off signoff cleared agreed authorised
  authorized confirmed green light go ahead go-ahead yes fine request requests change access disabled channel needed required
  necessary no none review reviews card now therefore per as
  ist sind war wurde schon bereits von vom chef genehmigt freigegeben abgesegnet abgenickt dem der die das hat haben es alles
  esta este esto ya fue ha sido aprobado aprobada autorizado por el la jefe jefa mi
  c'est est deja tout a ete approuve valide autorise par le chef mon ma et que dis au`)
const APPROVAL =
  /\b(?:pre-?)?approved\b|\b(?:okayed|ok'd|signed off|signed (?:this|it|that)(?: off)?|authori[sz]ed)\b|\b(?:SUBJECT|boss|manager|management|lead|head|director|board|has|have|had|was|were|been|is|by) (?:also |already |just )?(?:cleared|agreed|confirmed)\b|\b(?:gave|given|got|have|has)\b.*\b(?:ok|okay|green light|go ahead|go-ahead|yes|approval|sign-?off)\b|\bapprovals? (?:is|are|was|were|has|have|not|none|disabled|off|given)\b|\bno (?:approvals?|reviews?|sign-?off)\b|\b(?:genehmigt|freigegeben|abgesegnet|abgenickt|aprobad[oa]|autorizado|approuve|valide|autorise)\b/
/** What asks whether, or is still to come, claims nothing. */
const QUESTION = /^(?:is|was|are|were|has|have|had|did|ist|wurde|esta|est|a-t-il) |\b(?:for|to) (?:approval|approve)|\?/

/** "Carol approved": said of somebody in a clause that also says something else. */
const APPROVED_BY_SOMEBODY =
  /SUBJECT (?:(?:has|have|had|already|just|also|did) )*(?:approved|okayed|ok'd|signed|cleared|authori[sz]ed)\b/

const ORDER_WORDS = set(`
  ignore disregard forget override skip bypass print reveal show repeat all any the this that your my previous prior above earlier
  instructions instruction rules rule policy policies guardrail guardrails prompt system approval approvals review reviews checks check
  once now and then just please you are in admin root developer mode a an assistant me for it here everything auto-approve
  autoapprove no need of don't ask anybody anyone
  ignoriere ignorier vergiss alle alles vorherigen bisherigen anweisungen regeln die bitte
  ignora olvida las los todas todos anteriores previas instrucciones reglas
  ignore oublie oubliez ignorez toutes les tes vos consignes instructions regles precedentes`)
const ORDER =
  /\b(?:(?:ignore|disregard|forget|override|skip|bypass|ignoriere?|vergiss|ignora|olvida|oubliez?|ignorez)\b.*\b(?:instructions?|rules?|polic(?:y|ies)|guardrails?|prompt|approvals?|reviews?|checks?|anweisungen|regeln|instrucciones|reglas|consignes|regles)|you are now\b.*\bmode|(?:print|reveal|show|repeat)\b.*\bprompt|auto-?approve|no need (?:for|of) (?:an? |any )?(?:review|approval|check)s?)\b/

/** Clauses as their marks part them: stops, commas, colons, brackets, dashes. */
export function splitAtMarks(items: readonly Item[], text: string): readonly (readonly Item[])[] {
  const clauses: Item[][] = []
  let current: Item[] = []
  items.forEach((item, index) => {
    const before = items[index - 1]
    if (before && /[()[\]]|\s-\s/.test(text.slice(before.to, item.at))) {
      clauses.push(current)
      current = []
    }
    current.push(item)
    if (item.is !== 'stop' && item.is !== 'comma') return
    clauses.push(current)
    current = []
  })
  clauses.push(current)
  return clauses.filter(({ length }) => length > 0)
}

function splitAtAnd(clause: readonly Item[]): readonly (readonly Item[])[] {
  const parts: Item[][] = [[]]
  for (const item of clause) {
    const joint = item.is === 'word' && item.class === 'and' && /^(?:and|und|y|e|et)$/.test(item.word)
    // "Carol and Bob approved this" is one claim about two people, never a claim about the second.
    const before = parts.at(-1) ?? []
    if (joint && (ORDER.test(shapeOf(before)) || IDENTITY.test(shapeOf(before)))) parts.push([])
    else before.push(item)
  }
  return parts.filter(({ length }) => length > 0)
}

/** The clause in words, with names and addresses as what they are, so that no word of a name is taken for one of the claim. */
function shapeOf(clause: readonly Item[]): string {
  return clause
    .flatMap((item): string[] => {
      switch (item.is) {
        case 'stop':
          return item.question ? ['?'] : []
        case 'comma':
          return []
        case 'word':
        case 'unknown':
          return [item.word]
        case 'name':
          return [item.mention.entities.every(({ type }) => type === 'person' || type === 'group') ? 'SUBJECT' : 'NAME']
        case 'literal':
          return [item.literal.is === 'mention' ? 'SUBJECT' : 'LITERAL']
        default:
          return ['OTHER']
      }
    })
    .join(' ')
}
