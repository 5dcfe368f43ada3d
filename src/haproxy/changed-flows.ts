import { sameButForLines } from '../evidence/same-but-for-lines.ts'
import { EVERYTHING, type FlowSet, flowsWhere, intersect, NOTHING, unite } from '../flow/flow-set.ts'
import { type IpSet, NO_IP, uniteIp } from '../flow/ip-set.ts'
import { ips } from '../flow/values.ts'
import { addressSet } from './address.ts'
import { mayLeadTo } from './compile/leads-to.ts'
import type { Acl, Criterion, HaproxyDevice, ProxySection, Rule, Ruleset } from './model.ts'
import { openMaps } from './samples/maps.ts'
import { matchSource } from './texts/source.ts'

/**
 * The flows that two configurations of one HAProxy may treat differently, at most. Told only for the change that grants are made of:
 * variables that are set for some clients' addresses. Everything where anything else differs.
 */
export function changedFlows(before: HaproxyDevice, after: HaproxyDevice): FlowSet {
  if (before.fatal.length + after.fatal.length > 0 || before.proxies.length !== after.proxies.length) return EVERYTHING
  if (!sameButForLines(restOf(before), restOf(after))) return EVERYTHING
  let region: FlowSet = NOTHING
  for (const [index, was] of before.proxies.entries()) {
    const is = after.proxies[index]
    if (!is) return EVERYTHING
    if (sameButForLines(was, is)) continue
    const part = sectionRegion(was, is, openMaps(before.files))
    const ways = [was, is].flatMap((proxy) => [proxy, ...after.proxies.filter((door) => mayLeadTo(door, proxy.name))])
    if (!part || ways.some(mayChangeClient)) return EVERYTHING
    region = unite(region, intersect(part, arrivingAt(ways)))
  }
  return region
}

/** Connections to where these sections listen. */
function arrivingAt(ways: readonly ProxySection[]): FlowSet {
  let addresses: IpSet = NO_IP
  for (const { address } of ways.flatMap(({ binds }) => binds)) {
    if (address.kind !== 'ip') return EVERYTHING
    addresses = uniteIp(addresses, addressSet(address.ip))
  }
  return flowsWhere({ dst: ips(addresses) })
}

function restOf({ id, file, files, userlists, processVars }: HaproxyDevice): unknown {
  return { id, file, files, userlists, processVars }
}

/** Whether `src` may be another address than that of the connection. */
function mayChangeClient({ binds, rules }: ProxySection): boolean {
  const changes = Object.values(rules).some((list) =>
    list.some(({ action }) => ['set-address', 'expect-proxy', 'unmodelled'].includes(action.do)),
  )
  return changes || binds.some((bind) => bind.acceptProxy)
}

const PHASES: readonly Ruleset[] = ['connection', 'session', 'content', 'http', 'response']

/** Undefined where more differs than rules that only set a variable for some clients. */
function sectionRegion(was: ProxySection, is: ProxySection, maps: ReturnType<typeof openMaps>): FlowSet | undefined {
  const rest = ({ acls: _acls, rules: _rules, ...others }: ProxySection) => others
  if (!sameButForLines(rest(was), rest(is))) return undefined
  let region: FlowSet = NOTHING
  for (const phase of PHASES) {
    const differing = differingRules(was.rules[phase], is.rules[phase])
    if (!differing) return undefined
    for (const rule of differing) {
      const flows = clientsOf(rule, maps)
      if (!flows) return undefined
      region = unite(region, flows)
    }
  }
  return region
}

/** Rules of one list only; undefined where those that are in both stand in another order. */
function differingRules(was: readonly Rule[], is: readonly Rule[]): readonly Rule[] | undefined {
  const differing: Rule[] = []
  let at = 0
  for (const rule of is) {
    const found = was.findIndex((other, index) => index >= at && sameButForLines(other, rule))
    if (found < 0) differing.push(rule)
    else {
      differing.push(...was.slice(at, found))
      at = found + 1
    }
  }
  return [...differing, ...was.slice(at)]
}

/** The clients for whom the rule does anything; undefined where that is not told by their address, or it does more than set a variable. */
function clientsOf({ action, condition, unknown }: Rule, maps: ReturnType<typeof openMaps>): FlowSet | undefined {
  if (action.do !== 'set-var' || !condition || condition.unless || unknown !== undefined) return undefined
  // A variable of the process is there for everybody.
  if (action.name.startsWith('proc.')) return undefined
  let clients: FlowSet = NOTHING
  for (const term of condition.terms) {
    const bounds = term.flatMap(({ negated, acl }) => (negated ? [] : (sourcesOf(acl, maps) ?? [])))
    const [first] = bounds
    if (!first) return undefined
    clients = unite(clients, first)
  }
  return clients
}

/** The clients that the ACL matches, when it looks at nothing but their address. */
function sourcesOf(acl: Acl, maps: ReturnType<typeof openMaps>): readonly [FlowSet] | undefined {
  let sources: FlowSet = NOTHING
  for (const criterion of acl.criteria) {
    const matched = isSource(criterion) ? matchSource({ is: 'ip', dimension: 'src' }, criterion, maps) : undefined
    if (!matched) return undefined
    sources = unite(sources, matched)
  }
  return [sources]
}

function isSource({ expression }: Criterion): boolean {
  return expression.fetch.name === 'src' && expression.converters.length === 0
}
