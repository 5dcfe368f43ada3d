import { type Logger, LogLevel } from '@slack/bolt'
import type { Log } from '../ports.ts'

/** Bolt's warnings and errors in our log; its chatter, which may hold what people wrote, is dropped. */
export function boltLogger(log: Log): Logger {
  return {
    debug() {},
    info() {},
    warn: (...said: unknown[]) => log.warn({ from: 'bolt' }, print(said)),
    error: (...said: unknown[]) => log.error({ from: 'bolt' }, print(said)),
    setLevel() {},
    getLevel: () => LogLevel.WARN,
    setName() {},
  }
}

function print(said: readonly unknown[]): string {
  const words = said.map((it) => (it instanceof Error ? it.message : String(it))).join(' ')
  return words.replaceAll(/\bx(?:ox[a-z]|app)-[\w-]+/g, 'x…')
}
