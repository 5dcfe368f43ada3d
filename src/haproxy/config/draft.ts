import type { Wrong } from '../grammar/grammar.ts'
import { SERVER_WORDS } from '../grammar/listener-words.ts'
import {
  addCheckStep,
  type CheckSteps,
  checkAgent,
  type Duties,
  type Lack,
  lacksOf,
  NO_DUTIES,
  readDuties,
} from '../grammar/server-duties.ts'
import type { ProxySection, Rule, Ruleset, Server, Stats, Switch, Unmodelled } from '../model.ts'
import type { HaproxyLine } from '../text.ts'
import { SERVER_DEFAULTS, type ServerDefaults, splitTarget } from './listeners.ts'
import { printLine } from './rules.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** A proxy while its lines are read. What it inherits is changed through the functions below only. */
export type Draft = Omit<
  Mutable<ProxySection>,
  | 'binds'
  | 'captures'
  | 'servers'
  | 'switches'
  | 'redirects'
  | 'afterResponse'
  | 'useServers'
  | 'persists'
  | 'monitorFail'
  | 'rules'
  | 'options'
  | 'errorStatus'
  | 'unmodelled'
> & {
  rules: Readonly<Record<Ruleset, Rule[]>>
  options: Set<string>
  errorStatus: Map<number, number>
  unmodelled: Unmodelled[]
  readonly binds: ProxySection['binds'][number][]
  readonly captures: ProxySection['captures'][number][]
  readonly servers: Server[]
  readonly switches: Switch[]
  readonly redirects: Rule[]
  readonly afterResponse: Rule[]
  readonly useServers: ProxySection['useServers'][number][]
  readonly persists: ProxySection['persists'][number][]
  readonly monitorFail: Rule[]
  serverDefaults: ServerDefaults
  /** The words of the `default-server` lines so far. */
  serverWords: Set<string>
  /** What the `default-server` lines so far ask of every server. */
  duties: Duties
  readonly lacks: Lack[]
  /** Servers that lack an authority once a check speaks TLS to all of them. */
  readonly unsure: Lack[]
  checkSteps: CheckSteps | undefined
  externalCheck: { readonly command: string | undefined; readonly path: boolean }
  readonly inherited: Inherited
}

/** What a section has from its defaults: shared with them up to the first line of its own that says something else. */
type Inherited = Pick<
  Draft,
  | 'mode'
  | 'disabled'
  | 'rules'
  | 'afterResponse'
  | 'defaultBackend'
  | 'cookie'
  | 'options'
  | 'inspectDelay'
  | 'keepsRequestLine'
  | 'monitorUri'
  | 'errorStatus'
  | 'unmodelled'
  | 'serverDefaults'
  | 'serverWords'
  | 'duties'
  | 'externalCheck'
> & { readonly stats: Stats | undefined }

const NOTHING: Inherited & Pick<Draft, 'acls'> = {
  acls: new Map(),
  mode: 'tcp',
  disabled: false,
  rules: { connection: [], session: [], content: [], http: [], response: [] },
  afterResponse: [],
  defaultBackend: undefined,
  cookie: undefined,
  options: new Set(),
  inspectDelay: false,
  keepsRequestLine: 'never',
  monitorUri: undefined,
  stats: undefined,
  errorStatus: new Map(),
  unmodelled: [],
  serverDefaults: SERVER_DEFAULTS,
  serverWords: new Set(),
  duties: NO_DUTIES,
  externalCheck: { command: undefined, path: false },
}

/** A section that has read nothing yet, with what it inherits. */
export function startDraft(
  kind: ProxySection['kind'],
  name: string,
  line: HaproxyLine,
  inherited: Inherited = NOTHING,
): Draft {
  return {
    kind,
    name,
    line: line.number,
    says: printLine(line),
    mode: inherited.mode,
    disabled: inherited.disabled,
    binds: [],
    acls: NOTHING.acls,
    rules: inherited.rules,
    redirects: [],
    afterResponse: [...inherited.afterResponse],
    switches: [],
    defaultBackend: inherited.defaultBackend,
    servers: [],
    useServers: [],
    persists: [],
    cookie: inherited.cookie,
    sticks: false,
    options: inherited.options,
    inspectDelay: inherited.inspectDelay,
    captures: [],
    keepsRequestLine: inherited.keepsRequestLine,
    monitorUri: inherited.monitorUri,
    monitorFail: [],
    stats: inherited.stats,
    errorStatus: inherited.errorStatus,
    unmodelled: inherited.unmodelled,
    serverDefaults: inherited.serverDefaults,
    serverWords: inherited.serverWords,
    duties: inherited.duties,
    lacks: [],
    unsure: [],
    checkSteps: undefined,
    externalCheck: inherited.externalCheck,
    inherited,
  }
}

export function ownRules(draft: Draft): Draft['rules'] {
  const { connection, session, content, http, response } = draft.rules
  if (draft.rules === draft.inherited.rules)
    draft.rules = {
      connection: [...connection],
      session: [...session],
      content: [...content],
      http: [...http],
      response: [...response],
    }
  return draft.rules
}

export function setOption(draft: Draft, name: string, on: boolean): void {
  if (draft.options.has(name) === on) return
  if (draft.options === draft.inherited.options) draft.options = new Set(draft.options)
  if (on) draft.options.add(name)
  else draft.options.delete(name)
}

export function ownErrorStatus(draft: Draft): Draft['errorStatus'] {
  if (draft.errorStatus === draft.inherited.errorStatus) draft.errorStatus = new Map(draft.errorStatus)
  return draft.errorStatus
}

export function ownUnmodelled(draft: Draft): Draft['unmodelled'] {
  if (draft.unmodelled === draft.inherited.unmodelled) draft.unmodelled = [...draft.unmodelled]
  return draft.unmodelled
}

/** Takes note of the words of a `default-server` line, which decide what later servers need not say. */
export function noteServerWords(draft: Draft, { words }: HaproxyLine): void {
  if (draft.serverWords === draft.inherited.serverWords) draft.serverWords = new Set(draft.serverWords)
  for (const { value } of words) if (SERVER_WORDS.takes.has(value)) draft.serverWords.add(value)
}

const DUTIFUL = new Set(['default-server', 'server', 'server-template', 'tcp-check', 'http-check', 'external-check'])

/** Takes note of what a line asks of others, and says what is wrong with it already. */
export function noteDuties(draft: Draft, { words, number }: HaproxyLine): Wrong | undefined {
  const keyword = words[0]?.value ?? ''
  if (!DUTIFUL.has(keyword)) return undefined
  const second = words[1]?.value ?? ''
  switch (keyword) {
    case 'default-server':
      draft.duties = readDuties(words, 1, draft.duties)
      return undefined
    case 'server':
    case 'server-template': {
      const at = keyword === 'server' ? 2 : 3
      const duties = readDuties(words, at + 1, draft.duties)
      if (!duties.trusting && !duties.authority && !duties.tls && !duties.checkTls)
        draft.unsure.push({ line: number, server: second, what: 'authority' })
      if (duties !== NO_DUTIES)
        draft.lacks.push(...lacksOf({ line: number, server: second }, splitTarget(words[at]?.value ?? ''), duties))
      return checkAgent(words, duties)
    }
    case 'tcp-check':
    case 'http-check': {
      const steps = addCheckStep(words, draft.checkSteps)
      if (steps && 'says' in steps) return steps
      draft.checkSteps = steps
      // It makes every server, above and below, speak TLS to its check, also from a defaults section (2.6.12, measured).
      if (second === 'connect' && words.some(({ value }) => value === 'ssl')) {
        draft.duties = { ...draft.duties, checkTls: true }
        draft.lacks.push(...draft.unsure.splice(0))
      }
      return undefined
    }
    case 'external-check':
      if (second === 'command') draft.externalCheck = { ...draft.externalCheck, command: words[2]?.value ?? '' }
      if (second === 'path') draft.externalCheck = { ...draft.externalCheck, path: true }
      return undefined
    default:
      return undefined
  }
}
