import { openStore } from '../../src/store/open-store.ts'
import { accessRequest } from './store.contract.ts'

// Run by embedded-store.test.ts: whatever it prints was acknowledged by the store. It never ends by itself.
const store = await openStore({ dir: process.argv[2] ?? '' })
for (;;) {
  const request = accessRequest()
  await store.receive({ id: request.id, kind: 'heard', payload: '{}' })
  await store.insertRequest(request)
  process.stdout.write(`${request.id}\n`)
}
