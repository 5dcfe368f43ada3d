/** The rules say no. A refusal is a value with its reason, told to the person as it stands; it is never thrown. */
export type Refusal = {
  readonly ok: false
  readonly reason: string
  /** One sentence for the person: what the rule says, and what they can do. */
  readonly says: string
}

export function refuse(reason: string, says: string): Refusal {
  return { ok: false, reason, says }
}
