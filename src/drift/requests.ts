import { asClientsAsk, askedAtMost, askedInside } from '../edge/asked.ts'
import type { Doors } from '../edge/doors.ts'
import type { Entry } from '../edge/entry.ts'
import { arrivalsOf } from '../edge/ingress.ts'
import { type FlowSet, flowsWhere, intersect } from '../flow/flow-set.ts'
import { exactText } from '../flow/text-set.ts'
import { ips, names, numbers, texts, type Values } from '../flow/values.ts'
import { minuteOfWeek } from '../fortigate/config/schedules.ts'
import type { FortiDevice } from '../fortigate/model.ts'
import type { Edge } from '../policy/edge.ts'
import type { AskedAccess } from '../policy/meaning.ts'
import type { Grant, Service } from '../policy/schema.ts'

export type Narrowed = Partial<Pick<Grant, 'ports' | 'via' | 'except'>>

/** "Can these subjects reach this service", at one moment. */
export type ReachQuestion = {
  readonly edge: Edge
  readonly service: Service
  /** `group:finance`, a CIDR, …; `who` is how people say it. */
  readonly subjects: readonly string[]
  readonly who: string
  /** What the question says besides, as a grant would: on these ports, only through these places, without those. */
  readonly narrowed?: Narrowed
  /** Epoch seconds. */
  readonly at: number
  readonly method?: string
  readonly path?: string
}

/** Requests as a browser or client of these subjects sends them, coming in where these sources come in. */
export function requestsOf(question: ReachQuestion, asked: AskedAccess, entry: Entry, doors: Doors): FlowSet {
  const asClients = intersect(askedAtMost(asked, entry, question.at), asClientsAsk(asked, entry))
  return intersect(intersect(asClients, arrivalsOf(doors, asked.sources).flows), oneRequest(question, asked, doors))
}

/** The same where HAProxy gets them, as if the firewall let all of them through. */
export function requestsInside(question: ReachQuestion, asked: AskedAccess, entry: Entry, doors: Doors): FlowSet {
  const arriving = intersect(askedInside(asked, entry, question.at), asClientsAsk(asked, entry))
  return intersect(arriving, oneRequest(question, asked, doors))
}

function oneRequest(question: ReachQuestion, asked: AskedAccess, doors: Doors): FlowSet {
  const { service, at, method = 'GET', path = '/' } = question
  const http = doors.inner.proxies.some(
    (proxy) => proxy.name === service.route.frontend && proxy.kind !== 'backend' && proxy.mode === 'http',
  )
  return flowsWhere({
    ...atMoment(doors.outer, at),
    // Behind another proxy the connection comes from there and names the client; both are these subjects' own as far as we know.
    proxied: service.client === 'proxy-protocol' ? ips(asked.sources) : undefined,
    ...(http ? { method: names(method), path: texts(exactText(path)), query: texts(exactText('')) } : {}),
  })
}

/** One moment on the device: recurring schedules go by its own clock, so the minute of its week belongs to it. */
export function atMoment(outer: FortiDevice, at: number): Readonly<Record<string, Values>> {
  const moment = { at: numbers([at, at]) }
  if (outer.timezone === undefined) return moment
  const minute = minuteOfWeek(at, outer.timezone)
  return { ...moment, week: numbers([minute, minute]) }
}
