import { openDataplaneSimulator } from '../../src/local/devices/dataplane-simulator.ts'
import { dataplaneContract, PASSWORD, USER } from './dataplane.contract.ts'
import { haproxyInstalled } from './haproxy-installed.ts'

for (const api of ['v2', 'v3'] as const) {
  dataplaneContract(
    `the Data Plane API of this laptop, ${api}`,
    async ({ config, dir, command }) => {
      const options = { api, config, user: USER, password: PASSWORD, maps: dir, general: dir, runtime: command }
      const simulator = await openDataplaneSimulator(options)
      return {
        access: { device: 'inner', url: simulator.url, user: USER, password: PASSWORD },
        close: () => simulator.close(),
      }
    },
    !haproxyInstalled,
  )
}
