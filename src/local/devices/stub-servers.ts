import { Worker } from 'node:worker_threads'
import type { StubIdentity } from './stub-server.ts'

/** What is asked of the thread, and what it answers. */
export type StubOrder = {
  readonly order: number
  readonly stub: number
  readonly do: 'open' | 'become' | 'start' | 'stop'
  readonly identity?: StubIdentity
}
export type StubReport = { readonly order: number; readonly port?: number; readonly broke?: string }

/** A stub as the rest of the house sees it. */
export interface Stub {
  readonly port: number
  /** Whether it listens; while it does not, connections are refused, as when a process has died. */
  running(): boolean
  become(identity: StubIdentity): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * All stubs of one HAProxy, in a thread of their own: while the bot thinks for a second, their health checks are answered all the same,
 * and no server is taken for dead that is not.
 */
export function openStubServers(certificate: { readonly key: string; readonly cert: string }) {
  const worker = new Worker(new URL('./stub-worker.ts', import.meta.url), { workerData: { certificate }, execArgv: [] })
  worker.unref()
  const waiting = new Map<number, { readonly done: (port: number) => void; readonly failed: (error: Error) => void }>()
  let orders = 0
  let stubs = 0
  worker.on('message', ({ order, port, broke }: StubReport) => {
    const asked = waiting.get(order)
    waiting.delete(order)
    if (port === undefined) asked?.failed(new Error(broke))
    else asked?.done(port)
  })
  const fail = (error: Error) => {
    for (const asked of waiting.values()) asked.failed(error)
    waiting.clear()
  }
  worker.on('error', fail)
  worker.on('exit', () => fail(new Error('the stubs have ended')))
  const send = (stub: number, what: StubOrder['do'], identity?: StubIdentity) =>
    new Promise<number>((done, failed) => {
      orders += 1
      waiting.set(orders, { done, failed })
      worker.postMessage({ order: orders, stub, do: what, identity })
    })
  return {
    /** Starts a stub on a free port of 127.0.0.1. */
    async open(identity: StubIdentity): Promise<Stub> {
      stubs += 1
      const stub = stubs
      const port = await send(stub, 'open', identity)
      let running = true
      return {
        port,
        running: () => running,
        become: async (next) => void (await send(stub, 'become', next)),
        async start() {
          await send(stub, 'start')
          running = true
        },
        async stop() {
          running = false
          await send(stub, 'stop')
        },
      }
    },
    close: async () => void (await worker.terminate()),
  }
}
