import { Fault } from '../evidence/fault.ts'

/** What stood between us and an answer, as one code and one sentence. The token is in no sentence and in no cause. */
export type FortigateTrouble =
  | 'unreachable'
  | 'tls-not-trusted'
  | 'timeout'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'verb-refused'
  | 'locked-out'
  | 'not-json'
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
  'tls-not-trusted': (device, detail) => `The certificate of the FortiGate ${device} is not trusted: ${detail}.`,
  timeout: (device, detail) => `The FortiGate ${device} did not answer within ${detail}.`,
  unauthorized: (device) => `The FortiGate ${device} does not accept the API token, or not from this address.`,
  forbidden: (device, detail) => `The API user on the FortiGate ${device} lacks a permission: ${detail}.`,
  'not-found': (device, detail) =>
    `The FortiGate ${device} does not know ${detail}. I speak the API of FortiOS 7.0 to 7.6; is this another release, or another VDOM?`,
  'verb-refused': (device, detail) =>
    `The FortiGate ${device} takes this question in no form that I know (${detail}, status 405). I speak the API of FortiOS 7.0 to 7.6.`,
  'locked-out': (device) =>
    `The FortiGate ${device} has locked this address out after failed logins. It is asked again in a minute.`,
  'not-json': (device, detail) => `The FortiGate ${device} answered with something that is not JSON: ${detail}.`,
  'unexpected-answer': (device, detail) =>
    `The FortiGate ${device} answered with something else than was asked for: ${detail}.`,
  truncated: (device) => `The answer of the FortiGate ${device} broke off in the middle, so none of it is used.`,
  'too-large': (device, detail) =>
    `The answer of the FortiGate ${device} is larger than ${detail}, so none of it is used.`,
  'not-a-configuration': (device, detail) => `What the FortiGate ${device} sent is not a configuration: ${detail}.`,
}

/** Which permission of the API user's access profile a path needs (FortiOS 7.6 API reference, "Access Group"). */
export function permissionFor(path: string): string {
  const [, permission] = PERMISSIONS.find(([pattern]) => pattern.test(path)) ?? []
  return permission ?? 'sysgrp read (System)'
}

/** The first pattern that fits names it. Groups with custom permissions are named down to the part that is needed. */
const PERMISSIONS: readonly (readonly [RegExp, string])[] = [
  [/\/system\/config\/backup/, 'sysgrp.mnt read-write (System: Maintenance), which backups need'],
  [/\/monitor\/firewall\/sessions?$/, 'sysgrp.cfg read (System: Configuration)'],
  [/\/monitor\/firewall\/policy/, 'fwgrp.policy read (Firewall: Policy)'],
  [/\/monitor\/firewall/, 'fwgrp.others read (Firewall: Others)'],
  [/\/cmdb\/firewall\/[\w-]*policy\d*$/, 'fwgrp.policy read (Firewall: Policy)'],
  [/\/cmdb\/firewall\/addr(?:ess|grp)/, 'fwgrp.address read (Firewall: Address)'],
  [/\/cmdb\/firewall\.service\//, 'fwgrp.service read (Firewall: Service)'],
  [/\/cmdb\/firewall\.schedule\//, 'fwgrp.schedule read (Firewall: Schedule)'],
  [/\/cmdb\/firewall/, 'fwgrp.others read (Firewall: Others)'],
  [/\/monitor\/router/, 'netgrp.route-cfg read (Network: Router)'],
  [/\/cmdb\/router/, 'netgrp.route-cfg read (Network: Router)'],
  [/\/cmdb\/system\/(?:interface|zone|sdwan|virtual-wan-link|vdom-link)$/, 'netgrp.cfg read (Network: Configuration)'],
  [/\/cmdb\/system\.dhcp\//, 'netgrp.cfg read (Network: Configuration)'],
  [/\/cmdb\/system\/admin$/, 'sysgrp.admin read (System: Administrators)'],
  [/\/cmdb\/system\//, 'sysgrp.cfg read (System: Configuration)'],
  [/\/(?:cmdb|monitor)\/vpn/, 'vpngrp read (VPN)'],
  [/\/(?:cmdb|monitor)\/user/, 'authgrp read (User & Device)'],
]

/** The trouble behind an error of the network layer, by its code and never by its text. `answered`: its answer had begun. */
export function connectionTrouble(
  error: unknown,
  answered: boolean,
): { readonly trouble: FortigateTrouble; readonly detail: string } {
  for (const code of codesOf(error)) {
    const tls = TLS_REASONS[code]
    if (tls !== undefined) return { trouble: 'tls-not-trusted', detail: tls }
    const gone = UNREACHABLE[code]
    if (gone !== undefined) return { trouble: 'unreachable', detail: gone }
    if (BROKEN_OFF.has(code)) {
      if (answered) return { trouble: 'truncated', detail: '' }
      return { trouble: 'unreachable', detail: NO_ANSWER }
    }
    if (code.startsWith('HPE_') || code === 'HTTPParserError')
      return { trouble: 'unexpected-answer', detail: 'it does not speak HTTP' }
    if (code === 'TimeoutError' || code.endsWith('_TIMEOUT')) return { trouble: 'timeout', detail: '' }
  }
  return { trouble: 'unreachable', detail: '' }
}

/** How a reset before the first byte of an answer is told. */
export const NO_ANSWER = 'it closed the connection without an answer'

const UNKNOWN_CA = 'its CA is unknown here. The CA belongs in the settings of this device'
const TLS_REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed. If it is the right one, it belongs in the settings of this device',
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_CA,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_CA,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_CA,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_CA,
  CERT_HAS_EXPIRED: 'it has expired. The device needs a new one',
  CERT_NOT_YET_VALID: 'it is not valid yet. Is the clock right, here and there',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong',
  CERT_REVOKED: 'it was revoked. The device needs a new one',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for another name. The address in the settings has to be a name that it is for',
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
