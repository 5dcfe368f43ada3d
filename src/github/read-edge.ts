import type { EdgeFiles } from '../policy/edge.ts'
import { BlobAnswer, RefAnswer, TreeAnswer, type TreeEntry } from './answers.ts'
import type { GithubClient } from './github-client.ts'
import { forgeFault } from './github-fault.ts'

const FOLDER = 'policies'
const PARALLEL_READS = 6
const FILES_MOST = 5000
const FILE_MOST_BYTES = 20_000_000
const PLAIN_FILE_MODES = ['100644', '100755', '100664']

/**
 * Reads every file below `policies/`, one commit's worth. File contents are remembered by their git id for as long as they are
 * part of the edge, so an unchanged edge costs two small calls.
 */
export function edgeReader(github: GithubClient, where: { readonly defaultBranch: () => Promise<string> }) {
  let remembered: ReadonlyMap<string, string> = new Map()
  return async (): Promise<{ readonly commit: string; readonly files: EdgeFiles }> => {
    const commit = await headOf(github, await where.defaultBranch())
    const entries = await listPolicies(github, commit)
    const texts = new Map(remembered)
    const missing = [...new Map(entries.map((entry) => [entry.sha, entry])).values()].filter(
      ({ sha }) => !texts.has(sha),
    )
    await inParallel(missing, async (entry) => {
      texts.set(entry.sha, await readText(github, entry))
    })
    const files = new Map(entries.map(({ path, sha }) => [path, texts.get(sha) ?? '']))
    remembered = new Map(entries.map(({ sha }) => [sha, texts.get(sha) ?? '']))
    return { commit, files }
  }
}

async function headOf(github: GithubClient, branch: string): Promise<string> {
  const route = 'GET /repos/{owner}/{repo}/git/ref/{ref}'
  const answer = await github.read(`reading the branch ${branch}`, RefAnswer, route, { ref: `heads/${branch}` })
  return answer.object.sha
}

/** The files below `policies/` in a commit, with their whole paths. Whatever is no plain file is refused, never skipped. */
export async function listPolicies(github: GithubClient, commit: string): Promise<readonly TreeEntry[]> {
  const root = await listTree(github, commit, {})
  const folder = root.find((entry) => entry.path === FOLDER)
  if (!folder) return []
  if (folder.type !== 'tree') throw unreadable(FOLDER, 'is no folder')
  const files: TreeEntry[] = []
  for (const entry of await listTree(github, folder.sha, { recursive: '1' })) {
    const path = `${FOLDER}/${entry.path}`
    if (entry.type === 'tree') continue
    if (!PLAIN_FILE_MODES.includes(entry.mode)) throw unreadable(path, 'is a link or a submodule, not a plain file')
    if ((entry.size ?? 0) > FILE_MOST_BYTES) throw unreadable(path, `is larger than ${FILE_MOST_BYTES / 1_000_000} MB`)
    files.push({ ...entry, path })
  }
  if (files.length > FILES_MOST) throw unreadable(FOLDER, `holds more than ${FILES_MOST} files`)
  return files
}

async function listTree(github: GithubClient, tree: string, how: object): Promise<readonly TreeEntry[]> {
  const route = 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}'
  const answer = await github.read('listing the policy files', TreeAnswer, route, { tree_sha: tree, ...how })
  if (answer.truncated) throw unreadable(FOLDER, 'holds more files than GitHub lists at once')
  return answer.tree
}

async function readText(github: GithubClient, entry: TreeEntry): Promise<string> {
  const route = 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}'
  const blob = await github.read(`reading ${entry.path}`, BlobAnswer, route, { file_sha: entry.sha })
  const bytes = Buffer.from(blob.content, 'base64')
  if (bytes.length !== blob.size) throw forgeFault('unreachable', `GitHub gave only a part of ${entry.path}.`)
  try {
    // A wrong byte read as U+FFFD would be written back as U+FFFD: refuse it while the file is still whole.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw unreadable(entry.path, 'is not UTF-8 text', cause)
  }
}

function unreadable(path: string, why: string, cause?: unknown) {
  return forgeFault(
    'unreadable',
    `${path} in the edge repository ${why}, so nothing can be said about the edge.`,
    cause,
  )
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(PARALLEL_READS, items.length) }, worker))
}
