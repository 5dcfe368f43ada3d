import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { openStubServer, type StubServer } from './stub-server.ts'
import type { StubOrder, StubReport } from './stub-servers.ts'

/** The other side of `stub-servers.ts`, in the thread that it starts: does what is ordered and reports. */
function serveStubs(port: MessagePort, certificate: { readonly key: string; readonly cert: string }): void {
  const stubs = new Map<number, StubServer>()
  const obey = async ({ stub, do: what, identity }: StubOrder): Promise<number> => {
    if (what === 'open' && identity) stubs.set(stub, await openStubServer(identity, certificate))
    const server = stubs.get(stub)
    if (!server) throw new Error(`there is no stub ${stub}`)
    if (what === 'become' && identity) server.become(identity)
    if (what === 'start') await server.start()
    if (what === 'stop') await server.stop()
    return server.port
  }
  port.on('message', async (order: StubOrder) => {
    const report = await obey(order).then(
      (found): StubReport => ({ order: order.order, port: found }),
      (cause: unknown): StubReport => ({ order: order.order, broke: String(cause) }),
    )
    port.postMessage(report)
  })
}

if (parentPort) serveStubs(parentPort, workerData.certificate)
