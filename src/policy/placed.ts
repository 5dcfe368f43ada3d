import type { DataPath, YamlFile } from './read-yaml.ts'
import type { Device, Group, Network, Person } from './schema.ts'

/** One entry that parsed, and where it stands. */
export type Placed<T> = { readonly value: T; readonly yaml: YamlFile; readonly path: DataPath }
/** The catalogue's lists with the place of every entry. */
export type PlacedCatalog = {
  readonly devices: readonly Placed<Device>[]
  readonly networks: readonly Placed<Network>[]
  readonly groups: readonly Placed<Group>[]
  readonly people: readonly Placed<Person>[]
}
