import { Fault } from '../evidence/fault.ts'

/** What stood between us and an answer of the Data Plane API. The password is in no sentence and in no cause. */
export type DataplaneTrouble =
  | 'address'
  | 'unreachable'
  | 'tls-not-trusted'
  | 'timeout'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'no-such-version'
  | 'conflict'
  | 'reloading'
  | 'server-error'
  | 'truncated'
  | 'too-large'
  | 'unexpected-answer'

/** The fault for one trouble, with its sentence for people. */
export function dataplaneFault(device: string, trouble: DataplaneTrouble, detail = '', cause?: unknown): Fault {
  return new Fault(`dataplane-${trouble}`, SENTENCES[trouble](`The Data Plane API of ${device}`, detail), cause)
}

/** The fault of a status that is no answer. */
export function dataplaneStatusFault(device: string, status: number, path: string): Fault {
  if (status === 401) return dataplaneFault(device, 'unauthorized')
  if (status === 403) return dataplaneFault(device, 'forbidden', path)
  if (status === 404) return dataplaneFault(device, 'not-found', path)
  if (status === 409 || status === 406) return dataplaneFault(device, 'conflict')
  if (status >= 500) return dataplaneFault(device, 'server-error', String(status))
  return dataplaneFault(device, 'unexpected-answer', `status ${status}`)
}

const SENTENCES: Record<DataplaneTrouble, (who: string, detail: string) => string> = {
  address: (who, detail) => `${who} cannot be asked: ${detail}.`,
  unreachable: (who, detail) => `${who} cannot be reached${detail ? ` (${detail})` : ''}.`,
  'tls-not-trusted': (who, detail) =>
    `The certificate of ${who.replace('The', 'the')} is not trusted (${detail}). HAPROXY_DATAPLANE_CA takes its CA.`,
  timeout: (who, detail) => `${who} did not answer within ${detail}.`,
  unauthorized: (who) => `${who} does not accept the user and password that are set.`,
  forbidden: (who, detail) => `${who} does not let this user read ${detail}.`,
  'not-found': (who, detail) => `${who} does not know ${detail}.`,
  'no-such-version': (who) => `${who} speaks neither version 3 nor version 2. Is this its address?`,
  conflict: (who) => `${who} has a configuration that is being changed just now. Ask again in a moment.`,
  reloading: (who) =>
    `${who} is reloading HAProxy, so what runs may still be the old configuration. Ask again in a moment.`,
  'server-error': (who, detail) => `${who} failed to answer (status ${detail}). Its own log says why.`,
  truncated: (who) => `The answer of ${who.replace('The', 'the')} broke off in the middle, so none of it is used.`,
  'too-large': (who, detail) =>
    `The answer of ${who.replace('The', 'the')} is larger than ${detail}, so none of it is used.`,
  'unexpected-answer': (who, detail) => `${who} answered with something else than was asked for: ${detail}.`,
}
