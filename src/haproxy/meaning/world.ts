import type { Refusal } from '../exchange.ts'
import type { Action, Condition, HaproxyDevice, ProxySection, Rule, Ruleset, Switch } from '../model.ts'

/** What becomes of a request. */
export type Outcome =
  | {
      readonly kind: 'server'
      readonly frontend: string
      readonly backend: string
      readonly servers: readonly string[]
    }
  | { readonly kind: 'status'; readonly status: number; readonly frontend: string; readonly backend: string | null }
  | { readonly kind: 'closed' | 'timeout'; readonly frontend: string; readonly backend: string | null }
  | { readonly kind: 'depends'; readonly on: string; readonly frontend: string; readonly backend: string | null }

export type Place = { readonly line: number; readonly says: string }

/** One end of the way: what was on it, what became of it, and the line that decided. */
export type Ending<S> = { readonly state: S; readonly outcome: Outcome; readonly place: Place }

export type Split<S> = { readonly yes: readonly S[]; readonly no: readonly S[] }

/**
 * What the walk is over: one request (`route.ts`) or a set of flows (`meaning.ts`). Both go the same way through the same
 * lines, so they cannot disagree on order; they differ in how a condition splits and what a rewrite does.
 */
export interface World<S> {
  split(state: S, condition: Condition, where: Ruleset): Split<S>
  /** Where something is not decided at all, by name. */
  fork(state: S, unknown: string): Split<S>
  /** The first rule from `from` on that may take part, where a world can tell without trying them. */
  nextRule?(state: S, rules: readonly Omit<Rule, 'action'>[], where: Ruleset, from: number): number
  perform(state: S, action: Action, place: Place, where: Ruleset): S
  /** Joins states that cannot be told apart any more. */
  merge(states: readonly S[]): readonly S[]
  /** Whether a PROXY header comes, for listeners that want one; what it says is then the client. */
  takeProxyHeader(state: S, wanted: boolean): { readonly on: readonly S[]; readonly bad: readonly S[] }
  /** Requests that HTTP parsing refuses. */
  parse(state: S): Split<S>
  /** How, where it is not with 400. */
  refusal?(state: S): Refusal
  enter(state: S, proxy: ProxySection): S
  terminate(state: S): S
  expectsProxy(state: S): boolean
  /** `tcp-request content` is over: from here on nothing waits for the first bytes any more. */
  endInspection(state: S): S
  /** A server's answer is here: variables of the request are gone (http_wait_for_response, src/http_ana.c; measured). */
  answered(state: S): S
  /** The names that a computed `use_backend` may yield; undefined is a name that cannot be computed here. */
  targets(state: S, target: Switch['target']): readonly { readonly state: S; readonly name: string | undefined }[]
  /** The servers that may get it. */
  servers(state: S, backend: ProxySection): readonly { readonly state: S; readonly servers: readonly string[] }[]
}

/** One walk through a frontend: over what, and where it has ended so far. */
export type Walk<S> = {
  readonly world: World<S>
  readonly device: HaproxyDevice
  readonly frontend: ProxySection
  readonly endings: Ending<S>[]
}
