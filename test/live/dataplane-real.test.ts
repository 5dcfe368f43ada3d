import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openDataplane } from '../../src/live/dataplane-client.ts'
import { dataplaneContract, PASSWORD, USER } from './dataplane.contract.ts'
import { haproxyInstalled } from './haproxy-installed.ts'
import type { RunningHaproxyFixture } from './running-haproxy.ts'

const binary = process.env.DATAPLANEAPI_BIN
const missing = binary === undefined ? ' (skipped: DATAPLANEAPI_BIN names no binary)' : ''

dataplaneContract(`the real Data Plane API${missing}`, startDataplane, binary === undefined || !haproxyInstalled)

/** The real one beside the real HAProxy. It finds the socket in the configuration, and its user in the userlist there. */
async function startDataplane(haproxy: RunningHaproxyFixture) {
  const { dir, config } = haproxy
  const port = await findFreePort()
  for (const folder of ['transactions', 'certificates', 'spoe', 'dataplane']) await mkdir(join(dir, folder))
  const settings = join(dir, 'dataplaneapi.yaml')
  await writeFile(
    settings,
    `config_version: 2
name: contract
dataplaneapi:
  host: 127.0.0.1
  port: ${port}
  scheme: [http]
  userlist: { userlist: dataplaneapi }
  transaction: { transaction_dir: ${join(dir, 'transactions')} }
  resources:
    maps_dir: ${dir}
    ssl_certs_dir: ${join(dir, 'certificates')}
    general_storage_dir: ${dir}
    spoe_dir: ${join(dir, 'spoe')}
    dataplane_storage_dir: ${join(dir, 'dataplane')}
haproxy:
  config_file: ${config}
  haproxy_bin: /usr/sbin/haproxy
  reload: { reload_delay: 1, reload_cmd: 'true', restart_cmd: 'true', reload_strategy: custom }
log_targets: [{ log_to: stdout, log_level: warning }]
`,
  )
  const child = spawn(binary ?? '', ['-f', settings], { stdio: 'ignore' })
  const access = { device: 'inner', url: `http://127.0.0.1:${port}`, user: USER, password: PASSWORD }
  await untilReady(child, access)
  return {
    access,
    async close() {
      const gone = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function untilReady(child: ChildProcess, access: Parameters<typeof openDataplane>[0]): Promise<void> {
  const dataplane = openDataplane(access)
  try {
    for (let tries = 0; tries < 200; tries++) {
      if (child.exitCode !== null) throw new Error(`${binary} ended while starting`)
      const there = await dataplane.readVersion().then(
        () => true,
        () => false,
      )
      if (there) return
      await wait(50)
    }
    throw new Error(`${binary} did not answer within ten seconds`)
  } finally {
    await dataplane.close()
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
