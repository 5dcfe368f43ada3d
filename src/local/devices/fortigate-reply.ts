import { createHash } from 'node:crypto'
import type { FortiVersion } from '../../fortigate/model.ts'

/** What goes out over HTTP. */
export type Reply = { readonly status: number; readonly type: 'application/json' | 'text/plain'; readonly body: string }
/** What an envelope holds besides what stands in every one. */
export type Inside = Readonly<Record<string, unknown>>
/** Model and version stand in the first line of a backup and nowhere else. */
export type Release = FortiVersion & { readonly model: string; readonly name: string; readonly build: number }

/** One envelope of the REST API. */
export function envelope(
  release: Release,
  call: { readonly method: string; readonly path: string; readonly vdom: string },
  status: number,
  inside: Inside = {},
): Inside {
  const [, , , , category = '', name = ''] = call.path.split('/')
  const hashed =
    inside.results === undefined || inside.revision !== undefined ? {} : { revision: hashOf(inside.results) }
  return {
    http_method: call.method,
    ...inside,
    ...hashed,
    vdom: call.vdom,
    path: category,
    name,
    status: status === 200 ? 'success' : 'error',
    http_status: status,
    serial: 'FGVMSIMULATED000',
    version: release.name,
    build: release.build,
  }
}

/** One envelope, or one for each VDOM, as an answer. */
export function replyWith(status: number, body: Inside | readonly Inside[]): Reply {
  return { status, type: 'application/json', body: JSON.stringify(body) }
}

/** The release that the text says it was saved by; 7.4 where it says none. */
export function releaseOf(text: string): Release {
  const found = /^#config-version=([A-Za-z0-9]+)-(\d+)\.(\d+)\.?(\d*)-FW-build(\d+)/.exec(text)
  const [major, minor, patch] = [Number(found?.[2] ?? 7), Number(found?.[3] ?? 4), Number(found?.[4] || 0)]
  const name = `v${major}.${minor}.${patch}`
  return { model: found?.[1] ?? 'FGVM64', major, minor, patch, name, build: Number(found?.[5] ?? 0) }
}

/** A short word that changes when the value does. */
export function hashOf(value: unknown): string {
  return createHash('md5').update(JSON.stringify(value)).digest('hex')
}
