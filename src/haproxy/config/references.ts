import type { NameKind } from '../grammar/grammar.ts'
import { checkExternalCommand } from '../grammar/server-duties.ts'
import type { Draft } from './draft.ts'

/** A name that a line uses; an empty one means the section that the line stands in. */
export type Reference = {
  readonly kind: NameKind
  readonly name: string
  readonly line: number
  readonly proxy: Draft
}

/** Everything that names can refer to. */
export type Named = {
  readonly proxies: readonly Draft[]
  /** Proxies with a stick table. */
  readonly tables: ReadonlySet<string>
  /** Sections by keyword and name. */
  readonly sections: ReadonlySet<string>
  /** The groups of each list of users, as `LIST/GROUP`. */
  readonly groups: ReadonlySet<string>
  /** `ssl-server-verify none`: servers are believed without an authority. */
  readonly trusting: boolean
}

export type Complain = (line: number, code: string, message: string) => void

/** What HAProxy checks when all lines are read: names that must exist, names that must differ, modes that must fit. */
export function checkReferences(named: Named, references: readonly Reference[], complain: Complain): void {
  const backends = new Map<string, Draft>()
  const frontends = new Map<string, Draft>()
  for (const proxy of named.proxies) {
    // A `listen` is both, and HAProxy compares it with what listens only (src/cfgparse-listen.c; measured).
    const known = proxy.kind === 'backend' ? backends : frontends
    const twin = known.get(proxy.name)
    if (twin && proxy.name !== '')
      complain(proxy.line, 'DUPLICATE_NAME', `\`${proxy.name}\` is declared at line ${twin.line} too`)
    if (proxy.kind !== 'backend' && !frontends.has(proxy.name)) frontends.set(proxy.name, proxy)
    if (proxy.kind !== 'frontend' && !backends.has(proxy.name)) backends.set(proxy.name, proxy)
    if (!proxy.disabled) {
      checkServers(proxy, complain)
      checkDuties(proxy, named.trusting, complain)
    }
  }
  for (const proxy of named.proxies) if (!proxy.disabled) checkSwitches(proxy, backends, complain)
  const world = { ...named, backends, frontends }
  for (const reference of references) {
    if (reference.proxy.disabled) continue
    const wrong = missing(reference, world)
    if (wrong !== undefined) complain(reference.line, 'NO_SUCH_NAME', wrong)
  }
}

/** What its servers and its health check need from other lines (cfgparse.c, checks.c and ssl_sock.c of 2.6; measured). */
function checkDuties(proxy: Draft, trusting: boolean, complain: Complain): void {
  const { command, path } = proxy.externalCheck
  const unfound = checkExternalCommand(command, path)
  if (unfound !== undefined) complain(proxy.line, 'WRONG_ARGUMENT', unfound)
  const connects = proxy.options.has('tcp-check') && proxy.checkSteps?.connects === true && proxy.checkSteps.ported
  for (const { line, server, what } of proxy.lacks) {
    if (what === 'authority' && !trusting)
      complain(
        line,
        'WRONG_ARGUMENT',
        `server \`${server}\` is spoken to by TLS: it needs a \`ca-file\`, or \`verify none\``,
      )
    if (what === 'port' && !connects)
      complain(line, 'WRONG_ARGUMENT', `server \`${server}\` is checked, and has no port for it`)
  }
}

function checkServers(proxy: Draft, complain: Complain): void {
  if (proxy.servers.length < 2 && proxy.useServers.length === 0) return
  const names = new Map<string, number>()
  for (const { name, line } of proxy.servers) {
    const other = names.get(name)
    if (other !== undefined) complain(line, 'DUPLICATE_SERVER', `server \`${name}\` is at line ${other} too`)
    names.set(name, line)
  }
  for (const { server, line, unknown } of proxy.useServers)
    if (server !== undefined && unknown === undefined && !names.has(server))
      complain(line, 'NO_SUCH_SERVER', `\`${proxy.name}\` has no server \`${server}\``)
}

function checkSwitches(proxy: Draft, backends: ReadonlyMap<string, Draft>, complain: Complain): void {
  const check = (name: string, line: number) => {
    const target = backends.get(name)
    if (!target) complain(line, 'NO_SUCH_BACKEND', `\`${proxy.name}\` routes to \`${name}\`, which does not exist`)
    else if (target === proxy) complain(line, 'MODE_MISMATCH', `\`${name}\` cannot route to itself`)
    else if (proxy.mode === 'http' && target.mode === 'tcp')
      complain(line, 'MODE_MISMATCH', `http \`${proxy.name}\` cannot use tcp backend \`${name}\``)
  }
  for (const { target, line } of proxy.switches) if ('name' in target) check(target.name, line)
  const { defaultBackend } = proxy
  // A backend does not inherit one.
  if (defaultBackend && (proxy.kind !== 'backend' || defaultBackend.line > proxy.line))
    check(defaultBackend.name, defaultBackend.line)
}

type World = Named & {
  readonly backends: ReadonlyMap<string, Draft>
  readonly frontends: ReadonlyMap<string, Draft>
}

function missing({ kind, name, proxy }: Reference, world: World): string | undefined {
  switch (kind) {
    case 'backend':
      if (name === '') return proxy.kind === 'frontend' ? `a frontend has no servers: name a backend` : undefined
      return world.backends.has(name) ? undefined : `there is no backend \`${name}\``
    case 'frontend':
      if (name === '') return proxy.kind === 'backend' ? `a backend has no listeners: name a frontend` : undefined
      return world.frontends.has(name) ? undefined : `there is no frontend \`${name}\``
    case 'table':
      if (name.includes('/'))
        return world.sections.has(`peers ${name.split('/')[0]}`) ? undefined : `there is no table \`${name}\``
      return world.tables.has(name === '' ? proxy.name : name)
        ? undefined
        : `there is no stick table in \`${name === '' ? proxy.name : name}\``
    case 'server':
      return missingServer(name, proxy, world)
    case 'userlist':
      return world.sections.has(`userlist ${name}`) ? undefined : `there is no userlist \`${name}\``
    case 'group': {
      const [list, ...group] = name.split('/')
      return world.groups.has(name) ? undefined : `the userlist \`${list}\` has no group \`${group.join('/')}\``
    }
    default:
      return world.sections.has(`${kind} ${name}`) ? undefined : `there is no \`${kind} ${name}\``
  }
}

function missingServer(name: string, proxy: Draft, { backends }: World): string | undefined {
  const slash = name.indexOf('/')
  const backend = slash < 0 ? proxy : backends.get(name.slice(0, slash))
  if (!backend) return `there is no backend \`${name.slice(0, slash)}\``
  const server = name.slice(slash + 1)
  return backend.servers.some((each) => each.name === server)
    ? undefined
    : `\`${backend.name}\` has no server \`${server}\``
}
