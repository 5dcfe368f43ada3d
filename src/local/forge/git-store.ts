import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  deleteRef,
  findMergeBase,
  init,
  isDescendent,
  listBranches,
  log,
  readBlob,
  readCommit,
  readTree,
  resolveRef,
  writeBlob,
  writeCommit,
  writeRef,
  writeTree,
} from 'isomorphic-git'
import { crashSafeFiles, replaceFile } from './replace-file.ts'

/** A file in a tree: git's mode and the id of its content. */
export type TreeFile = { readonly mode: string; readonly oid: string }
/** Path → file, for a whole tree. Directories exist only through their files, as in git. */
export type FlatTree = ReadonlyMap<string, TreeFile>
export type Author = { readonly name: string; readonly email: string }
export type StoredCommit = {
  readonly oid: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
  readonly author: Author & { readonly at: Date }
  readonly committer: Author & { readonly at: Date }
}
export type NewCommit = {
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
  readonly author: Author
  readonly at: Date
}
export type GitStore = Awaited<ReturnType<typeof openGitStore>>

/** Opens the bare repository in `gitdir`, making it when it is not there; every file in it is written whole or not at all. */
export async function openGitStore(gitdir: string, defaultBranch: string) {
  const fs = { promises: crashSafeFiles() }
  const at = { fs, gitdir }
  await mkdir(gitdir, { recursive: true })
  await init({ fs, gitdir, bare: true, defaultBranch })
  // A process killed inside init leaves a config without HEAD, and init does not look again.
  await replaceFile(join(gitdir, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`)

  return {
    gitdir,
    /** The commit a branch points at. */
    branch: (name: string) => absent(resolveRef({ ...at, ref: `refs/heads/${name}` })),
    branches: () => listBranches(at),
    setBranch: (name: string, oid: string) => writeRef({ ...at, ref: `refs/heads/${name}`, value: oid, force: true }),
    dropBranch: (name: string) => deleteRef({ ...at, ref: `refs/heads/${name}` }),

    commit: async (oid: string): Promise<StoredCommit | undefined> => {
      const found = await absent(readCommit({ ...at, oid }))
      if (!found) return undefined
      const { tree, parent, message, author, committer } = found.commit
      const when = (who: typeof author) => ({
        name: who.name,
        email: who.email,
        at: new Date(who.timestamp * 1000),
      })
      return {
        oid: found.oid,
        tree,
        parents: parent,
        // Git ends every message with a newline that GitHub does not show.
        message: message.replace(/\n$/, ''),
        author: when(author),
        committer: when(committer),
      }
    },
    addCommit: ({ tree, parents, message, author, at: date }: NewCommit) => {
      const who = { ...author, timestamp: Math.floor(date.getTime() / 1000), timezoneOffset: 0 }
      return writeCommit({
        ...at,
        commit: { tree, parent: [...parents], message, author: who, committer: who },
      })
    },
    history: async (oid: string, depth: number) => (await log({ ...at, ref: oid, depth })).map((entry) => entry.oid),
    mergeBase: async (a: string, b: string): Promise<string | undefined> => {
      const [base] = await findMergeBase({ ...at, oids: [a, b] })
      return typeof base === 'string' ? base : undefined
    },
    contains: async (head: string, commit: string) =>
      head === commit || isDescendent({ ...at, oid: head, ancestor: commit, depth: -1 }),

    tree: async (oid: string) => (await absent(readTree({ ...at, oid })))?.tree,
    flatten: (tree: string) => flatten(at, tree),
    writeFlat: (flat: FlatTree) => writeFlat(at, flat),
    blob: async (oid: string) => (await absent(readBlob({ ...at, oid })))?.blob,
    addBlob: (bytes: Uint8Array) => writeBlob({ ...at, blob: bytes }),
  }
}

type At = { readonly fs: { readonly promises: ReturnType<typeof crashSafeFiles> }; readonly gitdir: string }

async function flatten(at: At, tree: string, prefix = ''): Promise<Map<string, TreeFile>> {
  const flat = new Map<string, TreeFile>()
  for (const entry of (await readTree({ ...at, oid: tree })).tree) {
    const path = `${prefix}${entry.path}`
    if (entry.type === 'tree') for (const [p, file] of await flatten(at, entry.oid, `${path}/`)) flat.set(p, file)
    else flat.set(path, { mode: entry.mode, oid: entry.oid })
  }
  return flat
}

async function writeFlat(at: At, flat: FlatTree): Promise<string> {
  const entries: { path: string; mode: string; oid: string; type: 'blob' | 'commit' | 'tree' }[] = []
  const folders = new Map<string, Map<string, TreeFile>>()
  for (const [path, file] of flat) {
    const slash = path.indexOf('/')
    if (slash < 0) entries.push({ path, ...file, type: file.mode === '160000' ? 'commit' : 'blob' })
    else {
      const inner = folders.get(path.slice(0, slash)) ?? new Map<string, TreeFile>()
      folders.set(path.slice(0, slash), inner.set(path.slice(slash + 1), file))
    }
  }
  for (const [path, inner] of folders) {
    entries.push({ path, mode: '040000', oid: await writeFlat(at, inner), type: 'tree' })
  }
  return writeTree({ ...at, tree: entries })
}

/** Undefined when git has no such thing, or has a thing of another kind under this id. */
async function absent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : ''
    if (code === 'NotFoundError' || code === 'ObjectTypeError') return undefined
    throw cause
  }
}
