import { App, Octokit } from 'octokit'
import type { z } from 'zod'
import type { Log } from '../ports.ts'
import { type Failure, githubFault } from './github-fault.ts'

type GithubAccess =
  | { readonly token: string }
  | { readonly app: { readonly appId: number; readonly privateKey: string; readonly installationId: number } }
export type GithubOptions = GithubAccess & {
  readonly owner: string
  readonly repo: string
  /** `https://github.example/api/v3` for GitHub Enterprise; github.com unless told. */
  readonly baseUrl?: string
  readonly log?: Log
  /** `local`: no waiting between writes and short pauses before a retry, for a forge that asks for neither. */
  readonly pace?: keyof typeof PACES
}
export type GithubClient = ReturnType<typeof githubClient>
type Parameters = Readonly<Record<string, unknown>>

const PACES = { github: { throttled: true, pauseMs: 1000 }, local: { throttled: false, pauseMs: 20 } } as const
const CALL_TIMEOUT_MS = 20_000
const READ_RETRIES = 2
/** Never given to reads: with `retries` on a request, Octokit's retry plugin repeats refusals too, and without a pause. */
const ONCE = { retries: 0 }
/** GitHub's own wait is honoured up to here; a longer one is told to the caller, who has a queue. */
const LONGEST_WAIT_S = 30

/** Calls GitHub's REST API: each answer read through a schema, each failure a Fault that says what was being done. */
export function githubClient(options: GithubOptions) {
  const octokit = connect(options)
  const repository = { owner: options.owner, repo: options.repo }

  const call = async <S extends z.ZodType>(
    doing: string,
    answer: S,
    route: string,
    parameters: Parameters,
    request: object,
  ): Promise<z.infer<S>> => {
    try {
      const { data } = await (await octokit()).request(route, { ...repository, ...parameters, request })
      return answer.parse(data)
    } catch (cause) {
      throw githubFault({ doing, repository: `${options.owner}/${options.repo}`, usesApp: 'app' in options }, cause)
    }
  }
  return {
    read: <S extends z.ZodType>(doing: string, answer: S, route: string, parameters: Parameters = {}) =>
      call(doing, answer, route, parameters, {}),
    /** Undefined when GitHub has no such thing. */
    find: async <S extends z.ZodType>(doing: string, answer: S, route: string, parameters: Parameters) => {
      try {
        return await call(doing, answer, route, parameters, {})
      } catch (fault) {
        if (isFailure(fault, 'not-found')) return undefined
        throw fault
      }
    },
    /**
     * Octokit repeats a write that was answered 502, and so may do it twice. Here a write whose answer is lost or in conflict is
     * looked for with `done`, and repeated once only when it is not there.
     */
    write: async <S extends z.ZodType>(
      doing: string,
      answer: S,
      route: string,
      parameters: Parameters,
      done: () => Promise<z.infer<S> | undefined> = async () => undefined,
    ): Promise<z.infer<S>> => {
      try {
        return await call(doing, answer, route, parameters, ONCE)
      } catch (fault) {
        const lost = isFailure(fault, 'unreachable')
        if (!lost && !isFailure(fault, 'conflict')) throw fault
        const found = await done()
        if (found !== undefined) return found
        if (!lost) throw fault
        options.log?.warn({ doing }, 'an answer of GitHub was lost, asking once more')
      }
      try {
        return await call(doing, answer, route, parameters, ONCE)
      } catch (fault) {
        const found = isFailure(fault, 'conflict') || isFailure(fault, 'unreachable') ? await done() : undefined
        if (found !== undefined) return found
        throw fault
      }
    },
  }
}

function isFailure(fault: unknown, code: Failure): boolean {
  return fault instanceof Error && 'code' in fault && fault.code === code
}

function connect(options: GithubOptions): () => Promise<Octokit> {
  const { throttled, pauseMs } = PACES[options.pace ?? 'github']
  const patient = (waitSeconds: number, _request: object, _octokit: object, retries: number) =>
    retries === 0 && waitSeconds <= LONGEST_WAIT_S
  const silent = () => undefined
  const settings = {
    ...(options.baseUrl !== undefined && { baseUrl: options.baseUrl }),
    userAgent: 'sallyport',
    request: { fetch: fetchInTime },
    retry: {
      retries: READ_RETRIES,
      retryAfterBaseValue: pauseMs,
      doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451],
    },
    throttle: { enabled: throttled, onRateLimit: patient, onSecondaryRateLimit: patient },
    log: {
      debug: silent,
      info: silent,
      warn: (message: string) => options.log?.warn({}, message),
      error: (message: string) => options.log?.warn({}, message),
    },
  }
  if ('token' in options) {
    const octokit = new Octokit({ ...settings, auth: options.token })
    return async () => octokit
  }
  const { appId, privateKey, installationId } = options.app
  const installed = () =>
    new App({ appId, privateKey, Octokit: Octokit.defaults(settings), log: settings.log }).getInstallationOctokit(
      installationId,
    )
  let octokit: Promise<Octokit> | undefined
  return () => {
    octokit ??= installed()
    return octokit
  }
}

/** Covers the body too: a server that stops in the middle of an answer is as gone as one that never began. */
function fetchInTime(address: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const limit = AbortSignal.timeout(CALL_TIMEOUT_MS)
  return fetch(address, { ...init, signal: init.signal ? AbortSignal.any([init.signal, limit]) : limit })
}
