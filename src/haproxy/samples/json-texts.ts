import { createHmac } from 'node:crypto'
import type { Sample, Unknown } from '../exchange.ts'
import type { Call } from '../model.ts'

const string = (text: string): Sample => ({ type: 'str', text })
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\r': '\\r',
  '\n': '\\n',
  '\t': '\\t',
}

/** `json([<input-code>])`: a text as it stands in JSON (sample_conv_json, src/sample.c). Only ASCII is decided for UTF-8. */
export function escapeJson(text: string, { args: [code = 'ascii'] }: Call): Sample | Unknown {
  if (code !== 'ascii' && code !== '' && /[\x80-\xff]/.test(text)) return { unknown: `converter json(${code})` }
  return string(
    text.replace(
      /["\\/\0-\x1f\x80-\xff]/g,
      (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
    ),
  )
}

/** `json_query(<path>[,int])`: one value of a JSON text; a number without `int` is a text, an object or null is nothing. */
export function queryJson(text: string, { args: [path = '', output = ''] }: Call): Sample | Unknown | undefined {
  const unsure = { unknown: `json_query(${path})` }
  const names = /^\$((?:\.[A-Za-z0-9_-]+)*)$/.exec(path)?.[1]
  if (names === undefined) return unsure
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Its reader stops where it has what it looks for, so that a broken text may still hold it.
    return /[{[]/.test(text) ? unsure : undefined
  }
  for (const name of names.split('.').slice(1)) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    value = new Map<string, unknown>(Object.entries(value)).get(name)
  }
  return sampleOfJson(value, output === 'int', unsure)
}

function sampleOfJson(value: unknown, int: boolean, unsure: Unknown): Sample | Unknown | undefined {
  if (typeof value === 'boolean') return { type: 'bool', yes: value }
  if (typeof value === 'string') return /[^\0-\xff]/.test(value) ? unsure : string(value)
  if (typeof value === 'number') {
    if (int)
      return Number.isSafeInteger(Math.trunc(value)) ? { type: 'int', number: BigInt(Math.trunc(value)) } : unsure
    return Number(value.toPrecision(6)) === value && Math.abs(value) < 1e6 && Math.abs(value) >= 1e-4
      ? string(String(value))
      : value === 0
        ? string('0')
        : unsure
  }
  return Array.isArray(value) ? unsure : undefined
}

/** `jwt_header_query` and `jwt_payload_query`: a part of a token, whole or one value of it (src/jwt.c). */
export function queryToken(text: string, call: Call): Sample | Unknown | undefined {
  const parts = text.split('.')
  if (parts.length < 2 || parts.length > 3) return undefined
  const part = parts[call.name === 'jwt_header_query' ? 0 : 1] ?? ''
  if (!/^[A-Za-z0-9_-]*$/.test(part) || part.length % 4 === 1) return undefined
  const decoded = Buffer.from(part, 'base64url').toString('latin1')
  // Measured with 2.6: without a path there is no value, whatever the manual says.
  return call.args.length === 0 ? undefined : queryJson(decoded, call)
}

const HMACS: Readonly<Record<string, string>> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }

/** `jwt_verify` with a secret: 1 when the signature is right, 0 when it is not. Other keys are files, which are not looked into. */
export function verifyToken(text: string, { args: [algorithm = '', key = ''] }: Call): Sample | Unknown {
  const hash = HMACS[algorithm]
  const [header, payload, signature, more] = text.split('.')
  const alg = queryToken(text, { name: 'jwt_header_query', args: ['$.alg'] })
  const named = alg !== undefined && 'type' in alg && alg.type === 'str' ? alg.text : undefined
  if (hash === undefined || signature === undefined || more !== undefined || named !== algorithm)
    return { unknown: `jwt_verify(${algorithm})` }
  const made = createHmac(hash, key).update(`${header}.${payload}`).digest('base64url')
  return { type: 'int', number: made === signature ? 1n : 0n }
}
