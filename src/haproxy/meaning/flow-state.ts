import type { FlowSet } from '../../flow/flow-set.ts'
import type { Exchange } from '../exchange.ts'
import type { ProxySection } from '../model.ts'
import type { Room } from '../samples/room.ts'
import type { Source } from '../texts/source.ts'

/** A set of flows that HAProxy treats alike so far, with what rules have made of their parts. */
export type FlowState = {
  readonly flows: FlowSet
  readonly view: View
  readonly proxy: ProxySection
  readonly frontend: ProxySection
}
/** INVARIANT: plain data, so that states with equal views are found by their text. A part that is absent is as it came. */
export type View = {
  readonly parts: Readonly<Record<string, Source>>
  readonly vars: Readonly<Record<string, Source>>
  readonly terminated: boolean
  /** What passes through in tcp mode, where it is known: TLS hides the HTTP inside of it, and only TLS names a server. */
  readonly passes?: 'tls' | 'clear'
  readonly expectsProxy: boolean
  readonly inspected: boolean
  readonly mayInspect: boolean
  /** The last line that rewrote something, so that the same test before and after is not taken for one. */
  readonly rewrittenAt: number
}
/** Nothing rewritten yet. */
export const UNTOUCHED: View = {
  parts: {},
  vars: {},
  terminated: false,
  expectsProxy: false,
  inspected: false,
  mayInspect: true,
  rewrittenAt: 0,
}

/** What reading expressions for all flows needs: the device, and a request of which nothing is known but where it is. */
export type Around = {
  readonly room: Room
  readonly blank: (frontend: ProxySection, proxy: ProxySection) => Exchange
}
