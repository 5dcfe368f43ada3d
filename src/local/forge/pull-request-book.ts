import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { Fault } from '../../evidence/fault.ts'
import { replaceFile } from './replace-file.ts'

/** What git does not know of a pull request. */
export const PullRecord = z.strictObject({
  number: z.int().min(1),
  title: z.string(),
  body: z.string(),
  head: z.string(),
  base: z.string(),
  author: z.string(),
  state: z.enum(['open', 'closed']),
  createdAt: z.string(),
  updatedAt: z.string(),
  closedAt: z.string().optional(),
  /** Where the branch stood when the pull request was closed or merged: branches move on, the record does not. */
  closedHead: z.string().optional(),
  merged: z.strictObject({ by: z.string(), at: z.string(), commit: z.string(), base: z.string() }).optional(),
  /** Written before the merge moves the branch, so that a kill in between is settled at the next start. */
  merging: z
    .strictObject({ by: z.string(), at: z.string(), commit: z.string(), base: z.string(), head: z.string() })
    .optional(),
  labels: z.array(z.string()),
  comments: z.array(z.strictObject({ id: z.int(), user: z.string(), body: z.string(), at: z.string() })),
})
export type PullRecord = z.infer<typeof PullRecord>
const Book = z.strictObject({ version: z.literal(1), lastId: z.int().min(0), pulls: z.array(PullRecord) })

export type PullRequestBook = Awaited<ReturnType<typeof openPullRequestBook>>

/** Opens the record of pull requests kept in one JSON file; each change is on disk, whole, before it is answered. */
export async function openPullRequestBook(path: string) {
  let book = await readBook(path)
  const save = async (next: z.infer<typeof Book>) => {
    await replaceFile(path, `${JSON.stringify(next, null, 2)}\n`)
    book = next
  }
  return {
    all: (): readonly PullRecord[] => book.pulls,
    find: (number: number) => book.pulls.find((pull) => pull.number === number),
    /** A number never used before, for a comment. */
    nextId: () => book.lastId + 1,
    add: async (draft: Omit<PullRecord, 'number'>): Promise<PullRecord> => {
      const pull = { ...draft, number: book.pulls.length + 1 }
      await save({ ...book, pulls: [...book.pulls, pull] })
      return pull
    },
    put: async (pull: PullRecord): Promise<PullRecord> => {
      const lastId = Math.max(book.lastId, ...pull.comments.map((comment) => comment.id))
      await save({ ...book, lastId, pulls: book.pulls.map((old) => (old.number === pull.number ? pull : old)) })
      return pull
    },
  }
}

async function readBook(path: string): Promise<z.infer<typeof Book>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      return { version: 1, lastId: 0, pulls: [] }
    throw new Fault('unreadable', `The local pull requests in ${path} cannot be read.`, cause)
  }
  try {
    return Book.parse(JSON.parse(text))
  } catch (cause) {
    throw new Fault(
      'unreadable',
      `The local pull requests in ${path} are damaged; move the file away to start afresh.`,
      cause,
    )
  }
}
