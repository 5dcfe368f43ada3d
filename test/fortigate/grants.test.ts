import { deepStrictEqual as same } from 'node:assert'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EVERYTHING, flowsWhere, intersect, isSubset, uniteAll } from '../../src/flow/flow-set.ts'
import { containsIp, type IpSet, NO_IP, printIp, uniteIp } from '../../src/flow/ip-set.ts'
import { ips, names, numbers } from '../../src/flow/values.ts'
import { hostsBehind, openDoor } from '../../src/fortigate/compile/grant-door.ts'
import { entrancesOf } from '../../src/fortigate/compile/placement.ts'
import { compileFortigateGrant, type OuterAsk } from '../../src/fortigate/compile.ts'
import { type FortiVerdict, prepareMatch } from '../../src/fortigate/match.ts'
import { when } from '../../src/fortigate/meaning/field-flows.ts'
import { type FortiPiece, fortigateMeaning } from '../../src/fortigate/meaning.ts'
import type { FortiVdom, FortiVip } from '../../src/fortigate/model.ts'
import type { Packet } from '../../src/fortigate/packet.ts'
import { removeFortigateGrant } from '../../src/fortigate/remove-grant.ts'
import { printFortiText } from '../../src/fortigate/text.ts'
import { device } from './edge-fortigate.ts'
import { randomPacket, randomPacket6 } from './random-fortigate.ts'
import { dressedFortigate, randomAsk } from './random-grants.ts'

/** Grants that could be made; what is refused does not count. */
const RUNS = Number(process.env.SOAK ?? 4)
/** A seed of choice; a failure says its own. */
const SEED = process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) }

function compile(text: string, ask: OuterAsk): string | undefined {
  const change = compileFortigateGrant(device(text), ask)
  return change.ok ? change.text : undefined
}

function remove(text: string, request: string): string {
  const removed = removeFortigateGrant(device(text), request)
  if (!removed.ok) throw new Error(removed.says)
  return removed.text
}

const vdom = (text: string) => device(text).vdoms.get('root')
function vipOf(text: string, ask: OuterAsk): FortiVip {
  const vip = vdom(text)?.vips.find((one) => one.name === ask.vip)
  if (!vip) throw new Error(`no VIP ${ask.vip}`)
  return vip
}

type Meant = Pick<OuterAsk, 'sources' | 'ports' | 'from' | 'until' | 'groups'> & { readonly destinations: IpSet }
const through = (ask: OuterAsk, vip: FortiVip): Meant => ({ ...ask, destinations: vip.external })

/** With central NAT, policies name the hosts behind the VIP, so those who were meant come to them straight as well. */
function straight(root: FortiVdom, ask: OuterAsk): Meant {
  const door = openDoor(root, ask)
  if (!door.ok) throw new Error(door.says)
  return { ...ask, ports: door.mapped, destinations: hostsBehind(door.vip).reduce(uniteIp, NO_IP) }
}

/** Who was meant, in the words of the request alone. The device closes up to two minutes early, never late. */
function isAsked(meant: Meant, packet: Packet): boolean {
  const at = Date.parse(packet.at ?? '') / 1000
  const { groups } = packet
  return (
    containsIp(meant.sources, packet.src) &&
    containsIp(meant.destinations, packet.dst) &&
    meant.ports.some(({ proto, from, to }) => {
      const port = packet.dport ?? -1
      return proto === packet.proto && from <= port && port <= to
    }) &&
    (meant.from ?? 0) <= at &&
    at <= (meant.until ?? Number.POSITIVE_INFINITY) &&
    (meant.groups.length === 0 || groups === undefined || meant.groups.some((one) => groups.includes(one)))
  )
}

/** A VIP that nothing named before takes what is sent to its address, which until then went out to whoever else has it. */
function isTakenOver(root: FortiVdom, vip: FortiVip, packet: Packet, old: FortiVerdict): boolean {
  const isPast = old.vip === null && old.reason !== 'local-in'
  return !root.vipsInPlay.includes(vip) && containsIp(vip.external, packet.dst) && isPast
}

/** Packets on the edges of what is asked: first and last address, port and moment, and the ones beside them. */
function packetsAround(text: string, ask: OuterAsk, vip: FortiVip, seed: number): readonly Packet[] {
  const edges = (ip: IpSet) =>
    [...ip.v4.flat(), ...ip.v6.flat()].flatMap((value) =>
      typeof value === 'number'
        ? [value - 1, value, value + 1].map((one) => printIp({ family: 4, value: one }))
        : [value - 1n, value, value + 1n].map((one) => printIp({ family: 6, value: one })),
    )
  const numbersAround = (value: number) => [value - 1, value, value + 1]
  const moments = [ask.from ?? 0, ask.until ?? 0].flatMap((at) =>
    at === 0 ? [] : [at - 61, at - 60, at, at + 1, at + 60],
  )
  const pick = <T>(all: readonly T[], turn: number): T | undefined => all[(seed * 31 + turn * 17 + turn) % all.length]
  const ports = ask.ports.flatMap(({ from, to }) => [...numbersAround(from), ...numbersAround(to)])
  const ingress = [...(vdom(text)?.interfaces.keys() ?? [])]
  return Array.from({ length: 30 }, (_, turn): Packet => {
    const src = pick(edges(ask.sources), turn) ?? ''
    return {
      srcintf: pick(ingress, turn) ?? '',
      src,
      dst: pick(edges(vip.external), turn * 3) ?? '',
      proto: turn % 7 === 6 ? 'udp' : 'tcp',
      sport: 50000,
      dport: pick(ports, turn * 5) ?? 443,
      at: new Date((pick(moments, turn) ?? Date.UTC(2026, 10, 23, 9) / 1000) * 1000).toISOString(),
      ...(turn % 3 === 0 ? {} : { groups: turn % 3 === 1 ? ['staff'] : [] }),
    }
  })
}

/** Why the first policy that would have let it in does not: of two shut ones, the order of edits decides which is first. */
const SHUT: ReadonlySet<string> = new Set(['disabled', 'expired', 'out-of-schedule', 'not-authenticated'])

/** What packets meet, without the lines, the policy numbers and the shut gates that depend on the order of edits. */
function outcomes(text: string, packets: readonly Packet[]) {
  const match = prepareMatch(device(text))
  return packets.map((packet) => {
    const met = match(packet)
    return { ...met, reason: SHUT.has(met.reason) ? 'shut' : met.reason, because: [], policy: 0 }
  })
}

describe('random grants on random configurations', () => {
  test('open to packets what was asked and leave all else as it was; only their own lines are new, and they go without a trace', () => {
    fc.assert(
      fc.property(
        dressedFortigate,
        randomAsk,
        fc.nat(),
        fc.array(fc.oneof(randomPacket, randomPacket6), { minLength: 12, maxLength: 12 }),
        ({ text }, make, seed, packets) => {
          const ask = { ...make(text), request: 'ar-one' }
          const after = compile(text, ask)
          fc.pre(after !== undefined)
          const vip = vipOf(text, ask)
          const [was, is] = [device(text), device(after)]
          const root = was.vdoms.get('root')
          if (!root) throw new Error('no root')
          const [matchBefore, matchAfter] = [prepareMatch(was), prepareMatch(is)]
          const ours = new Set(
            is.vdoms
              .get('root')
              ?.policies.flatMap(({ id, comments }) => (comments.startsWith('Sallyport') ? [id] : [])),
          )
          for (const packet of [...packets, ...packetsAround(text, ask, vip, seed)]) {
            const [old, now] = [matchBefore(packet), matchAfter(packet)]
            const isDirect: boolean = root.centralNat !== undefined && isAsked(straight(root, ask), packet)
            if (isAsked(through(ask, vip), packet)) checkServed(root, ask, vip, packet, now.verdict)
            else if (isDirect) expect(now.verdict === 'deny' && old.verdict !== 'deny').toBe(false)
            // What the VIP does not take after all, by its interface, sources or ports, goes on as it did.
            else if (isTakenOver(root, vip, packet, old) && now.verdict !== 'allow') continue
            else if (old.verdict !== 'deny' || now.verdict !== 'deny')
              same({ ...now, because: [] }, { ...old, because: [] })
            if (now.policy !== null && ours.has(now.policy))
              same([now.vip, now.snat], [isDirect ? null : vip.name, null])
          }
          checkLines(text, after)
          same(printFortiText(is.text), after)
          same(remove(after, 'ar-one'), text)
        },
      ),
      { numRuns: RUNS, endOnFailure: true, ...SEED },
    )
  })

  test('open as sets what was asked and nothing else, and close nothing', () => {
    fc.assert(
      fc.property(dressedFortigate, randomAsk, ({ text }, make) => {
        const ask = { ...make(text), request: 'ar-one' }
        const after = compile(text, ask)
        fc.pre(after !== undefined)
        const vip = vipOf(text, ask)
        const asked = intersect(
          intersect(
            flowsWhere({
              src: ips(ask.sources),
              dst: ips(vip.external),
              at: ask.until === undefined ? undefined : numbers([ask.from ?? 0, ask.until]),
            }),
            ask.groups.length === 0 ? EVERYTHING : uniteAll(ask.groups.map((group) => when(`group:${group}`))),
          ),
          uniteAll(
            ask.ports.map(({ proto, from, to }) =>
              flowsWhere({
                proto: numbers([proto === 'tcp' ? 6 : 17, proto === 'tcp' ? 6 : 17]),
                dport: numbers([from, to]),
              }),
            ),
          ),
        )
        const ingress = names(...(vdom(text)?.interfaces.keys() ?? []))
        const isNew = !vdom(text)?.vipsInPlay.includes(vipOf(text, ask))
        // What went past the device to the VIP's address until nothing named the VIP is not owed.
        const isOwed = (piece: FortiPiece) => !isNew || piece.vip !== undefined || piece.egress === undefined
        const allowed = (configuration: string, counts: (piece: FortiPiece) => boolean) =>
          uniteAll(
            fortigateMeaning(device(configuration), flowsWhere({ ingress, dst: ips(vip.external) }))
              .filter((piece) => piece.verdict === 'allow' && counts(piece))
              .map(({ flows }) => flows),
          )
        const [old, now] = [allowed(text, () => true), allowed(after, () => true)]
        expect(isSubset(allowed(text, isOwed), now), 'closes nothing').toBe(true)
        expect(isSubset(now, uniteAll([old, asked])), 'opens nothing else').toBe(true)
      }),
      { numRuns: RUNS, endOnFailure: true, ...SEED },
    )
  })

  test('add up in any order, and each is taken back alone, also after somebody else changed something', () => {
    fc.assert(
      fc.property(
        dressedFortigate,
        randomAsk,
        randomAsk,
        fc.boolean(),
        fc.array(fc.oneof(randomPacket, randomPacket6), { minLength: 10, maxLength: 10 }),
        ({ text }, first, second, edited, packets) => {
          const one = { ...first(text), request: 'ar-one' }
          const two = { ...second(text), request: 'ar-one-two-three-four-five-six-seven-eig' }
          const [onlyOne, onlyTwo] = [compile(text, one), compile(text, two)]
          fc.pre(onlyOne !== undefined && onlyTwo !== undefined)
          const [both, turned] = [compile(onlyOne, two), compile(onlyTwo, one)]
          fc.pre(both !== undefined && turned !== undefined)
          const around = [
            ...packetsAround(text, one, vipOf(text, one), 1),
            ...packetsAround(text, two, vipOf(text, two), 2),
          ]
          same(outcomes(both, [...packets, ...around]), outcomes(turned, [...packets, ...around]))
          const hand = (configuration: string) =>
            edited ? configuration.replace('edit "a-lan"', 'edit "a-lan"\nset color 7') : configuration
          same(remove(remove(hand(both), one.request), two.request), hand(text))
          same(remove(remove(hand(turned), one.request), two.request), hand(text))
          same(remove(hand(both), two.request), hand(onlyOne))
        },
      ),
      { numRuns: RUNS, endOnFailure: true, ...SEED },
    )
  })
})

/** A packet that was asked for gets in, unless it comes from where no route back to its source points or the VIP does not listen. */
function checkServed(from: FortiVdom, ask: OuterAsk, vip: FortiVip, packet: Packet, verdict: string): void {
  if (verdict !== 'deny') return
  const { entrances } = entrancesOf(from, ask.sources)
  const listens =
    (vip.extintf === 'any' || vip.extintf === packet.srcintf) &&
    (vip.sourceInterfaces.length === 0 || vip.sourceInterfaces.includes(packet.srcintf))
  const comesIn = entrances.some(
    ({ ports, sources }) => ports.includes(packet.srcintf) && containsIp(sources, packet.src),
  )
  // The schedule counts whole minutes and is rounded inwards.
  const at = Date.parse(packet.at ?? '') / 1000
  const inside = (ask.from ?? 0) + 60 <= at && at <= (ask.until ?? Number.POSITIVE_INFINITY) - 61
  const knownGroup = ask.groups.length === 0 || packet.groups !== undefined
  expect(listens && comesIn && inside && knownGroup, JSON.stringify(packet)).toBe(false)
}

/** Every line of the old text is in the new one, in its order, and what is new is what a grant writes. */
function checkLines(before: string, after: string): void {
  const old = before.split('\n')
  let at = 0
  for (const line of after.split('\n')) {
    if (line === old[at]) at += 1
    else expect(line.trim()).toMatch(/^(?:config firewall |# Sallyport$|edit |set |next$|end$|$)/)
  }
  expect(at === old.length || after.startsWith(before)).toBe(true)
}
