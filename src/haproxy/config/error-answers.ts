import { pageStatus } from '../text/error-pages.ts'
import type { HaproxyLine } from '../text.ts'
import type { Scope } from './condition.ts'
import { type Draft, ownErrorStatus } from './draft.ts'

/** A page of one's own is sent as it is, its status included. */
export function readErrorFile(draft: Draft, line: HaproxyLine, { files }: Scope): void {
  const status = Number(line.words[1]?.value)
  ownErrorStatus(draft).set(status, pageStatus(line.words[2]?.value ?? '', files) ?? status)
}

/** The pages of an `http-errors` section, all of them or some. */
export function readErrorFiles(draft: Draft, line: HaproxyLine, { pages }: Scope): void {
  const [, name = '', ...some] = line.words.map((word) => word.value)
  for (const [status, shown] of pages?.get(name) ?? [])
    if (some.length === 0 || some.includes(String(status))) ownErrorStatus(draft).set(status, shown)
}

/** `http-error status N …`: the answer for a status, which a page of one's own shows as it likes. */
export function readHttpError(draft: Draft, { words }: HaproxyLine, { files, pages }: Scope): void {
  const after = (keyword: string) => words[words.findIndex(({ value }) => value === keyword) + 1]?.value ?? ''
  const has = (keyword: string) => words.some(({ value }) => value === keyword)
  const status = Number(after('status'))
  const page = has('errorfiles') ? pages?.get(after('errorfiles'))?.get(status) : undefined
  const shown = has('errorfile') ? pageStatus(after('errorfile'), files) : page
  if (shown === undefined) ownErrorStatus(draft).delete(status)
  else ownErrorStatus(draft).set(status, shown)
}

/** `errorloc URL` and its kin: the client is sent elsewhere instead, with this status. */
export function readErrorLocation(draft: Draft, line: HaproxyLine, status: number): void {
  ownErrorStatus(draft).set(Number(line.words[1]?.value), status)
}
