import { containsIp, parseIp } from '../../flow/ip-set.ts'
import { NOBODY } from '../address.ts'
import type { Bind, HaproxyDevice, ProxySection } from '../model.ts'
import { citeLine } from '../text/line-places.ts'

export type Listener = { readonly frontend: ProxySection; readonly bind: Bind }
/** `unknown`: what keeps it from being said who listens. */
export type Found = { readonly listeners: readonly Listener[]; readonly unknown: string | undefined }

/**
 * Who listens where: a specific address beats the wildcard; several alike split connections at random (SO_REUSEPORT). Prepared once, for
 * there may be thousands.
 */
export function prepareListeners(device: HaproxyDevice): (dst: string, port: number) => Found {
  const all: Listener[] = device.proxies
    .filter((proxy) => proxy.kind !== 'backend' && !proxy.disabled)
    .flatMap((frontend) => frontend.binds.map((bind) => ({ frontend, bind })))
  const exact = new Map<string, Listener[]>()
  const others: Listener[] = []
  for (const listener of all) {
    const key = listener.bind.address.kind === 'ip' ? keyOf(listener.bind.address.ip) : undefined
    const known = key === undefined ? undefined : exact.get(key)
    if (known) known.push(listener)
    else if (key !== undefined) exact.set(key, [listener])
    else if (listener.bind.address.kind !== 'ip') others.push(listener)
  }
  const unread = device.proxies.flatMap((proxy) => proxy.unmodelled).find(({ keyword }) => keyword.startsWith('bind'))
  return (dst, port) => {
    const own = (exact.get(keyOf(dst) ?? '') ?? []).filter((listener) => hasPort(listener, port))
    if (own.length > 0) return { listeners: own, unknown: undefined }
    const v4 = !dst.includes(':')
    const near = others.filter((listener) => hasPort(listener, port))
    const isSomebody = !containsIp(NOBODY, dst)
    const any = near.filter(
      ({ bind }) => isSomebody && bind.address.kind === 'any' && (v4 ? bind.address.v4 : bind.address.v6),
    )
    const narrow = any.filter(({ bind }) => bind.address.kind === 'any' && bind.address.v4 !== bind.address.v6)
    const vague = near.find(({ bind }) => bind.address.kind === 'unknown')
    const unknown =
      vague?.bind.address.kind === 'unknown'
        ? `${vague.bind.address.says} (${citeLine(device, vague.bind.line)})`
        : unread && `${unread.keyword} (${citeLine(device, unread.line)})`
    return { listeners: narrow.length > 0 ? narrow : any, unknown }
  }
}

function hasPort({ bind }: Listener, port: number): boolean {
  return port >= bind.ports[0] && port <= bind.ports[1]
}

/** The same for all spellings of an address. */
function keyOf(address: string): string | undefined {
  const ip = parseIp(address)
  return ip && `${ip.family} ${ip.value}`
}
