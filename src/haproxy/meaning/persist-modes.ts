import type { ProxySection, Ruleset } from '../model.ts'
import type { World } from './world.ts'

export type PersistMode = 'normal' | 'force' | 'ignore'

/** `force-persist` and `ignore-persist`: the first that matches. */
export function persistModes<S>(
  start: S,
  frontend: ProxySection,
  backend: ProxySection,
  split: World<S>['split'],
): readonly { readonly state: S; readonly mode: PersistMode }[] {
  let going: readonly { readonly state: S; readonly mode: PersistMode }[] = [{ state: start, mode: 'normal' }]
  // Behind a tcp frontend this is decided before the connection becomes HTTP: what asks for a request then finds none (measured).
  const early = frontend.mode === 'tcp' && backend.mode === 'http'
  const when: Ruleset = early ? 'session' : backend.mode === 'http' ? 'http' : 'content'
  for (const rule of backend.persists)
    going = going.flatMap(({ state, mode }) => {
      if (mode !== 'normal') return [{ state, mode }]
      const { yes, no } = rule.condition ? split(state, rule.condition, when) : { yes: [state], no: [] }
      const then: PersistMode = rule.force ? 'force' : 'ignore'
      return [...yes.map((each) => ({ state: each, mode: then })), ...no.map((each) => ({ state: each, mode }))]
    })
  return going
}
