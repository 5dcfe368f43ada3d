import { spawnSync } from 'node:child_process'

const found =
  spawnSync('haproxy', ['-v'], { env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin' } }).status === 0
if (!found && process.env.CI === 'true')
  throw new Error('haproxy must be installed in CI: these tests run the real one')

/** Whether the real HAProxy is here. Tests that need it skip without it on a laptop, and fail in CI. */
export const haproxyInstalled = found
