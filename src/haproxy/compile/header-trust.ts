import { type Refusal, refuse } from '../../evidence/refusal.ts'
import type { HaproxyDevice, ProxySection, Rule } from '../model.ts'
import { mayLeadTo } from './leads-to.ts'

/** A guard that believes headers. */
type HeaderAsk = {
  readonly service: string
  readonly backend: string
  readonly headers: readonly { readonly name: string }[]
}

/**
 * A header says who somebody is only where HAProxy takes it away from everybody who is not trusted to say so: each frontend that
 * leads to the service must delete it, by a rule that looks at nothing but the address, before any rule that ends its rules early.
 * I do not write that line: which address is trusted is nothing that a grant may decide.
 */
export function checkHeaders(device: HaproxyDevice, { service, backend, headers }: HeaderAsk): Refusal | undefined {
  const doors = device.proxies.filter(
    (proxy) => mayLeadTo(proxy, backend) || (proxy.kind === 'listen' && proxy.name === backend),
  )
  for (const { name } of headers) {
    const door = doors.find((proxy) => !deletes(proxy, name))
    if (door)
      return refuse(
        'header-not-removed',
        `${service} cannot be opened by the header ${name}: ${door.kind} ${door.name} (${device.file}:${door.line}) does not take it away from everybody but the address that is trusted to send it. It needs a line like \`http-request del-header ${name} unless { src 192.0.2.10 }\` first.`,
      )
  }
  return undefined
}

function deletes(door: ProxySection, header: string): boolean {
  // HAProxy ignores the `http-request` lines of a TCP frontend.
  if (door.mode !== 'http') return false
  const { http } = door.rules
  const at = http.findIndex((rule) => isDeletion(rule, header))
  if (at < 0) return false
  // An address that a rule above has set is what a client may have said.
  const loose = http.slice(0, at).some(({ action }) => action.do === 'pass' || action.do === 'unmodelled')
  const back = http
    .slice(at + 1)
    .some(
      ({ action }) =>
        'name' in action && action.name.toLowerCase() === header.toLowerCase() && action.do !== 'del-header',
    )
  return !loose && !back
}

function isDeletion({ action, condition, unknown }: Rule, header: string): boolean {
  if (action.do !== 'del-header' || unknown !== undefined) return false
  if (action.method !== 'str' || action.name.toLowerCase() !== header.toLowerCase()) return false
  const criteria = (condition?.terms ?? []).flatMap((term) => term.flatMap(({ acl }) => acl.criteria))
  return criteria.every(({ expression, unknown: unsure }) => expression.fetch.name === 'src' && unsure === undefined)
}
