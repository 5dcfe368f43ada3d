import { structuredPatch } from 'diff'
import type { FlatTree, GitStore } from './git-store.ts'

export type FilePatch = {
  readonly path: string
  readonly oid: string
  readonly status: 'added' | 'removed' | 'modified'
  readonly additions: number
  readonly deletions: number
  /** Hunks without a file header, as GitHub gives them; absent for what is no text. */
  readonly patch: string | undefined
}

/** What changed between two trees, one entry a file, in the order of their paths. Renames are a removal and an addition. */
export async function treePatches(git: GitStore, before: FlatTree, after: FlatTree): Promise<readonly FilePatch[]> {
  const changed = [...new Set([...before.keys(), ...after.keys()])]
    .filter(
      (path) => before.get(path)?.oid !== after.get(path)?.oid || before.get(path)?.mode !== after.get(path)?.mode,
    )
    .sort()
  const patches: FilePatch[] = []
  for (const path of changed) {
    const [old, now] = [before.get(path), after.get(path)]
    const [oldText, newText] = [await text(git, old?.oid), await text(git, now?.oid)]
    const isText = oldText !== undefined && newText !== undefined
    const hunks = isText ? structuredPatch(path, path, oldText, newText, '', '', { context: 3 }).hunks : []
    const count = (sign: string) => hunks.flatMap((hunk) => hunk.lines).filter((line) => line.startsWith(sign)).length
    patches.push({
      path,
      oid: now?.oid ?? old?.oid ?? '',
      status: old ? (now ? 'modified' : 'removed') : 'added',
      additions: count('+'),
      deletions: count('-'),
      patch: isText ? hunks.map(printHunk).join('\n') : undefined,
    })
  }
  return patches
}

type Hunk = {
  readonly oldStart: number
  readonly oldLines: number
  readonly newStart: number
  readonly newLines: number
  readonly lines: readonly string[]
}
function printHunk(hunk: Hunk): string {
  const range = (start: number, count: number) =>
    count === 1 ? `${start}` : `${count === 0 ? start - 1 : start},${count}`
  const head = `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`
  return [head, ...hunk.lines].join('\n')
}

async function text(git: GitStore, oid: string | undefined): Promise<string | undefined> {
  if (!oid) return ''
  const blob = await git.blob(oid)
  return blob && !blob.includes(0) ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(blob) : undefined
}
