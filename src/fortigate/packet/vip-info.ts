import { printIp, printIpSet } from '../../flow/ip-set.ts'
import { vdomOf } from '../config.ts'
import type { FortiDevice } from '../model.ts'

/** What a VIP listens on and where it leads, for others to show; undefined when the device has no such VIP. */
export function findVip(device: FortiDevice, name: string): VipInfo | undefined {
  const vip = vdomOf(device)?.vips.find((one) => one.name === name)
  if (!vip) return undefined
  const print = (value: bigint) =>
    printIp(vip.family === 4 ? { family: 4, value: Number(value) } : { family: 6, value })
  return {
    line: vip.line,
    external: printIpSet(vip.external).join(', '),
    extintf: vip.extintf,
    enabled: vip.enabled,
    ...(vip.forward ? { proto: vip.forward.proto, ports: vip.forward.ports } : {}),
    mapped:
      vip.mapping.kind === 'shift'
        ? vip.mapping.targets.map(({ address, port }) => ({
            address: print(address),
            ...(port === undefined ? {} : { port }),
          }))
        : [],
  }
}
export type VipInfo = {
  readonly line: number
  readonly external: string
  readonly extintf: string
  readonly enabled: boolean
  /** Absent: all protocols and ports are translated. */
  readonly proto?: number
  readonly ports?: readonly [number, number]
  /** Where the first external address and port go; empty when the configuration does not tell. */
  readonly mapped: readonly { readonly address: string; readonly port?: number }[]
}
