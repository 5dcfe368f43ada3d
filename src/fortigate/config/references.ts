import type { Problem } from '../../evidence/problem.ts'
import type { FortiVdom } from '../model.ts'

const BUILT_IN = new Set(['all', 'none', 'any', 'always', 'ALL'])

/** References of policies and groups to names that nothing in the VDOM has: a device would not have taken them. */
export function findDangling(file: string, vdom: FortiVdom): readonly Problem[] {
  const problems: Problem[] = []
  const check = (line: number, owner: string, names: readonly string[], isKnown: (name: string) => boolean) => {
    for (const name of names) {
      if (BUILT_IN.has(name) || isKnown(name)) continue
      const message = `${owner} refers to "${name}", which is not in this file`
      problems.push({ code: 'UNKNOWN_REFERENCE', file, line, column: 0, message, severity: 'warning' })
    }
  }
  const vips = new Set([...vdom.vips.map((vip) => vip.name), ...vdom.vipGroups.keys()])
  const isAddress = (name: string) => vdom.addresses.has(name)
  const isAddress6 = (name: string) => vdom.addresses6.has(name)
  const isService = (name: string) => vdom.services.has(name)
  for (const policy of vdom.policies) {
    const owner = `policy ${policy.id}`
    check(policy.line, owner, policy.srcaddr, isAddress)
    check(policy.line, owner, policy.dstaddr, (name) => isAddress(name) || vips.has(name))
    check(policy.line, owner, policy.srcaddr6, isAddress6)
    check(policy.line, owner, policy.dstaddr6, (name) => isAddress6(name) || vips.has(name))
    check(policy.line, owner, policy.service, isService)
    check(policy.line, owner, policy.schedule ? [policy.schedule] : [], (name) => vdom.schedules.has(name))
    for (const name of [...policy.srcintf, ...policy.dstintf]) {
      const zone = vdom.zoneOf.get(name)
      if (zone === undefined || vdom.zones.has(name)) continue
      const message = `policy ${policy.id} names "${name}", a member of zone "${zone}": only the zone is matched`
      problems.push({ code: 'ZONE_MEMBER', file, line: policy.line, column: 0, message, severity: 'warning' })
    }
  }
  for (const group of vdom.addresses.values()) {
    if (group.kind === 'group')
      check(group.line, `group ${group.name}`, [...group.members, ...group.exclude], isAddress)
  }
  for (const group of vdom.services.values()) {
    if (group.kind === 'group') check(group.line, `service group ${group.name}`, group.members, isService)
  }
  return problems
}
