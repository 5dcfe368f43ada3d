import type { Hop } from '../edge/way-through.ts'
import type { Trace } from '../evidence/trace.ts'

/** One thing found on the way, with the lines that prove it and, when there is one, the smallest remedy. */
export type Finding = {
  /** One sentence, plain text: `edge-fw denies 10.10.30.0/24 before the door: no policy lets it in.` */
  readonly says: string
  readonly traces: readonly Trace[]
  /** What to do about it, as one sentence. */
  readonly remedy?: string
}

/**
 * The answer to a question about the edge, as data; cards and the terminal print it. Plain text everywhere: whoever shows it
 * escapes it. INVARIANT: nothing here was written by a language model.
 */
export type Answer = {
  readonly headline: string
  readonly verdict: 'reachable' | 'unreachable' | 'depends' | 'drifted' | 'in-step' | 'unknown'
  /** What decides comes first. */
  readonly findings: readonly Finding[]
  /** The way of one of the requests through both doors, up to where it ends; the one that is stopped, where one is. */
  readonly way?: readonly Hop[]
  /** Devices that could not be read, one sentence each: what the answer does not know. */
  readonly unseen: readonly string[]
  /** The terminal command that gives the same answer. */
  readonly reproduce: string
}
