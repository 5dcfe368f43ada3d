import { type Exchange, isUnknown, linesOf, printTarget, type Unknown } from '../exchange.ts'
import type { HaproxyDevice, UserList } from '../model.ts'

/** The user and password of a Basic Authorization header. */
export function readBasicAuth(exchange: Exchange): { readonly user: string; readonly password: string } | undefined {
  const line = linesOf(exchange, credentialsIn(exchange)).at(0)
  if (line === undefined || isUnknown(line)) return undefined
  const [, encoded] = /^basic +([A-Za-z0-9+/=]+)$/i.exec(line) ?? []
  const decoded = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('latin1')
  const colon = decoded.indexOf(':')
  return colon < 0 ? undefined : { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
}

/** The header that names and proves the user. */
export function credentialsIn(exchange: Exchange): string {
  return isAskedAsProxy(exchange) ? 'proxy-authorization' : 'authorization'
}

/** With `option http-use-proxy-header`, who sends a target that is no path takes HAProxy for a proxy; HTTP/2 has no other (measured). */
export function isAskedAsProxy({ frontend, original, version }: Exchange): boolean {
  if (!frontend.options.has('http-use-proxy-header')) return false
  return version.startsWith('2') || !/^[/*]/.test(printTarget(original))
}

type User = UserList['users'] extends ReadonlyMap<string, infer U> ? U : never

/** Who of the list this request is, undefined when nobody; not decided where the password is kept hashed. */
export function userOf(exchange: Exchange, list: string, device: HaproxyDevice): User | Unknown | undefined {
  const users = device.userlists.get(list)
  if (!users) return { unknown: `userlist ${list}` }
  const basic = readBasicAuth(exchange)
  const user = basic && users.users.get(basic.user)
  if (!user) return undefined
  if (user.password === undefined) return { unknown: `the hashed password of ${basic.user}` }
  return user.password === basic.password ? user : undefined
}
