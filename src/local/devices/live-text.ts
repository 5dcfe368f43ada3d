import { diff3Merge } from 'node-diff3'
import { type Refusal, refuse } from '../../evidence/refusal.ts'

export type Edited = { readonly ok: true; readonly text: string } | Refusal

/** Replaces the first place where `find` stands, as somebody would who edits by hand; none is a refusal. */
export function editFirst(text: string, find: string, replace: string): Edited {
  if (find === '') return refuse('nothing-to-find', 'Say which words of the live configuration to replace.')
  const at = text.indexOf(find)
  if (at < 0) return refuse('not-found', `The live configuration holds no ${JSON.stringify(find)}.`)
  return { ok: true, text: text.slice(0, at) + replace + text.slice(at + find.length) }
}

/** Lays a declared change (`before` → `after`) over a live text that may have drifted; where both changed the same lines, it refuses. */
export function mergeDeclared(live: string, before: string, after: string): Edited {
  if (live === before) return { ok: true, text: after }
  const merged: string[] = []
  for (const region of diff3Merge(after.split('\n'), before.split('\n'), live.split('\n'), {
    excludeFalseConflicts: true,
  })) {
    if (region.conflict)
      return refuse(
        'conflict',
        `The live configuration was changed by hand where this change applies (near line ${region.conflict.bIndex + 1}); the change was not deployed.`,
      )
    merged.push(...(region.ok ?? []))
  }
  return { ok: true, text: merged.join('\n') }
}
