import type { Catalog, Service } from '../policy/schema.ts'

/** What a message is read against: names only, never device configuration. `now` and the requester come from the event. */
export type LanguageContext = {
  readonly catalog: Catalog
  readonly services: readonly Service[]
  /** Person id of the catalogue. */
  readonly requester: string
  readonly now: Date
  /** Slack user id of the bot, when known: its mention is dropped wherever it stands. */
  readonly bot?: string
}
