/**
 * Somebody wrote something wrong. A problem is data with a place; reading goes on after it.
 * `code` is closed per reader and explained in docs/problems.md; `column` counts from 1, and 0 means the whole line.
 */
export type Problem = {
  readonly code: string
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
  /** What to do about it, when the reader knows. */
  readonly hint?: string
  /** `warning`: the text is usable and means something, only perhaps not what its author thinks. */
  readonly severity: 'error' | 'warning'
}

/** One line, as compilers print it: `policies/services/grafana.yaml:7:3 UNKNOWN_GROUP "dta" is no group. Did you mean "data"?` */
export function printProblem(problem: Problem): string {
  const place =
    problem.column > 0 ? `${problem.file}:${problem.line}:${problem.column}` : `${problem.file}:${problem.line}`
  return `${place} ${problem.code} ${problem.message}${problem.hint ? ` ${problem.hint}` : ''}`
}
