import type { HaproxyLine, HaproxyText } from '../text.ts'

/** What a configuration wants from a file it names. `base` is a folder that other names are looked up in. */
export type FileRole =
  | 'patterns'
  | 'map'
  | 'certificate'
  | 'certificate-list'
  | 'ca'
  | 'crl'
  | 'dh-parameters'
  | 'error-page'
  | 'content'
  | 'lua'
  | 'base'
  | 'other'
export type NamedFile = { readonly path: string; readonly role: FileRole; readonly line: number }

/** Every file that the configuration names, in file order; a line that an `.if` drops names none. */
export function namedFiles(text: HaproxyText): NamedFile[] {
  const found: NamedFile[] = []
  replaceFileNames(text, (named) => {
    found.push(named)
    return undefined
  })
  return found
}

/** The lines with other file names in them; `undefined` keeps one as it is. Line numbers stay, and so does every line without a name. */
export function replaceFileNames(text: HaproxyText, rename: (named: NamedFile) => string | undefined): string[] {
  return text.lines.map((line) => {
    if (line.presence === 'dropped') return line.raw
    let raw = line.raw
    // From the last word to the first, so that columns of the words still to come stay right.
    for (const { word, path, role } of namesIn(line).toReversed()) {
      const to = rename({ path, role, line: line.number })
      const at = word.column - 1
      if (to === undefined) continue
      const spelled = word.raw.includes(path)
        ? word.raw.replace(path, () => to)
        : `'${word.value.replace(path, () => to)}'`
      raw = raw.slice(0, at) + spelled + raw.slice(at + word.raw.length)
    }
    return raw
  })
}

type Name = { readonly word: HaproxyLine['words'][number]; readonly path: string; readonly role: FileRole }

/** Words that take conditions, so that `-f` in them starts a pattern file. */
const WITH_CONDITIONS =
  /^(?:acl|(?:http|tcp)-(?:request|response|after-response)|use_backend|use-server|redirect|stick|monitor|force-persist|ignore-persist|http-after-response|stats)$/
const MAP_CALL = /(?<![\w.-])map(?:_[a-z]+)*\(\s*([^,)\s]+)/g

function namesIn(line: HaproxyLine): Name[] {
  const names: Name[] = []
  const first = line.words[0]?.value ?? ''
  const conditions = WITH_CONDITIONS.test(first)
  for (const [index, word] of line.words.entries()) {
    const before = line.words[index - 1]?.value ?? ''
    const role =
      conditions && before === '-f'
        ? line.words[index - 2]?.value === '-M'
          ? 'map'
          : 'patterns'
        : roleAfter(first, before, index)
    // `@name` is something HAProxy holds itself; `opt@` and `file@` (3.0) come before a path.
    const path = word.value.replace(/^(?:opt|file)@/, '')
    if (role && path !== '' && !/^(?:@|virt@)/.test(path)) names.push({ word, path, role })
    else for (const call of word.value.matchAll(MAP_CALL)) names.push({ word, path: call[1] ?? '', role: 'map' })
  }
  return names
}

const FIRST_WORDS: Readonly<Record<string, FileRole>> = {
  'crt-base': 'base',
  'ca-base': 'base',
  'key-base': 'base',
  'server-state-base': 'base',
  'issuers-chain-path': 'base',
  'ssl-dh-param-file': 'dh-parameters',
  'lua-load': 'lua',
  'lua-load-per-thread': 'lua',
  'h1-case-adjust-file': 'other',
  'server-state-file': 'other',
}
const TLS_WORDS: Readonly<Record<string, FileRole>> = {
  crt: 'certificate',
  'crt-list': 'certificate-list',
  'ca-file': 'ca',
  'ca-verify-file': 'ca',
  'ca-sign-file': 'certificate',
  'crl-file': 'crl',
}

function roleAfter(first: string, before: string, index: number): FileRole | undefined {
  if (index === 1) return FIRST_WORDS[first]
  if (first === 'errorfile') return index === 2 ? 'error-page' : undefined
  if (['bind', 'server', 'default-server', 'server-template', 'peer', 'load', 'httpclient'].includes(first))
    return TLS_WORDS[before]
  if (/^(?:http-request|http-response|http-error)$/.test(first)) {
    if (before === 'errorfile') return 'error-page'
    if (before === 'file' || before === 'lf-file') return 'content'
  }
  return first === 'filter' && before === 'config' ? 'other' : undefined
}
