import { type Refusal, refuse } from '../evidence/refusal.ts'
import { applySplices, OURS, sectionsOf } from './compile/edit-text.ts'
import { isNameFor, SCHEDULE_NAME_LIMIT, scheduleName } from './compile/grant-objects.ts'
import type { OuterChange } from './compile.ts'
import { differOnlyIn } from './config/differs-only-in.ts'
import { wordOf } from './config/tables.ts'
import { readFortigate, vdomOf } from './config.ts'
import type { FortiDevice, FortiPolicy } from './model.ts'
import type { Statement } from './text.ts'

const OBJECTS = ['firewall address', 'firewall address6', 'firewall service custom', 'firewall schedule onetime']

/** The configuration without what this request added: its policies, and objects of ours that nothing else uses. */
export function removeFortigateGrant(device: FortiDevice, request: string): OuterChange | Refusal {
  const vdom = vdomOf(device)
  const policies = vdom?.policies.filter((policy) => belongsTo(policy.comments, request)) ?? []
  if (!vdom || policies.length === 0) {
    return refuse('nothing-to-remove', `${device.id} has no policy of request ${request}.`)
  }
  const sections = sectionsOf(device, vdom.name)
  const gone = new Map([['firewall policy', new Set(policies.map(({ id }) => String(id)))]])
  const kept = wordsElsewhere(device, vdom.name, policies)
  for (const path of OBJECTS) {
    const used = new Set(policies.flatMap((policy) => namesIn(policy, path)))
    const ours = [...(sections.find(path)?.entries.values() ?? [])].filter((entry) => {
      const isMarked = path.endsWith('onetime')
        ? isNameFor(entry.key, scheduleName(request), SCHEDULE_NAME_LIMIT)
        : wordOf(entry, 'comment') === OURS
      // Its own `edit` is one mention; any other word like it, anywhere, keeps it.
      return used.has(entry.key) && isMarked && (kept.get(entry.key) ?? 0) <= 1
    })
    if (ours.length > 0) gone.set(path, new Set(ours.map(({ key }) => key)))
  }
  const stuck = refuse('cannot-edit', `The text of ${device.id} has no safe way to take these lines out.`)
  const splices = sections.removeAll(gone)
  if (!splices) return stuck
  const text = applySplices(device.text.text, splices)
  const after = readFortigate({ id: device.id, vdom: device.vdom, timezone: device.timezone }, device.file, text)
  if (!differOnlyIn(device, after, vdom.name, gone)) return stuck
  const says = [...gone].flatMap(([path, keys]) =>
    [...keys].map((key) => `removed ${path.replace('firewall ', '')} ${key}`),
  )
  return { ok: true, text, after, says }
}

/** Comments that start `Sallyport <request>`, ours or a person's (`sallyport ar-…: why`); a longer id is another request. */
function belongsTo(comments: string, request: string): boolean {
  const mark = `${OURS} ${request}`.toLowerCase()
  const written = comments.toLowerCase()
  return written.startsWith(mark) && /^(?:$|[\s:,])/.test(written.slice(mark.length))
}

function namesIn(policy: FortiPolicy, path: string): readonly string[] {
  switch (path) {
    // With central NAT the destination is an address as well.
    case 'firewall address':
      return [...policy.srcaddr, ...policy.dstaddr]
    case 'firewall address6':
      return [...policy.srcaddr6, ...policy.dstaddr6]
    case 'firewall service custom':
      return policy.service
    default:
      return [policy.schedule]
  }
}

/** How many statements of this VDOM, and of none, name each word, the policies that go excepted. */
function wordsElsewhere(
  device: FortiDevice,
  vdom: string,
  policies: readonly FortiPolicy[],
): ReadonlyMap<string, number> {
  const { statements } = device.text
  const openers = new Set(policies.map(({ opener }) => opener))
  // Statements come after what they stand in, so what counts for that is known when they come.
  const counts: boolean[] = []
  const words = new Map<string, number>()
  statements.forEach((statement, index) => {
    const around = statement.parent < 0 || counts[statement.parent] === true
    const isOther = isVdom(statements, statement) && statement.words[0] !== vdom
    counts.push(around && !isOther && !openers.has(index))
    if (counts[index]) for (const word of new Set(statement.words)) words.set(word, (words.get(word) ?? 0) + 1)
  })
  return words
}

function isVdom(statements: readonly Statement[], { kind, parent }: Statement): boolean {
  const wrapper = statements[parent]
  return kind === 'edit' && wrapper?.kind === 'config' && wrapper.parent < 0 && wrapper.words.join(' ') === 'vdom'
}
