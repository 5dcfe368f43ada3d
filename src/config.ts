import { z } from 'zod'

/**
 * Everything that is set from outside, read once. Without a Slack token the bot starts in its local workspace, where Slack,
 * GitHub, the FortiGate and HAProxy are on this machine; every other setting then has a working default.
 */
const Environment = z.object({
  SLACK_BOT_TOKEN: z.string().startsWith('xoxb-').optional(),
  SLACK_APP_TOKEN: z.string().startsWith('xapp-').optional(),
  SLACK_API_URL: z.url().optional(),
  GITHUB_REPOSITORY: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'is written owner/repository')
    .optional(),
  GITHUB_TOKEN: z.string().min(1).optional(),
  GITHUB_APP_ID: z.string().regex(/^\d+$/).optional(),
  GITHUB_APP_PRIVATE_KEY: z.string().optional(),
  GITHUB_APP_INSTALLATION_ID: z.coerce.number().int().optional(),
  GITHUB_API_URL: z.url().optional(),
  FORTIGATE_URL: z.url().optional(),
  FORTIGATE_TOKEN: z.string().optional(),
  FORTIGATE_VDOM: z.string().default('root'),
  FORTIGATE_CA: z.string().optional(),
  HAPROXY_CONFIG: z.string().optional(),
  HAPROXY_SOCKET: z.string().optional(),
  HAPROXY_DATAPLANE_URL: z.url().optional(),
  HAPROXY_DATAPLANE_USER: z.string().optional(),
  HAPROXY_DATAPLANE_PASSWORD: z.string().optional(),
  HAPROXY_DATAPLANE_CA: z.string().optional(),
  HAPROXY_BINARY: z.string().optional(),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: z.url().optional(),
  OPENAI_MODEL: z.string().default('gpt-4.1-mini'),
  OPENAI_API: z.enum(['chat', 'responses']).default('chat'),
  OPENAI_API_VERSION: z.string().optional(),
  OPENAI_PRICES: z
    .string()
    .regex(/^\d+(\.\d+)?\/\d+(\.\d+)?$/, 'is written 0.40/1.60: US dollars a million tokens, in and out')
    .optional(),
  DATABASE_URL: z.string().optional(),
  SALLYPORT_DIR: z.string().default('.sallyport'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

export type Config = {
  readonly slack: { readonly botToken: string; readonly appToken: string; readonly apiUrl?: string } | undefined
  readonly github: GithubConfig | undefined
  readonly fortigate:
    | { readonly url: string; readonly token: string; readonly vdom: string; readonly ca?: string }
    | undefined
  readonly haproxy: {
    readonly file?: string
    readonly socket?: string
    readonly dataplane?: DataplaneConfig
    readonly binary?: string
  }
  readonly model:
    | {
        readonly apiKey: string
        readonly baseURL: string
        readonly model: string
        readonly api: 'chat' | 'responses'
        /** Azure's; with it the endpoint is spoken to as Azure wants it. */
        readonly apiVersion?: string
        /** US dollars a million tokens. */
        readonly prices?: { readonly in: number; readonly out: number }
      }
    | undefined
  readonly databaseUrl: string | undefined
  /** Where the embedded database and the local workspace keep their files. */
  readonly dir: string
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}
type DataplaneConfig = {
  readonly url: string
  readonly user: string
  readonly password: string
  readonly ca?: string
}
export type GithubConfig = {
  readonly owner: string
  readonly repo: string
  readonly baseUrl?: string
  readonly auth:
    | { readonly token: string }
    | { readonly app: { readonly appId: string; readonly privateKey: string; readonly installationId: number } }
}

/** The settings, or what is wrong with them, one sentence each; the values of secrets are never repeated. */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
): Config | { readonly wrong: readonly string[] } {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = Environment.safeParse(given)
  if (!parsed.success) return { wrong: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) }
  const env = parsed.data
  const wrong: string[] = []
  if ((env.SLACK_BOT_TOKEN === undefined) !== (env.SLACK_APP_TOKEN === undefined)) {
    wrong.push('SLACK_BOT_TOKEN and SLACK_APP_TOKEN go together: Socket Mode needs both.')
  }
  const github = readGithub(env)
  if (env.SLACK_BOT_TOKEN !== undefined && !github) {
    wrong.push(
      'GITHUB_REPOSITORY and GITHUB_TOKEN (or the three GITHUB_APP_ settings) say where the edge repository is.',
    )
  }
  if ((env.FORTIGATE_URL === undefined) !== (env.FORTIGATE_TOKEN === undefined)) {
    wrong.push('FORTIGATE_URL and FORTIGATE_TOKEN go together.')
  }
  const dataplane = readDataplane(env)
  if (dataplane === undefined && DATAPLANE.some((name) => env[name] !== undefined)) {
    wrong.push('HAPROXY_DATAPLANE_URL, HAPROXY_DATAPLANE_USER and HAPROXY_DATAPLANE_PASSWORD go together.')
  }
  if (dataplane && (env.HAPROXY_CONFIG !== undefined || env.HAPROXY_SOCKET !== undefined)) {
    wrong.push('HAProxy is read by HAPROXY_CONFIG and HAPROXY_SOCKET or by its Data Plane API: set one of them.')
  }
  if (wrong.length > 0) return { wrong }
  return {
    slack:
      env.SLACK_BOT_TOKEN !== undefined && env.SLACK_APP_TOKEN !== undefined
        ? { botToken: env.SLACK_BOT_TOKEN, appToken: env.SLACK_APP_TOKEN, ...optional('apiUrl', env.SLACK_API_URL) }
        : undefined,
    github,
    fortigate:
      env.FORTIGATE_URL !== undefined && env.FORTIGATE_TOKEN !== undefined
        ? {
            url: env.FORTIGATE_URL,
            token: env.FORTIGATE_TOKEN,
            vdom: env.FORTIGATE_VDOM,
            ...optional('ca', env.FORTIGATE_CA),
          }
        : undefined,
    haproxy: {
      ...optional('file', env.HAPROXY_CONFIG),
      ...optional('socket', env.HAPROXY_SOCKET),
      ...optional('dataplane', dataplane),
      ...optional('binary', env.HAPROXY_BINARY),
    },
    model:
      env.OPENAI_API_KEY !== undefined || env.OPENAI_BASE_URL !== undefined
        ? {
            // Local servers such as Ollama take any key; the SDK wants one to be there.
            apiKey: env.OPENAI_API_KEY ?? 'none',
            baseURL: env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
            model: env.OPENAI_MODEL,
            api: env.OPENAI_API,
            ...optional('apiVersion', env.OPENAI_API_VERSION),
            ...optional('prices', readPrices(env.OPENAI_PRICES)),
          }
        : undefined,
    databaseUrl: env.DATABASE_URL,
    dir: env.SALLYPORT_DIR,
    logLevel: env.LOG_LEVEL,
  }
}

function readGithub(env: z.infer<typeof Environment>): GithubConfig | undefined {
  const [owner, repo] = env.GITHUB_REPOSITORY?.split('/') ?? []
  if (owner === undefined || repo === undefined) return undefined
  const where = { owner, repo, ...optional('baseUrl', env.GITHUB_API_URL) }
  if (env.GITHUB_TOKEN !== undefined) return { ...where, auth: { token: env.GITHUB_TOKEN } }
  const { GITHUB_APP_ID: appId, GITHUB_APP_PRIVATE_KEY: privateKey, GITHUB_APP_INSTALLATION_ID: installationId } = env
  if (appId === undefined || privateKey === undefined || installationId === undefined) return undefined
  return { ...where, auth: { app: { appId, privateKey, installationId } } }
}

function readPrices(text: string | undefined): { readonly in: number; readonly out: number } | undefined {
  const [first, second] = text?.split('/').map(Number) ?? []
  return first === undefined || second === undefined ? undefined : { in: first, out: second }
}

const DATAPLANE = [
  'HAPROXY_DATAPLANE_URL',
  'HAPROXY_DATAPLANE_USER',
  'HAPROXY_DATAPLANE_PASSWORD',
  'HAPROXY_DATAPLANE_CA',
] as const

function readDataplane(env: z.infer<typeof Environment>): DataplaneConfig | undefined {
  const { HAPROXY_DATAPLANE_URL: url, HAPROXY_DATAPLANE_USER: user, HAPROXY_DATAPLANE_PASSWORD: password } = env
  if (url === undefined || user === undefined || password === undefined) return undefined
  return { url, user, password, ...optional('ca', env.HAPROXY_DATAPLANE_CA) }
}

/** An optional property: there with its value, or not there at all. */
function optional<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V })
}
