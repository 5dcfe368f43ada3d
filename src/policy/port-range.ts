/** A run of ports of one protocol. INVARIANT: 1 ≤ from ≤ to ≤ 65535. */
export type PortRange = { readonly proto: 'tcp' | 'udp'; readonly from: number; readonly to: number }

/** `tcp/443` or `udp/5000-5010`; undefined when it is neither, runs backwards or leaves 1-65535. */
export function readPortRange(text: string): PortRange | undefined {
  const [, proto, first = '', last = first] = /^(tcp|udp)\/(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  const from = Number(first)
  const to = Number(last)
  if ((proto !== 'tcp' && proto !== 'udp') || from < 1 || from > to || to > 65535) return undefined
  return { proto, from, to }
}

/** The shortest way to write it: `tcp/443`, `udp/5000-5010`. */
export function printPortRange({ proto, from, to }: PortRange): string {
  return from === to ? `${proto}/${from}` : `${proto}/${from}-${to}`
}

/** Whether every port of `part` is in some range of `whole`, which may cover it in pieces. */
export function portsWithin(part: PortRange, whole: readonly PortRange[]): boolean {
  let next = part.from
  for (const range of whole.filter(({ proto }) => proto === part.proto).sort((a, b) => a.from - b.from)) {
    if (range.from > next) return false
    next = Math.max(next, range.to + 1)
    if (next > part.to) return true
  }
  return false
}

/** Whether some port is in both. */
export function portsOverlap(a: readonly PortRange[], b: readonly PortRange[]): boolean {
  return a.some((one) => b.some((two) => one.proto === two.proto && one.from <= two.to && two.from <= one.to))
}
