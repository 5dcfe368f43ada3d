import { z } from 'zod'
import { Fault } from '../evidence/fault.ts'
import { CALLS_AT_ONCE, type Calls, type Deadline, type FortigateAccess, startDeadline } from './fortigate-calls.ts'
import { askEach, isForSeveral } from './fortigate-envelope.ts'
import { fortigateFault } from './fortigate-faults.ts'

/** How a FortiGate tells cheaply whether a table changed. */
export interface FortigateRevisions {
  /** A word that changes when the table does, in whichever VDOM of those asked: cheap to ask, says nothing else. */
  readRevision(path: string): Promise<string>
  /** The same of many tables, for the client's VDOM or for `vdoms`; undefined for each table that the device does not know. */
  readRevisions(paths: readonly string[], vdoms?: string): Promise<ReadonlyMap<string, string | undefined>>
}

/** Longer than that, and the backup itself is no slower. */
const REVISIONS_MS = 5_000

/** The part of the client that asks for revisions; it shares the client's calls and their limits. */
export function openRevisions(call: Calls, access: FortigateAccess): FortigateRevisions {
  const { vdom } = access
  return {
    readRevision: (path) => revisionOf(call, startDeadline(access), path, vdom),
    async readRevisions(paths, vdoms = vdom) {
      const deadline = startDeadline(access, REVISIONS_MS)
      const found = new Map<string, string | undefined>()
      const left = [...paths]
      const worker = async () => {
        for (let path = left.shift(); path !== undefined; path = left.shift()) {
          const revision = await revisionOf(call, deadline, path, vdoms).catch((error: unknown) => {
            if (error instanceof Fault && error.code === 'fortigate-not-found') return undefined
            // What stops one of them stops the other: a wrong token asked sixty times would lock us out.
            left.length = 0
            throw error
          })
          found.set(path, revision)
        }
      }
      await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker))
      return found
    },
  }
}

async function revisionOf(call: Calls, deadline: Deadline, path: string, vdoms: string | undefined): Promise<string> {
  const { device } = call
  checkTablePath(device, path)
  const answers = await askEach(call, deadline, `/api/v2/cmdb/${path}`, { vdom: vdoms, action: 'revision' })
  const words = answers.map(({ vdom: owner = '', revision, results }) => {
    const word = revision ?? Revision.safeParse(results).data
    if (word === undefined || word === '') throw fortigateFault(device, 'unexpected-answer', 'no revision')
    return isForSeveral(vdoms) ? `${owner}=${word}` : word
  })
  return words.sort().join(',')
}

/** Beside the envelope's own, where a release puts it. */
const Revision = z.union([z.string(), z.object({ revision: z.string() }).transform(({ revision }) => revision)])

/** Refuses what is no name of a table: it would become part of an address. */
export function checkTablePath(device: string, path: string): void {
  if (!/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9-]+$/.test(path) || path.includes('..'))
    throw fortigateFault(device, 'not-found', 'a table of that name')
}
