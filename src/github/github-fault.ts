import { RequestError } from 'octokit'
import { Fault } from '../evidence/fault.ts'

/** How talking to GitHub can end badly. */
export type Failure =
  | 'unauthorised'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'rate-limited'
  | 'unreachable'
  /** The pull request of this branch was closed by somebody, and that is respected. */
  | 'closed'
  /** The branch has commits that are not ours. */
  | 'foreign-commits'
  /** The repository holds something under policies/ that is no plain text file. */
  | 'unreadable'

/** What was being done, for the sentence. `doing` continues "while …". */
export type Attempt = { readonly doing: string; readonly repository: string; readonly usesApp: boolean }

export function forgeFault(code: Failure, says: string, cause?: unknown): Fault {
  return new Fault(code, says, cause)
}

/** The Fault for whatever a call to GitHub threw. The cause keeps status and message only: requests carry the token. */
export function githubFault(attempt: Attempt, cause: unknown): Fault {
  const code = failureOf(attempt, cause)
  return forgeFault(code, sentence(code, attempt), trimmed(cause))
}

function failureOf(attempt: Attempt, cause: unknown): Failure {
  if (!(cause instanceof RequestError)) {
    // Octokit signs the app token itself: a key it cannot use throws before anything is sent.
    const unsigned =
      attempt.usesApp && cause instanceof Error && cause.name !== 'ZodError' && cause.name !== 'AbortError'
    return unsigned ? 'unauthorised' : 'unreachable'
  }
  const { status, response } = cause
  if (response === undefined || status >= 500 || status === 408) return 'unreachable'
  if (cause.request.url.endsWith('/access_tokens') && (status === 404 || status === 403)) return 'unauthorised'
  if (status === 401) return 'unauthorised'
  const limited =
    response.headers['retry-after'] !== undefined ||
    response.headers['x-ratelimit-remaining'] === '0' ||
    /rate limit/i.test(cause.message)
  if (status === 429 || (status === 403 && limited)) return 'rate-limited'
  if (status === 403) return 'forbidden'
  if (status === 404 || status === 410) return 'not-found'
  return status === 405 || status === 409 || status === 422 ? 'conflict' : 'unreachable'
}

function sentence(code: Failure, { doing, repository, usesApp }: Attempt): string {
  switch (code) {
    case 'unauthorised':
      return `GitHub does not accept our ${usesApp ? 'app key or installation' : 'token'} (while ${doing}). An administrator has to renew it.`
    case 'forbidden':
      return `GitHub does not let us do this in ${repository} (while ${doing}). Our access needs "contents" and "pull requests" with write.`
    case 'not-found':
      return `GitHub knows nothing by this name in ${repository}, or does not show it to us (while ${doing}).`
    case 'conflict':
      return `GitHub refused a change in ${repository} because something there is in the way (while ${doing}).`
    case 'rate-limited':
      return `GitHub asks us to slow down (while ${doing}). Please try again in a few minutes.`
    default:
      return `GitHub could not be reached, or gave no usable answer (while ${doing}). Please try again in a few minutes.`
  }
}

function trimmed(cause: unknown): Error {
  if (cause instanceof RequestError) return new Error(`${cause.status} ${cause.message}`)
  return new Error(cause instanceof Error ? `${cause.name}: ${cause.message}` : 'something that is no error was thrown')
}
