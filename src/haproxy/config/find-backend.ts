import type { HaproxyDevice, ProxySection } from '../model.ts'

const KNOWN = new WeakMap<readonly ProxySection[], ReadonlyMap<string, ProxySection>>()

/** The backend or listen section of this name: the first, where there are several. */
export function findBackend({ proxies }: HaproxyDevice, name: string): ProxySection | undefined {
  const known = KNOWN.get(proxies)
  if (known) return known.get(name)
  const backends = new Map<string, ProxySection>()
  for (const proxy of proxies)
    if (proxy.kind !== 'frontend' && !backends.has(proxy.name)) backends.set(proxy.name, proxy)
  KNOWN.set(proxies, backends)
  return backends.get(name)
}
