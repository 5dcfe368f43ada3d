import { diff3Merge } from 'node-diff3'
import type { FlatTree, GitStore, TreeFile } from './git-store.ts'

export type TreeMerge =
  | { readonly ok: true; readonly tree: string }
  | { readonly ok: false; readonly conflicts: readonly string[] }

/** Merges two trees that grew from `base`: what one side changed is taken, what both changed is merged line by line or refused. */
export async function mergeTrees(git: GitStore, base: FlatTree, ours: FlatTree, theirs: FlatTree): Promise<TreeMerge> {
  const merged = new Map<string, TreeFile>()
  const conflicts: string[] = []
  for (const path of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const outcome = await mergeFile(git, base.get(path), ours.get(path), theirs.get(path))
    if (outcome === 'conflict') conflicts.push(path)
    else if (outcome) merged.set(path, outcome)
  }
  // One side made `a` a file, the other a folder.
  for (const path of merged.keys()) {
    if (foldersOf(path).some((folder) => merged.has(folder))) conflicts.push(path)
  }
  return conflicts.length > 0
    ? { ok: false, conflicts: conflicts.sort() }
    : { ok: true, tree: await git.writeFlat(merged) }
}

async function mergeFile(
  git: GitStore,
  base: TreeFile | undefined,
  ours: TreeFile | undefined,
  theirs: TreeFile | undefined,
): Promise<TreeFile | undefined | 'conflict'> {
  if (same(ours, theirs) || same(base, theirs)) return ours
  if (same(base, ours)) return theirs
  if (!base || !ours || !theirs) return 'conflict'
  const mode = ours.mode === base.mode ? theirs.mode : ours.mode
  if (ours.oid === theirs.oid || base.oid === theirs.oid) return { mode, oid: ours.oid }
  if (base.oid === ours.oid) return { mode, oid: theirs.oid }
  const [o, a, b] = await Promise.all([lines(git, base), lines(git, ours), lines(git, theirs)])
  if (!o || !a || !b) return 'conflict'
  const out: string[] = []
  for (const region of diff3Merge(a, o, b, { excludeFalseConflicts: true })) {
    if (!region.ok) return 'conflict'
    out.push(...region.ok)
  }
  return { mode, oid: await git.addBlob(new TextEncoder().encode(out.join('\n'))) }
}

/** The lines of a text; undefined for what is no text and so cannot be merged by line. */
async function lines(git: GitStore, file: TreeFile): Promise<string[] | undefined> {
  const blob = await git.blob(file.oid)
  if (!blob || blob.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(blob).split('\n')
  } catch {
    return undefined
  }
}

function same(a: TreeFile | undefined, b: TreeFile | undefined): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
