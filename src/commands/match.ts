import { basename } from 'node:path'
import { z } from 'zod'
import { readFortigate } from '../fortigate/config.ts'
import { prepareMatch } from '../fortigate/match.ts'
import { Packet } from '../fortigate/packet.ts'
import { readArguments } from './arguments.ts'
import { answerLines } from './json-lines.ts'
import { calledWrongly, FINE, NO, type Terminal, tell } from './terminal.ts'
import { openText } from './text-file.ts'

/** `sallyport match`: what one FortiGate does with each packet of standard input. */
export async function matchCommand(args: readonly string[], io: Terminal): Promise<number> {
  const given = readArguments(args, {
    config: 'text',
    device: 'text',
    vdom: 'text',
    json: 'flag',
    policies: 'text',
  })
  if ('wrong' in given) return calledWrongly(io, 'match', given.wrong)
  const path = given.text('config')
  if (path === undefined || path === '-' || given.words.length > 0)
    return calledWrongly(io, 'match', 'name the configuration with --config FILE; packets come on standard input.')
  const file = basename(path)
  const id = given.text('device') ?? file.replace(/\.[^.]*$/, '')
  const device = readFortigate({ id, vdom: given.text('vdom') }, file, await openText(io, path))
  if (device.problems.some(({ severity }) => severity === 'error'))
    await tell(
      io,
      `${file} has problems, which may make verdicts depend on them. See: sallyport read --fortigate ${path}`,
    )
  const match = prepareMatch(device)
  const complete = await answerLines(io, AsWritten, (packet) => {
    const { verdict, because, ...rest } = match(packet)
    return { verdict, ...rest, because: because.map(({ line, says }) => ({ file, line, says })) }
  })
  return complete ? FINE : NO
}

/** What others write: `null` for what is not known is as good as leaving it out, and a protocol number may come as text. */
const AsWritten = z.preprocess(
  (line) => {
    if (typeof line !== 'object' || line === null) return line
    const known = Object.entries(line).filter(([, value]) => value !== null)
    return Object.fromEntries(
      known.map(([name, value]) => [name, name === 'proto' && /^\d{1,3}$/.test(String(value)) ? Number(value) : value]),
    )
  },
  Packet.omit({ id: true }),
)
