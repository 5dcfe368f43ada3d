import { z } from 'zod'

/** A CIDR that names some addresses, not all: host bits zero, no default route. Audience "everywhere" cannot be written down. */
export const Cidr = z.union([z.cidrv4(), z.cidrv6()]).refine((text) => !isEverywhere(text) && hostBitsAreZero(text), {
  message: 'not a network, or the whole internet',
})

/** Whether a CIDR is the default route. */
export function isEverywhere(cidr: string): boolean {
  return /\/0+$/.test(cidr)
}

function hostBitsAreZero(cidr: string): boolean {
  const [address = '', length = ''] = cidr.split('/')
  const bits = address.includes(':') ? bits6(address) : bits4(address)
  return bits !== undefined && !bits.slice(Number(length)).includes('1')
}

function bits4(address: string): string {
  return address
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('')
}

function bits6(address: string): string | undefined {
  if (address.includes('.')) return undefined
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array.from({ length: Math.max(0, gap) }, () => '0'), ...right]
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('')
}
