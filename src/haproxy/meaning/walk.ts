import { findBackend } from '../config/find-backend.ts'
import type { HaproxyDevice, ProxySection, Rule, Ruleset } from '../model.ts'
import { citeLine } from '../text/line-places.ts'
import { acceptSession } from './accept-session.ts'
import { answerRules } from './answer-rules.ts'
import { builtIn, POSTED, pageAsked, UNREADABLE } from './built-in.ts'
import { askWho, end, endUnheard, forkOff, limit, nextRule, splitRule, statusOf, walkRules } from './walk-rules.ts'
import type { Ending, Outcome, Place, Walk, World } from './world.ts'

/** Walks a frontend from the accepted connection to the end, in HAProxy's order of evaluation (src/stream.c). */
export function walkFrontend<S>(
  world: World<S>,
  device: HaproxyDevice,
  frontend: ProxySection,
  bind: ProxySection['binds'][number],
  start: S,
): readonly Ending<S>[] {
  const walk: Walk<S> = { world, device, frontend, endings: [] }
  let states = unmodelledLines(walk, frontend, [world.enter(start, frontend)])
  states = walkRules(walk, frontend, frontend.rules.connection, 'connection', states)
  states = acceptSession(walk, bind, states)
  states = walkRules(walk, frontend, frontend.rules.session, 'session', states)
  // What is no HTTP is refused by the connection's own parser, before there is a stream that has rules.
  if (frontend.mode === 'http') states = parseHttp(walk, frontend, states)
  states = walkRules(walk, frontend, frontend.rules.content, 'content', states).map((state) =>
    world.endInspection(state),
  )
  if (frontend.mode === 'http') states = walkHttp(walk, frontend, answerMonitor(walk, states), frontend.rules.http)
  for (const { state, backend, place } of switchBackend(walk, states)) {
    if (backend === frontend) endAtServers(walk, backend, place, [state])
    else walkBackend(walk, backend, place, state)
  }
  return walk.endings
}

/** Lines that are not modelled and are no rule: everything that crosses the section may be different for them. */
function unmodelledLines<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[]): readonly S[] {
  let going = states
  for (const { keyword, line } of proxy.unmodelled) {
    const on = `\`${keyword}\` (${citeLine(walk.device, line)})`
    going = forkOff(walk, proxy, going, { kind: 'depends', on }, { line, says: keyword })
  }
  return going
}

/** What is no HTTP is answered with 400; the frontend's `monitor-uri` is answered before any rule. */
function parseHttp<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[]): readonly S[] {
  return states.flatMap((state) => {
    const { yes, no } = walk.world.parse(state)
    for (const each of no) {
      const refusal = walk.world.refusal?.(each) ?? 400
      const ended = refusal === 'closed' ? { kind: refusal } : { kind: 'status' as const, status: refusal }
      endUnheard(walk, proxy, [each], ended, proxy)
    }
    return yes
  })
}

function answerMonitor<S>(walk: Walk<S>, states: readonly S[]): readonly S[] {
  const { world, frontend } = walk
  const { monitorUri } = frontend
  if (!monitorUri) return states
  // Whatever the target looks like, its path and query are compared.
  const asked = builtIn('pathq', 'str', [monitorUri.uri])
  return states.flatMap((state) => {
    const { yes, no } = world.split(state, asked, 'http')
    const healthy = walkRules(walk, frontend, frontend.monitorFail, 'http', yes)
    end(walk, frontend, healthy, { kind: 'status', status: 200 }, monitorUri)
    return no
  })
}

/** HTTP phases of a frontend or backend: parsing, monitor, rules, statistics page, `redirect` lines. */
function walkHttp<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[], rules: readonly Rule[]): readonly S[] {
  let going = walkRules(walk, proxy, rules, 'http', states)
  if (proxy.stats) going = walkStats(walk, proxy, proxy.stats, going)
  return walkRules(walk, proxy, proxy.redirects, 'http', going)
}

function walkStats<S>(
  walk: Walk<S>,
  proxy: ProxySection,
  stats: NonNullable<ProxySection['stats']>,
  states: readonly S[],
): readonly S[] {
  return states.flatMap((state) => {
    const { yes, no } = walk.world.split(state, pageAsked(stats.uri), 'http')
    let going = walkRules(walk, proxy, stats.rules, 'http', yes)
    if (stats.auth.length > 0)
      going = going.flatMap((each) => {
        const allowed = walk.world.split(each, builtIn('.stats-auth', 'bool', [], stats.auth), 'http')
        askWho(walk, proxy, allowed.no, stats)
        return allowed.yes
      })
    for (const each of going) {
      // A form that may not be sent is answered by leading back to the page.
      const { yes: posted, no: shown } = walk.world.split(each, POSTED, 'http')
      end(walk, proxy, posted, { kind: 'status', status: 303 }, stats)
      end(walk, proxy, shown, { kind: 'status', status: 200 }, stats)
    }
    return no
  })
}

type Routed<S> = { readonly state: S; readonly backend: ProxySection; readonly place: Place }

/** `use_backend` in order, first match; a computed name that is no backend goes straight to the default one. */
function switchBackend<S>(walk: Walk<S>, states: readonly S[]): readonly Routed<S>[] {
  const { frontend, world } = walk
  const where: Ruleset = frontend.mode === 'http' ? 'http' : 'content'
  const routed: Routed<S>[] = []
  const rest: S[] = []
  let going = states
  const rules = frontend.switches
  for (
    let at = nextRule(world, going, rules, where, 0);
    at < rules.length;
    at = nextRule(world, going, rules, where, at + 1)
  ) {
    const rule = rules[at]
    if (!rule) break
    const next: S[] = []
    for (const state of going) {
      const { yes, no } = splitRule(walk, state, rule, where)
      next.push(...no)
      const on = `${rule.unknown ?? `\`${rule.says}\``} (${citeLine(walk.device, rule.line)})`
      const shaky = rule.unknown !== undefined && !rule.unknown.startsWith('.')
      for (const matched of shaky ? forkOff(walk, frontend, yes, { kind: 'depends', on }, rule) : yes) {
        for (const target of world.targets(matched, rule.target)) {
          const backend = target.name === undefined ? undefined : findBackend(walk.device, target.name)
          if (backend) routed.push({ state: target.state, backend, place: rule })
          else if (target.name === undefined) end(walk, frontend, [target.state], { kind: 'depends', on }, rule)
          else rest.push(target.state)
        }
      }
    }
    going = limit(walk, frontend, world.merge(next), rule)
  }
  for (const state of world.merge([...rest, ...going])) {
    const { defaultBackend } = frontend
    const backend = defaultBackend && findBackend(walk.device, defaultBackend.name)
    if (backend && defaultBackend) routed.push({ state, backend, place: defaultBackend })
    else if (frontend.kind === 'listen') routed.push({ state, backend: frontend, place: frontend })
    else endUnrouted(walk, frontend, [state], frontend)
  }
  return routed
}

function endUnrouted<S>(walk: Walk<S>, proxy: ProxySection, states: readonly S[], place: Place): void {
  const http = walk.frontend.mode === 'http' || proxy.mode === 'http'
  end(walk, proxy, states, http ? { kind: 'status', status: statusOf(503, proxy, walk) } : { kind: 'closed' }, place)
}

function walkBackend<S>(walk: Walk<S>, backend: ProxySection, place: Place, start: S): void {
  const upgrades = walk.frontend.mode === 'tcp' && backend.mode === 'http'
  const entered = upgrades ? upgradeToHttp(walk, backend, start) : [start]
  // None of its rules run.
  if (backend.disabled) {
    endUnrouted(walk, backend, entered, backend)
    return
  }
  let states = unmodelledLines(
    walk,
    backend,
    entered.map((state) => walk.world.enter(state, backend)),
  )
  states = walkRules(walk, backend, backend.rules.content, 'content', states)
  if (backend.mode === 'http') states = walkHttp(walk, backend, states, backend.rules.http)
  endAtServers(walk, backend, place, states)
}

/** A tcp frontend before an http backend: from here on it is HTTP, and what is TLS to the end is none. */
function upgradeToHttp<S>(walk: Walk<S>, backend: ProxySection, start: S): readonly S[] {
  const { yes, no } = walk.world.split(start, UNREADABLE, 'session')
  end(walk, backend, yes, { kind: 'closed' }, backend)
  return answerMonitor(walk, parseHttp(walk, backend, no))
}

function endAtServers<S>(walk: Walk<S>, backend: ProxySection, place: Place, states: readonly S[]): void {
  for (const state of states)
    for (const chosen of walk.world.servers(state, backend)) {
      if (backend.disabled || chosen.servers.length === 0) endUnrouted(walk, backend, [chosen.state], backend)
      else {
        const outcome: Outcome = {
          kind: 'server',
          frontend: walk.frontend.name,
          backend: backend.name,
          servers: chosen.servers,
        }
        for (const served of walkResponse(walk, backend, chosen.state))
          walk.endings.push({ state: served, outcome, place })
      }
    }
}

/** A server answered; whether the client sees it is for the rules on answers, the backend's first. */
function walkResponse<S>(walk: Walk<S>, backend: ProxySection, state: S): readonly S[] {
  if (backend.mode !== 'http') return [state]
  let states: readonly S[] = [walk.world.answered(state)]
  for (const proxy of new Set([backend, walk.frontend]))
    states = walkRules(walk, proxy, answerRules(proxy), 'response', states)
  return states
}
