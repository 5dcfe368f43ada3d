import type { FortiDevice } from '../../src/fortigate/model.ts'
import { device } from './edge-fortigate.ts'

/** The model without the places of things, and without what a text that ends in a script cannot have. */
export function modelOf(text: string): unknown {
  const { vdoms, problems }: FortiDevice = device(text)
  return JSON.parse(
    JSON.stringify([[...vdoms.values()], problems.map(({ code, message }) => [code, message]).sort()], (key, value) => {
      if (key === 'line' || key === 'opener' || key.endsWith('Line')) return undefined
      if (typeof value === 'bigint') return `${value}n`
      if (value instanceof Map) {
        const entries = [...value]
        return key === 'vdoms' ? entries : entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
      }
      return value instanceof Set ? [...value].sort() : value
    }),
  )
}
