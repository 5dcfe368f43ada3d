import { X509Certificate } from 'node:crypto'
import { type Table, wordOf, wordsOf } from './tables.ts'

export type FortiInspection = {
  readonly name: string
  readonly line: number
  /** Certificates shown in place of the server's, the first when no name fits; empty when it shows none of its own. */
  readonly serverCertificates: readonly string[]
}
export type FortiCertificate = {
  readonly name: string
  readonly line: number
  readonly kind: 'local' | 'ca'
  readonly isGlobal: boolean
  /** Epoch seconds; undefined where the certificate itself is not in the text, or is none. */
  readonly validFrom: number | undefined
  readonly expires: number | undefined
  readonly subject: string | undefined
  /** DNS names it is for. */
  readonly names: readonly string[]
}

type FindAll = (path: string) => readonly { readonly table: Table; readonly isGlobal: boolean }[]

/** Certificates of the VDOM and of the whole device; the VDOM's own hides a global one of the same name. */
export function readCertificates(findAll: FindAll): ReadonlyMap<string, FortiCertificate> {
  const read = new Map<string, FortiCertificate>()
  for (const kind of ['local', 'ca'] as const) {
    for (const { table, isGlobal } of findAll(`vpn certificate ${kind}`)) {
      for (const entry of table.entries.values()) {
        const { key: name, line } = entry
        if (read.has(name)) continue
        const inside = readCertificate(wordOf(entry, kind === 'local' ? 'certificate' : 'ca') ?? '')
        const nothing = { validFrom: undefined, expires: undefined, subject: undefined, names: [] }
        read.set(name, { name, line, kind, isGlobal, ...(inside ?? nothing) })
      }
    }
  }
  return read
}

/** TLS inspection profiles. Only `server-cert-mode replace` shows certificates of the device's own. */
export function readInspections(findAll: FindAll): ReadonlyMap<string, FortiInspection> {
  const read = new Map<string, FortiInspection>()
  for (const { table } of findAll('firewall ssl-ssh-profile')) {
    for (const entry of table.entries.values()) {
      if (read.has(entry.key)) continue
      const replaces = wordOf(entry, 'server-cert-mode') === 'replace'
      const { key: name, line } = entry
      read.set(name, { name, line, serverCertificates: replaces ? wordsOf(entry, 'server-cert') : [] })
    }
  }
  return read
}

/** What is in a PEM block, if it is a certificate. */
function readCertificate(
  pem: string,
): Pick<FortiCertificate, 'validFrom' | 'expires' | 'subject' | 'names'> | undefined {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) return undefined
  try {
    const read = new X509Certificate(pem)
    return {
      validFrom: Math.floor(read.validFromDate.getTime() / 1000),
      expires: Math.floor(read.validToDate.getTime() / 1000),
      subject: read.subject.replaceAll('\n', ', '),
      names: [...(read.subjectAltName ?? '').matchAll(/DNS:([^,\s"]+)/g)].flatMap(([, name]) => name ?? []),
    }
  } catch {
    return undefined
  }
}
