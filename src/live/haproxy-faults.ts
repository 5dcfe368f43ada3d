import { Fault } from '../evidence/fault.ts'

/** What stood between us and the answer of a running HAProxy. */
export type HaproxyTrouble =
  | 'missing'
  | 'permission'
  | 'connection-refused'
  | 'unreachable'
  | 'reloading'
  | 'timeout'
  | 'no-answer'
  | 'truncated'
  | 'refused'
  | 'too-large'
  | 'unexpected-answer'
  | 'not-a-question'
  | 'address'

/** The fault for one trouble, with its sentence for people and what to do about it. */
export function haproxyFault(device: string, trouble: HaproxyTrouble, detail = '', cause?: unknown): Fault {
  return new Fault(`haproxy-${trouble}`, SENTENCES[trouble](`The running HAProxy ${device}`, detail), cause)
}

const SENTENCES: Record<HaproxyTrouble, (who: string, detail: string) => string> = {
  missing: (who) =>
    `${who} cannot be reached: its socket is not there. Is it running, and is HAPROXY_SOCKET its \`stats socket\`?`,
  permission: (who) =>
    `${who} cannot be reached: its socket is not ours to open. Its \`mode\`, \`user\` or \`group\` has to let us in.`,
  'connection-refused': (who) =>
    `${who} cannot be reached: connection refused, so nothing listens at its socket just now.`,
  unreachable: (who, detail) => `${who} cannot be reached (${detail}).`,
  reloading: (who) =>
    `${who} is being reloaded, so what it says now may be of the old configuration. Ask again in a moment.`,
  timeout: (who, detail) => `${who} did not answer within ${detail}.`,
  'no-answer': (who) =>
    `${who} closed the connection without a word. A reload does that, and so do too many connections.`,
  truncated: (who) => `${who} closed the connection in the middle of its answer, so none of it is used.`,
  refused: (who, detail) => `${who} answered ${detail}.`,
  'too-large': (who, detail) =>
    `The answer of ${who.replace('The', 'the')} is larger than ${detail}, so none of it is used.`,
  'unexpected-answer': (who, detail) => `${who} answered ${detail || 'in a form we cannot read'}.`,
  'not-a-question': (who) => `${who} was not asked: only questions are sent to it.`,
  address: (who) => `${who} cannot be asked: the socket that is set is neither a path nor host:port.`,
}

/** The trouble behind an error of the socket, by its code. */
export function socketFault(device: string, error: Error): Fault {
  const code = 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return haproxyFault(device, 'missing', '', error)
  if (code === 'EACCES' || code === 'EPERM') return haproxyFault(device, 'permission', '', error)
  if (code === 'ECONNREFUSED') return haproxyFault(device, 'connection-refused', '', error)
  if (code === 'ECONNRESET' || code === 'EPIPE') return haproxyFault(device, 'truncated', '', error)
  const detail = code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? 'its name does not resolve' : 'no connection'
  return haproxyFault(device, 'unreachable', detail, error)
}
