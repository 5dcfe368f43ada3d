import { createHash, timingSafeEqual } from 'node:crypto'
import { isSince } from '../../fortigate/compile/rest-tables.ts'
import { answerCmdb, askedVdoms, type DeviceCall } from './fortigate-cmdb.ts'
import { lookUpPolicy } from './fortigate-lookup.ts'
import { type Moment, monitor, type Traffic } from './fortigate-monitor.ts'
import { envelope, type Inside, type Release, type Reply, releaseOf, replyWith } from './fortigate-reply.ts'
import { runScript } from './fortigate-script.ts'
import type { Workspaces } from './fortigate-transactions.ts'
import { rowsOf } from './fortigate-writes.ts'

/** What the device is and remembers, apart from its configuration. */
export type DeviceState = {
  readonly id: string
  readonly vdom: string | undefined
  readonly token: string
  /** Paths that the API user may not use. */
  readonly forbidden: readonly string[]
  readonly workspaces: Workspaces
  readonly traffic: Traffic
  readonly saved: SavedRevision[]
  /** The configuration that answers policy lookups, where it is not the running one. */
  readonly lookup: string | undefined
  failedLogins: number
  readonly now: () => Date
}
type SavedRevision = { readonly id: number; readonly time: number; readonly comment: string; readonly text: string }

const MONITOR = '/api/v2/monitor/'
const FAILED_LOGINS_UNTIL_LOCKOUT = 20

/** One call, answered as a device of the release in the header of its text does. */
export function answerCall(state: DeviceState, call: DeviceCall): Reply {
  const release = releaseOf(state.workspaces.text())
  const fail = (status: number) => replyWith(status, envelope(release, call, status))
  if (state.failedLogins >= FAILED_LOGINS_UNTIL_LOCKOUT) return fail(429)
  if (!isAuthorized(state, release, call)) {
    state.failedLogins += 1
    return fail(401)
  }
  if (state.forbidden.some((prefix) => call.path.startsWith(prefix))) return fail(403)
  if (call.path === '/api/v2/cmdb' || call.path.startsWith('/api/v2/cmdb/'))
    return answerCmdb(state.workspaces, release, call)
  if (!call.path.startsWith(MONITOR)) return fail(404)
  return answerMonitor(state, release, call, call.path.slice(MONITOR.length))
}

/** The moment at which traffic arrives or somebody looks. */
export function momentOf(state: DeviceState, vdom = state.vdom): Moment {
  const text = state.workspaces.text()
  return { id: state.id, vdom, text, traffic: state.traffic, version: releaseOf(text), now: state.now() }
}

/** The header always; the URL only up to 7.4.4, where it was refused later (Fortinet community 357228). */
function isAuthorized(state: DeviceState, release: Release, { headers, query }: DeviceCall): boolean {
  const { authorization } = headers
  const inUrl = isSince(release, 7, 4, 5) ? null : query.get('access_token')
  const shown = typeof authorization === 'string' ? authorization : inUrl === null ? '' : `Bearer ${inUrl}`
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(shown), digest(`Bearer ${state.token}`))
}

function answerMonitor(state: DeviceState, release: Release, call: DeviceCall, path: string): Reply {
  const fail = (status: number) => replyWith(status, envelope(release, call, status))
  if (path === 'system/config/backup') return backup(state, release, call)
  if (call.method === 'POST') return command(state, release, call, path)
  if (call.method !== 'GET') return fail(405)
  const asked = call.query.get('vdom')
  const vdoms = askedVdoms(state.workspaces.cmdb(call.vdom), asked ?? call.vdom, call.vdom)
  const all = vdoms.map((vdom) => {
    const answer = look(state, release, call, path, vdom)
    return envelope(release, { ...call, vdom }, answer.status, answer.inside)
  })
  const [only] = all
  if (!only) return fail(404)
  const isMany = asked !== null && /[*,]/.test(asked)
  return replyWith(isMany ? 200 : Number(only.http_status), isMany ? all : only)
}

function look(
  state: DeviceState,
  release: Release,
  call: DeviceCall,
  path: string,
  vdom: string,
): { readonly status: number; readonly inside: Inside } {
  const fine = (results: unknown) => ({ status: 200, inside: { results } })
  switch (path) {
    case 'system/status':
      return fine({ model_name: 'FortiGate', model: release.model, hostname: state.id })
    case 'firewall/policy-lookup': {
      const text = state.lookup ?? state.workspaces.text()
      const source = { id: state.id, vdom: nameFor(state, vdom), text, isOurs: state.lookup === undefined }
      const found = lookUpPolicy(source, call.query, state.now())
      return found ? fine(found) : { status: 424, inside: {} }
    }
    case 'system/config-revision':
      return fine({
        revisions: state.saved.map(({ id, time, comment }) => ({ id, time, version_id: id, admin: 'api', comment })),
        categories: [],
        current_config_unsaved: state.saved.at(-1)?.text !== state.workspaces.text(),
      })
    default: {
      const watched = monitor(momentOf(state, nameFor(state, vdom)), path, call.query)
      if (!watched) return { status: 404, inside: {} }
      return watched.status === 200 ? fine(watched.results) : { status: watched.status, inside: {} }
    }
  }
}

/** The reader of configurations is asked for the VDOM that the device was opened with, or the one that was named. */
function nameFor(state: DeviceState, vdom: string): string | undefined {
  return state.vdom === undefined && vdom === 'root' ? undefined : vdom
}

/** GET up to 7.4, POST from 7.6 on; the other verb is 405 (FortiOS 7.6 API reference, system/config/backup). */
function backup(state: DeviceState, release: Release, call: DeviceCall): Reply {
  const verb = isSince(release, 7, 6) ? 'POST' : 'GET'
  if (call.method !== verb) return replyWith(405, envelope(release, call, 405))
  return { status: 200, type: 'text/plain', body: state.workspaces.text() }
}

/** What the device does on a POST beside its tables. */
function command(state: DeviceState, release: Release, call: DeviceCall, path: string): Reply {
  const reply = (status: number, inside: Inside = {}) => replyWith(status, envelope(release, call, status, inside))
  const body = readJson(call.body)
  switch (path) {
    case 'firewall/policy/clear_counters': {
      if (body.policy === undefined) state.traffic.hits.clear()
      else state.traffic.hits.delete(Number(body.policy))
      return reply(200, { results: {} })
    }
    case 'system/config-revision/save': {
      const [id, text] = [state.saved.length + 1, state.workspaces.text()]
      const time = Math.floor(state.now().getTime() / 1000)
      state.saved.push({ id, time, comment: String(body.comments ?? ''), text })
      return reply(200, { results: { config_id: id } })
    }
    case 'system/config-script/upload': {
      const script = Buffer.from(String(body.file_content ?? ''), 'base64').toString('utf8')
      const ran = runScript(state.workspaces.text(), script, call.vdom, release)
      if (!ran.ok) return reply(ran.status, { error: ran.error, cli_error: ran.says })
      state.workspaces.replace(ran.text)
      return reply(200, { results: {} })
    }
    default:
      return reply(405)
  }
}

function readJson(text: string): Inside {
  try {
    return rowsOf([JSON.parse(text)])[0] ?? {}
  } catch {
    return {}
  }
}
