import type { Problem } from '../evidence/problem.ts'
import type { Catalog, Guardrails, Service } from './schema.ts'

/** Path inside the repository (`policies/catalog.yaml`) → its text, for every file below `policies/`. */
export type EdgeFiles = ReadonlyMap<string, string>

/** A declared device configuration: which device of the catalogue, and the file that declares it. */
export type DeclaredDevice = {
  readonly id: string
  readonly kind: 'fortigate' | 'haproxy'
  readonly vdom: string | undefined
  readonly file: string
  readonly text: string
}

/**
 * The edge repository as read: what parsed, and everything wrong, with places. A service file that did not parse is absent
 * from `services` and named in `broken`, so that what depends on it can be refused by name and the rest goes on.
 */
export type Edge = {
  readonly catalog: Catalog
  readonly guardrails: Guardrails
  readonly services: readonly Service[]
  readonly devices: readonly DeclaredDevice[]
  /** Ids of service files (and `catalog`, `guardrails`) that could not be used. */
  readonly broken: readonly string[]
  readonly problems: readonly Problem[]
  readonly files: EdgeFiles
}
