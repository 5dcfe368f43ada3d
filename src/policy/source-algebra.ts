import { equalIp, type IpSet, intersectIp, isEmptyIp, NO_IP, subtractIp, uniteIp } from '../flow/ip-set.ts'

/**
 * Who may come in, as the doors can tell: an address of `sources`, AND (if any are listed) a member of one of `fortigateGroups`,
 * AND (if any are listed) one of the values of `headers` in the trusted group header.
 */
export type SubjectSources = {
  readonly sources: IpSet
  readonly fortigateGroups: readonly string[]
  readonly headers: readonly string[]
}

export const NOBODY: SubjectSources = { sources: NO_IP, fortigateGroups: [], headers: [] }

/**
 * Both at once: an address in both, and both identities. Undefined when that would need two FortiGate groups or two header values
 * of one person, which no single entry can ask for.
 */
export function bothSources(a: SubjectSources, b: SubjectSources): SubjectSources | undefined {
  const fortigateGroups = bothNames(a.fortigateGroups, b.fortigateGroups)
  const headers = bothNames(a.headers, b.headers)
  if (!fortigateGroups || !headers) return undefined
  return { sources: intersectIp(a.sources, b.sources), fortigateGroups, headers }
}

/**
 * As few as possible with exactly the same union. Two become one when they differ in one respect only, or one holds the other:
 * anything else would also let in the address of one with the identity of the other.
 */
export function mergeSources(parts: readonly SubjectSources[]): readonly SubjectSources[] {
  const merged: SubjectSources[] = []
  for (const part of parts) {
    let current = part
    for (let index = 0; index < merged.length; index++) {
      const other = merged[index]
      const union = other && mergeTwo(other, current)
      if (!union) continue
      merged.splice(index, 1)
      current = union
      index = -1
    }
    merged.push(current)
  }
  return merged
}

function mergeTwo(a: SubjectSources, b: SubjectSources): SubjectSources | undefined {
  if (holds(a, b)) return a
  if (holds(b, a)) return b
  const sameSources = equalIp(a.sources, b.sources)
  const sameGroups = sameNames(a.fortigateGroups, b.fortigateGroups)
  const sameHeaders = sameNames(a.headers, b.headers)
  if (sameGroups && sameHeaders) return { ...a, sources: uniteIp(a.sources, b.sources) }
  // Neither list is empty here: an empty one asks for nothing and would hold the other.
  if (sameSources && sameHeaders) return { ...a, fortigateGroups: uniteNames(a.fortigateGroups, b.fortigateGroups) }
  if (sameSources && sameGroups) return { ...a, headers: uniteNames(a.headers, b.headers) }
  return undefined
}

function holds(a: SubjectSources, b: SubjectSources): boolean {
  return (
    isEmptyIp(subtractIp(b.sources, a.sources)) &&
    namesHold(a.fortigateGroups, b.fortigateGroups) &&
    namesHold(a.headers, b.headers)
  )
}

/** An empty list asks for no identity, so it holds every other. */
function namesHold(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || (b.length > 0 && b.every((name) => a.includes(name)))
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}

function uniteNames(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])]
}

function bothNames(a: readonly string[], b: readonly string[]): readonly string[] | undefined {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const both = a.filter((name) => b.includes(name))
  return both.length === a.length && both.length === b.length ? both : undefined
}
