import { parseIp, readCidr } from '../flow/ip-set.ts'

/** Whether `10.1.2.3/8` says more than its prefix means. Such a range is never believed: reading it as /8 could open too much. */
export function hasHostBits(cidr: string): boolean {
  const address = parseIp(cidr.split('/')[0] ?? '')
  const range = readCidr(cidr)
  if (!address || !range) return false
  return address.family === 4 ? range.v4[0]?.[0] !== address.value : range.v6[0]?.[0] !== address.value
}
