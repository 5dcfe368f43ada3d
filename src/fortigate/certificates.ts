import type { Trace } from '../evidence/trace.ts'
import { lineTrace } from './config/line-trace.ts'
import type { FortiCertificate } from './config/read-certificates.ts'
import { vdomOf } from './config.ts'
import type { FortiDevice } from './model.ts'

/** What a client of this VIP through this policy is shown, where the device ends TLS itself. */
export type ShownCertificates = {
  /** `vip`: server load balancing; `inspection`: a profile that shows certificates in place of the server's. */
  readonly by: 'vip' | 'inspection'
  /** By name as configured, the default first; undefined for one that is not in this file. */
  readonly certificates: readonly { readonly name: string; readonly certificate: FortiCertificate | undefined }[]
  readonly because: readonly Trace[]
}

/** Undefined when the certificate behind the device is the one that is seen. */
export function certificatesShown(
  device: FortiDevice,
  vipName: string | null,
  policyId: number | null,
): ShownCertificates | undefined {
  const vdom = vdomOf(device)
  const vip = vdom?.vips.find(({ name }) => name === vipName)
  const policy = vdom?.policies.find(({ id }) => id === policyId)
  const shown = (by: ShownCertificates['by'], names: readonly string[], lines: readonly number[]) => ({
    by,
    certificates: names.map((name) => ({ name, certificate: vdom?.certificates.get(name) })),
    because: lines.map((line) => lineTrace(device, line)),
  })
  if (vip && vip.certificates.length > 0) return shown('vip', vip.certificates, [vip.line])
  const profile = vdom?.inspections.get(policy?.inspection ?? '')
  if (!policy || !profile || profile.serverCertificates.length === 0) return undefined
  return shown('inspection', profile.serverCertificates, [policy.line, profile.line])
}
