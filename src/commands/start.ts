import { readArguments } from './arguments.ts'
import { calledWrongly, FINE, type Terminal, tell } from './terminal.ts'

/** `sallyport start`: the bot, until it is told to stop. */
export async function startCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, { port: 'text', policies: 'text' })
  if ('wrong' in given) return calledWrongly(io, 'start', given.wrong)
  if (given.words.length > 0) return calledWrongly(io, 'start', 'it takes options only.')
  const { start } = await import('../main.ts')
  const bot = await start(args, { ...io.env })
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name))
  })
  await tell(io, `Stopping (${signal}).`)
  await bot.close()
  return FINE
}
