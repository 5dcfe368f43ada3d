import { createHash } from 'node:crypto'
import type { Sample, Unknown } from './exchange.ts'
import type { Call } from './model.ts'

type Encode = (text: string, call: Call) => Sample | Unknown | undefined

const string = (text: string): Sample => ({ type: 'str', text })
const number = (value: number): Sample => ({ type: 'int', number: value })
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

/** Converters that encode, decode or digest a text; texts are bytes here, one a character. */
export const ENCODINGS: Readonly<Record<string, Encode>> = {
  hex: (text) => string(bytes(text).toString('hex').toUpperCase()),
  base64: (text) => string(bytes(text).toString('base64')),
  b64dec: (text) => decodeBase64(text, /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  ub64enc: (text) => string(bytes(text).toString('base64url')),
  hex2i: (text) =>
    /^[0-9a-fA-F]{0,12}$/.test(text)
      ? number(Number.parseInt(text || '0', 16))
      : /^[0-9a-fA-F]*$/.test(text)
        ? { unknown: 'a number beyond 53 bits' }
        : undefined,
  url_dec: decodeUrl,
  url_enc: (text) =>
    string(text.replace(/[^A-Za-z0-9._~-]/g, (char) => `%${bytes(char).toString('hex').toUpperCase()}`)),
  crc32: (text, call) => plain(call) ?? number(crc32(bytes(text))),
  djb2: (text, call) => plain(call) ?? number(bytes(text).reduce((hash, byte) => (hash * 33 + byte) % 2 ** 32, 5381)),
  sdbm: (text, call) => plain(call) ?? number(bytes(text).reduce((hash, byte) => (hash * 65_599 + byte) % 2 ** 32, 0)),
  sha1: (text) => digest('sha1', text),
  sha2: (text, { args: [bits = '256'] }) => digest(`sha${bits}`, text),
  digest: (text, { args: [name = ''] }) => digest(name.toLowerCase(), text),
  utime: printUtc,
}

const DIGESTS = new Set(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'])

function digest(name: string, text: string): Sample | Unknown {
  if (!DIGESTS.has(name)) return { unknown: `digest ${name}` }
  return string(createHash(name).update(bytes(text)).digest().toString('latin1'))
}

function decodeBase64(text: string, shape: RegExp): Sample | undefined {
  return shape.test(text) ? string(Buffer.from(text, 'base64').toString('latin1')) : undefined
}

/** Percent escapes, and `+` after the first `?`, or everywhere when it is said to be a form. A broken escape breaks it all. */
function decodeUrl(text: string, { args: [form = '0'] }: Call): Sample | Unknown | undefined {
  if (!/^\d+$/.test(form)) return { unknown: 'converter url_dec' }
  const mark = form === '0' ? text.indexOf('?') : 0
  const spaced = mark < 0 ? text : text.slice(0, mark) + text.slice(mark).replace(/\+/g, ' ')
  if (/%(?![0-9a-fA-F]{2})/.test(spaced)) return undefined
  return string(spaced.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))))
}

/** An argument asks for the hash to be mixed once more. */
function plain({ name, args }: Call): Unknown | undefined {
  return args.length === 0 || args[0] === '0' ? undefined : { unknown: `converter ${name}` }
}

function crc32(data: Buffer): number {
  let crc = 0xffffffff
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const two = (value: number) => String(value).padStart(2, '0')

/** What strftime makes of each letter; those that hang on a language or a time zone are left open. */
const CLOCK: Readonly<Record<string, (at: Date) => string>> = {
  Y: (at) => String(at.getUTCFullYear()),
  m: (at) => two(at.getUTCMonth() + 1),
  d: (at) => two(at.getUTCDate()),
  e: (at) => String(at.getUTCDate()).padStart(2, ' '),
  H: (at) => two(at.getUTCHours()),
  M: (at) => two(at.getUTCMinutes()),
  S: (at) => two(at.getUTCSeconds()),
  y: (at) => two(at.getUTCFullYear() % 100),
  u: (at) => String(at.getUTCDay() || 7),
  w: (at) => String(at.getUTCDay()),
  a: (at) => DAYS[at.getUTCDay()]?.slice(0, 3) ?? '',
  A: (at) => DAYS[at.getUTCDay()] ?? '',
  F: (at) => `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`,
  T: (at) => `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`,
  R: (at) => `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`,
  '%': () => '%',
}

function printUtc(text: string, { args: [format = '', offset = '0'] }: Call): Sample | Unknown {
  const seconds = Number(text) + Number(offset)
  const letters = [...format.matchAll(/%(.?)/gs)].map(([, letter = '']) => letter)
  if (!/^\d+$/.test(text) || !/^-?\d+$/.test(offset) || letters.some((letter) => CLOCK[letter] === undefined))
    return { unknown: `converter utime(${format})` }
  const at = new Date(seconds * 1000)
  return string(format.replace(/%(.)/gs, (_, letter: string) => CLOCK[letter]?.(at) ?? ''))
}
