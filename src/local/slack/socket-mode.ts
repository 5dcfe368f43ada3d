import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { TEAM } from './workspace-state.ts'

/** How the app answered an interaction: with a payload, or not in time. */
export type AckOutcome =
  | { readonly ok: true; readonly payload: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly error: 'no_app_connected' | 'operation_timeout' }

/** Slack's side of Socket Mode: connections by ticket, envelopes, acknowledgements and redelivery. */
export type SocketMode = {
  /** A URL that works once, as `apps.connections.open` hands out. */
  ticketUrl(host: string): string
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Delivers an event until it is acknowledged, four times at most; it waits while no app is connected. */
  deliver(payload: Readonly<Record<string, unknown>>): void
  /** Sends an interaction or command once and waits for its acknowledgement. */
  ask(type: 'interactive' | 'slash_commands', payload: Readonly<Record<string, unknown>>): Promise<AckOutcome>
  /** Tells every app to connect again, as Slack does every few hours. */
  refresh(): void
  undelivered(): readonly Readonly<Record<string, unknown>>[]
  close(): Promise<void>
}

export type SocketTiming = {
  /** Slack waits 3 seconds for an acknowledgement. */
  readonly ackMs: number
  /** Waits before the second, third and fourth delivery: at once, a minute, five minutes (docs.slack.dev/apis/events-api#retries). */
  readonly retryMs: readonly number[]
  readonly pingMs: number
}

const Ack = z.object({ envelope_id: z.string(), payload: z.record(z.string(), z.unknown()).optional() })
const TICKET_MS = 30_000
const CLOSE_MS = 500
const UNDELIVERED_MAX = 1000

type Payload = Readonly<Record<string, unknown>>
type Delivery = { readonly payload: Payload; attempt: number; reason: string; sent: boolean }

/** Opens the hub; `changed` is called when the list of undelivered events changes. */
export function openSocketMode(timing: SocketTiming, log: (message: string) => void, changed: () => void): SocketMode {
  const deliveries = new Set<Delivery>()
  const connections = openConnections(timing, log, () => {
    for (const delivery of [...deliveries]) if (!delivery.sent) attempt(delivery)
  })
  const settle = (delivery: Delivery): void => {
    if (deliveries.delete(delivery)) changed()
  }
  const attempt = (delivery: Delivery): void => {
    const envelope = {
      type: 'events_api',
      accepts_response_payload: false,
      retry_attempt: delivery.attempt,
      retry_reason: delivery.reason,
      payload: delivery.payload,
    }
    delivery.sent = connections.send(
      envelope,
      () => settle(delivery),
      () => again(delivery),
    )
  }
  const again = (delivery: Delivery): void => {
    const wait = timing.retryMs[delivery.attempt]
    log(`no acknowledgement in ${timing.ackMs} ms for ${String(delivery.payload.event_id)}`)
    if (wait === undefined) {
      settle(delivery)
      return
    }
    delivery.sent = false
    delivery.attempt += 1
    delivery.reason = 'timeout'
    connections.after(wait, () => {
      if (deliveries.has(delivery) && !delivery.sent) attempt(delivery)
    })
  }
  return {
    ...connections,
    deliver(payload) {
      const [oldest] = deliveries
      if (oldest && deliveries.size >= UNDELIVERED_MAX) {
        log('too many undelivered events: the oldest is dropped')
        deliveries.delete(oldest)
      }
      const delivery: Delivery = { payload, attempt: 0, reason: '', sent: false }
      deliveries.add(delivery)
      changed()
      attempt(delivery)
    },
    ask(type, payload) {
      return new Promise((resolve) => {
        const sent = connections.send(
          { type, accepts_response_payload: true, payload },
          (answer) => resolve({ ok: true, payload: answer }),
          () => resolve({ ok: false, error: 'operation_timeout' }),
        )
        if (!sent) resolve({ ok: false, error: 'no_app_connected' })
      })
    },
    undelivered: () => [...deliveries].map((delivery) => delivery.payload),
  }
}

type Connections = Pick<SocketMode, 'ticketUrl' | 'upgrade' | 'refresh' | 'close'> & {
  /** Sends one envelope to one app, in turn; false when none is connected. `acknowledged` or `late` is called, never both. */
  send(envelope: Payload, acknowledged: (payload: Payload) => void, late: () => void): boolean
  /** A timer that ends with the hub. */
  after(ms: number, act: () => void): NodeJS.Timeout
}

function openConnections(timing: SocketTiming, log: (message: string) => void, onConnect: () => void): Connections {
  const server = new WebSocketServer({ noServer: true, maxPayload: 1024 * 1024 })
  const tickets = new Set<string>()
  const open: WebSocket[] = []
  const waiting = new Map<string, (payload: Payload) => void>()
  const timers = new Set<NodeJS.Timeout>()
  let turn = 0

  const after = (ms: number, act: () => void): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      act()
    }, ms)
    timer.unref()
    timers.add(timer)
    return timer
  }
  const connected = (connection: WebSocket): void => {
    open.push(connection)
    const beat = setInterval(() => connection.ping(), timing.pingMs)
    beat.unref()
    connection.on('message', (data) => {
      const ack = readAck(String(data))
      if (ack) waiting.get(ack.envelope_id)?.(ack.payload ?? {})
    })
    connection.on('error', (error) => log(`socket mode connection: ${error.message}`))
    connection.on('close', () => {
      clearInterval(beat)
      open.splice(open.indexOf(connection), 1)
    })
    const info = { connection_info: { app_id: TEAM.appId }, debug_info: { host: 'local' } }
    connection.send(JSON.stringify({ type: 'hello', num_connections: open.length, ...info }))
    onConnect()
  }
  return {
    after,
    send(envelope, acknowledged, late) {
      const ready = open.filter((connection) => connection.readyState === connection.OPEN)
      turn += 1
      const connection = ready[turn % Math.max(ready.length, 1)]
      if (!connection) return false
      const id = randomUUID()
      const timer = after(timing.ackMs, () => {
        waiting.delete(id)
        late()
      })
      waiting.set(id, (payload) => {
        waiting.delete(id)
        clearTimeout(timer)
        timers.delete(timer)
        acknowledged(payload)
      })
      connection.send(JSON.stringify({ envelope_id: id, ...envelope }))
      return true
    },
    ticketUrl(host) {
      const ticket = randomUUID()
      tickets.add(ticket)
      after(TICKET_MS, () => tickets.delete(ticket))
      return `ws://${host}/socket-mode?ticket=${ticket}`
    },
    upgrade(request, socket, head) {
      const ticket = new URL(request.url ?? '/', 'http://local').searchParams.get('ticket') ?? ''
      if (!tickets.delete(ticket)) {
        socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
        return
      }
      server.handleUpgrade(request, socket, head, connected)
    },
    refresh() {
      for (const connection of open)
        connection.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested', debug_info: {} }))
    },
    async close() {
      for (const timer of timers) clearTimeout(timer)
      for (const connection of open) connection.close(1001)
      const patience = setTimeout(() => {
        for (const connection of [...open]) connection.terminate()
      }, CLOSE_MS)
      await new Promise((resolve) => server.close(resolve))
      clearTimeout(patience)
    },
  }
}

function readAck(text: string): z.infer<typeof Ack> | undefined {
  try {
    return Ack.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
