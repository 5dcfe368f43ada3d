import { groupsOf } from '../policy/catalog-lookup.ts'
import { readEdge } from '../policy/read.ts'
import type { Directory, Forge } from '../ports.ts'

/** The directory of a company that has none: who is in which group is what the catalogue's `members` say at this moment. */
export function openCatalogDirectory(forge: Forge): Directory {
  return {
    async groupsOf(person) {
      return groupsOf(readEdge((await forge.readEdge()).files), person)
    },
  }
}
