import { X509Certificate } from 'node:crypto'
import type { Bind, HaproxyDevice, ProxySection } from '../model.ts'

/** For which server names a listener has a certificate; `unknown` names a file that is not at hand. */
export type CertificateNames = {
  /** Lower case; `*.example.com` is one label more, `*.example.com !a.example.com` all of those but one. */
  readonly names: readonly string[]
  readonly unknown: string | undefined
}

/** The names a listener's certificates are chosen by (ssl_sock.c, 2.6): filters of a crt-list, else the names in the certificate. */
export function certificateNames(bind: Bind, device: HaproxyDevice): CertificateNames {
  const names = new Set<string>()
  let unknown: string | undefined
  const take = (found: readonly string[] | string) => {
    if (typeof found === 'string') unknown ??= found
    else for (const name of found) names.add(name.toLowerCase())
  }
  for (const { list, path } of bind.certificates) {
    const text = device.files.get(path)
    if (text === undefined) take(`the certificates in ${path}`)
    else if (list) for (const line of text.split('\n')) take(readListLine(line, device.files))
    else take(readNames(path, text))
  }
  return { names: [...names], unknown }
}

/** Whether a name is one of them, as HAProxy looks it up: whole, then with its first label as a wildcard. */
export function hasCertificate(names: readonly string[], sni: string): boolean {
  const name = sni.toLowerCase()
  const dot = name.indexOf('.')
  const wildcard = dot < 0 ? undefined : `*${name.slice(dot)}`
  return names.some((each) => {
    const { own, except } = splitName(each)
    return own === name || (own === wildcard && !except.includes(name))
  })
}

/** A name of a certificate and, of a wildcard, the names that it is not for. */
export function splitName(name: string): { readonly own: string; readonly except: readonly string[] } {
  const [own = '', ...except] = name.split(' !')
  return { own, except }
}

/**
 * `file.pem [alpn h2] a.example.com *.b.example !c.b.example`: any filter takes the place of the names in the certificate; what is said
 * not to be there is left out of the wildcards of its own line alone, and `*` and `!*…` say nothing (ssl_sock.c, 2.6; measured).
 */
function readListLine(line: string, files: ReadonlyMap<string, string>): readonly string[] | string {
  const [path = '', ...filters] = line
    .replace(/\[[^\]]*\]/, ' ')
    .trim()
    .split(/\s+/)
  if (path === '' || path.startsWith('#')) return []
  const except = filters.filter((filter) => /^![^*]/.test(filter)).join(' ')
  if (filters.length > 0)
    return filters
      .filter((filter) => filter !== '*' && !filter.startsWith('!'))
      .map((filter) => (filter.startsWith('*') && except !== '' ? `${filter} ${except}` : filter))
  const text = files.get(path)
  return text === undefined ? `the certificate ${path}` : readNames(path, text)
}

/** Subject alternative names, and the common name beside them. */
function readNames(path: string, pem: string): readonly string[] | string {
  const block = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED )?CERTIFICATE-----/.exec(pem)?.[0]
  try {
    const certificate = new X509Certificate(block ?? '')
    const alternative = (certificate.subjectAltName ?? '')
      .split(', ')
      .flatMap((each) => /^DNS:(.+)$/.exec(each)?.[1] ?? [])
    const common = certificate.subject.split('\n').flatMap((each) => /^CN=(.+)$/.exec(each)?.[1] ?? [])
    return [...alternative, ...common]
  } catch {
    // Not a certificate that can be read here: HAProxy may know better.
    return `the certificate ${path}`
  }
}

/** Lists of certificates whose last line has no line feed: HAProxy takes them for cut off (crtlist_parse_file, src/ssl_crtlist.c). */
export function cutLists(
  proxies: readonly Pick<ProxySection, 'binds'>[],
  files: HaproxyDevice['files'],
): readonly { readonly line: number; readonly path: string }[] {
  return proxies.flatMap(({ binds }) =>
    binds.flatMap(({ line, certificates }) =>
      certificates.flatMap(({ list, path }) => (list && /[^\n]$/.test(files.get(path) ?? '') ? [{ line, path }] : [])),
    ),
  )
}
