import type { Chat, Ports, Store } from '../../src/ports.ts'
import { exampleFiles } from '../policy/edge-files.ts'

/** The ways on a real store and the example edge; Slack and whatever else a test brings are what it says, the rest is never asked. */
export function waysOn(store: Store, given: Partial<Omit<Ports, 'chat'>> & { readonly chat: Partial<Chat> }): Ports {
  const unasked = async (): Promise<never> => {
    throw new Error('this is not part of the story')
  }
  const quiet = () => {}
  return {
    forge: {
      readEdge: async () => ({ commit: 'c1', files: exampleFiles() }),
      propose: unasked,
      readPullRequest: unasked,
      findProposal: unasked,
    },
    store,
    live: { readFortigate: unasked, readHaproxy: unasked },
    haproxyCheck: { check: async () => ({ verdict: 'not-installed' }) },
    directory: { groupsOf: async () => [] },
    log: { info: quiet, warn: quiet, error: quiet },
    now: () => new Date('2026-11-23T09:00:00Z'),
    ...given,
    chat: { say: unasked, update: async () => {}, whisper: unasked, publishHome: unasked, ...given.chat },
  }
}
