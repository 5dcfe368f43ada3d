import { createHash, createHmac } from 'node:crypto'
import type { Sample, Unknown } from '../exchange.ts'
import type { Call } from '../model.ts'

type Encode = (text: string, call: Call) => Sample | Unknown | undefined

const string = (text: string): Sample => ({ type: 'str', text })
const binary = (text: string): Sample => ({ type: 'bin', text })
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

/** Converters that encode, decode or digest; texts are bytes here, one a character. */
export const ENCODINGS: Readonly<Record<string, Encode>> = {
  hex: (text) => string(bytes(text).toString('hex').toUpperCase()),
  base64: (text) => string(bytes(text).toString('base64')),
  b64dec: decodeBase64,
  ub64enc: (text) => string(bytes(text).toString('base64url')),
  ub64dec: decodeBase64Url,
  hex2i: readHex,
  be2hex: groupBytes((group) => bytes(group).toString('hex').toUpperCase()),
  be2dec: groupBytes((group) => BigInt.asUintN(64, BigInt(`0x${bytes(group).toString('hex')}`)).toString()),
  url_dec: decodeUrl,
  url_enc: (text) =>
    string(text.replace(/[^A-Za-z0-9._~-]/g, (char) => `%${bytes(char).toString('hex').toUpperCase()}`)),
  sha1: (text) => digest('sha1', text),
  sha2: (text, { args: [bits = '256'] }) => digest(`sha${bits}`, text),
  digest: (text, { args: [name = ''] }) => digest(name.toLowerCase(), text),
  hmac: sign,
}

const DIGESTS = new Set(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'])

function digest(name: string, text: string): Sample | Unknown {
  if (!DIGESTS.has(name)) return { unknown: `digest ${name}` }
  return binary(createHash(name).update(bytes(text)).digest().toString('latin1'))
}

/** The key is Base64, or a variable. */
function sign(text: string, { args: [name = '', key = ''] }: Call): Sample | Unknown {
  if (!DIGESTS.has(name.toLowerCase()) || /^(?:proc|sess|txn|req|res)\./.test(key)) return { unknown: `hmac ${name}` }
  const made = createHmac(name.toLowerCase(), Buffer.from(key, 'base64')).update(bytes(text))
  return binary(made.digest().toString('latin1'))
}

/** Each four letters may end in padding. */
function decodeBase64(text: string): Sample | undefined {
  const groups = text.match(/.{1,4}/gs) ?? []
  if (!groups.every((group) => /^[A-Za-z0-9+/]{2}(?:[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==)$/.test(group))) return undefined
  return binary(groups.map((group) => Buffer.from(group, 'base64').toString('latin1')).join(''))
}

/** Padding is no padding here: it is read as the last of the 64 letters (measured). */
function decodeBase64Url(text: string): Sample | Unknown | undefined {
  if (/[+/]/.test(text)) return { unknown: 'converter ub64dec' }
  if (!/^[A-Za-z0-9_=-]*$/.test(text) || text.length % 4 === 1) return undefined
  return binary(Buffer.from(text.replaceAll('=', '_'), 'base64url').toString('latin1'))
}

/** hex2i (src/standard.c): what is no digit makes it no number; what overflows loses its first digits. */
function readHex(text: string): Sample | undefined {
  if (!/^[0-9a-fA-F]*$/.test(text)) return undefined
  return { type: 'int', number: BigInt.asIntN(64, BigInt(`0x${text || '0'}`)) }
}

/** Bytes in groups with a separator between; what is too short for a group may be left away. */
function groupBytes(print: (group: string) => string): Encode {
  return (text, { name, args: [separator = '', size = '0', truncate = '0'] }) => {
    const width = name === 'be2hex' && Number(size) === 0 ? text.length : Number(size)
    if (width <= 0) return text === '' ? string('') : { unknown: `converter ${name}` }
    const groups: string[] = []
    for (let at = 0; at < text.length; at += width) groups.push(text.slice(at, at + width))
    const kept = Number(truncate) === 0 ? groups : groups.filter((group) => group.length === width)
    return string(kept.map(print).join(separator))
  }
}

/** Percent escapes, and `+` after the first `?`, or everywhere when it is said to be a form. A broken escape breaks it all. */
function decodeUrl(text: string, { args: [form = '0'] }: Call): Sample | Unknown | undefined {
  if (!/^\d+$/.test(form)) return { unknown: 'converter url_dec' }
  const mark = form === '0' ? text.indexOf('?') : 0
  const spaced = mark < 0 ? text : text.slice(0, mark) + text.slice(mark).replace(/\+/g, ' ')
  if (/%(?![0-9a-fA-F]{2})/.test(spaced)) return undefined
  return string(spaced.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))))
}
