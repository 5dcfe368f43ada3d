/** The hashes that HAProxy's converters compute over bytes (src/hash.c, include/import/xxhash.h), by the converter's name. */
export const HASHES: Readonly<Record<string, (data: Buffer, seed: number) => bigint>> = {
  djb2: (data, mix) => mixed(djb2(data), mix),
  sdbm: (data, mix) => mixed(sdbm(data), mix),
  wt6: (data, mix) => mixed(wt6(data), mix),
  crc32: (data, mix) => mixed(crc(data, 0xedb88320), mix),
  crc32c: (data, mix) => mixed(crc(data, 0x82f63b78), mix),
  xxh32: (data, seed) => BigInt(xxh32(data, seed >>> 0)),
  xxh64: (data, seed) => BigInt.asIntN(64, xxh64(data, BigInt.asUintN(64, BigInt(seed)))),
}

/** An argument asks for one of the first five to be spread over all 32 bits once more. */
function mixed(hash: number, mix: number): bigint {
  return BigInt(mix === 0 ? hash : spread(hash))
}

/** Bob Jenkins' full avalanche, multiplied by a prime near three quarters of the space (`full_hash`, include/haproxy/hash.h). */
export function spread(hash: number): number {
  let a = hash | 0
  a = (a + 0x7ed55d16 + (a << 12)) | 0
  a = a ^ 0xc761c23c ^ (a >>> 19)
  a = (a + 0x165667b1 + (a << 5)) | 0
  a = ((a + 0xd3a2646c) | 0) ^ (a << 9)
  a = (a + 0xfd7046c5 + (a << 3)) | 0
  a = a ^ 0xb55a4f09 ^ (a >>> 16)
  return Math.imul(a, 3_221_225_473) >>> 0
}

function djb2(data: Buffer): number {
  return data.reduce((hash, byte) => (Math.imul(hash, 33) + byte) >>> 0, 5381)
}

export function sdbm(data: Buffer): number {
  return data.reduce((hash, byte) => (Math.imul(hash, 65_599) + byte) >>> 0, 0)
}

function wt6(data: Buffer): number {
  let h0 = 0xa53c965a
  let h1 = 0x5ca6953a
  let step0 = 6
  let step1 = 18
  const rotate = (value: number, by: number) => (value << (by & 31)) | (value >>> (-by & 31))
  for (const byte of data) {
    h0 = ~(h0 ^ byte)
    h1 = ~(h1 + byte)
    const turned = rotate(h1, step0)
    h1 = rotate(h0, step1)
    h0 = turned
    const next = ((h0 >>> 16) ^ h1) & 0xffff
    step0 = next & 0x1f
    step1 = next >>> 11
  }
  return (h0 ^ h1) >>> 0
}

function crc(data: Buffer, polynomial: number): number {
  let value = 0xffffffff
  for (const byte of data) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
  }
  return (value ^ 0xffffffff) >>> 0
}

const [P1, P2, P3, P4, P5] = [2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263, 374_761_393]
const left32 = (value: number, by: number) => (value << by) | (value >>> (32 - by))

function xxh32(data: Buffer, seed: number): number {
  let at = 0
  let hash = (seed + P5) | 0
  if (data.length >= 16) {
    const lanes = [seed + P1 + P2, seed + P2, seed, seed - P1].map((lane) => lane | 0)
    for (; at + 16 <= data.length; at += 16)
      for (const [lane, value] of lanes.entries())
        lanes[lane] = Math.imul(left32((value + Math.imul(data.readUInt32LE(at + lane * 4), P2)) | 0, 13), P1)
    hash = lanes.reduce((sum, lane, index) => (sum + left32(lane, [1, 7, 12, 18][index] ?? 0)) | 0, 0)
  }
  hash = (hash + data.length) | 0
  for (; at + 4 <= data.length; at += 4)
    hash = Math.imul(left32((hash + Math.imul(data.readUInt32LE(at), P3)) | 0, 17), P4)
  for (; at < data.length; at++) hash = Math.imul(left32((hash + Math.imul(data[at] ?? 0, P5)) | 0, 11), P1)
  hash = Math.imul(hash ^ (hash >>> 15), P2)
  hash = Math.imul(hash ^ (hash >>> 13), P3)
  return (hash ^ (hash >>> 16)) >>> 0
}

const [Q1, Q2, Q3, Q4, Q5] = [
  11_400_714_785_074_694_791n,
  14_029_467_366_897_019_727n,
  1_609_587_929_392_839_161n,
  9_650_029_242_287_828_579n,
  2_870_177_450_012_600_261n,
]
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value)
const left64 = (value: bigint, by: bigint) => u64(value << by) | (value >> (64n - by))
const round64 = (lane: bigint, input: bigint) => u64(left64(u64(lane + input * Q2), 31n) * Q1)

function xxh64(data: Buffer, seed: bigint): bigint {
  let at = 0
  let hash = u64(seed + Q5)
  if (data.length >= 32) {
    const lanes = [seed + Q1 + Q2, seed + Q2, seed, seed - Q1].map(u64)
    for (; at + 32 <= data.length; at += 32)
      for (const [lane, value] of lanes.entries()) lanes[lane] = round64(value, data.readBigUInt64LE(at + lane * 8))
    hash = u64(lanes.reduce((sum, lane, index) => sum + left64(lane, [1n, 7n, 12n, 18n][index] ?? 0n), 0n))
    for (const lane of lanes) hash = u64((hash ^ round64(0n, lane)) * Q1 + Q4)
  }
  hash = u64(hash + BigInt(data.length))
  for (; at + 8 <= data.length; at += 8) hash = u64(left64(hash ^ round64(0n, data.readBigUInt64LE(at)), 27n) * Q1 + Q4)
  if (at + 4 <= data.length) {
    hash = u64(left64(hash ^ u64(BigInt(data.readUInt32LE(at)) * Q1), 23n) * Q2 + Q3)
    at += 4
  }
  for (; at < data.length; at++) hash = u64(left64(hash ^ u64(BigInt(data[at] ?? 0) * Q5), 11n) * Q1)
  hash = u64((hash ^ (hash >> 33n)) * Q2)
  hash = u64((hash ^ (hash >> 29n)) * Q3)
  return hash ^ (hash >> 32n)
}
