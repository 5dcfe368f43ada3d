import { isIP } from 'node:net'
import { isOpen, valueAt, type Words, type Wrong, wrong } from './grammar.ts'
import { SERVER_WORDS } from './listener-words.ts'

/** What the options of a server ask of the rest of the configuration; `default-server` says it for all servers below. */
export type Duties = {
  readonly tls: boolean
  readonly checkTls: boolean
  /** `verify none`: no authority is needed. */
  readonly trusting: boolean
  readonly authority: boolean
  readonly checked: boolean
  readonly checkPort: boolean
  readonly agent: boolean
  readonly agentPort: boolean
}
export const NO_DUTIES: Duties = {
  tls: false,
  checkTls: false,
  trusting: false,
  authority: false,
  checked: false,
  checkPort: false,
  agent: false,
  agentPort: false,
}

/** What a server still lacks when its line is read, and other lines may give. */
export type Lack = { readonly line: number; readonly server: string; readonly what: 'port' | 'authority' }

/** The steps of a health check so far: whether the first one connects, and whether each that connects names a port. */
export type CheckSteps = { readonly connects: boolean; readonly ported: boolean }

const CHANGES: Readonly<Record<string, Partial<Duties>>> = {
  ssl: { tls: true },
  'no-ssl': { tls: false },
  'check-ssl': { checkTls: true },
  'no-check-ssl': { checkTls: false },
  'ca-file': { authority: true },
  check: { checked: true },
  'no-check': { checked: false },
  port: { checkPort: true },
  'agent-check': { agent: true },
  'no-agent-check': { agent: false },
  'agent-port': { agentPort: true },
}

/** Lays the options of a `server`, `server-template` or `default-server` line, from a word on, over what holds before it. */
export function readDuties(words: Words, from: number, before: Duties): Duties {
  let duties = before
  for (let at = from; at < words.length; at++) {
    const name = valueAt(words, at)
    const change = Object.hasOwn(CHANGES, name) ? CHANGES[name] : undefined
    if (change) duties = { ...duties, ...change }
    if (SERVER_WORDS.takes.get(name) === '') continue
    at++
    if (name === 'verify') duties = { ...duties, trusting: valueAt(words, at) === 'none' }
    if (name === 'addr' && /:[1-9]\d*$/.test(valueAt(words, at))) duties = { ...duties, checkPort: true }
  }
  return duties
}

/** What a server with these duties lacks at once; `address` and `port` are those that it is reached by. */
export function lacksOf(
  { line, server }: Omit<Lack, 'what'>,
  { address, port }: { readonly address: string; readonly port: string },
  duties: Duties,
): readonly Lack[] {
  const lacks: Lack[] = []
  if ((duties.tls || duties.checkTls) && !duties.trusting && !duties.authority)
    lacks.push({ line, server, what: 'authority' })
  const bare = address.replace(/^(?:ipv[46]|tcp[46]?)@/, '')
  if (duties.checked && !duties.checkPort && isIP(bare) && !/^0*[1-9]/.test(port))
    lacks.push({ line, server, what: 'port' })
  return lacks
}

/** An agent has a port of its own: HAProxy refuses the line otherwise, whatever port the server has. */
export function checkAgent(words: Words, duties: Duties): Wrong | undefined {
  return duties.agent && !duties.agentPort && !words.some((_, at) => isOpen(words, at))
    ? wrong('`agent-check` needs an `agent-port`')
    : undefined
}

/** Adds a `tcp-check` or `http-check` line to the steps, or says why it cannot follow them. */
export function addCheckStep(words: Words, before: CheckSteps | undefined): CheckSteps | Wrong | undefined {
  const kind = valueAt(words, 1)
  if (kind === 'connect') {
    if (before && !before.connects)
      return wrong(
        'where a check connects, its first step has to be a `connect`, with variables and a comment before it',
      )
    return { connects: true, ported: (before?.ported ?? true) && words.some((word) => word.value === 'port') }
  }
  return /^(?:send|expect)/.test(kind) ? (before ?? { connects: false, ported: false }) : before
}

/** `external-check command` is looked for in the `external-check path`, unless it says where it is. */
export function checkExternalCommand(command: string | undefined, hasPath: boolean): string | undefined {
  return command === undefined || command.startsWith('/') || hasPath
    ? undefined
    : `\`external-check command ${command}\` needs an \`external-check path\``
}
