import { Fault } from '../evidence/fault.ts'
import { restPath } from '../fortigate/compile/rest-tables.ts'
import { sectionsThatDecide } from '../fortigate/config/keywords.ts'
import type { FortigateClient } from './fortigate-client.ts'

/** A configuration in force. */
export type FortigateReading = {
  readonly text: string
  /** Since it was read, when after that only revisions were asked, and all of them are the same. */
  readonly unchangedForSeconds?: number
}
/** Reads a configuration again only when it may have changed. */
export interface FortigateReader {
  read(how?: { readonly afresh?: boolean }): Promise<FortigateReading>
}

const TOO_SLOW = 'too-slow-for-revisions'

/** However sure the revisions are, a text is not used for longer than that. */
const LONGEST_TRUST_MS = 300_000

/**
 * What is trusted, exactly: a text read before is the configuration in force when (1) every table that takes part in a verdict had one
 * and the same revision before and after the backup was read, so that the text is of that revision, (2) every one of them has it still,
 * now, and (3) no section of the text belongs to a table that the API has no revision for. Anything else, also a revision that may not
 * be asked for, means reading the backup again. Sections that take no part in a verdict may be older than they look. What revisions
 * cannot show, being hashes of content, is a change that is made and taken back within the seconds of one backup: hence the limit.
 */
export function openFortigateReader(
  client: FortigateClient,
  clock: () => number = () => performance.now(),
): FortigateReader {
  let kept: Kept | undefined
  let proving: Promise<unknown> = Promise.resolve()
  /** `*` once the text turned out to hold several VDOMs; until then whatever the client asks by itself. */
  let vdoms: string | undefined
  /** Until when revisions are not asked, because this device or its API user has none for us. */
  let unableUntil = Number.NEGATIVE_INFINITY

  async function revisions(): Promise<Revisions | undefined> {
    if (clock() < unableUntil) return undefined
    const [first = '', ...others] = TABLES.keys()
    try {
      const known = await client.readRevisions([first], vdoms)
      return new Map([...known, ...(await client.readRevisions(others, vdoms).catch(slowOrPartial))])
    } catch (error) {
      if (!(error instanceof Fault) || !WITHOUT_REVISIONS.has(error.code)) throw error
      unableUntil = clock() + LONGEST_TRUST_MS
      return undefined
    }
  }

  /** What the revisions prove about a text that was read between two askings. */
  async function prove(text: string, readAt: number, before: Revisions): Promise<void> {
    if (vdoms === undefined && holdsVdoms(text)) {
      vdoms = '*'
      return
    }
    const after = await revisions()
    if (!after || !isSame(before, after)) return
    if (isCovered(text, after)) kept = { text, readAt, revisions: after }
    // As long as a section stands there without a revision, asking for the others proves nothing.
    else unableUntil = clock() + LONGEST_TRUST_MS
  }

  return {
    async read({ afresh = false } = {}) {
      if (afresh) return { text: await client.readConfiguration() }
      await proving
      const before = await revisions()
      if (kept && before && clock() - kept.readAt < LONGEST_TRUST_MS && isSame(kept.revisions, before))
        return { text: kept.text, unchangedForSeconds: Math.floor((clock() - kept.readAt) / 1000) }
      kept = undefined
      const readAt = clock()
      const text = await client.readConfiguration()
      // Nobody waits for the proof but the next question; without one, that reads again.
      if (before) proving = prove(text, readAt, before).catch(() => undefined)
      return { text }
    },
  }
}

/** Revision by table; a table that the device does not know has none. */
type Revisions = ReadonlyMap<string, string | undefined>
type Kept = { readonly text: string; readonly readAt: number; readonly revisions: Revisions }

/** Answers after which the backup may still be had. After any other fault it would only be the same fault again. */
const WITHOUT_REVISIONS: ReadonlySet<string> = new Set(
  ['forbidden', 'verb-refused', 'not-json', 'unexpected-answer', 'too-large', TOO_SLOW].map(
    (trouble) => `fortigate-${trouble}`,
  ),
)

/** A device that answered the first and does not come to the end of them is there, but too slow or too busy for so many calls. */
function slowOrPartial(error: unknown): never {
  if (!(error instanceof Fault) || !['fortigate-timeout', 'fortigate-unreachable'].includes(error.code)) throw error
  throw new Fault(`fortigate-${TOO_SLOW}`, error.says, error)
}

/** Sections whose names hold a blank where the list of them has a hyphen. */
const WRITTEN: Readonly<Record<string, string>> = {
  'firewall wildcard-fqdn-custom': 'firewall wildcard-fqdn custom',
}

/** The tables of the API by their path, with the section that each is in a text: `firewall.service/custom`, `firewall service custom`. */
const TABLES: ReadonlyMap<string, string> = new Map(
  sectionsThatDecide().map((section) => {
    const written = WRITTEN[section] ?? section
    return [restPath(written), written]
  }),
)

function isSame(before: Revisions, after: Revisions): boolean {
  return before.size === after.size && [...before].every(([table, revision]) => after.get(table) === revision)
}

/** No table without a revision is in the text, where it could change unseen. */
function isCovered(text: string, revisions: Revisions): boolean {
  const sections = new Set(
    [...text.matchAll(/^[ \t]*config[ \t]+(\S.*?)[ \t\r]*$/gm)].map(([, section = '']) => section),
  )
  return [...revisions].every(
    ([table, revision]) => revision !== undefined || !sections.has(TABLES.get(table) ?? table),
  )
}

function holdsVdoms(text: string): boolean {
  return /^config vdom\b/m.test(text)
}
