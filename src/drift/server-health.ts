/** What a running HAProxy says of one server, in words people know from its statistics page. */
export type ServerHealth = {
  readonly backend: string
  readonly server: string
  readonly status: string
  /** Whether it may get new requests now. */
  readonly usable: boolean
  readonly check?: string
  readonly lastCheck?: string
  readonly sinceSeconds?: number
}
