import { type Refusal, refuse } from '../evidence/refusal.ts'
import type { OuterChange } from './compile.ts'
import { vdomOf } from './config.ts'
import { applySplices, type Splice, sectionsOf } from './edit-text.ts'
import { OURS } from './grant-objects.ts'
import type { FortiDevice } from './model.ts'
import { wordOf } from './tables.ts'

const OBJECTS = ['firewall address', 'firewall address6', 'firewall service custom', 'firewall schedule onetime']

/** The configuration without what this request added: its policies, and objects of ours that nothing else uses. */
export function removeFortigateGrant(device: FortiDevice, request: string): OuterChange | Refusal {
  const vdom = vdomOf(device)
  const policies = vdom?.policies.filter((policy) => belongsTo(policy.comments, request)) ?? []
  if (!vdom || policies.length === 0) {
    return refuse('nothing-to-remove', `${device.id} has no policy of request ${request}.`)
  }
  const sections = sectionsOf(device, vdom.name)
  const stuck = refuse('cannot-edit', `The text of ${device.id} has no safe way to take these lines out.`)
  const splices: Splice[] = []
  const says: string[] = []
  const take = (path: string, key: string): boolean => {
    const splice = sections.remove(path, key)
    if (splice) {
      splices.push(splice)
      says.push(`removed ${path.replace('firewall ', '')} ${key}`)
    }
    return splice !== undefined
  }
  for (const policy of policies) if (!take('firewall policy', String(policy.id))) return stuck
  const used = new Set(
    policies.flatMap((policy) => [...policy.srcaddr, ...policy.srcaddr6, ...policy.service, policy.schedule]),
  )
  const kept = wordsOutside(device, splices)
  for (const path of OBJECTS) {
    for (const entry of sections.find(path)?.entries.values() ?? []) {
      const ours = wordOf(entry, 'comment') === OURS || (path.endsWith('onetime') && entry.key === `sp-${request}`)
      // Its own `edit` is one mention; any other word like it, anywhere, keeps it.
      if (!used.has(entry.key) || !ours || (kept.get(entry.key) ?? 0) > 1) continue
      if (!take(path, entry.key)) return stuck
    }
  }
  return { ok: true, text: applySplices(device.text.text, splices), says }
}

/** Comments that start `Sallyport <request>`, ours or a person's (`sallyport ar-…: why`); a longer id is another request. */
function belongsTo(comments: string, request: string): boolean {
  const mark = `${OURS} ${request}`.toLowerCase()
  const written = comments.toLowerCase()
  return written.startsWith(mark) && /^(?:$|[\s:,])/.test(written.slice(mark.length))
}

function wordsOutside(device: FortiDevice, splices: readonly Splice[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const statement of device.text.statements) {
    if (splices.some((splice) => splice.from <= statement.from && statement.to <= splice.to)) continue
    for (const word of new Set(statement.words)) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return counts
}
