import { Fault } from '../evidence/fault.ts'

/** What stood between us and an answer, as one code and one sentence. The token is in no sentence and in no cause. */
export type FortigateTrouble =
  | 'unreachable'
  | 'tls-not-trusted'
  | 'timeout'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'locked-out'
  | 'unexpected-answer'
  | 'truncated'
  | 'too-large'
  | 'not-a-configuration'

/** The fault for one trouble, with its sentence for people. `detail` is a permission, a status or a path, as the sentence needs. */
export function fortigateFault(device: string, trouble: FortigateTrouble, detail = '', cause?: unknown): Fault {
  return new Fault(`fortigate-${trouble}`, SENTENCES[trouble](device, detail), cause)
}

const SENTENCES: Record<FortigateTrouble, (device: string, detail: string) => string> = {
  unreachable: (device, detail) => `The FortiGate ${device} cannot be reached${detail ? ` (${detail})` : ''}.`,
  'tls-not-trusted': (device, detail) =>
    `The certificate of the FortiGate ${device} is not trusted (${detail}). Its CA belongs in the settings of this device.`,
  timeout: (device, detail) => `The FortiGate ${device} did not answer within ${detail}.`,
  unauthorized: (device) => `The FortiGate ${device} does not accept the API token, or not from this address.`,
  forbidden: (device, detail) => `The API user on the FortiGate ${device} lacks a permission: ${detail}.`,
  'not-found': (device, detail) => `The FortiGate ${device} does not know ${detail}.`,
  'locked-out': (device) =>
    `The FortiGate ${device} has locked this address out after failed logins. It is asked again in a minute.`,
  'unexpected-answer': (device, detail) =>
    `The FortiGate ${device} answered with something else than was asked for: ${detail}.`,
  truncated: (device) => `The answer of the FortiGate ${device} broke off in the middle, so none of it is used.`,
  'too-large': (device, detail) =>
    `The answer of the FortiGate ${device} is larger than ${detail}, so none of it is used.`,
  'not-a-configuration': (device, detail) => `What the FortiGate ${device} sent is not a configuration: ${detail}.`,
}

/** Which permission of the API user's access profile a path needs (FortiOS 7.6 API reference, "Access Group"). */
export function permissionFor(path: string): string {
  if (path.includes('/system/config/backup')) return 'sysgrp.mnt read-write (System: Maintenance), which backups need'
  if (/\/monitor\/firewall\/sessions?$/.test(path)) return 'sysgrp.cfg read (System: Configuration)'
  if (path.includes('/monitor/firewall/load-balance')) return 'fwgrp.others read (Firewall: Others)'
  if (/\/monitor\/router/.test(path)) return 'netgrp.route-cfg read (Network: Router)'
  if (path.includes('/monitor/firewall/policy')) return 'fwgrp.policy read (Firewall: Policy)'
  if (/\/(?:cmdb|monitor)\/firewall/.test(path)) return 'fwgrp read (Firewall)'
  if (/\/(?:cmdb|monitor)\/router/.test(path)) return 'netgrp read (Network)'
  if (/\/(?:cmdb|monitor)\/(?:vpn|vpn\.)/.test(path)) return 'vpngrp read (VPN)'
  if (/\/(?:cmdb|monitor)\/user/.test(path)) return 'authgrp read (User & Device)'
  return 'sysgrp read (System)'
}

/** The trouble behind an error of the network layer, by its code and never by its text. */
export function connectionTrouble(error: unknown): { readonly trouble: FortigateTrouble; readonly detail: string } {
  for (const code of codesOf(error)) {
    const tls = TLS_REASONS[code]
    if (tls !== undefined) return { trouble: 'tls-not-trusted', detail: tls }
    const gone = UNREACHABLE[code]
    if (gone !== undefined) return { trouble: 'unreachable', detail: gone }
    if (BROKEN_OFF.has(code)) return { trouble: 'truncated', detail: '' }
    if (code === 'TimeoutError' || code.endsWith('_TIMEOUT')) return { trouble: 'timeout', detail: '' }
  }
  return { trouble: 'unreachable', detail: '' }
}

const TLS_REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its CA is unknown here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its CA is unknown here',
  UNABLE_TO_GET_ISSUER_CERT: 'its CA is unknown here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its CA is unknown here',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name',
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name does not resolve just now',
  EPROTO: 'it does not speak TLS at this address',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS at this address',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS at this address',
  UND_ERR_CONNECT_TIMEOUT: 'no answer to the connection attempt',
  ETIMEDOUT: 'no answer to the connection attempt',
}

const BROKEN_OFF: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'HPE_INVALID_EOF_STATE',
])

/** The codes and names of an error and of what caused it, outermost first. */
function codesOf(error: unknown): string[] {
  const codes: string[] = []
  let at = error
  for (let depth = 0; depth < 5 && at instanceof Error; depth += 1) {
    if ('code' in at && typeof at.code === 'string') codes.push(at.code)
    codes.push(at.name)
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  }
  return codes
}
