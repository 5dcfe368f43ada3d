import type { ProxySection } from '../model.ts'

/** Whether requests that come in by this section may be handed to that backend. */
export function mayLeadTo(proxy: ProxySection, backend: string): boolean {
  if (proxy.kind === 'backend') return false
  return (
    proxy.defaultBackend?.name === backend ||
    // A backend that is computed for each request may be any.
    proxy.switches.some(({ target }) => !('name' in target) || target.name === backend)
  )
}
