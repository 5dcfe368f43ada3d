import type { Exchange } from '../exchange.ts'
import type { Place } from './world.ts'

/** A request on its way, with the rules that changed it so far. */
export type Traced = { readonly exchange: Exchange; readonly trail: readonly Place[] }
