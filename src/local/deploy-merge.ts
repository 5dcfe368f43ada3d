import type { Refusal } from '../evidence/refusal.ts'
import type { Edge, EdgeFiles } from '../policy/edge.ts'

type Deployable = {
  readonly fortigates: readonly {
    readonly id: string
    deploy(before: string, after: string): { readonly ok: true } | Refusal
    save(): Promise<void>
  }[]
  readonly haproxies: readonly {
    readonly id: string
    deploy(
      before: string,
      after: string,
      files?: ReadonlyMap<string, { before: string; after: string }>,
    ): Promise<{ readonly ok: true } | Refusal>
  }[]
}

/**
 * Plays the pipeline that a company has behind its repository: what a merge changed in a device's declared configuration is laid
 * over the live one, and everything else that is live stays. One sentence a device.
 */
export async function deployMerge(
  before: EdgeFiles,
  after: EdgeFiles,
  edge: Edge,
  devices: Deployable,
): Promise<readonly string[]> {
  const says: string[] = []
  const folder = 'policies/devices/'
  for (const { id, file } of edge.devices) {
    const was = before.get(file) ?? ''
    const is = after.get(file) ?? was
    const beside = [...after].flatMap(([path, text]) =>
      path.startsWith(folder) && path !== file && before.get(path) !== text
        ? [[path.slice(folder.length), { before: before.get(path) ?? '', after: text }] as const]
        : [],
    )
    const fortigate = devices.fortigates.find((device) => device.id === id)
    const haproxy = devices.haproxies.find((device) => device.id === id)
    if (fortigate && was !== is) {
      const done = fortigate.deploy(was, is)
      await fortigate.save()
      says.push(done.ok ? `${id} has the change.` : `${id} does not have the change: ${done.says}`)
    }
    if (haproxy && (was !== is || beside.length > 0)) {
      const done = await haproxy.deploy(was, is, new Map(beside))
      says.push(done.ok ? `${id} has the change.` : `${id} does not have the change: ${done.says}`)
    }
  }
  return says
}
