import type { Sample, Unknown } from '../exchange.ts'
import type { Call } from '../model.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const two = (value: number) => String(value).padStart(2, '0')
const dayOfYear = (at: Date) => Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / 86_400_000) + 1

/** What strftime makes of each letter in the C locale; those that hang on a time zone are left open. */
const CLOCK: Readonly<Record<string, (at: Date) => string>> = {
  Y: (at) => String(at.getUTCFullYear()),
  C: (at) => two(Math.floor(at.getUTCFullYear() / 100)),
  m: (at) => two(at.getUTCMonth() + 1),
  b: (at) => MONTHS[at.getUTCMonth()]?.slice(0, 3) ?? '',
  B: (at) => MONTHS[at.getUTCMonth()] ?? '',
  d: (at) => two(at.getUTCDate()),
  e: (at) => String(at.getUTCDate()).padStart(2, ' '),
  j: (at) => String(dayOfYear(at)).padStart(3, '0'),
  H: (at) => two(at.getUTCHours()),
  I: (at) => two(at.getUTCHours() % 12 || 12),
  p: (at) => (at.getUTCHours() < 12 ? 'AM' : 'PM'),
  M: (at) => two(at.getUTCMinutes()),
  S: (at) => two(at.getUTCSeconds()),
  y: (at) => two(at.getUTCFullYear() % 100),
  u: (at) => String(at.getUTCDay() || 7),
  w: (at) => String(at.getUTCDay()),
  a: (at) => DAYS[at.getUTCDay()]?.slice(0, 3) ?? '',
  A: (at) => DAYS[at.getUTCDay()] ?? '',
  F: (at) => `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`,
  D: (at) => `${two(at.getUTCMonth() + 1)}/${two(at.getUTCDate())}/${two(at.getUTCFullYear() % 100)}`,
  T: (at) => `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`,
  R: (at) => `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`,
  n: () => '\n',
  t: () => '\t',
  '%': () => '%',
}

/** Years that strftime and JavaScript write alike. */
const LAST = 253_402_300_799n

/** `utime(<format>[,<offset>])`: a moment in UTC as strftime writes it. */
export function printUtc(value: bigint, { name, args: [format = '', offset = '0'] }: Call): Sample | Unknown {
  const seconds = /^-?\d+$/.test(offset) ? value + BigInt(offset) : -1n
  const letters = [...format.matchAll(/%(.?)/gs)].map(([, letter = '']) => letter)
  if (seconds < 0n || seconds > LAST || letters.some((letter) => CLOCK[letter] === undefined))
    return { unknown: `converter ${name}(${format})` }
  const at = new Date(Number(seconds) * 1000)
  return { type: 'str', text: format.replace(/%(.)/gs, (_, letter: string) => CLOCK[letter]?.(at) ?? '') }
}

/** `http_date([<offset>[,<unit>]])`, as headers write a moment (IMF-fixdate); parts of a second are left open. */
export function printHttpDate(value: bigint, { args: [offset = '0', unit = 's'] }: Call): Sample | Unknown {
  const moment = (unit || 's') === 's' && /^-?\d*$/.test(offset) ? value + BigInt(offset || '0') : -1n
  if (moment < 0n || moment > LAST) return { unknown: 'converter http_date' }
  return { type: 'str', text: new Date(Number(moment) * 1000).toUTCString() }
}
